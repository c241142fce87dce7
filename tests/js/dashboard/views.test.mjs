// Every view of the dashboard in a real browser, behind the service and as static files: it shows what it
// should, does nothing else, is accessible, fits a phone and does not move while it loads.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, serve, settled, watch } from "../chromium.mjs";
import { root, serveDemo } from "./demo.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** `CHATSIGNAL_SCREENSHOTS=1` writes the review pictures of docs/: the service's at a desk, the page's on a
 *  phone. */
const pictures = process.env.CHATSIGNAL_SCREENSHOTS ? join(root, "docs/screenshots") : null;
/** Contacts of the simulated business behind the service. */
const contacts = 200;
/** Most that elements may move while a view loads: the bound of "good" of the Web Vitals. */
const shiftMax = 0.1;

const views = ["inbox", "contact", "campaign", "models", "import", "settings"];
const shapes = [
  { name: "desk", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "phone", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
];

/** Opens a view and waits until nothing is being loaded any more. */
async function show(page, address, view) {
  const list = view === "contact" || view === "inbox";
  await page.goto(`${address}/#/${list ? "inbox" : view}`);
  if (list) {
    // The list comes piece by piece, and says how many there are at the end.
    await page.waitForFunction(() => /^[\d,.]+ contacts$/m.test(document.querySelector("main").innerText));
  }
  if (view === "contact") {
    const first = page.getByRole("grid").getByRole("link").first();
    await first.waitFor();
    await page.goto(`${address}/${await first.getAttribute("href")}`);
  }
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await settled(page);
}

/** What axe-core finds, in a line each. */
async function accessibilityFaults(page) {
  const found = await page.evaluate(async (source) => {
    // Not an element: the page's policy lets no script of ours in.
    if (!window.axe) (0, eval)(source);
    return (await window.axe.run()).violations;
  }, axe);
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

for (const place of ["service", "files"]) {
  describe(`the dashboard from ${place}`, () => {
    let browser;
    let server;

    before(async () => {
      browser = await launch();
      server = place === "service" ? await serveDemo(contacts) : await serve(join(root, "web-demo/dist"), { policy: null });
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    for (const shape of shapes) {
      for (const view of views) {
        test(`${view}, ${shape.name}`, async () => {
          const context = await browser.newContext({ viewport: shape.viewport, colorScheme: shape.colorScheme, bypassCSP: false });
          const page = await context.newPage();
          const own = (url) => url.startsWith(server.address) || url.startsWith("data:");
          // The page asks its host whether it is a service: files are none.
          const faults = watch(page, own, (url) => place === "files" && url.endsWith("/api/v1/ml/health"));
          await page.addInitScript(() => {
            window.shift = 0;
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
            }).observe({ type: "layout-shift", buffered: true });
          });
          await show(page, server.address, view);
          const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
          assert.ok(wide <= 0, `the page is ${wide} px too wide`);
          const shift = await page.evaluate(() => window.shift);
          assert.ok(shift <= shiftMax, `elements moved by ${shift}`);
          if (pictures && (place === "service") === (shape.name === "desk")) {
            mkdirSync(pictures, { recursive: true });
            await page.screenshot({ path: join(pictures, `${view}-${shape.name}.png`) });
          }
          const judging = await browser.newContext({ viewport: shape.viewport, colorScheme: shape.colorScheme, bypassCSP: true });
          const judged = await judging.newPage();
          await show(judged, server.address, view);
          assert.deepEqual(await accessibilityFaults(judged), []);
          assert.deepEqual(faults, []);
          await judging.close();
          await context.close();
        });
      }
    }
  });
}
