import { expect, test } from "vitest";
import type { Evaluation } from "../../lib/workspace/evaluation";
import type { TrainingJob } from "../../lib/workspace/types";
import { metricRows, strip } from "./metrics";
import { outcome, standing } from "./training.svelte";

const figure = (value: number, low: number | null = null, high: number | null = null) => ({ value, low, high });
const evaluation = {
  metrics: { custom_gain: figure(3), auc: figure(0.8, 0.7, 0.9) },
  baselines: [{ name: "dummy", description: "", metrics: { auc: figure(0.5) }, aucGain: null }],
  upperBound: { auc: figure(1) },
} as unknown as Evaluation;

test("known figures come first, others with their names", () => {
  const rows = metricRows(evaluation);
  expect(rows.map((row) => row.label)).toEqual(["AUC", "custom gain"]);
  expect(rows[0]).toMatchObject({ better: "higher", baselines: [{ value: 0.5 }], upperBound: { value: 1 } });
  expect(rows[1]?.baselines).toEqual([null]);
});

test("the drawing runs from the least to the greatest value", () => {
  const [auc, single] = metricRows(evaluation).map(strip);
  expect(auc).toMatchObject({ baselines: [0], value: expect.closeTo(0.6), low: expect.closeTo(0.4), high: expect.closeTo(0.8) });
  expect(single).toEqual({ low: 0.5, high: 0.5, value: 0.5, baselines: [null] });
});

const job = (more: object): TrainingJob => ({
  attempts: 1, cancel_requested: false, created_at: "", job_id: "j", model: "lead", progress: 0, scheduled: false, stage: "", status: "queued", ...more,
} as TrainingJob);

test("a job says what it does and what came of it", () => {
  expect(standing(job({})).label).toBe("Waiting for its turn");
  expect(standing(job({ status: "training", stage: "fold 2 of 5", eta_s: 150 }))).toEqual({ label: "Fold 2 of 5", detail: "about 3 min left" });
  expect(outcome(job({ status: "succeeded", version: "2", promoted: false, reason: "not better" }))).toBe("Version 2 was trained. It does not score yet (not better).");
  expect(outcome(job({ status: "refused", required: { positives: 40, negatives: 40 }, found: { positives: 3, negatives: 90 } }))).toContain("3 positive and 90 negative");
  expect(outcome(job({ status: "failed", error: "disk full" }))).toBe("Training failed: disk full.");
});
