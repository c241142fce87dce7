// What goes wrong outside of the modules comes out as an error of the package too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const own = (file) => import(pathToFileURL(join(root, "wasm/js/dist/esm", file)));
const { init, initSync, initAdviceSync, loadModel, ModelError, ModuleError, RequestError } = await own("slim.js");
const { ModelWorker } = await own("worker/index.js");
const wasm = (name) => readFileSync(join(root, "wasm/js/dist/wasm", name));
const file = (kind) => readFileSync(join(root, `models/${kind}/1/model.csm`));
const page = () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
/** A module with nothing in it. */
const nothing = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

// First: the module of scoring is started once.
test("what is no module of ours is refused, and ours starts after it", async () => {
  for (const wrong of [new Uint8Array(8), nothing, wasm("chatsignal-train.wasm")]) {
    await assert.rejects(init(wrong), ModuleError);
    assert.throws(() => initSync(wrong), ModuleError);
  }
  assert.throws(() => initSync("chatsignal.wasm"), ModuleError);
  await assert.rejects(init(page()), (error) => error instanceof ModuleError && /chatsignal\.wasm/.test(error.detail));
  await init(wasm("chatsignal.wasm"));
  initAdviceSync(wasm("chatsignal-advice.wasm"));
});

test("a worker refuses such a module too", async () => {
  for (const module of [page(), new Uint8Array(8)]) {
    await assert.rejects(ModelWorker.create(file("lead"), { features: 1, module }), ModuleError);
  }
});

test("an answer that was read already cannot be read", async () => {
  const used = new Response(file("lead"));
  await used.arrayBuffer();
  await assert.rejects(loadModel(used), ModuleError);
  await assert.rejects(loadModel(new Response("", { status: 404 })), { name: "ModuleError", code: "not_found" });
});

test("what is no source says so", async () => {
  const promise = Promise.resolve(new Response(file("lead")));
  await assert.rejects(loadModel(promise), (error) => error instanceof RequestError && /await it/.test(error.detail));
  for (const wrong of [new Blob([file("lead")]), new DataView(new ArrayBuffer(8)), [1, 2], {}, null, undefined]) {
    await assert.rejects(loadModel(wrong), { name: "RequestError", code: "invalid_parameter" });
  }
  await assert.rejects(loadModel(new Uint8Array(8)), ModelError);
});

test("seed and share of exploration are checked", async () => {
  const model = await loadModel(file("engagement"));
  const plan = (question) => model.sendTimePlan({}, { decisionAt: 1_760_000_000_000, utcOffsetMinutes: 0, ...question });
  assert.deepEqual(await plan({ policy: "thompson", seed: 3 }), await plan({ policy: "thompson", seed: 3n }));
  for (const wrong of [{ seed: -1 }, { seed: 1.5 }, { seed: 2n ** 64n }, { policy: "epsilon", epsilon: 2 }, { epsilon: NaN }]) {
    await assert.rejects(plan(wrong), { name: "RequestError", code: "invalid_parameter" });
  }
  model.free();
});
