// What `chatsignal/ingest` answers is what the command line answers natively, from the same chat export
// and the shipped models: every field but the ids (another key), the place and the version's alias.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const dist = join(root, "wasm/js/dist/esm/node");
const { EventLog } = await import(pathToFileURL(join(dist, "ingest.js")));
const { loadModelSync } = await import(pathToFileURL(join(dist, "index.js")));

const chat = join(root, "tests/data/chat-export/two-weeks.txt");
const asOf = "2025-11-18T10:30:00Z";
mkdirSync(join(root, "target/tmp"), { recursive: true });
const folder = mkdtempSync(join(root, "target/tmp/answers-"));

/** The command line: the program named in CHATSIGNAL, else the one that cargo builds. */
function chatsignal(...given) {
  const cargo = ["run", "--quiet", "-p", "chatsignal-native", "--bin", "chatsignal", "--"];
  const [program, first] = process.env.CHATSIGNAL ? [process.env.CHATSIGNAL, []] : ["cargo", cargo];
  const db = ["--db", join(folder, "log.db")];
  return execFileSync(program, [...first, ...given, ...db], { cwd: root, encoding: "utf8" });
}

/** What the command line says of the contact. */
const asked = (kind) => JSON.parse(chatsignal("score", kind, "--format", "json", "--explain", "full", "--as-of", asOf));

const without = ({ lead_id, customer_id, contact_id, computed_on, request_id, model, counterfactual, ...rest }) => {
  const { alias, ...identity } = model;
  return { ...rest, model: identity };
};

test("answers in WebAssembly are those of the command line", () => {
  chatsignal("import", "--format", "whatsapp-export", "--me", "Muster Kettles", "--timezone", "Europe/Lisbon", chat);
  const log = new EventLog({ timeZone: "Europe/Lisbon" });
  log.readWhatsAppExport(readFileSync(chat), { me: "Muster Kettles" });
  const [{ contact_id: id }] = log.contacts();
  for (const kind of ["lead", "churn", "engagement"]) {
    const native = asked(kind);
    const model = loadModelSync(readFileSync(join(root, `models/${kind}/1/model.csm`)));
    const options = { asOf: Date.parse(asOf), explain: "full" };
    const here =
      kind === "engagement"
        ? log.optimalTime(model, id, { ...options, message: { category: "marketing" } })
        : log[kind](model, id, options);
    assert.equal(here.computed_on, "browser");
    assert.deepEqual(without(here), without(native), kind);
    if (kind === "engagement") continue;
    // And the scoring module's own, from the row.
    const score = model.score(log.features(model, id, Date.parse(asOf)));
    assert.equal(score.value, kind === "lead" ? native.lead_score : native.churn_probability);
    assert.equal(score.level, kind === "lead" ? native.quality_tier : native.risk_level);
    assert.equal(score.confidence, native.confidence);
    if (kind === "lead") assert.deepEqual(score.interval, native.score_interval);
    else assert.equal(score.expectedValueAtRisk, native.expected_value_at_risk);
  }
});

test("levels begin where the team says, here and there", () => {
  const log = new EventLog({ timeZone: "Europe/Lisbon" });
  log.readWhatsAppExport(readFileSync(chat), { me: "Muster Kettles" });
  const [{ contact_id: id }] = log.contacts();
  const options = { asOf: Date.parse(asOf), explain: "none" };
  const values = { lead: "lead_score", churn: "churn_probability" };
  const levels = { lead: "quality_tier", churn: "risk_level" };
  const names = { lead: ["hot", "warm", "cold", "unqualified"], churn: ["critical", "high", "medium", "low"] };
  for (const kind of ["lead", "churn"]) {
    const file = readFileSync(join(root, `models/${kind}/1/model.csm`));
    const model = loadModelSync(file);
    const own = asked(kind);
    const value = own[values[kind]];
    // The level begins at the very value, then just above it.
    for (const [at, falling] of [
      [0, [value, value / 2, value / 4]],
      [3, [value * 1.03, value * 1.02, value * 1.01]],
    ]) {
      chatsignal("settings", "set", `${kind}_cutoffs`, falling.join(","));
      log.setCutoffs(kind, falling);
      const [native, here] = [asked(kind), log[kind](file, id, options)];
      assert.equal(native[levels[kind]], names[kind][at]);
      assert.equal(here[levels[kind]], names[kind][at]);
      assert.equal(model.levelOf(value, falling), names[kind][at]);
    }
    chatsignal("settings", "set", `${kind}_cutoffs`, "");
    log.setCutoffs(kind, null);
    assert.equal(asked(kind)[levels[kind]], own[levels[kind]]);
    assert.equal(log[kind](file, id, options)[levels[kind]], own[levels[kind]]);
  }
  assert.throws(() => log.setCutoffs("lead", [50, 75, 25]), /warm begins below hot/);
  assert.throws(() => log.setCutoffs("churn", [75, 50, 25]), /critical begins above 0 and at most at 1/);
});
