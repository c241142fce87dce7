// The packed package in Node, by import and by require; and what linters of packages say of it.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";

import { expected, features, pack, project, root } from "./packed.mjs";

let tarball;
let score;
before(async () => {
  tarball = pack();
  score = await expected();
});

const run = (folder, file) =>
  JSON.parse(execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" }));

const body = `
const { readFileSync } = FS;
const bytes = readFileSync("lead.csm");
const lead = loadModelSync(bytes);
const { value, level, margin } = lead.score(${JSON.stringify(features)});
const log = new EventLog({ timeZone: "Europe/Lisbon" });
const report = log.readEvents("");
const trained = train(Float32Array.from({ length: 200 }, (_, i) => i % 17), Float64Array.from({ length: 200 }, (_, i) => Number(i % 17 > 8)), { features: ["x"], target: "y", task: "binary", learner: "logistic" });
(async () => {
  const advisor = await lead.advisor();
  const reasons = advisor.reasons(${JSON.stringify(features)}, 2).length;
  const later = await loadModel(bytes);
  const custom = loadModelSync(trained.bytes).score({ x: 16 });
  console.log(JSON.stringify({ value, level, margin, reasons, accepted: report.accepted, same: later.value(${JSON.stringify(features)}) === value, custom: custom.kind, likely: custom.value > 0.5 }));
})();
`;

const also = { reasons: 2, accepted: 0, same: true, custom: "custom", likely: true };

test("ES modules: models, advice, ingest, training", () => {
  const folder = project("node-esm", tarball, {
    "main.mjs": `import * as FS from "node:fs";
import { loadModel, loadModelSync } from "chatsignal";
import { EventLog } from "chatsignal/ingest";
import { train } from "chatsignal/train";
${body}`,
  });
  assert.deepEqual(run(folder, "main.mjs"), { ...score, ...also });
});

test("CommonJS: the same", () => {
  const folder = project("node-cjs", tarball, {
    "main.cjs": `const FS = require("node:fs");
const { loadModel, loadModelSync } = require("chatsignal");
const { EventLog } = require("chatsignal/ingest");
const { train } = require("chatsignal/train");
${body}`,
  });
  // Without the loader of ES modules for require, as older versions of Node are.
  const output = execFileSync(process.execPath, ["--no-experimental-require-module", "main.cjs"], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.deepEqual(JSON.parse(output), { ...score, ...also });
});

test("slim: the caller gives the module", () => {
  const folder = project("slim", tarball, {
    "main.mjs": `import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { init, loadModel, loadModelSync, ModuleError } from "chatsignal/slim";
let code;
try { loadModelSync(readFileSync("lead.csm")); } catch (error) { code = error instanceof ModuleError && error.code; }
const file = createRequire(import.meta.url).resolve("chatsignal/chatsignal.wasm");
await init(readFileSync(file));
const lead = await loadModel(readFileSync("lead.csm"));
const { value, level, margin } = lead.score(${JSON.stringify(features)});
console.log(JSON.stringify({ code, value, level, margin }));`,
  });
  assert.deepEqual(run(folder, "main.mjs"), { code: "engine_unavailable", ...score });
});

test("types: a strict program is accepted, a wrong one is not", () => {
  const program = (line) => `import { loadModel, type Score } from "chatsignal";
import { EventLog, type LeadPrediction } from "chatsignal/ingest";
import { ModelWorker } from "chatsignal/worker";
import { train } from "chatsignal/train";
export async function main(bytes: Uint8Array): Promise<string> {
  using model = await loadModel(bytes);
  const score: Score = model.score({ inbound_msgs_30d: 3 }, { explain: 5 });
  ${line}
  const log = await EventLog.create();
  const answer: LeadPrediction = log.lead(model, "x");
  void train; void ModelWorker; void answer;
  if (model.kind !== "lead") return score.kind;
  const { level, interval } = model.score({});
  return level + String(interval?.[0]);
}
`;
  const config = (module, moduleResolution) =>
    JSON.stringify({
      compilerOptions: {
        strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: "ES2022", types: [],
        lib: ["ES2022", "ESNext.Disposable", "DOM"], module, moduleResolution, skipLibCheck: false,
      },
      files: ["main.ts"],
    });
  const good = 'if (score.kind === "churn") return String(score.expectedValueAtRisk);';
  const folder = project("types", tarball, {
    "main.ts": program(good),
    "bundler.json": config("ESNext", "bundler"),
    "nodenext.json": config("NodeNext", "NodeNext"),
    "package.json": JSON.stringify({ name: "scratch", private: true, type: "module" }),
    "wrong/main.ts": program('if (score.kind === "churn") return score.interval;'),
    "wrong/tsconfig.json": config("ESNext", "bundler"),
  });
  const tsc = (file) =>
    spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", file], { cwd: folder, encoding: "utf8" });
  for (const file of ["bundler.json", "nodenext.json"]) {
    const { status, stdout } = tsc(file);
    assert.equal(status, 0, `${file}: ${stdout}`);
  }
  const wrong = tsc("wrong");
  assert.match(wrong.stdout, /interval/);
  assert.notEqual(wrong.status, 0);
});

test("publint and attw find nothing", () => {
  const bin = (name) => join(root, "node_modules/.bin", name);
  execFileSync(bin("publint"), ["--strict", tarball], { stdio: "inherit" });
  // Raw modules and the page's worker have no types for require, and need none.
  const entries = ["chatsignal", "chatsignal-advice", "chatsignal-ingest", "chatsignal-train"];
  const excluded = [...entries.map((name) => `./${name}.wasm`), "./worker"];
  const flags = ["--profile", "node16", "--no-emoji", "--no-color", "--format", "table-flipped"];
  execFileSync(bin("attw"), [...flags, "--exclude-entrypoints", ...excluded, "--", tarball], {
    stdio: "inherit",
  });
});

test("the package holds what it needs and nothing of the machine that built it", () => {
  const folder = project("contents", tarball);
  const own = join(folder, "node_modules/chatsignal");
  const { exports } = JSON.parse(readFileSync(join(own, "package.json"), "utf8"));
  const files = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry).flatMap(files));
  for (const file of files(exports)) assert.ok(readFileSync(join(own, file)).length > 0, file);
  for (const name of ["chatsignal", "chatsignal-advice", "chatsignal-ingest", "chatsignal-train"]) {
    const text = readFileSync(join(own, `dist/wasm/${name}.wasm`), "latin1");
    for (const place of [root, process.env.HOME, ".cargo/registry"]) {
      assert.ok(!text.includes(place), `${name}: ${place}`);
    }
  }
});
