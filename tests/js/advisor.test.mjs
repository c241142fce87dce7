// A model goes on to give advice when one of its advisors was freed, or could not be loaded.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const own = (file) => import(pathToFileURL(join(root, "wasm/js/dist/esm", file)));
const { init, initAdvice, loadModel, ModelError, ModuleError } = await own("slim.js");
const wasm = (name) => readFileSync(join(root, "wasm/js/dist/wasm", name));
await init(wasm("chatsignal.wasm"));
const lead = () => loadModel(readFileSync(join(root, "models/lead/1/model.csm")));
const row = { inbound_msgs_30d: 12 };

// First: the module of advice is started once.
test("an advisor that cannot be loaded is asked for again", async () => {
  const model = await lead();
  await assert.rejects(model.advisor(), ModuleError);
  await assert.rejects(model.counterfactual(row), ModuleError);
  await initAdvice(wasm("chatsignal-advice.wasm"));
  assert.ok((await model.advisor()).reasons(row).length > 0);
  model.free();
});

test("an advisor that was freed has a successor, until its model is freed", async () => {
  const model = await lead();
  const first = await model.advisor();
  assert.equal(await model.advisor(), first);
  const reasons = first.reasons(row);
  first.free();
  first.free();
  assert.throws(() => first.reasons(row), ModelError);
  const second = await model.advisor();
  assert.deepEqual(second.reasons(row), reasons);
  first.free();
  assert.equal(await model.advisor(), second);
  model.free();
  await undefined;
  assert.throws(() => second.reasons(row), ModelError);
  assert.throws(() => model.advisor(), ModelError);
});
