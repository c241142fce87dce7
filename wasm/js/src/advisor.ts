/// <reference lib="esnext.disposable" />
/** Reasons in words, counterfactuals, interactions of features, send times. */
import { blocks, type Block } from "./catalogue.js";
import { countOf, seedOf, share, whole } from "./checks.js";
import { ModelError, RequestError } from "./errors.js";
import type { Feature, FeatureRecord } from "./features.js";
import type * as adviceGlue from "./glue/chatsignal_wasm_advice.js";
import { advising } from "./hosts.js";
import type { Model } from "./model.js";
import { Lasting } from "./module.js";
import type { LevelOf, ModelKind } from "./results.js";

/** A reason in words. */
export interface Reason {
  /** Name of the feature. */
  readonly feature: string;
  /** The reason as a sentence. */
  readonly text: string;
}

/** One feature with another value. */
export interface Change {
  /** Name of the feature. */
  readonly feature: string;
  /** Its label for people. */
  readonly label: string;
  /** Its value; null when missing. */
  readonly from: number | null;
  /** The value that it would need. */
  readonly to: number;
  /** What can be done about it. */
  readonly how: string;
}

/**
 * What would have led to another level. It is about the model: no promise that the contact would
 * behave so.
 */
export interface Counterfactual<K extends ModelKind = ModelKind> {
  /** The level asked for. */
  readonly target: LevelOf<K>;
  /** Whether a change of the features that a business can act on was found. */
  readonly reachable: boolean;
  /** The changes, all together. */
  readonly changes: readonly Change[];
  /** Score or probability after them; the best one found when it is not reachable. */
  readonly value: number;
}

/** Interaction values: a symmetric matrix whose rows add up to the contributions. */
export interface Interactions {
  /** Names of rows and columns. */
  readonly features: readonly string[];
  /** Main effects on the diagonal; half of what two features do together in each of their two places. */
  readonly values: readonly Float64Array[];
}

/** One candidate instant of a send. */
export interface Slot {
  /** When the message would be sent. */
  readonly sendAt: Date | number;
  /** Offset of the contact's local time from UTC then, minutes. */
  readonly utcOffsetMinutes: number;
}

/** A send to plan. What is left out: a marketing template without buttons and media, careful quiet hours. */
export interface SendQuestion {
  /** When the send is decided upon; now when left out. */
  readonly decisionAt?: Date | number;
  /** Candidate instants, rising; the next 24 whole hours at `utcOffsetMinutes` when left out. */
  readonly slots?: readonly Slot[];
  /** Offset of the contact's local time, for the slots that are left out; that of this device when left out. */
  readonly utcOffsetMinutes?: number;
  /** Category of the message. */
  readonly category?: "marketing" | "utility" | "authentication" | "service";
  /** Characters of its text. */
  readonly length?: number;
  readonly hasMedia?: boolean;
  readonly hasButtons?: boolean;
  /** Quiet hours in minutes after midnight of the contact's local time, 0 to 1440; null for none. */
  readonly quietHours?: { readonly from: number; readonly until: number } | null;
  /** What the contact has said. */
  readonly consent?: {
    readonly optedOut?: boolean;
    readonly objected?: boolean;
    readonly blockSuspected?: boolean;
  };
  /** How the hour is chosen: the best; sometimes any; each as often as it may be the best. */
  readonly policy?: "greedy" | "epsilon" | "thompson";
  /** Share of exploration of the policy `epsilon`, 0 to 1; 0.1 when left out. */
  readonly epsilon?: number;
  /** Seed of the policies that draw: a whole number from 0, below 2^64; 0 when left out. */
  readonly seed?: bigint | number;
}

/** One hour of a plan. */
export interface HourPlan {
  /** Local hour, 0 to 23. */
  readonly hour: number;
  readonly sendAt: Date;
  /** Probability of a reply, 0 to 1. */
  readonly probability: number;
  /** Both ends of its 90 % interval. */
  readonly interval: readonly [number, number];
  /** Every rule that forbids it, first the one to tell; none when one may send. */
  readonly blockedBy: readonly Block[];
}

