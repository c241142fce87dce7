// Training in WebAssembly gives the bytes of native training. `cargo xtask test` makes the modules and
// the natively trained models (target/train-parity) first.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const dist = join(root, "wasm/js/dist");
const glue = async (js, wasm) => {
  const module = await import(pathToFileURL(join(dist, `esm/glue/${js}.js`)));
  module.initSync({ module: readFileSync(join(dist, `wasm/${wasm}.wasm`)) });
  return module;
};
const { train } = await glue("chatsignal_wasm_train", "chatsignal-train");
const { Scorer } = await glue("chatsignal_wasm", "chatsignal");
const folder = join(root, "target/train-parity");

const numbers = (file, type) => new type(Uint8Array.from(readFileSync(join(folder, file))).buffer);
const rows = () => numbers("rows.f32", Float32Array);
const target = () => numbers("target.f64", Float64Array);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".csm"))
  .map((file) => file.slice(0, -".csm".length));

test("there are models to compare with", () => assert.ok(names.length >= 6));

for (const name of names) {
  test(`${name}: the bytes and figures of native training`, () => {
    const request = readFileSync(join(folder, `${name}.json`), "utf8");
    const trained = train(rows(), target(), request);
    const expected = readFileSync(join(folder, `${name}.csm`));
    assert.ok(Buffer.from(trained.bytes).equals(expected));
    assert.equal(trained.reportJson, readFileSync(join(folder, `${name}.report.json`), "utf8"));
    assert.equal(new Scorer(trained.bytes).texts[0], "custom");
    trained.free();
  });
}

test("what the caller gets wrong is said", () => {
  const request = { features: ["x"], target: "y", task: "binary", learner: "gbm" };
  const refused = (change, pattern, x = [1, 2], y = [0, 1]) => {
    const json = JSON.stringify({ ...request, ...change });
    assert.throws(() => train(Float32Array.from(x), Float64Array.from(y), json), pattern);
  };
  refused({ sead: 1 }, /sead/);
  refused({ params: { n_trees: 3 } }, /n_trees.*n_estimators/);
  refused({ learner: "gbdt" }, /without it.*use gbm/);
  refused({ learner: "logistic", params: { solver: "linfa" } }, /use the solver `newton`/);
  refused({}, /expected 2 values, found 1/, [1]);
  refused({}, /row 1: the target is 2/, [1, 2], [0, 2]);
  refused({}, /nothing to learn/, [1, 2], [1, 1]);
  refused({}, /row 0, feature `x`/, [Infinity, 2]);
});

test("Telco churn, a fifth of the rows held out", (t) => {
  const data = process.env.CHATSIGNAL_DATA ?? join(root, "../shared/data");
  const file = join(data, "tabular/Telco-Customer-Churn.csv");
  if (!existsSync(file)) return t.skip(`no ${file} (set CHATSIGNAL_DATA)`);
  const [head, ...lines] = readFileSync(file, "utf8").trim().split(/\r?\n/).map((line) => line.split(","));
  const inputs = head.map((_, j) => j).filter((j) => !["customerID", "Churn"].includes(head[j]));
  const number = (text) => (text.trim() === "" ? NaN : Number(text));
  const columns = inputs.map((j) => {
    const cells = lines.map((line) => line[j]);
    if (cells.every((cell) => cell.trim() === "" || !Number.isNaN(Number(cell)))) {
      return { feature: head[j], values: cells.map(number) };
    }
    const categories = [...new Set(cells)].sort();
    return { feature: { name: head[j], categories }, values: cells.map((cell) => categories.indexOf(cell)) };
  });
  const part = (wanted) => {
    const kept = lines.map((_, i) => i).filter(wanted);
    return {
      x: Float32Array.from(kept.flatMap((i) => columns.map((column) => column.values[i]))),
      y: Float64Array.from(kept.map((i) => (lines[i].at(-1) === "Yes" ? 1 : 0))),
    };
  };
  const learned = part((i) => i % 5 !== 0);
  const held = part((i) => i % 5 === 0);
  for (const [learner, params] of [
    ["gbm", { n_estimators: 200, max_depth: 3, learning_rate: 0.05 }],
    ["forest", { n_estimators: 100, min_samples_leaf: 10 }],
    ["logistic", {}],
  ]) {
    const features = columns.map((column) => column.feature);
    const request = { features, target: "Churn", task: "binary", learner, params };
    const start = performance.now();
    const trained = train(learned.x, learned.y, JSON.stringify(request));
    const seconds = ((performance.now() - start) / 1000).toFixed(2);
    const predictions = new Scorer(trained.bytes).predict(held.x);
    const area = auc(held.y, predictions.filter((_, i) => i % 3 === 2));
    t.diagnostic(`${learner}: hold-out AUC ${area.toFixed(4)}, ${learned.y.length} rows in ${seconds} s`);
    assert.ok(area > 0.82, `${learner}: ${area}`);
  }
});

// Area under the ROC curve, ties counting half.
function auc(y, scores) {
  const order = [...y.keys()].sort((a, b) => scores[a] - scores[b]);
  let [sum, positives] = [0, 0];
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && scores[order[end]] === scores[order[i]]) end += 1;
    for (const row of order.slice(i, end)) {
      if (y[row] === 1) [sum, positives] = [sum + (i + end + 1) / 2, positives + 1];
    }
    i = end;
  }
  return (sum - (positives * (positives + 1)) / 2) / (positives * (y.length - positives));
}
