/**
 * Training in the page: of models over one's own columns, and of lead, churn and engagement models on the
 * events of a log. It runs on one thread and blocks: call it
 * in a worker.
 *
 * @packageDocumentation
 */
import { whole } from "../checks.js";
import type { trainOnLog as glueTrainOnLog } from "../glue/chatsignal_wasm_train.js";
import { training } from "./host.js";

const U32_MAX = 2 ** 32 - 1;

type StepListener = Parameters<typeof glueTrainOnLog>[5];

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

/** What a training on a log may have beside it. */
export interface LogTrainingOptions {
  /** The file of the model that scores now, if it was trained on the same log. */
  readonly champion?: Uint8Array | undefined;
  /** The file of the shipped model, towards which a model of little data is drawn. */
  readonly prior?: Uint8Array | undefined;
  /** Settings of the training, by the names of the command line's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * Called between steps: the stage that it is at, and the share of the whole that is over, 0 to 1.
   * What it throws ends the training and comes out of {@link trainOnLog} as it is.
   */
  readonly onStep?: (stage: string, share: number) => void;
}

/** What a training on a log came to. */
export interface LogTraining {
  /** `refused`: there was too little data for a model. */
  readonly state: "refused" | "provisional" | "ready";
  /** Why, in words. */
  readonly reason: string;
  /** What was found in the log and what is required. */
  readonly gate: Readonly<Record<string, unknown>>;
  /** Whether the model is better than the one that scores now. */
  readonly promoted: boolean;
  /** The model file (`.csm`); null when training was refused. */
  readonly bytes: Uint8Array | null;
  /** Evaluation, gate and decision; null when training was refused. */
  readonly card: Readonly<Record<string, unknown>> | null;
  /** The card for people, Markdown; null when training was refused. */
  readonly markdown: string | null;
}

/**
 * Trains a lead, churn or engagement model on canonical events, one JSON object a line
 * (`EventLog.eventLines`): the bytes that `chatsignal train` gives for the same log, settings and rivals.
 * Await `initTrain` first.
 *
 * @throws {@link RequestError} when events or settings cannot be read
 */
export function trainOnLog(
  kind: "lead" | "churn" | "engagement",
  events: Uint8Array,
  options: LogTrainingOptions = {},
): LogTraining {
  const { champion, prior, config = {}, onStep = () => {} } = options;
  let thrown: { readonly error: unknown } | undefined;
  const step: typeof onStep = (stage, share) => {
    try {
      onStep(stage, share);
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  try {
    return training.call((glue) => {
      // The generated types know the listener by its method alone.
      const listener = { step } as unknown as StepListener;
      const trained = glue.trainOnLog(kind, events, JSON.stringify(config), champion, prior, listener);
      try {
        const report = JSON.parse(trained.reportJson) as Omit<LogTraining, "bytes" | "markdown">;
        const refused = report.state === "refused";
        return { ...report, bytes: refused ? null : trained.bytes, markdown: refused ? null : trained.markdown };
      } finally {
        trained.free();
      }
    });
  } catch (error) {
    if (thrown === undefined) throw error;
    // The module's code was left in the middle of the training: its memory is of no use any more.
    training.restart();
    throw thrown.error;
  }
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
 * A business with so many contacts (1 to 2,000) whose log ends at the midnight (UTC) before `now` and has
 * `days` days (1 to 3,650; 546 when left out). With `recentDays`, contacts of whom nothing was heard for longer are left out. The same arguments give the
 * same bytes. `seed` and `recentDays` are from 0, below 2^32. Await `initTrain` first.
 *
 * @throws {@link RequestError} when a number is not whole or outside its range
 */
export function simulateBusiness(
  contacts: number,
  seed: number,
  now: Date | number,
  recentDays?: number,
  days?: number,
): SimulatedBusiness {
  whole(contacts, "contacts", 1, 2_000);
  whole(seed, "seed", 0, U32_MAX);
  if (recentDays !== undefined) whole(recentDays, "recentDays", 0, U32_MAX);
  if (days !== undefined) whole(days, "days", 1, 3_650);
  return training.call(({ SimulatedBusiness }) => {
    const made = new SimulatedBusiness(contacts, seed, Number(now), recentDays, days);
    try {
      return { events: made.events, people: JSON.parse(made.peopleJson) as SimulatedPerson[] };
    } finally {
      made.free();
    }
  });
}
