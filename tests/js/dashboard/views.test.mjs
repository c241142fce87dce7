// Every view of the dashboard in a real browser, behind the service and as static files, at a desk and on a
// phone, light and dark: it shows what it should, does nothing else, is accessible, fits the screen and does
// not move while it loads; and so while it waits, with nothing to show, and when the service fails.
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
const shapes = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const schemes = ["light", "dark"];

/** A page whose policy holds, that counts how far elements move. */
async function openPage(browser, viewport, colorScheme) {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  return page;
}

/** Opens a view and waits until nothing is being loaded any more. */
async function show(page, address, view) {
  const list = view === "contact" || view === "inbox";
  await page.goto(`${address}/#/${list ? "inbox" : view}`);
  if (list) {
    // The list comes piece by piece, and says how many there are at the end.
    await page.waitForFunction(() => /^[\d,.]+ contacts$/m.test(document.querySelector("main")?.innerText ?? ""));
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
  // Evaluated by the browser's own tools: the page's policy lets no script of ours in.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const violations = await page.evaluate(async () => (await window.axe.run({ resultTypes: ["violations"] })).violations);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

/** The view that is shown fits, has not moved, and can be used by everybody. */
async function judge(page) {
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px too wide`);
  const shift = await page.evaluate(() => {
    const before = window.shift;
    window.shift = 0;
    return before;
  });
  assert.ok(shift <= shiftMax, `elements moved by ${shift}`);
  assert.deepEqual(await accessibilityFaults(page), []);
}

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

for (const place of ["service", "files"]) {
  describe(`the dashboard from ${place}`, () => {
    let server;
    before(async () => {
      server = place === "service" ? await serveDemo(contacts) : await serve(join(root, "web-demo/dist"), { policy: null });
    });
    after(() => server?.close());

    for (const [shape, viewport] of Object.entries(shapes)) {
      test(shape, async (t) => {
        const page = await openPage(browser, viewport, schemes[0]);
        const own = (url) => url.startsWith(server.address) || url.startsWith("data:");
        // The page asks its host whether it is a service: files are none.
        const faults = watch(page, own, (url) => place === "files" && url.endsWith("/api/v1/ml/health"));
        for (const scheme of schemes) {
          // Colours follow the system at once; nothing is loaded anew for them.
          await page.emulateMedia({ colorScheme: scheme });
          for (const view of views) {
            await t.test(`${view}, ${scheme}`, async () => {
              await show(page, server.address, view);
              const pictured = place === "service" ? shape === "desk" && scheme === "light" : shape === "phone" && scheme === "dark";
              if (pictures && pictured) {
                mkdirSync(pictures, { recursive: true });
                await page.screenshot({ path: join(pictures, `${view}-${shape}.png`) });
              }
              await judge(page);
              assert.deepEqual(faults.splice(0), []);
            });
          }
        }
        await page.context().close();
      });
    }
  });
}

/** What a service without contacts answers. */
const answers = {
  "/api/v1/ml/health": { status: "ok", version: "0.1.0", uptime_s: 1 },
  "/api/v1/me": { tenant: "shop", scopes: ["score", "admin", "train"] },
  "/api/v1/contacts": { contacts: [], total: 0, next_cursor: null },
  "/api/v1/settings": {
    timezone: "UTC", currency: "USD", quiet_hours: [], opening_hours: {}, weekend: ["sat", "sun"], retrain_days: 0,
    lead_cutoffs: null, churn_cutoffs: null, engagement_cutoffs: null,
  },
};
const missing = { type: "/problems/not-found", title: "Not found", status: 404, code: "not_found" };
/** What is asked for while the page opens. */
const opening = /\/(ml\/health|me|aliases|contacts\?limit=3)$/;
const problem = { type: "/problems/store-unavailable", title: "The store is out of reach", status: 503, code: "store_unavailable" };

/** How the routes behind a view answer, once the page is open. */
const states = {
  empty(route, path) {
    const [name] = path.split("?");
    const answer = name.endsWith("/versions") ? { versions: [], next_cursor: null } : answers[name];
    return answer ? route.fulfill({ json: answer }) : route.fulfill({ status: 404, json: missing });
  },
  // What is asked for never comes.
  loading: (route, path) => (opening.test(path) ? states.empty(route, path) : undefined),
  failing: (route, path) => (opening.test(path) ? states.empty(route, path) : route.fulfill({ status: 503, json: problem })),
};

describe("the dashboard in other states", () => {
  let site;
  before(async () => (site = await serve(join(root, "web-demo/dist"), { policy: null })));
  after(() => site?.close());

  for (const state of Object.keys(states)) {
    for (const [shape, viewport] of Object.entries(shapes)) {
      test(`${state}, ${shape}`, async (t) => {
        const page = await openPage(browser, viewport, schemes[0]);
        await page.route("**/api/v1/**", (route) => {
          const { pathname, search } = new URL(route.request().url());
          return pathname.endsWith("/stream") ? route.abort() : states[state](route, pathname + search);
        });
        for (const scheme of schemes) {
          await page.emulateMedia({ colorScheme: scheme });
          for (const view of views) {
            await t.test(`${view}, ${scheme}`, async () => {
              await page.goto(`${site.address}/#/${view === "contact" ? `contact/${"ab".repeat(16)}` : view}`);
              await page.getByRole("heading", { level: 1 }).first().waitFor();
              if (state === "loading") await page.waitForTimeout(100);
              else await settled(page);
              await judge(page);
            });
          }
        }
        await page.context().close();
      });
    }
  }
});
