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

/** A whole number from `least` to `most`. @internal */
export function whole(value: number, name: string, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw refused(name, `a whole number from ${least} to ${most}`);
}

/** How many are wanted: a whole number from 0, or Infinity for all. @internal */
export function countOf(value: number, name: string): number {
  if (value === Infinity || (Number.isInteger(value) && value >= 0)) return value;
  throw refused(name, "a whole number from 0");
}

/** Where levels begin: so many numbers, each below the one before it. @internal */
export function falling(cutoffs: readonly number[], count: number): readonly number[] {
  const falls = cutoffs.every((cutoff, at) => at === 0 || cutoff < (cutoffs[at - 1] as number));
  if (cutoffs.length === count && falls && !cutoffs.some(Number.isNaN)) return cutoffs;
  throw refused("cutoffs", `${count} numbers, each below the one before it`);
}

function refused(name: string, rule: string): RequestError {
  return new RequestError("invalid_parameter", `${name} is ${rule}`);
}
