// The scoring module with plain objects (feature `serde` of the crate `wasm`): the bits of the one with
// typed arrays, and words for what a caller gets wrong. `cargo xtask wasm` makes it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const built = join(root, "target/wasm-serde");
const { initSync, ObjectScorer } = await import(pathToFileURL(join(built, "chatsignal_wasm.js")));
initSync({ module: readFileSync(join(built, "chatsignal-serde.wasm")) });
const { loadModelSync } = await import(pathToFileURL(join(root, "wasm/js/dist/esm/node/index.js")));
const { train } = await import(pathToFileURL(join(root, "wasm/js/dist/esm/node/train.js")));

/** The score of an object by both, which must agree. */
function both(bytes, object) {
  const model = loadModelSync(bytes);
  const scorer = new ObjectScorer(bytes);
  const found = scorer.score(object);
  const { value, margin, level, missingFeatures, explanation } = model.score(
    Object.fromEntries(Object.entries(object).map(([name, x]) => [name, typeof x === "boolean" ? Number(x) : x])),
    { explain: "all" },
  );
  const names = model.features.map(({ name }) => name);
  assert.deepEqual(scorer.featureNames, names);
  assert.deepEqual(found, {
    kind: model.kind,
    value,
    margin,
    level: level ?? null,
    missingFeatures,
    baseValue: explanation.baseValue,
    contributionSpace: explanation.contributionSpace,
    contributions: Object.fromEntries(names.map((name, at) => [name, explanation.contributions[at]])),
  });
  model.free();
  scorer.free();
  return found;
}

for (const kind of ["lead", "churn", "engagement"]) {
  test(`${kind}: equal bits`, () => {
    const bytes = readFileSync(join(root, `models/${kind}/1/model.csm`));
    const model = loadModelSync(bytes);
    const { features } = model;
    for (let turn = 0; turn < 300; turn++) {
      const object = {};
      features.forEach(({ name, minimum, maximum }, at) => {
        const step = (turn * 31 + at * 17) % 101;
        if (step % 7 === 0) object[name] = [null, undefined, NaN][step % 3];
        else if (step % 5 !== 0) object[name] = minimum + ((Math.min(maximum, 1000) - minimum) * step) / 101;
      });
      both(bytes, object);
    }
    model.free();
  });
}

test("a model of one's own, with categories and flags", () => {
  const rows = Float32Array.from({ length: 900 }, (_, at) => [(at / 3) % 12, Math.floor(at / 3) % 2, Math.floor(at / 7) % 3][at % 3]);
  const target = Float64Array.from({ length: 300 }, (_, at) => Number(rows[at * 3] + 3 * rows[at * 3 + 1] > 7));
  const { bytes } = train(rows, target, {
    features: ["visits", "opted_in", { name: "country", categories: ["PT", "IN", "BR"] }],
    target: "bought", task: "binary", learner: "gbm",
  });
  const values = [
    { visits: 9, opted_in: true, country: "IN" },
    { visits: -0, opted_in: false, country: "BR" },
    { opted_in: 1, country: "somewhere else" },
    { visits: 12345678901234567890, country: null },
    {},
  ].map((object) => both(bytes, object).value);
  assert.equal(new Set(values).size > 1, true);
});

test("what a caller gets wrong is said, with the name", () => {
  const scorer = new ObjectScorer(readFileSync(join(root, "models/lead/1/model.csm")));
  const name = scorer.featureNames[0];
  const { minimum } = loadModelSync(readFileSync(join(root, "models/lead/1/model.csm"))).features[0];
  for (const [object, words] of [
    [{ visits: 3 }, /no feature of the model has the name visits/],
    [{ [name]: "many" }, new RegExp(`${name} is a number`)],
    [{ [name]: [1] }, new RegExp(`${name} is neither`)],
    [{ [name]: {} }, new RegExp(`${name} is neither`)],
    [{ [name]: minimum - 1 }, new RegExp(`${name}: its value is not in \\[`)],
    [{ [name]: Infinity }, new RegExp(`${name}: its value is not in \\[`)],
    [null, /an object of values/],
    [undefined, /an object of values/],
    [7, /an object of values/],
    ["x", /an object of values/],
  ]) {
    assert.throws(() => scorer.score(object), words, JSON.stringify(object));
  }
  assert.throws(() => new ObjectScorer(new Uint8Array(3)), /not a chatsignal model file/);
  // It goes on after an error.
  assert.equal(scorer.score(new Map([[name, minimum]])).kind, "lead");
  scorer.free();
});
