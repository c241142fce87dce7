// In Node, models and modules are read from files: by their address, or by their path.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const dist = join(root, "wasm/js/dist");
const { initTrain } = await import(pathToFileURL(join(dist, "esm/node/train.js")));
const require = createRequire(import.meta.url);
const path = join(root, "models/lead/1/model.csm");
const address = pathToFileURL(path);
const entries = [
  ["import", await import(pathToFileURL(join(dist, "esm/node/index.js")))],
  ["require", require(join(dist, "cjs/node/index.js"))],
];

for (const [format, { loadModel }] of entries) {
  test(`models are read from files, after ${format}`, async () => {
    for (const source of [address, address.href, path, relative(process.cwd(), path)]) {
      const model = await loadModel(source);
      assert.equal(model.kind, "lead");
      model.free();
    }
    for (const missing of ["nothing.csm", new URL("nothing.csm", address)]) {
      await assert.rejects(loadModel(missing), { name: "ModuleError", code: "not_found" });
    }
    await assert.rejects(loadModel(root), { name: "ModuleError", code: "engine_unavailable" });
    await assert.rejects(loadModel("http://127.0.0.1:1/model.csm"), { name: "ModuleError", code: "engine_unavailable" });
  });
}

test("other addresses are fetched, and modules are read from files as well", async () => {
  const [[, { loadModel, ModelError }]] = entries;
  await assert.rejects(loadModel("data:,model"), ModelError);
  await initTrain(join(dist, "wasm/chatsignal-train.wasm"));
});
