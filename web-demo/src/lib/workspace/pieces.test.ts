import { expect, test } from "vitest";
import { readEvaluation } from "./evaluation";
import { contactsOf, pieces } from "./ndjson";
import { pool } from "./pool";
import { localScorer } from "./scorer";
import { sendHoursOf } from "./send-hours";
import type { FeatureSchema, OptimalTime } from "./types";

test("a file is cut at ends of lines, and nothing is lost", async () => {
  const text = Array.from({ length: 40 }, (_, index) => `{"n":${index},"t":"é"}`).join("\n");
  for (const bytes of [1, 7, 50, 10_000]) {
    const found = [];
    for await (const piece of pieces(new Blob([text]), bytes)) found.push(piece);
    expect(found.map((piece) => piece.text).join("")).toBe(text);
    expect(found.at(-1)?.end).toBe(new Blob([text]).size);
    for (const { text: part, firstLine } of found) expect(part.startsWith(`{"n":${firstLine},`)).toBe(true);
  }
});

test("a file without lines is refused before it is all in memory", async () => {
  const read = async () => {
    for await (const piece of pieces(new Blob(["x".repeat(3 << 20)]), 1 << 20)) void piece;
  };
  await expect(read()).rejects.toMatchObject({ code: "invalid_json" });
});

test("contacts of lines are counted once", () => {
  const contacts = new Set<string>();
  contactsOf('{"contact_id":"a"}\n{"contact_id" : "b\\"c"}\n{"contact_id":"a"}', contacts);
  expect(contacts.size).toBe(2);
});

test("work keeps the order, and ends at the first failure or cancel", async () => {
  const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const doubled = await pool([5, 1, 3], async (ms) => (await later(ms), ms * 2), new AbortController().signal);
  expect(doubled).toEqual([10, 2, 6]);
  let begun = 0;
  const failing = pool(Array.from({ length: 50 }, (_, index) => index), async (index) => {
    begun++;
    await later(1);
    if (index === 2) throw new Error("no");
  }, new AbortController().signal);
  await expect(failing).rejects.toThrow("no");
  await later(5);
  expect(begun).toBeLessThan(20);
  await expect(pool([1], async () => 1, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
});

const hour = (at: number, probability: number, blocks: string[] = []) => ({
  hour: at, probability, lower: 0, upper: 1, send_at: `2026-01-01T${String(at).padStart(2, "0")}:00:00Z`,
  allowed: blocks.length === 0, blocks,
});
const plan = (hourly: object[], more: object) => ({ hourly, alternatives: [], ...more }) as unknown as OptimalTime;

test("a plan becomes hours: forbidden ones are null, and now is the next one", () => {
  const hours = sendHoursOf("c", plan([hour(8, 0.1), hour(9, 0.3), hour(22, 0.9, ["quiet_hours"])], { optimal_hour: 9, optimal_send_at: "2026-01-01T09:00:00Z" }));
  expect(hours).toMatchObject({ now: 0.1, best: 9, sendAt: Date.UTC(2026, 0, 1, 9), blockedBy: null });
  expect(hours.hours[22]).toBeNull();
  expect(hours.hours[9]).toBe(0.3);
});

test("who may not be written to has the rule that forbids most hours", () => {
  const blocked = sendHoursOf("c", plan([hour(8, 0.1, ["opted_out"]), hour(22, 0.9, ["quiet_hours", "opted_out"])], {}));
  expect(blocked).toMatchObject({ now: null, best: null, sendAt: null, blockedBy: "opted_out" });
  expect(sendHoursOf("c", plan([], { suppressed: "objected" })).blockedBy).toBe("objected");
});

test("a card is read as far as it is one", () => {
  expect(readEvaluation(undefined)).toBeNull();
  expect(readEvaluation({ evaluation: 3 })).toBeNull();
  const evaluation = readEvaluation({
    evaluation: {
      metrics: { auc: { value: 0.8, low: 0.7, high: 0.9 }, odd: { value: "x" } },
      reliability: [{ predicted: 0.1, observed: 0.2 }, { predicted: null }],
      baselines: [{ name: "dummy", metrics: {} }, 5],
      upper_bound: null,
    },
    decision: { reason: "better" },
  });
  expect(evaluation).toMatchObject({ metrics: { auc: { value: 0.8, low: 0.7, high: 0.9 } }, upperBound: null, decision: "better" });
  expect(evaluation?.metrics).not.toHaveProperty("odd");
  expect(evaluation?.reliability).toEqual([{ predicted: 0.1, observed: 0.2, low: 0.2, high: 0.2, rows: 0 }]);
  expect(evaluation?.baselines).toHaveLength(1);
});

test("a scorer takes values by name in the order of the schema, and no model of other features", () => {
  const schema = { feature_set: "lead/1", feature_set_hash: "x64:1", features: [{ name: "a" }, { name: "b" }] } as unknown as FeatureSchema;
  const rows: number[][] = [];
  const model = {
    featureSetHash: "x64:1",
    cutoffs: [75, 50, 25],
    score: (row: Float32Array) => (rows.push([...row]), 50),
    level: (value: number, [hot = 0]: readonly number[]) => (value >= hot ? "hot" : "warm"),
    explain: () => ({ baseValue: 1, margin: 4, contributions: [1, 2] }),
  };
  expect(localScorer("lead", schema, model, null).score({ b: 2, a: null })).toEqual({
    value: 50, label: "warm", baseValue: 1, margin: 4, contributions: { a: 1, b: 2 },
  });
  expect(rows).toEqual([[NaN, 2]]);
  expect(localScorer("lead", schema, model, [50, 20, 10]).score({}).label).toBe("hot");
  expect(() => localScorer("lead", schema, { ...model, featureSetHash: "x64:2" }, null)).toThrow("other features");
});
