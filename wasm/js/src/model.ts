/// <reference lib="esnext.disposable" />
/** Models: loading, scoring, explaining. */
import { Advisor, loadAdvisor, type Counterfactual, type SendQuestion, type SendTimePlan } from "./advisor.js";
import { levels } from "./catalogue.js";
import { countOf, falling } from "./checks.js";
import { ModelError, RequestError } from "./errors.js";
import { describe, Packer, type Feature, type FeatureRecord } from "./features.js";
import type * as scoreGlue from "./glue/chatsignal_wasm.js";
import { scoring } from "./hosts.js";
import { Lasting } from "./module.js";
import type {
  ContributionSpace,
  Explanation,
  Factor,
  LevelOf,
  ModelKind,
  ModelState,
  Score,
  ScoreOf,
} from "./results.js";
import { bytesIn, bytesOf, type ByteSource } from "./source.js";

/** How much of an explanation a score carries. */
export interface ScoreOptions {
  /** The number of factors from 0, `true` for the five that weigh most, `"all"` for every one. */
  readonly explain?: boolean | number | "all";
}

/** A model's interval: prediction minus `lower` to prediction plus `upper`. */
export interface Interval {
  /** Nominal coverage, e.g. 0.9. */
  readonly coverage: number;
  readonly lower: number;
  readonly upper: number;
}

/** Contributions of many rows. */
export interface Explanations {
  /** Expected margin over the training rows. */
  readonly baseValue: number;
  /** One contribution for each feature, row after row. */
  readonly contributions: Float64Array;
}

type Glue = Lasting<typeof scoreGlue, scoreGlue.Scorer>;

/** Gives a model back when nothing refers to it any more, for those who forget `free`. */
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** A model of any kind: a test of its `kind` tells what its scores are. */
export type AnyModel = { [K in ModelKind]: Model<K> }[ModelKind];

/** A model that scores and explains. It holds memory of the module until {@link Model.free}. */
export class Model<K extends ModelKind = ModelKind> {
  /** What the model is for. */
  readonly kind: K;
  /** How much it may be trusted. */
  readonly state: ModelState;
  /** Its inputs, in the order of a row. */
  readonly features: readonly Feature[];
  /** Identity of the inputs: `x64:` and sixteen hexadecimal digits. */
  readonly schemaFingerprint: string;
  /** Whether the inputs are the features of this version: then scores have levels and reasons. */
  readonly isKnown: boolean;
  /** What the training wrote beside the model: figures, parameters, counts. */
  readonly metadata: unknown;
  /** Names of the levels, lowest first; none for a custom model. */
  readonly levels: readonly LevelOf<K>[];
  /** The cut-offs between levels, falling: of the score, the probability or the lift. */
  readonly cutoffs: readonly number[];
  /** Mean of the target over the training rows. */
  readonly baseRate: number;
  /** Days that a churn model looks ahead; null elsewhere. */
  readonly horizonDays: number | null;
  /** End of the data that it was trained on. */
  readonly trainedThrough: Date;
  /** The interval of its scores, where one was fitted. */
  readonly interval: Interval | null;
  /** The unit of margins and contributions. */
  readonly contributionSpace: ContributionSpace;
  /** The model file. Do not write to it. */
  readonly bytes: Uint8Array;

  #scorer: Glue | undefined;
  readonly #packer: Packer;
  readonly #row: Float32Array;
  readonly #order: number;
  #advisor: Promise<Advisor<K>> | undefined;