/** When to write. */
export interface SendTimePlan {
  /** Every hour asked about, in order of time. */
  readonly hours: readonly HourPlan[];
  /** The choice; null when every hour is forbidden. */
  readonly best: HourPlan | null;
  /** The next best allowed hours. */
  readonly alternatives: readonly HourPlan[];
  /** Probability with which the policy made this choice. */
  readonly propensity: number;
  /** Whether the 24-hour window is open at the choice. */
  readonly windowOpen: boolean;
}

type Glue = Lasting<typeof adviceGlue, adviceGlue.Advisor>;

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
const HOUR_MS = 3_600_000;
const DAY_MINUTES = 1440;
const PLAN_HEAD = 7;
const HOUR_NUMBERS = 5;

/** Gives advice on the rows of one model; from {@link Model.advisor}. */
export class Advisor<K extends ModelKind = ModelKind> {
  readonly #model: Model<K>;
  readonly #freed: () => void;
  #glue: Glue | undefined;

  /** @internal `freed` is told when it is freed, once. */
  constructor(model: Model<K>, freed: () => void) {
    this.#model = model;
    this.#freed = freed;
    this.#glue = new Lasting(advising, ({ Advisor }) => new Advisor(model.bytes), "model_unavailable");
  }

  /** The heaviest reasons of a row's score in words, heaviest first. */
  reasons(features: FeatureRecord | Float32Array, top = 5): readonly Reason[] {
    const row = this.#model.row(features);
    const most = Math.min(countOf(top, "top"), row.length);
    const found = this.#alive().call((advisor) => advisor.reasons(row, most));
    const reasons: Reason[] = [];
    for (let at = 0; at < found.length; at += 2) {
      const { name } = this.#feature(Number(found[at]));
      reasons.push({ feature: name, text: found[at + 1] as string });
    }
    return reasons;
  }

  /**
   * What would bring a row to a level (churn: down to it); the next better one when left out. Null
   * when it is there already, or there is nothing better.
   */
  counterfactual(
    features: FeatureRecord | Float32Array,
    target?: LevelOf<K>,
  ): Counterfactual<K> | null {
    const row = this.#model.row(features);
    const level = this.#level(row, target);
    if (level === undefined) return null;
    const found = this.#alive().call((advisor) => advisor.counterfactual(row, level));
    if (found[0] === 0) return null;
    const changes: Change[] = [];
    for (let at = 2; at < found.length; at += 2) {
      const number = found[at] as number;
      const { name, label, actionable } = this.#feature(number);
      const from = row[number] as number;
      const to = found[at + 1] as number;
      const how = actionable?.how ?? "";
      changes.push({ feature: name, label, from: Number.isNaN(from) ? null : from, to, how });
    }
    const reached = this.#model.levels[level] as LevelOf<K>;
    return { target: reached, reachable: found[0] === 1, changes, value: found[1] as number };
  }

  /** What pairs of features do together in the score of a row. */
  interactions(features: FeatureRecord | Float32Array): Interactions {
    const row = this.#model.row(features);
    const matrix = this.#alive().call((advisor) => advisor.interactions(row));
    const names = this.#model.features.map((feature) => feature.name);
    const width = names.length;
    const values = names.map((_, at) => matrix.slice(at * width, (at + 1) * width));
    return { features: names, values };
  }

