/**
 * Training of models over one's own columns, in the page. It runs on one thread and blocks: call it
 * in a worker.
 *
 * @packageDocumentation
 */
import { training } from "./host.js";

export { ChatsignalError, ModuleError, RequestError, TrapError } from "../errors.js";
export type { ErrorCode } from "../errors.js";
export type { ModuleSource } from "../module.js";
export type { ByteSource } from "../source.js";
export { initTrain, initTrainSync } from "./host.js";

/** One column: a number by its name, or a category with the names of its codes. */
export type Column = string | { readonly name: string; readonly categories: readonly string[] };

/** What to train. */
export interface TrainRequest {
  /** The columns, in the order of a row. */
  readonly features: readonly Column[];
  /** Name of the target. */
  readonly target: string;
  /** Two classes (0 and 1), or a number. */
  readonly task: "binary" | "regression";
  /** Boosted trees, a random forest, or logistic regression. */
  readonly learner: "gbm" | "forest" | "logistic";
  /** Parameters of the learner, by the names of `chatsignal fit`. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Seed: equal data, parameters and seed give equal bytes. */
  readonly seed?: number;
  /** Number of folds of the cross-validation. */
  readonly folds?: number;
  /** Names of the classes, for reports. */
  readonly positiveLabel?: string;
  readonly negativeLabel?: string;
}

/** A trained model. */
export interface Trained {
  /** The model file (`.csm`), for `loadModel` or to be saved. */
  readonly bytes: Uint8Array;
  /** Figures of the training, as `chatsignal fit --format json` gives them. */
  readonly report: Readonly<Record<string, unknown>>;
}

/**
 * Trains on rows given one after another (missing = NaN, categories as codes) with their targets.
 * Await `initTrain` first.
 *
 * @throws {@link RequestError} when the request or the data cannot be learned from
 */
export function train(rows: Float32Array, target: Float64Array, request: TrainRequest): Trained {
  const { positiveLabel, negativeLabel, ...plain } = request;
  const json = JSON.stringify({
    ...plain,
    positive_label: positiveLabel,
    negative_label: negativeLabel,
  });
  return training.call(({ train }) => {
    const trained = train(rows, target, json);
    try {
      const report = JSON.parse(trained.reportJson) as Record<string, unknown>;
      return { bytes: trained.bytes, report };
    } finally {
      trained.free();
    }
  });
}

/** A contact of a simulated business. */
export interface SimulatedPerson {
  readonly contact_id: string;
  readonly name: string;
  readonly phone: string;
  readonly country: string;
}

/** A simulated business: nobody in it exists. */
export interface SimulatedBusiness {
  /** Its events, one JSON object a line: for `EventLog.readEvents`. */
  readonly events: Uint8Array;
  readonly people: readonly SimulatedPerson[];
}

/**
 * A business with so many contacts (1 to 2,000) whose log ends at the midnight (UTC) before `now`. With
 * `recentDays`, contacts of whom nothing was heard for longer are left out. The same arguments give the
 * same bytes. Await `initTrain` first.
 */
export function simulateBusiness(
  contacts: number,
  seed: number,
  now: Date | number,
  recentDays?: number,
): SimulatedBusiness {
  return training.call(({ SimulatedBusiness }) => {
    const made = new SimulatedBusiness(contacts, seed, Number(now), recentDays);
    try {
      return { events: made.events, people: JSON.parse(made.peopleJson) as SimulatedPerson[] };
    } finally {
      made.free();
    }
  });
}