  /** @internal */
  constructor(bytes: Uint8Array) {
    const scorer = new Lasting(scoring, ({ Scorer }) => new Scorer(bytes), "model_unavailable");
    const [kindName, state, fingerprint, space, metadata] = scorer.call(({ texts }) => texts) as [
      string, string, string, string, string,
    ];
    const kind = kindName as K;
    const names = scorer.call(({ featureNames }) => featureNames);
    const categories = (at: number): string[] => scorer.call((scorer) => scorer.categories(at));
    const { features, isKnown } = describe(kind, fingerprint, names, categories);
    const [baseRate, horizon, trained, order, coverage, lower, upper, down, ...cutoffs] = [
      ...scorer.call(({ facts }) => facts),
    ] as [number, number, number, number, number, number, number, number, ...number[]];
    this.#scorer = scorer;
    this.#packer = new Packer(features, {
      roundsDown: down > 0,
      narrow: (value) => this.#alive().call((scorer) => scorer.narrow(value)),
      categoryCode: (at, text) => this.#alive().call((scorer) => scorer.categoryCode(at, text)),
    });
    this.#row = new Float32Array(features.length);
    this.#order = order;
    this.kind = kind;
    this.state = state as ModelState;
    this.features = features;
    this.schemaFingerprint = fingerprint;
    this.isKnown = isKnown;
    this.metadata = metadata === "" ? null : (JSON.parse(metadata) as unknown);
    const known: Exclude<ModelKind, "custom"> | undefined =
      kind === "custom" || !isKnown ? undefined : kind;
    this.levels = (known === undefined ? [] : levels[known]) as readonly LevelOf<K>[];
    this.cutoffs = cutoffs;
    this.baseRate = baseRate;
    this.horizonDays = horizon > 0 ? horizon : null;
    this.trainedThrough = new Date(trained);
    this.interval = Number.isNaN(coverage) ? null : { coverage, lower, upper };
    this.contributionSpace = space as ContributionSpace;
    this.bytes = bytes;
  }

  /**
   * The score of one row: values by name (missing ones may be left out; a value outside its range is
   * refused), or a `Float32Array` in the order of {@link Model.features} (missing = NaN), which is
   * taken as it is.
   *
   * @throws {@link FeatureError} when a feature is not known or its value is not in its range
   * @throws {@link ModelError} when the model was made for features that this version does not have
   */
  score(features: FeatureRecord | Float32Array, options: ScoreOptions = {}): ScoreOf<K> {
    const row = this.#one(features);
    const [margin, , value] = this.#alive().call((scorer) => scorer.predict(row)) as unknown as number[];
    const missingFeatures = this.features.filter((_, at) => Number.isNaN(row[at])).map((f) => f.name);
    const common = {
      margin: margin as number,
      value: value as number,
      missingFeatures,
      ...(options.explain !== undefined && options.explain !== false
        ? { explanation: this.#explanation(row, count(options.explain)) }
        : {}),
    };
    return this.#graded(common, row) as ScoreOf<K>;
  }

  /** The value alone (score or probability) of one row: the quickest way to one number. */
  value(features: FeatureRecord | Float32Array): number {
    const row = this.#one(features);
    return this.#alive().call((scorer) => scorer.predict(row))[2] as number;
  }

  /**
   * Packs records into rows, one after another, for the methods that take many rows. A model of
   * LightGBM or HistGradientBoosting reads numbers that are no f32 rounded down, which a
   * `Float32Array` of one's own does not do.
   */
  pack(records: readonly FeatureRecord[]): Float32Array {
    const width = this.features.length;
    const rows = new Float32Array(records.length * width);
    records.forEach((record, at) => this.#packer.pack(record, rows, at * width));
    return rows;
  }

  /** Values of rows given one after another (missing = NaN), one a row. */
  scoreRows(rows: Float32Array): Float64Array {
    this.#rows(rows);
    const predictions = this.#alive().call((scorer) => scorer.predict(rows));
    const values = new Float64Array(predictions.length / 3);
    for (let at = 0; at < values.length; at++) values[at] = predictions[3 * at + 2] as number;
    return values;
  }

  /** Margins of rows given one after another (missing = NaN): the quickest way through many rows. */
  margins(rows: Float32Array): Float64Array {
    this.#rows(rows);
    return this.#alive().call((scorer) => scorer.margins(rows));
  }

  /**
   * The level of a value that this model gave; null for a custom model. Levels begin at `cutoffs` (as
   * {@link Model.cutoffs}), where the model says when they are left out.
   *
   * @throws {@link RequestError} when the cut-offs do not fall, or are not one fewer than the levels
   */
  levelOf(value: number, cutoffs?: readonly number[]): LevelOf<K> | null {
    if (this.levels.length === 0) return null;
    const begins = cutoffs === undefined ? this.cutoffs : falling(cutoffs, this.levels.length - 1);
    const measured = this.kind === "engagement" ? this.#lift(value) : value;
    const reached = begins.filter((cutoff) => measured >= cutoff).length;
    return this.levels[Math.min(reached, this.levels.length - 1)] ?? null;
  }

  /** Why one row has its score: the contribution of every feature, and the heaviest factors. */
  explain(features: FeatureRecord | Float32Array, top: number | "all" = "all"): Explanation {
    return this.#explanation(this.#one(features), count(top));
  }

  /** Contributions of rows given one after another. */
  explainRows(rows: Float32Array): Explanations {
    const count = this.#rows(rows);
    const width = this.features.length;
    const explained = this.#alive().call((scorer) => scorer.explain(rows));
    const contributions = new Float64Array(count * width);
    for (let row = 0; row < count; row++) {
      const from = row * (width + 1);
      contributions.set(explained.subarray(from + 1, from + 1 + width), row * width);
    }
    const baseValue = count > 0 ? (explained[0] as number) : this.explain({}).baseValue;
    return { baseValue, contributions };
  }

  /**
   * Who gives reasons in words, counterfactuals, interactions and send times: loads the module of
   * advice when it is first called. The same one until it is freed, which happens with the model at
   * the latest; a load that fails is tried again by the next call.
   */
  advisor(): Promise<Advisor<K>> {
    this.#alive();
    if (this.#advisor !== undefined) return this.#advisor;
    const forget = (): void => {
      if (this.#advisor === advisor) this.#advisor = undefined;
    };
    const advisor = loadAdvisor<K>(this, forget);
    advisor.catch(forget);
    this.#advisor = advisor;
    return advisor;
  }

  /** What would bring a row to a level (churn: down to it); the next better one when left out. */
  async counterfactual(
    features: FeatureRecord | Float32Array,
    target?: LevelOf<K>,
  ): Promise<Counterfactual<K> | null> {
    return (await this.advisor()).counterfactual(features, target);
  }

  /** When to write to a contact of these features; for an engagement model. */
  async sendTimePlan(
    features: FeatureRecord | Float32Array,
    question: SendQuestion = {},
  ): Promise<SendTimePlan> {
    return (await this.advisor()).sendTimePlan(features, question);
  }

  /** One row of values; checked when it is a record. @internal */
  row(features: FeatureRecord | Float32Array): Float32Array {
    return Float32Array.from(this.#one(features));
  }

  /** Gives the memory back. The model cannot be used any more. */
  free(): void {
    this.#scorer?.free();
    this.#scorer = undefined;
    const advisor = this.#advisor;
    this.#advisor = undefined;
    advisor?.then(
      (advisor) => advisor.free(),
      () => {},
    );
  }

  /** As {@link Model.free}, for `using`. */
  [dispose](): void {
    this.free();
  }

  #alive(): Glue {
    if (this.#scorer === undefined) throw new ModelError("model_unavailable", "the model was freed");
    return this.#scorer;
  }

  #one(features: FeatureRecord | Float32Array): Float32Array {
    const width = this.features.length;
    if (features instanceof Float32Array) {
      if (features.length === width) return features;
      const detail = `a row of this model has ${width} values, not ${features.length}`;
      throw new RequestError("invalid_field", detail);
    }
    this.#packer.pack(features, this.#row, 0);
    return this.#row;
  }

  #rows(rows: Float32Array): number {
    const width = this.features.length;
    if (rows.length % width === 0) return rows.length / width;
    const detail = `${rows.length} values are not rows of ${width}`;
    throw new RequestError("invalid_field", detail);
  }

  #explanation(row: Float32Array, top: number): Explanation {
    const explained = this.#alive().call((scorer) => scorer.explain(row));
    const baseValue = explained[0] as number;
    const contributions = explained.slice(1);
    const order = [...contributions.keys()].sort(
      (a, b) => Math.abs(contributions[b] as number) - Math.abs(contributions[a] as number) || a - b,
    );
    // All of them, or the heaviest of those that have an effect.
    const wanted =
      top === Infinity ? order : order.filter((at) => contributions[at] !== 0).slice(0, top);
    return {
      baseValue,
      margin: contributions.reduce((sum, share) => sum + share, baseValue),
      contributionSpace: this.contributionSpace,
      contributions,
      factors: wanted.map((at): Factor => {
        const { name, label } = this.features[at] as Feature;
        const value = row[at] as number;
        const contribution = contributions[at] as number;
        const sign = Math.sign(contribution);
        return {
          feature: name,
          label,
          value: Number.isNaN(value) ? null : value,
          contribution,
          direction: sign > 0 ? "positive" : sign < 0 ? "negative" : "neutral",
        };
      }),
    };
  }

  #graded(common: Graded, row: Float32Array): Score {
    const kind: ModelKind = this.kind;
    if (kind === "custom") return { kind, ...common };
    if (!this.isKnown) {
      const detail = `the model was made for other features (${this.schemaFingerprint}) than this version has: train it again, or use scoreRows`;
      throw new ModelError("model_unavailable", detail);
    }
    const { value, missingFeatures } = common;
    const level = this.levelOf(value) as never;
    const present = this.features.length - missingFeatures.length;
    if (kind === "lead") {
      const interval = this.#interval(value);
      const width = interval === null ? 0 : (interval[1] - interval[0]) / 100;
      return { kind, ...common, level, interval, confidence: this.#confidence(present, width) };
    }
    const confidence = this.#confidence(present, 0);
    if (kind === "churn") {
      const horizonDays = this.horizonDays ?? 0;
      const expectedValueAtRisk = this.#atRisk(value, row);
      return { kind, ...common, level, horizonDays, expectedValueAtRisk, confidence };
    }
    const baseline = this.#baseline();
    return { kind, ...common, level, baseline, lift: this.#lift(value), confidence };
  }

  #confidence(present: number, width: number): number {
    return this.#alive().call((scorer) => scorer.confidence(present, width));
  }

  #interval(value: number): readonly [number, number] | null {
    if (this.interval === null) return null;
    const inside = (x: number): number => Math.min(Math.max(x, 0), 100);
    return [inside(value - this.interval.lower), inside(value + this.interval.upper)];
  }

  #baseline(): number {
    return Math.min(Math.max(this.baseRate, 0), 1);
  }

  #lift(value: number): number {
    const baseline = this.#baseline();
    return baseline > 0 ? value / baseline : 0;
  }

  #atRisk(probability: number, row: Float32Array): number | null {
    const at = this.features.findIndex((feature) => feature.name === "revenue_365d");
    const orders = row[at] ?? NaN;
    if (Number.isNaN(this.#order) || Number.isNaN(orders)) return null;
    return probability * (Math.max(orders, 0) * this.#order);
  }
}

interface Graded {
  readonly margin: number;
  readonly value: number;
  readonly missingFeatures: readonly string[];
  readonly explanation?: Explanation;
}

/** Number of factors asked for. */
function count(explain: boolean | number | "all"): number {
  if (explain === "all") return Infinity;
  return typeof explain === "number" ? countOf(explain, "explain") : explain ? 5 : 0;
}

/**
 * Loads a model: from its bytes, from an answer, or from an address.
 *
 * @throws {@link ModelError} when the file is damaged or malformed, with the place and the reason
 * @throws {@link ModuleError} when model or module cannot be loaded
 */
export async function loadModel(source: ByteSource): Promise<AnyModel> {
  const [bytes] = await Promise.all([bytesOf(source), scoring.start()]);
  return new Model(bytes) as AnyModel;
}

/** As {@link loadModel}, at once: when the module is loaded already, and always in Node. */
export function loadModelSync(bytes: Uint8Array | ArrayBuffer): AnyModel {
  return new Model(bytesIn(bytes)) as AnyModel;
}
