/** Where bytes come from. */
import { ModuleError, type ErrorCode } from "./errors.js";

/** Bytes, or where to get them. A string is an address, relative to the page. */
export type ByteSource = URL | string | Response | ArrayBuffer | Uint8Array;

/**
 * The bytes of a source.
 *
 * @internal
 */
export async function bytesOf(source: ByteSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const response = typeof source === "string" || source instanceof URL ? await get(source) : source;
  if (!response.ok) {
    const code: ErrorCode = response.status === 404 ? "not_found" : "engine_unavailable";
    throw new ModuleError(code, `the answer of ${response.url} has the status ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

async function get(address: URL | string): Promise<Response> {
  try {
    return await fetch(address);
  } catch (cause) {
    throw new ModuleError("engine_unavailable", `${address} cannot be loaded`, { cause });
  }
}
