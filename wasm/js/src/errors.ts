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
 * The WebAssembly module has come to an end (out of memory, or a fault of ours). Nothing that was
 * made with it can be used any more; `chatsignal/worker` starts anew by itself.
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
 * An error of a module as an error of the package. Modules say `[code] detail`; without a code it
 * has the one given.
 *
 * @internal
 */
export function translated(error: unknown, fallback: ErrorCode): unknown {
  if (error instanceof ChatsignalError || !(error instanceof Error)) return error;
  const cause = { cause: error };
  if (error instanceof WebAssembly.RuntimeError) {
    return new TrapError("internal", `the module has come to an end: ${error.message}`, cause);
  }
  if (error.name !== "Error") return error;
  // An object that was in use when the module came to an end stays in use.
  if (error.message.startsWith(IN_USE)) {
    return new TrapError("internal", "the module has come to an end: load it anew", cause);
  }
  const [, found, detail] = /^\[([a-z_]+)\] ([^]*)$/.exec(error.message) ?? [];
  const code = found !== undefined && known.has(found) ? (found as ErrorCode) : fallback;
  const text = detail ?? error.message;
  return code === "model_unavailable"
    ? new ModelError(code, text, cause)
    : new RequestError(code, text, cause);
}

/**
 * Runs what calls a module.
 *
 * @internal
 */
export function guarded<T>(call: () => T, fallback: ErrorCode = "invalid_field"): T {
  try {
    return call();
  } catch (error) {
    throw translated(error, fallback);
  }
}
