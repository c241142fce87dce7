/** Where bytes come from. */
import { ModuleError, RequestError, said, type ErrorCode } from "./errors.js";

/** Bytes, or where to get them. A string is an address, relative to the page; in Node also the path of a file. */
export type ByteSource = URL | string | Response | ArrayBuffer | Uint8Array;

/** Reads what is a file on this host; undefined for other addresses. */
type FileReader = (source: URL | string) => Promise<Uint8Array> | undefined;

let files: FileReader | undefined;

/**
 * Says how files are read, on hosts that have any.
 *
 * @internal
 */
export function readFilesWith(reader: FileReader): void {
  files = reader;
}

/**
 * The bytes of a source.
 *
 * @internal
 */
export async function bytesOf(source: ByteSource): Promise<Uint8Array> {
  if (typeof source === "string" || source instanceof URL) return files?.(source) ?? read(await get(source));
  return isResponse(source) ? read(source) : bytesIn(source);
}

/**
 * The bytes that are there already.
 *
 * @internal
 */
export function bytesIn(source: Uint8Array | ArrayBuffer): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const given = (source as unknown) instanceof Promise ? "a promise: await it first" : `not ${named(source)}`;
  throw new RequestError("invalid_parameter", `bytes are a Uint8Array, an ArrayBuffer or a Response, ${given}`);
}

function named(source: unknown): string {
  return Object.prototype.toString.call(source).slice("[object ".length, -1);
}

/** Those of other implementations of `fetch` too. */
function isResponse(source: unknown): source is Response {
  const { ok, arrayBuffer } = (source ?? {}) as Partial<Response>;
  return typeof ok === "boolean" && typeof arrayBuffer === "function";
}

async function get(address: URL | string): Promise<Response> {
  try {
    return await fetch(address);
  } catch (cause) {
    throw new ModuleError("engine_unavailable", `${address} cannot be loaded`, { cause });
  }
}

async function read(response: Response): Promise<Uint8Array> {
  const answer = response.url === "" ? "the answer" : `the answer of ${response.url}`;
  if (!response.ok) {
    const code: ErrorCode = response.status === 404 ? "not_found" : "engine_unavailable";
    throw new ModuleError(code, `${answer} has the status ${response.status}`);
  }
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    // Who ends a request of their own hears of that and nothing else.
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ModuleError("engine_unavailable", `${answer} cannot be read: ${said(cause)}`, { cause });
  }
}
