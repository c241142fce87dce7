// What a record becomes is what the cells of a table become natively: numbers rounded as the model says,
// truth values, categories by name and by value. The margins of a model that tells such things apart.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const { loadModelSync } = await import(pathToFileURL(join(root, "wasm/js/dist/esm/node/index.js")));

mkdirSync(join(root, "target/tmp"), { recursive: true });
const folder = mkdtempSync(join(root, "target/tmp/rows-"));
const at = (name) => join(folder, name);

/** The command line: the program named in CHATSIGNAL, else the one that cargo builds. */
function chatsignal(...given) {
  const cargo = ["run", "--quiet", "-p", "chatsignal-native", "--bin", "chatsignal", "--"];
  const [program, first] = process.env.CHATSIGNAL ? [process.env.CHATSIGNAL, []] : ["cargo", cargo];
  return execFileSync(program, [...first, ...given], { cwd: root, encoding: "utf8", stdio: "pipe" });
}

/** A tree of one split; missing goes right. */
const stump = (feature, threshold, value, codes) => ({
  output: 0, left: [1, -1, -1], right: [2, -1, -1], feature: [feature, -2, -2],
  threshold: [threshold, -2, -2], missing_go_to_left: [0, 0, 0], value: [0, value, 0], cover: [2, 1, 1],
  ...(codes === undefined ? {} : { category_left: [codes, null, null] }),
});

/** A model of scikit-learn that takes the number `x` (at most 0.1), `flag` and the category `k`. */
const imported = (model) => {
  const document = {
    format: "sklearn-forest", sklearn: "1.9.1", model, n_features: 3, features: ["x", "flag", "k"],
    categories: [{ feature: 2, names: ["NA", " a", "a", "1", "0"] }],
    aggregation: "sum", base: [0], link: "identity",
    trees: [stump(0, 0.1, 1), stump(1, 0.5, 2), ...[0, 1, 2, 3, 4].map((code) => stump(2, 0, 4 << code, [code]))],
  };
  writeFileSync(at("m.json"), JSON.stringify(document));
  chatsignal("models", "import", at("m.json"), "--out", at("m.csm"), "--from", "sklearn");
  return loadModelSync(readFileSync(at("m.csm")));
};

const numbers = [0.1, 0.1 + 2 ** -40, 0.09999999, Math.fround(0.1), -1e39, Infinity, -Infinity, null];
const truths = [true, false, 0.5, null];
const categories = ["NA", " a", "a", "a ", "1", "1.0", true, "False", "-0.0", "01", "b", null];
const records = numbers.flatMap((x) => truths.flatMap((flag) => categories.map((k) => ({ x, flag, k }))));

test("records of JavaScript are read as tables are natively", () => {
  const cell = (value) => (value === null ? "" : String(value).replace("Infinity", "inf"));
  const lines = records.map(({ x, flag, k }) => [x, flag, k].map(cell).join(","));
  writeFileSync(at("rows.csv"), ["x,flag,k", ...lines].join("\n") + "\n");
  const model = imported("HistGradientBoostingRegressor");
  const table = chatsignal("predict", "--model", at("m.csm"), "--data", at("rows.csv"));
  const native = table.trim().split("\n").slice(1).map((line) => Number(line.split(",")[1]));
  const ours = [...model.margins(model.pack(records))];
  assert.equal(native.length, records.length);
  assert.deepEqual(ours, native);
  // The categories are told apart.
  const of = (k) => model.value({ k }) / 4;
  assert.deepEqual(["NA", " a", "a", "1.0", "False", "b"].map(of), [1, 2, 4, 8, 16, 0]);
  model.free();
  assert.throws(() => model.pack([{ x: 0.1 }]), /the model was freed/);
});

test("0.1 is at most 0.1 for a library that compares in f64", () => {
  // Rounded to the nearest f32 it is above.
  assert.equal(imported("HistGradientBoostingRegressor").value({ x: 0.1 }), 1);
  assert.equal(imported("GradientBoostingRegressor").value({ x: 0.1 }), 0);
});
