/** The inputs of a model, and rows of their values. */
import { catalogue, type CatalogueFeature } from "./catalogue.js";
import { FeatureError } from "./errors.js";
import type { ModelKind } from "./results.js";

/**
 * Values by the names of features; what is left out, null or NaN is missing. `true` is 1 and `false`
 * is 0. A category is given by its name, or as the number of its code; one that the model does not
 * know is missing.
 */
export type FeatureRecord = Readonly<Record<string, number | string | boolean | null | undefined>>;

/** What a business can do to move a feature. */
export interface FeatureAction {
  /** The better way; `either`: it depends on the others. */
  readonly direction: "raise" | "lower" | "either";
  /** How, in a few words of the imperative. */
  readonly how: string;
}

/** One input of a model. */
export interface Feature {
  /** Name in records and files. */
  readonly name: string;
  /** Name for people. */
  readonly label: string;
  /** Unit of the value; empty where there is none or it is not known. */
  readonly unit: string;
  /** Part of the catalogue; empty for one's own columns. */
  readonly category: string;
  /** Smallest value; null where there is no range. */
  readonly minimum: number | null;
  /** Largest value; null where there is no range. */
  readonly maximum: number | null;
  /** Value of a contact of whom nothing is known: a number, missing, or worked out by a rule. */
  readonly missing: number | "missing" | "rule";
  /** What a business can do to move it; null for facts of the past and one's own columns. */
  readonly actionable: FeatureAction | null;
  /** Names of the categories, in the order of their codes; null for a number. */
  readonly categories: readonly string[] | null;
}

/**
 * The features of a model, with what the catalogue knows of them.
 *
 * @internal
 */
export function describe(
  kind: ModelKind,
  fingerprint: string,
  names: readonly string[],
  categories: (at: number) => readonly string[],
): { features: readonly Feature[]; isKnown: boolean } {
  const entry = kind === "custom" ? undefined : catalogue[kind];
  if (entry !== undefined && entry.fingerprint === fingerprint) {
    return { features: entry.features.map(known), isKnown: true };
  }
  const features = names.map((name, at): Feature => {
    const own = categories(at);
    return {
      name,
      label: name,
      unit: "",
      category: "",
      minimum: null,
      maximum: null,
      missing: "missing",
      actionable: null,
      categories: own.length > 0 ? own : null,
    };
  });
  return { features, isKnown: false };
}

function known(feature: CatalogueFeature): Feature {
  const [name, label, unit, category, minimum, maximum, missing, direction, how] = feature;
  const actionable = direction === null ? null : { direction, how };
  return { name, label, unit, category, minimum, maximum, missing, actionable, categories: null };
}

/**
 * How a model reads a value: the rules are in the module, one for every reader of rows.
 *
 * @internal
 */
export interface Reading {
  /** Whether numbers that are no f32 are rounded down, not to the nearest as arrays do it. */
  readonly roundsDown: boolean;
  /** The f32 that a number becomes. */
  narrow(value: number): number;
  /** The code of the category that a text names. */
  categoryCode(feature: number, text: string): number | undefined;
}

/**
 * Turns records into rows of one model.
 *
 * @internal
 */
export class Packer {
  readonly #features: readonly Feature[];
  readonly #names: readonly string[];
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #reading: Reading;

  constructor(features: readonly Feature[], reading: Reading) {
    this.#features = features;
    this.#reading = reading;
    this.#names = features.map((feature) => feature.name);
    this.#low = Float64Array.from(features, (feature) => feature.minimum ?? -Infinity);
    this.#high = Float64Array.from(features, (feature) => feature.maximum ?? Infinity);
  }

  /** Writes one record to `row`, at `start`. */
  pack(record: FeatureRecord, row: Float32Array, start: number): void {
    const names = this.#names;
    const { roundsDown } = this.#reading;
    let known = 0;
    for (let at = 0; at < names.length; at++) {
      const value = record[names[at] as string];
      if (typeof value === "number") {
        known += 1;
        if (value < (this.#low[at] as number) || value > (this.#high[at] as number)) {
          throw this.#outOfRange(at, value);
        }
        // The sum turns -0 into 0, as in computed features.
        row[start + at] =
          roundsDown && Math.fround(value) > value ? this.#reading.narrow(value) : value + 0;
      } else {
        known += value === undefined && !((names[at] as string) in record) ? 0 : 1;
        row[start + at] = value === undefined || value === null ? NaN : this.#code(at, value);
      }
    }
    let given = 0;
    for (const _ in record) given += 1;
    if (given > known) this.#refuseUnknown(record);
  }

  #code(at: number, value: string | boolean): number {
    const { name, categories } = this.#features[at] as Feature;
    if (categories === null && typeof value === "boolean") return Number(value);
    if (categories === null || (typeof value !== "string" && typeof value !== "boolean")) {
      throw new FeatureError("invalid_field", `${name} is a number`, name);
    }
    // A category that was not there in training is missing.
    return this.#reading.categoryCode(at, String(value)) ?? NaN;
  }

  #outOfRange(at: number, value: number): FeatureError {
    const { name, minimum, maximum } = this.#features[at] as Feature;
    const detail = `${name}: ${value} is not in [${minimum ?? "-∞"}, ${maximum ?? "∞"}]`;
    return new FeatureError("feature_out_of_range", detail, name);
  }

  #refuseUnknown(record: FeatureRecord): void {
    const names = new Set(this.#names);
    const name = Object.keys(record).find((name) => !names.has(name));
    if (name === undefined) return;
    throw new FeatureError("unknown_feature", `no feature of the model has the name ${name}`, name);
  }
}
