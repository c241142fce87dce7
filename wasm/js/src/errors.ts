/** Errors of the package: real `Error`s with a code of the service's error table. */

/** What went wrong, in a word. The codes are those of the HTTP service. */
export type ErrorCode =
  | "batch_too_large"
  | "engine_unavailable"
  | "feature_out_of_range"
  | "horizon_mismatch"
  | "internal"
  | "invalid_field"
  | "invalid_json"
  | "invalid_parameter"
  | "missing_field"
  | "model_unavailable"
  | "not_found"
  | "unknown_feature"
  | "unknown_field";

/** Every error that this package throws, but for `TypeError`s and aborts. */
export class ChatsignalError extends Error {
  override readonly name: string = "ChatsignalError";

  constructor(
    /** What went wrong, in a word. */
    readonly code: ErrorCode,
    /** What went wrong this time, for people. */
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

/** The bytes are no model, or the model cannot do what it is asked. */
export class ModelError extends ChatsignalError {
  override readonly name = "ModelError";
}

/** A feature is not known, or its value lies outside its range. */
export class FeatureError extends ChatsignalError {
  override readonly name = "FeatureError";

  constructor(
    code: ErrorCode,
    detail: string,
    /** The feature. */
    readonly feature: string,
  ) {
    super(code, detail);
  }
}

/** A request breaks a rule, or asks about what is not there. */
export class RequestError extends ChatsignalError {
  override readonly name = "RequestError";
}

/** The WebAssembly module is not loaded, or cannot be. */
export class ModuleError extends ChatsignalError {
  override readonly name = "ModuleError";
}

/**
 * The WebAssembly module came to an end in this call (out of memory, or a fault of ours) and was
 * started anew. Models and their advisors go on with the next call; what an event log held is gone.
 */
export class TrapError extends ChatsignalError {
  override readonly name = "TrapError";
}

/** How wasm-bindgen says that an object is in use. */
const IN_USE = "recursive use of an object";

const known: ReadonlySet<string> = new Set<ErrorCode>([
  "batch_too_large",
  "engine_unavailable",
  "feature_out_of_range",
  "horizon_mismatch",
  "internal",
  "invalid_field",
  "invalid_json",
  "invalid_parameter",
  "missing_field",
  "model_unavailable",
  "not_found",
  "unknown_feature",
  "unknown_field",
]);

/**
 * Whether a module that threw this has come to an end: a trap, or an object that stays in use since
 * one.
 *
 * @internal
 */
export function isEnd(error: unknown): boolean {
  return (
    error instanceof WebAssembly.RuntimeError ||
    (error instanceof Error && error.message.startsWith(IN_USE))
  );
}

/**
 * An error of a module as an error of the package. Modules say `[code] detail`; without a code it
 * has the one given.
 *
 * @internal
 */
export function translated(error: unknown, fallback: ErrorCode): unknown {
  if (error instanceof ChatsignalError || !(error instanceof Error)) return error;
  const cause = { cause: error };
  if (isEnd(error)) {
    const detail = `the module came to an end (${error.message}) and was started anew`;
    return new TrapError("internal", detail, cause);
  }
  if (error.name !== "Error") return error;
  const [, found, detail] = /^\[([a-z_]+)\] ([^]*)$/.exec(error.message) ?? [];
  const code = found !== undefined && known.has(found) ? (found as ErrorCode) : fallback;
  const text = detail ?? error.message;
  return errorOf(code, text, cause);
}

/**
 * The error of a code.
 *
 * @internal
 */
export function errorOf(code: ErrorCode, detail: string, options?: ErrorOptions): ChatsignalError {
  if (code === "model_unavailable") return new ModelError(code, detail, options);
  if (code === "engine_unavailable") return new ModuleError(code, detail, options);
  return new RequestError(code, detail, options);
}

/**
 * What was caught, in words.
 *
 * @internal
 */
export function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
