// See README.md beside this file.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { launch, serve } from "../../tests/js/chromium.mjs";

const root = join(import.meta.dirname, "../..");
const data = join(root, "target/bench-web");
const python = process.env.CHATSIGNAL_BENCH_PYTHON ?? join(root, "bench/.venv/bin/python");
const TURNS = 5;

if (!existsSync(python)) throw new Error(`${python} is not there: see bench/web/README.md`);
if (!existsSync(join(data, "xgb_100x6.csm"))) {
  execFileSync(python, [join(root, "bench/rivals/scoring/models.py"), data], { stdio: "inherit" });
  const [program, ...arguments_] = process.env.CHATSIGNAL
    ? [process.env.CHATSIGNAL]
    : ["cargo", "run", "--quiet", "--release", "-p", "chatsignal-native", "--bin", "chatsignal", "--"];
  const files = [join(data, "xgb_100x6.json"), "--out", join(data, "xgb_100x6.csm")];
  execFileSync(program, [...arguments_, "models", "import", ...files], { cwd: root, stdio: "inherit" });
}

const xgboost = spawn(python, [join(import.meta.dirname, "xgb.py"), data], {
  stdio: ["pipe", "pipe", "inherit"],
  env: { ...process.env, OMP_NUM_THREADS: "1" },
});
const lines = createInterface({ input: xgboost.stdout })[Symbol.asyncIterator]();
const html = '<!doctype html><title>bench</title><script type="module" src="/here/page.mjs"></script>';
const folders = {
  "/dist": join(root, "wasm/js/dist"),
  "/models": join(root, "models"),
  "/data": data,
  "/here": import.meta.dirname,
};
const server = await serve(folders, { page: html });
const browser = await launch();
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error.message));
  await page.goto(server.address);
  await page.waitForFunction(() => window.found !== undefined);
  let [ours, theirs] = [0, 0];
  for (let turn = 0; turn < TURNS; turn++) {
    ours = Math.max(ours, await page.evaluate(() => window.turn()));
    xgboost.stdin.write("\n");
    theirs = Math.max(theirs, Number((await lines.next()).value));
  }
  const rest = await page.evaluate(() => window.rest());
  const contacts = await page.evaluate(() => window.contacts());
  const million = (rows) => `${(rows / 1e6).toFixed(2)} M rows/s`;
  console.log(`browser                         ${browser.version()}, one thread, quickest of ${TURNS} turns`);
  console.log(`margins in Chromium             ${million(ours)}`);
  console.log(`XGBoost inplace_predict, native ${million(theirs)}`);
  console.log(`ratio                           ${(ours / theirs).toFixed(2)}`);
  console.log(`margins that differ             ${rest.unequal} of 20,000`);
  console.log(`objects packed and scored       ${rest.packUs.toFixed(2)} us a row`);
  console.log(`value() of an object            ${rest.valueUs.toFixed(2)} us`);
  console.log(`score() of an object            ${rest.scoreUs.toFixed(2)} us`);
  console.log(`contributions                   ${Math.round(rest.explainRows).toLocaleString("en")} rows/s`);
  console.log(`50,000 rows scored again        ${rest.rescoreMs.toFixed(1)} ms`);
  for (const [place, name] of [["page", "on the page"], ["worker", "in a worker"]]) {
    const ms = (question) => contacts[`${place}.${question}`].toFixed(0);
    const figures = `scored ${ms("scoreRows")} ms, explained ${ms("explainRows")} ms`;
    console.log(`50,000 contacts ${name.padEnd(16)}${figures}`);
  }
  console.log(`first score after load          ${rest.firstScoreMs.toFixed(1)} ms`);
} finally {
  xgboost.stdin.end();
  await browser.close();
  await server.close();
}
