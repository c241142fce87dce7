// Parameters that a module would bend to fit are refused, and what is in range is taken.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const own = (file) => import(pathToFileURL(join(root, "wasm/js/dist/esm/node", file)));
const { loadModelSync } = await own("index.js");
const { initTrainSync, simulateBusiness } = await own("train.js");
const model = (kind) => loadModelSync(readFileSync(join(root, `models/${kind}/1/model.csm`)));
const refused = { name: "RequestError", code: "invalid_parameter" };
const row = { inbound_msgs_30d: 12 };

test("numbers of factors and reasons", async () => {
  const lead = model("lead");
  const factors = (explain) => lead.score(row, { explain }).explanation.factors.length;
  assert.deepEqual([0, 2, "all", Infinity].map(factors), [0, 2, lead.features.length, lead.features.length]);
  const advisor = await lead.advisor();
  assert.equal(advisor.reasons(row, 2).length, 2);
  assert.deepEqual(advisor.reasons(row, Infinity), advisor.reasons(row, lead.features.length));
  for (const wrong of [-1, 1.5, NaN]) {
    assert.throws(() => lead.score(row, { explain: wrong }), refused);
    assert.throws(() => lead.explain(row, wrong), refused);
    assert.throws(() => advisor.reasons(row, wrong), refused);
  }
  lead.free();
});

test("cut-offs fall, one fewer than levels", () => {
  const lead = model("lead");
  assert.equal(lead.levelOf(50, [75, 50, 25]), "warm");
  assert.equal(lead.levelOf(50, lead.cutoffs), lead.levelOf(50));
  for (const wrong of [[], [50], [75, 50], [25, 50, 75], [50, 50, 25], [75, NaN, 25], [75, 50, 25, 10]]) {
    assert.throws(() => lead.levelOf(50, wrong), refused, String(wrong));
  }
  lead.free();
});

test("quiet hours lie in a day", async () => {
  const engagement = model("engagement");
  assert.equal((await engagement.sendTimePlan({})).hours.length, 24);
  const plan = (quietHours) =>
    engagement.sendTimePlan({}, { decisionAt: 1_760_000_000_000, utcOffsetMinutes: 0, quietHours });
  for (const right of [null, undefined, { from: 0, until: 1440 }, { from: 1260, until: 480 }]) await plan(right);
  for (const wrong of [{ from: -5, until: 99_999 }, { from: 0, until: 1441 }, { from: 1.5, until: 9 }, { from: 0 }]) {
    await assert.rejects(plan(wrong), refused);
  }
  engagement.free();
});

test("numbers of a simulated business are whole", () => {
  initTrainSync();
  const now = Date.UTC(2026, 5, 1);
  assert.equal(simulateBusiness(2, 0, now, undefined, 30).people.length, 2);
  for (const [contacts, seed, recent, days] of [
    [1.5, 0], [0, 0], [2001, 0], [1, -1], [1, 0.5], [1, 2 ** 32], [1, 0, -1], [1, 0, 2.5], [1, 0, 9, 0], [1, 0, 9, 3651],
  ]) {
    assert.throws(() => simulateBusiness(contacts, seed, now, recent, days), refused);
  }
});
