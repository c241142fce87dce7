// `node score.mjs FOLDER TARGET FEATURES`: loads the package that `wasm-pack` made, as a script in FOLDER
// does, and scores with it; the bits are those of the npm package. `cargo xtask wasm-pack` runs it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, target, features] = process.argv.slice(2);
const root = join(import.meta.dirname, "../../..");
const require = createRequire(join(folder, "main.cjs"));

const manifest = require.resolve("chatsignal-wasm/package.json");
const { name, main, types, license, files } = JSON.parse(readFileSync(manifest, "utf8"));
const own = (file) => join(dirname(manifest), file);
assert.equal(name, "chatsignal-wasm");
assert.equal(license, "MIT OR Apache-2.0");
for (const file of files) assert.ok(readFileSync(own(file)).length > 0, file);
assert.match(readFileSync(own(types), "utf8"), features === "serde" ? /ObjectScorer/ : /Scorer/);

const loaded = target === "nodejs" ? require("chatsignal-wasm") : await import(pathToFileURL(own(main)));
if (target === "web") {
  // A page gives nothing: the module's address is beside the script. Node has no fetch of files.
  loaded.initSync({ module: readFileSync(own("chatsignal_wasm_bg.wasm")) });
}

const model = readFileSync(join(root, "models/lead/1/model.csm"));
const { loadModelSync } = await import(join(root, "wasm/js/dist/esm/node/index.js"));
const object = { inbound_msgs_30d: 12, lead_reply_rate_30d: 0.75 };
const lead = loadModelSync(model);
const expected = lead.score(object, { explain: "all" });
const row = lead.pack([object]);

const scorer = new loaded.Scorer(model);
assert.deepEqual([...scorer.predict(row)].filter((_, at) => at !== 1), [expected.margin, expected.value]);
assert.deepEqual([...scorer.explain(row)].slice(1), [...expected.explanation.contributions]);
assert.throws(() => new loaded.Scorer(new Uint8Array(3)), /not a chatsignal model file/);
if (features === "serde") {
  const objects = new loaded.ObjectScorer(model);
  assert.equal(objects.score(object).value, expected.value);
  assert.equal(objects.score(object).level, expected.level);
} else {
  assert.equal(loaded.ObjectScorer, undefined);
}
console.log(`wasm-pack --target ${target}${features && ` --features ${features}`}: ${expected.value}`);
