// What the dashboard costs with the shipped models, from static files: printed, never judged (machines
// are noisy).
import { after, before, test } from "node:test";
import { join } from "node:path";
import { launch, serve, settled } from "../chromium.mjs";
import { root } from "./demo.mjs";

/** Moves of a slider. */
const moves = 300;
/** Contacts that are scored anew. */
const contacts = 50_000;
let browser;
let site;

/** A page that holds nothing but the package. */
const bare = "<!doctype html><meta charset=utf-8><title>figures</title>";

before(async () => {
  browser = await launch();
  const folders = { "/dist": join(root, "wasm/js/dist"), "/models": join(root, "models"), "": join(root, "web-demo/dist") };
  site = await serve(folders, { policy: null, page: undefined });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function openInbox() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${site.address}/index.html#/inbox`);
  await page.getByRole("grid").getByRole("row").nth(1).waitFor();
  return page;
}

/** The value that a share of the others lies below. */
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

test("first scores of a page", async (t) => {
  const page = await openInbox();
  const ms = await page.evaluate(() => performance.now());
  t.diagnostic(`simulated business made, folded and scored, first rows drawn: ${ms.toFixed(0)} ms after the address was opened`);
  const empty = await (await browser.newContext()).newPage();
  await empty.route(`${site.address}/bare`, (route) => route.fulfill({ contentType: "text/html", body: bare }));
  await empty.goto(`${site.address}/bare`);
  const first = await empty.evaluate(async () => {
    const before = performance.now();
    const { loadModel } = await import("/dist/esm/browser/index.js");
    const model = await loadModel("/models/lead/1/model.csm");
    model.score({});
    return performance.now() - before;
  });
  t.diagnostic(`package and model loaded from this machine, first score: ${first.toFixed(0)} ms`);
});

test("50,000 contacts scored anew", async (t) => {
  const page = await (await browser.newContext()).newPage();
  await page.route(`${site.address}/bare`, (route) => route.fulfill({ contentType: "text/html", body: bare }));
  await page.goto(`${site.address}/bare`);
  const found = await page.evaluate(async (count) => {
    const { loadModel } = await import("/dist/esm/browser/index.js");
    const figures = [];
    for (const kind of ["lead", "churn", "engagement"]) {
      const model = await loadModel(`/models/${kind}/1/model.csm`);
      const width = model.features.length;
      const rows = new Float32Array(count * width);
      let state = 7;
      for (let at = 0; at < rows.length; at += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        const { minimum, maximum } = model.features[at % width];
        rows[at] = state % 8 === 0 ? NaN : (minimum ?? 0) + (((maximum ?? 1) - (minimum ?? 0)) * state) / 2 ** 32;
      }
      const timed = (work, rounds) => {
        const times = Array.from({ length: rounds }, () => {
          const before = performance.now();
          work();
          return performance.now() - before;
        });
        return Math.min(...times);
      };
      const levels = () => {
        const counts = new Map();
        for (const value of model.scoreRows(rows)) counts.set(model.levelOf(value), (counts.get(model.levelOf(value)) ?? 0) + 1);
        return counts;
      };
      figures.push({ kind, score: timed(levels, 3), explain: timed(() => model.explainRows(rows), 1) });
    }
    return figures;
  }, contacts);
  for (const { kind, score, explain } of found) {
    t.diagnostic(`${contacts} re-scores, ${kind}: ${score.toFixed(0)} ms with their levels, ${explain.toFixed(0)} ms with every contribution`);
  }
});

test("sliders of a real model", async (t) => {
  const page = await openInbox();
  const link = await page.getByRole("grid").getByRole("link").first().getAttribute("href");
  await page.goto(`${site.address}/index.html${link}`);
  const slider = page.getByRole("slider").first();
  await slider.waitFor();
  await settled(page);
  const { frames, scorings } = await slider.evaluate(async (input, count) => {
    const [low, high] = [Number(input.min), Number(input.max)];
    const frames = [];
    performance.clearMeasures("what-if");
    let before = await new Promise(requestAnimationFrame);
    for (let move = 0; move < count; move += 1) {
      input.value = String(low + ((high - low) * move) / count);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      const now = await new Promise(requestAnimationFrame);
      frames.push(now - before);
      before = now;
    }
    return { frames, scorings: performance.getEntriesByName("what-if").map(({ duration }) => duration) };
  }, moves);
  for (const list of [frames, scorings]) list.sort((a, b) => a - b);
  const told = (list) => `median ${quantile(list, 0.5).toFixed(2)} ms, p99 ${quantile(list, 0.99).toFixed(2)} ms`;
  t.diagnostic(`frames while a slider moves (${frames.length}): ${told(frames)}`);
  t.diagnostic(`a move scored and explained (${scorings.length}): ${told(scorings)}`);
});
