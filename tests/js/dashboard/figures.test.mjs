// What the dashboard costs with the shipped models, from static files: printed, never judged (machines
// are noisy).
import { after, before, test } from "node:test";
import { join } from "node:path";
import { launch, serve, settled } from "../chromium.mjs";
import { root } from "./demo.mjs";
import { ownTime } from "./invented.mjs";

/** Moves of a slider. */
const moves = 200;
let browser;
let site;

before(async () => {
  browser = await launch();
  site = await serve(join(root, "web-demo/dist"), { policy: null });
});
after(async () => {
  await browser?.close();
  await site?.close();
});

async function openInbox() {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${site.address}/#/inbox`);
  await page.getByRole("grid").getByRole("row").nth(1).waitFor();
  return page;
}

test("first scores of a page", async (t) => {
  const page = await openInbox();
  const ms = await page.evaluate(() => performance.now());
  t.diagnostic(`simulated business of 1,000 contacts made, folded and scored, first rows drawn: ${ms.toFixed(0)} ms after the address was opened`);
});

test("sliders of a real model", async (t) => {
  const page = await openInbox();
  const link = await page.getByRole("grid").getByRole("link").first().getAttribute("href");
  await page.goto(`${site.address}/${link}`);
  const slider = page.getByRole("slider").first();
  await slider.waitFor();
  await settled(page);
  const own = await ownTime(page, moves, () =>
    slider.evaluate(async (input, count) => {
      const [low, high] = [Number(input.min), Number(input.max)];
      for (let move = 0; move < count; move += 1) {
        input.value = String(low + ((high - low) * move) / count);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise(requestAnimationFrame);
      }
    }, moves),
  );
  t.diagnostic(`a move of a slider, scored, explained and drawn: ${own.toFixed(2)} ms of a frame's 16.7`);
});
