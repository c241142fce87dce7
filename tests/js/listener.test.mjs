// A listener that throws ends its training and no other one: its own error comes out, and the next
// training has the bytes that it would have had.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const { initTrainSync, simulateBusiness, trainOnLog } = await import(
  pathToFileURL(join(root, "wasm/js/dist/esm/node/train.js"))
);
initTrainSync();

const { events } = simulateBusiness(60, 7, Date.UTC(2026, 5, 1));
const prior = readFileSync(join(root, "models/engagement/1/model.csm"));
const trained = (onStep) => trainOnLog("engagement", events, { prior, onStep });

test("what a listener throws comes out as it is, and the next training works", () => {
  const { bytes, state } = trained();
  assert.notEqual(state, "refused");
  for (const mine of [new Error("cancelled"), new WebAssembly.RuntimeError("mine"), "text", undefined]) {
    let steps = 0;
    assert.throws(
      () => trained(() => { if (++steps === 2) throw mine; }),
      (error) => error === mine,
    );
    assert.equal(steps, 2, "the training goes on after its listener has thrown");
  }
  assert.deepEqual(trained().bytes, bytes);
});
