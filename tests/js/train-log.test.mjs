// A model that a page trains on a log has the bytes of the one that `chatsignal train` makes of the same
// log, and too little data is an answer here as there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const dist = join(root, "wasm/js/dist/esm/node");
const { EventLog } = await import(pathToFileURL(join(dist, "ingest.js")));
const { initTrainSync, simulateBusiness, trainOnLog } = await import(pathToFileURL(join(dist, "train.js")));
initTrainSync();

mkdirSync(join(root, "target/tmp"), { recursive: true });
const folder = mkdtempSync(join(root, "target/tmp/train-log-"));
after(() => rmSync(folder, { recursive: true }));

const cargo = ["run", "--quiet", "-p", "chatsignal-native", "--bin", "chatsignal", "--"];
const [program, first] = process.env.CHATSIGNAL ? [process.env.CHATSIGNAL, []] : ["cargo", cargo];
const chatsignal = (...given) => execFileSync(program, [...first, ...given, "--db", join(folder, "log.db")], { cwd: root, encoding: "utf8" });

/** The facts of a tenant whose settings are the defaults: opening hours and weekend are those of the module. */
const config = { tenant: { currency: "USD" } };
const prior = (kind) => readFileSync(join(root, `models/${kind}/1/model.csm`));

const { events } = simulateBusiness(250, 7, Date.UTC(2026, 5, 1));
const log = new EventLog({ timeZone: "UTC" });
log.readEvents(events);
const lines = new TextEncoder().encode(log.eventLines());

test("training in the page gives the bytes of the command line", () => {
  const file = join(folder, "events.ndjson");
  writeFileSync(file, lines);
  chatsignal("import", "--format", "events", file);
  for (const kind of ["churn", "engagement"]) {
    chatsignal("train", kind);
    const steps = [];
    const trained = trainOnLog(kind, lines, { prior: prior(kind), config, onStep: (stage, share) => steps.push([stage, share]) });
    const shelf = join(folder, "log.db.models/default", kind, "versions");
    const [version] = readdirSync(shelf);
    assert.ok(readFileSync(join(shelf, version, "model.csm")).equals(trained.bytes), kind);
    assert.equal(trained.markdown, readFileSync(join(shelf, version, "card.md"), "utf8"));
    assert.ok(trained.promoted && ["ready", "provisional"].includes(trained.state));
    assert.ok(trained.card.evaluation.baselines.length > 0);
    assert.deepEqual([steps[0], steps.at(-1)], [["reading the log", 0], ["evaluation", 0.97]]);
  }
});

test("too little data is an answer", () => {
  const small = lines.subarray(0, lines.indexOf(10, 20_000) + 1);
  const refused = trainOnLog("lead", small, { prior: prior("lead"), config });
  assert.deepEqual([refused.state, refused.bytes, refused.card, refused.promoted], ["refused", null, null, false]);
  assert.match(refused.reason, /^too little data/);
  assert.throws(() => trainOnLog("lead", new TextEncoder().encode("{}\n"), {}), /cannot be read/);
  assert.throws(() => trainOnLog("custom", lines, {}), /lead, churn or engagement/);
  assert.throws(() => trainOnLog("lead", lines, { config: { sead: 1 } }), /sead/);
});
