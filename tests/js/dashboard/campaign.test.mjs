// A campaign behind the service is planned in pages of contacts, with progress, and can be given up.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, settled, watch } from "../chromium.mjs";
import { serveDemo } from "./demo.mjs";

/** Contacts of the simulated business, and of one page of plans. */
const contacts = 500;
const pageOfPlans = 250;
let browser;
let server;
before(async () => {
  browser = await launch();
  server = await serveDemo(contacts);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test("many contacts are few questions", async (t) => {
  const page = await (await browser.newContext()).newPage();
  const faults = watch(page);
  const asked = { one: 0, many: 0 };
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith("/optimal-time")) asked.one += 1;
    if (pathname.endsWith("/optimal-time/batch")) asked.many += 1;
  });
  await page.goto(`${server.address}/#/campaign`);
  await settled(page);
  const plan = page.getByRole("button", { name: /^Plan/ });

  // Given up, it leaves no plan.
  await page.route("**/optimal-time/batch**", async (route) => {
    await new Promise((done) => setTimeout(done, 1_000));
    await route.continue().catch(() => {});
  });
  await plan.click();
  await page.getByRole("progressbar").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("No plan yet").waitFor();
  await page.unroute("**/optimal-time/batch**");

  asked.many = 0;
  const began = performance.now();
  await plan.click();
  const said = page.getByRole("status").filter({ hasText: /^Planned: [\d,]+ messages$/ });
  await said.waitFor({ state: "attached" });
  const messages = Number((await said.textContent()).replace(/\D/g, ""));
  const ms = performance.now() - began;
  assert.ok(messages > contacts / 4, `${messages} messages`);
  assert.ok(asked.many <= Math.ceil(contacts / pageOfPlans), `${asked.many} questions`);
  assert.equal(asked.one, 0);
  t.diagnostic(`${messages} messages planned and drawn in ${ms.toFixed(0)} ms`);
  assert.deepEqual(faults, []);
});
