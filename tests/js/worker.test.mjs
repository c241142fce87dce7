// The page's side of a worker, with workers of the test's own: what ends is replaced or stopped.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { build } from "esbuild";

const source = join(import.meta.dirname, "../../wasm/js/src/worker/index.ts");
const built = await build({
  entryPoints: [source], bundle: true, format: "esm", platform: "browser", write: false,
  define: { "import.meta.url": JSON.stringify(import.meta.url) },
});
const { ModelError, ModelWorker, ModuleError, RequestError } = await import(
  `data:text/javascript,${encodeURIComponent(built.outputFiles[0].text)}`
);

/** A module without anything in it. */
const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));

/** Makes workers that answer as `answer` says; all that were made. */
function workers(answer) {
  const made = [];
  const worker = () => {
    const one = {
      stopped: false,
      postMessage: (request) => queueMicrotask(() => answer(request, one, made.indexOf(one))),
      terminate: () => { one.stopped = true; },
      say: (id, numbers = []) =>
        one.onmessage({ data: { id, numbers: Float64Array.from(numbers), baseValue: 0, features: 1 } }),
    };
    made.push(one);
    return one;
  };
  return { made, worker };
}

const create = (worker) => ModelWorker.create(new Uint8Array(1), { features: 1, module, worker });
const rows = Float32Array.of(1, 2, 3);

test("a worker that fails between two questions is replaced", async () => {
  const { made, worker } = workers(({ id, rows }, one) => one.say(id, rows));
  const model = await create(worker);
  assert.deepEqual([...(await model.scoreRows(rows))], [1, 2, 3]);
  made[0].onerror({ message: "gone" });
  assert.equal(made[0].stopped, true);
  assert.deepEqual([...(await model.scoreRows(rows))], [1, 2, 3]);
  made[1].onmessageerror({});
  assert.deepEqual([...(await model.scoreRows(rows))], [1, 2, 3]);
  assert.equal(made.length, 3);
});

test("a worker that fails at a question fails it, and the next is answered", async () => {
  const { worker } = workers(({ id, rows, load }, one, at) => {
    if (load === undefined && at === 0) one.onerror({ message: "gone" });
    else one.say(id, rows);
  });
  const model = await create(worker);
  await assert.rejects(model.scoreRows(rows), ModuleError);
  assert.deepEqual([...(await model.scoreRows(rows))], [1, 2, 3]);
});

test("a model that cannot be loaded leaves no worker", async () => {
  const { made, worker } = workers(({ id }, one) =>
    one.onmessage({ data: { id, code: "model_unavailable", detail: "no model", trapped: false } }),
  );
  await assert.rejects(create(worker), ModelError);
  assert.deepEqual(made.map(({ stopped }) => stopped), [true]);
});

test("parts have whole rows", async () => {
  const { worker } = workers(({ id, rows }, one) => one.say(id, rows));
  const model = await create(worker);
  for (const partRows of [NaN, 0, -1, 1.5, Infinity]) {
    await assert.rejects(model.scoreRows(rows, { partRows }), RequestError, String(partRows));
  }
  assert.deepEqual([...(await model.scoreRows(rows, { partRows: 2 }))], [1, 2, 3]);
});

test("a model with rows of another width is refused", async () => {
  for (const features of [2, 0, NaN, undefined]) {
    const { made, worker } = workers(({ id }, one) => one.say(id));
    const options = { features, module, worker };
    await assert.rejects(ModelWorker.create(new Uint8Array(1), options), /a row of this model has 1 values/);
    assert.deepEqual(made.map(({ stopped }) => stopped), [true]);
  }
});

test("a batch that waits for its turn is aborted at once, and the one before it goes on", async () => {
  let goOn;
  const asked = [];
  const { made, worker } = workers(({ id, rows, load }, one) => {
    if (load !== undefined) return one.say(id);
    asked.push(rows);
    goOn = () => one.say(id, rows);
  });
  const model = await create(worker);
  const running = model.scoreRows(rows);
  const control = new AbortController();
  const waiting = model.scoreRows(Float32Array.of(4), { signal: control.signal });
  await new Promise(setImmediate);
  control.abort("enough");
  await assert.rejects(waiting, (reason) => reason === "enough");
  await assert.rejects(model.scoreRows(rows, { signal: AbortSignal.abort("before") }), (reason) => reason === "before");
  goOn();
  assert.deepEqual([...(await running)], [1, 2, 3]);
  const next = model.scoreRows(Float32Array.of(5));
  await new Promise(setImmediate);
  goOn();
  assert.deepEqual([...(await next)], [5]);
  assert.deepEqual(asked.map((rows) => [...rows]), [[1, 2, 3], [5]]);
  assert.equal(made.length, 1);
});

test("a batch that runs is aborted with its worker", async () => {
  const { made, worker } = workers(({ id, load }, one) => { if (load !== undefined) one.say(id); });
  const model = await create(worker);
  const control = new AbortController();
  const running = model.scoreRows(rows, { signal: control.signal });
  await new Promise(setImmediate);
  control.abort("enough");
  await assert.rejects(running, (reason) => reason === "enough");
  assert.equal(made[0].stopped, true);
});
