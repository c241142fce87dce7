/** What page and worker say to each other. */
import type { ErrorCode } from "../errors.js";

/** A question about rows of the model that the worker has. */
export type Question = "scoreRows" | "margins" | "explainRows";

/** @internal */
export type Request =
  | { readonly id: number; readonly load: Uint8Array; readonly module: WebAssembly.Module }
  | { readonly id: number; readonly ask: Question; readonly rows: Float32Array };

/** @internal */
export type Answer =
  | {
      readonly id: number;
      readonly numbers: Float64Array;
      readonly baseValue: number;
      /** Number of values of a row of the model. */
      readonly features: number;
    }
  | {
      readonly id: number;
      readonly code: ErrorCode;
      readonly detail: string;
      /** Whether the worker's module has come to an end. */
      readonly trapped: boolean;
    };
