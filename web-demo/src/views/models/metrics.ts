/** The figures of models in words, and where they lie. */
import type { Estimate, Evaluation } from "../../lib/workspace/evaluation";

interface Metric {
  readonly name: string;
  readonly label: string;
  /** What it says, in a sentence. */
  readonly about: string;
  readonly better: "higher" | "lower";
}

const metrics: readonly Metric[] = [
  { name: "auc", label: "AUC", better: "higher", about: "How often a positive ranks above a negative; 0.5 is chance." },
  { name: "pr_auc", label: "PR AUC", better: "higher", about: "Precision over all recalls; chance is the base rate." },
  { name: "f1", label: "F1", better: "higher", about: "Precision and recall in one, at a threshold chosen on other rows." },
  { name: "lift_at_10", label: "Lift, top 10 %", better: "higher", about: "How many times more positives the best tenth holds than a random one." },
  { name: "lift_at_20", label: "Lift, top 20 %", better: "higher", about: "The same for the best fifth." },
  { name: "value_captured_at_10", label: "Value, top 10 %", better: "higher", about: "Share of the value at risk that the riskiest tenth holds." },
  { name: "log_loss", label: "Log loss", better: "lower", about: "Error of the probabilities; certain mistakes weigh most." },
  { name: "brier", label: "Brier score", better: "lower", about: "Mean squared error of the probabilities." },
  { name: "ece", label: "Calibration error", better: "lower", about: "Mean distance between what is predicted and what happens." },
  { name: "r2", label: "R²", better: "higher", about: "Share of the outcome's spread that the score explains." },
  { name: "rmse", label: "RMSE", better: "lower", about: "Typical distance of the score from the outcome, points." },
  { name: "spearman", label: "Rank correlation", better: "higher", about: "Agreement of the order of scores with that of outcomes." },
];

export function metricLabel(name: string): string {
  return metrics.find((metric) => metric.name === name)?.label ?? name.replaceAll("_", " ");
}

const baselines: Readonly<Record<string, string>> = {
  dummy: "Base rate",
  recency: "Recency",
  bgnbd_p_alive: "BG/NBD alive",
  bgnbd_no_purchase: "BG/NBD purchase",
};

export function baselineLabel(name: string): string {
  return baselines[name] ?? name.replaceAll("_", " ");
}

/** A figure of a model beside those of the baselines. */
export interface MetricRow extends Metric {
  readonly model: Estimate;
  /** By name, in the order of the evaluation. */
  readonly baselines: readonly (Estimate | null)[];
  readonly upperBound: Estimate | null;
}

/** The figures that the model has, the known ones first. */
export function metricRows(evaluation: Evaluation): MetricRow[] {
  const known = new Set(metrics.map((metric) => metric.name));
  const others = Object.keys(evaluation.metrics)
    .filter((name) => !known.has(name))
    .map((name): Metric => ({ name, label: metricLabel(name), about: "", better: "higher" }));
  return [...metrics, ...others].flatMap((metric) => {
    const model = evaluation.metrics[metric.name];
    if (!model) return [];
    const baselines = evaluation.baselines.map((baseline) => baseline.metrics[metric.name] ?? null);
    return { ...metric, model, baselines, upperBound: evaluation.upperBound?.[metric.name] ?? null };
  });
}

/** Where the values of a row lie between its least and its greatest one, 0 to 1. */
export interface Strip {
  readonly low: number;
  readonly high: number;
  readonly value: number;
  readonly baselines: readonly (number | null)[];
}

export function strip({ model, baselines, upperBound }: MetricRow): Strip {
  const all = [model, ...baselines, upperBound].flatMap((one) => (one ? [one.value] : []));
  const values = [...all, model.low ?? model.value, model.high ?? model.value];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const place = (value: number) => (most > least ? (value - least) / (most - least) : 0.5);
  return {
    low: place(model.low ?? model.value),
    high: place(model.high ?? model.value),
    value: place(model.value),
    baselines: baselines.map((one) => (one ? place(one.value) : null)),
  };
}