  /**
   * When to write to a contact of these features: what depends on the hour is computed for each hour,
   * the rest is taken as it is. For an engagement model.
   */
  sendTimePlan(features: FeatureRecord | Float32Array, question: SendQuestion = {}): SendTimePlan {
    const row = this.#model.row(features);
    const decisionAt = Number(question.decisionAt ?? Date.now());
    const epsilon = share(question.epsilon ?? 0.1, "epsilon");
    const seed = seedOf(question.seed ?? 0n);
    const quiet = question.quietHours === null ? { from: 0, until: 0 } : question.quietHours;
    if (quiet !== undefined) {
      whole(quiet.from, "quietHours.from", 0, DAY_MINUTES);
      whole(quiet.until, "quietHours.until", 0, DAY_MINUTES);
    }
    const slots = question.slots ?? nextHours(decisionAt, question.utcOffsetMinutes);
    const sendAt = Float64Array.from(slots, (slot) => Number(slot.sendAt));
    const offsets = Int16Array.from(slots, (slot) => slot.utcOffsetMinutes);
    const numbers = this.#alive().call((advisor, { SendQuestion }) => {
      const glue = new SendQuestion(decisionAt);
      try {
        const { category = "marketing", length = -1, hasMedia = false, hasButtons = false } = question;
        glue.message(category, length, hasMedia, hasButtons);
        if (quiet !== undefined) glue.quiet(quiet.from, quiet.until);
        const { optedOut = false, objected = false, blockSuspected = false } = question.consent ?? {};
        glue.consent(optedOut, objected, blockSuspected);
        glue.policy(question.policy ?? "greedy", epsilon, seed);
        return advisor.sendTimePlan(row, glue, sendAt, offsets);
      } finally {
        glue.free();
      }
    });
    return read(numbers, sendAt);
  }

  /** Gives the memory back; the model does it too. Its model makes another one when asked again. */
  free(): void {
    if (this.#glue === undefined) return;
    this.#glue.free();
    this.#glue = undefined;
    this.#freed();
  }

  /** As {@link Advisor.free}, for `using`. */
  [dispose](): void {
    this.free();
  }

  #alive(): Glue {
    if (this.#glue !== undefined) return this.#glue;
    throw new ModelError("model_unavailable", "the advisor was freed, or its model: ask the model for another");
  }

  #feature(at: number): Feature {
    return this.#model.features[at] as Feature;
  }

  /** Number of the level to reach: the one named, else the next better one. */
  #level(row: Float32Array, target: LevelOf<K> | undefined): number | undefined {
    const { levels } = this.#model;
    if (target !== undefined) {
      const level = levels.indexOf(target);
      if (level >= 0) return level;
      throw new RequestError("invalid_parameter", `the target is one of ${levels.join(", ")}`);
    }
    const now = this.#model.levelOf(this.#model.value(row));
    const better = now === null ? -1 : levels.indexOf(now) + (this.#model.kind === "churn" ? -1 : 1);
    return levels[better] === undefined ? undefined : better;
  }
}

function nextHours(decisionAt: number, utcOffsetMinutes?: number): Slot[] {
  const offset = utcOffsetMinutes ?? -new Date(decisionAt).getTimezoneOffset();
  const local = decisionAt + offset * 60_000;
  const first = (Math.floor(local / HOUR_MS) + 1) * HOUR_MS - offset * 60_000;
  return Array.from({ length: 24 }, (_, hour) => ({
    sendAt: first + hour * HOUR_MS,
    utcOffsetMinutes: offset,
  }));
}

function read(numbers: Float64Array, sendAt: Float64Array): SendTimePlan {
  const [chosen, propensity, , , windowOpen, , count] = numbers as unknown as [
    number, number, number, number, number, number, number,
  ];
  const head = PLAN_HEAD + count;
  const hours = Array.from({ length: (numbers.length - head) / HOUR_NUMBERS }, (_, at): HourPlan => {
    const from = head + at * HOUR_NUMBERS;
    const [hour, probability, lower, upper, blocked] = numbers.subarray(from, from + HOUR_NUMBERS) as unknown as [
      number, number, number, number, number,
    ];
    const blockedBy = blocks.filter((_, rule) => (blocked >> rule) & 1);
    return { hour, sendAt: new Date(sendAt[at] as number), probability, interval: [lower, upper], blockedBy };
  });
  const alternatives = [...numbers.subarray(PLAN_HEAD, head)].map((at) => hours[at] as HourPlan);
  const best = hours[chosen] ?? null;
  return { hours, best, alternatives, propensity, windowOpen: windowOpen === 1 };
}

/** @internal */
export async function loadAdvisor<K extends ModelKind>(
  model: Model<K>,
  freed: () => void,
): Promise<Advisor<K>> {
  await advising.start();
  return new Advisor(model, freed);
}
