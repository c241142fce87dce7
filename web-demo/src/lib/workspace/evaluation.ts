/** How a version was judged, as its card tells (`card.json`). The description of the service leaves the
 *  card open, so that what is read of it is checked here. */

/** A figure with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

export type Figures = Readonly<Record<string, Estimate>>;

export interface Baseline {
  readonly name: string;
  readonly description: string;
  readonly metrics: Figures;
  /** By how much the model's AUC is higher. */
  readonly aucGain: Estimate | null;
}

/** One tenth of the held-out rows, by what was predicted. */
export interface ReliabilityBin {
  readonly predicted: number;
  readonly observed: number;
  readonly low: number;
  readonly high: number;
  readonly rows: number;
}

export interface Slice {
  readonly name: string;
  readonly rows: number;
  readonly baseRate: number;
  readonly auc: number | null;
}

export interface Evaluation {
  readonly metrics: Figures;
  readonly baselines: readonly Baseline[];
  /** What the true probability would reach: known of simulated data only. */
  readonly upperBound: Figures | null;
  readonly reliability: readonly ReliabilityBin[];
  readonly slices: readonly Slice[];
  readonly rowsHeldOut: number;
  readonly contactsHeldOut: number;
  readonly baseRate: number;
  /** What counts as positive, in words. */
  readonly definition: string;
  readonly learner: string;
  readonly calibration: string;
  readonly validation: string;
  readonly simulated: boolean;
  /** Why it scores, or does not. */
  readonly decision: string | null;
}

type Json = { readonly [name: string]: unknown };

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const object = (value: unknown): Json => (isObject(value) ? value : {});
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

function estimate(value: unknown): Estimate | null {
  const { value: middle, low, high } = object(value);
  const found = number(middle);
  return found === null ? null : { value: found, low: number(low), high: number(high) };
}

function figures(value: unknown): Figures {
  const found: Record<string, Estimate> = {};
  for (const [name, entry] of Object.entries(object(value))) {
    const figure = estimate(entry);
    if (figure) found[name] = figure;
  }
  return found;
}

function bin(entry: Json): ReliabilityBin | null {
  const [predicted, observed] = [number(entry["predicted"]), number(entry["observed"])];
  if (predicted === null || observed === null) return null;
  const [low, high] = [number(entry["low"]) ?? observed, number(entry["high"]) ?? observed];
  return { predicted, observed, low, high, rows: number(entry["rows"]) ?? 0 };
}

/** The evaluation of a card; null when there is none. */
export function readEvaluation(card: unknown): Evaluation | null {
  const evaluation = object(card)["evaluation"];
  if (!isObject(evaluation)) return null;
  const upperBound = figures(evaluation["upper_bound"]);
  return {
    metrics: figures(evaluation["metrics"]),
    baselines: list(evaluation["baselines"]).map((entry) => ({
      name: text(entry["name"]),
      description: text(entry["description"]),
      metrics: figures(entry["metrics"]),
      aucGain: estimate(entry["auc_gain"]),
    })),
    upperBound: Object.keys(upperBound).length > 0 ? upperBound : null,
    reliability: list(evaluation["reliability"]).flatMap((entry) => bin(entry) ?? []),
    slices: list(evaluation["slices"]).map((entry) => ({
      name: `${text(entry["dimension"])} ${text(entry["value"])}`.trim(),
      rows: number(entry["rows"]) ?? 0,
      baseRate: number(entry["base_rate"]) ?? 0,
      auc: number(entry["auc"]),
    })),
    rowsHeldOut: number(evaluation["rows_held_out"]) ?? 0,
    contactsHeldOut: number(evaluation["contacts_held_out"]) ?? 0,
    baseRate: number(evaluation["base_rate_held_out"]) ?? 0,
    definition: text(object(evaluation["counts"])["definition"]),
    learner: text(evaluation["learner"]),
    calibration: text(evaluation["calibration"]),
    validation: text(object(evaluation["validation"])["statement"]),
    simulated: evaluation["simulated"] === true,
    decision: text(object(object(card)["decision"])["reason"]) || null,
  };
}
