/** Parameters that the modules would bend to fit, and not refuse. */
import { RequestError } from "./errors.js";

const SEEDS = 2n ** 64n;

/** A share, 0 to 1. @internal */
export function share(value: number, name: string): number {
  if (value >= 0 && value <= 1) return value;
  throw refused(name, "a share, 0 to 1");
}

/** A seed of 64 bits. @internal */
export function seedOf(value: bigint | number): bigint {
  if (typeof value === "bigint" ? value >= 0n && value < SEEDS : Number.isSafeInteger(value) && value >= 0) {
    return BigInt(value);
  }
  throw refused("seed", "a whole number from 0, above 2^53 a bigint below 2^64");
}

function refused(name: string, rule: string): RequestError {
  return new RequestError("invalid_parameter", `${name} is ${rule}`);
}
