// Levels begin where a team says: in lists, in answers and at the sliders, behind the service and in a page
// without one.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, serve, settled, watch } from "../chromium.mjs";
import { root, serveDemo } from "./demo.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Every number of the tiers that are offered as a filter, by name. */
async function tiers(page, address) {
  await page.goto(`${address}/#/inbox`);
  await page.waitForFunction(() => /^[\d,.]+ contacts$/m.test(document.querySelector("main")?.innerText ?? ""));
  await settled(page);
  const texts = await page.getByRole("grid").locator(".lead .badge").allTextContents();
  return new Set(texts.map((text) => text.trim()));
}

for (const place of ["service", "files"]) {
  describe(`levels, ${place}`, () => {
    let server;
    before(async () => {
      server = place === "service" ? await serveDemo(100) : await serve(join(root, "web-demo/dist"), { policy: null });
    });
    after(() => server?.close());

    test("they are set, checked, used and taken back", async () => {
      const page = await (await browser.newContext()).newPage();
      const faults = watch(page, undefined, (url) => url.endsWith("/api/v1/ml/health") || url.endsWith("/api/v1/settings"));
      await tiers(page, server.address);
      await page.goto(`${server.address}/#/settings`);
      const levels = page.getByRole("group", { name: "Tiers of leads" });
      const field = (name) => levels.getByLabel(`${name} from`);
      await levels.getByText("The model’s own.").waitFor();
      assert.deepEqual(await Promise.all(["Hot", "Warm", "Cold"].map((name) => field(name).inputValue())), ["75", "50", "25"]);
      assert.equal(await page.getByRole("group", { name: "Levels of churn risk" }).getByLabel("Critical from").inputValue(), "75");

      // Wrong ones stand beside their field, and nothing is changed.
      await field("Warm").fill("80");
      await page.getByRole("button", { name: "Save" }).click();
      await levels.getByRole("alert").getByText("Warm begins below hot").waitFor();

      // Everybody is hot now.
      for (const [name, value] of [["Cold", "0.01"], ["Warm", "0.02"], ["Hot", "0.03"]]) await field(name).fill(value);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved.").waitFor();
      await levels.getByText("The model’s own are 75, 50, 25.").waitFor();
      const renewed = page.getByRole("grid").locator(".lead .badge").filter({ hasNotText: "Hot" });
      await page.goto(`${server.address}/#/inbox`);
      await renewed.first().waitFor({ state: "detached" });
      const all = await tiers(page, server.address);
      assert.deepEqual([...all], ["Hot"]);
      const hot = page.getByRole("row").filter({ has: page.locator(".lead .badge") }).getByRole("link").first();
      await page.goto(`${server.address}/${await hot.getAttribute("href")}`);
      await page.getByRole("region", { name: "Lead score", exact: true }).getByText("Hot", { exact: true }).waitFor();
      await page.locator(".what-if .result").getByText("Hot", { exact: true }).waitFor();
      if (place === "service") {
        // The service says the same to everybody, and tells the field that is wrong.
        const list = await (await fetch(`${server.address}/api/v1/contacts?limit=1000&tier=warm`)).json();
        assert.equal(list.total, 0);
        const answer = await fetch(`${server.address}/api/v1/settings`, {
          method: "PATCH",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ churn_cutoffs: { critical: 0.5, high: 0.6, medium: 0.1 } }),
        });
        assert.equal((await answer.json()).errors[0].pointer, "/churn_cutoffs/high");
      }

      await page.goto(`${server.address}/#/settings`);
      await levels.getByRole("button", { name: /^Reset to the model’s/ }).click();
      await levels.getByText("The model’s own.").waitFor();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved.").waitFor();
      assert.equal(await field("Hot").inputValue(), "75");
      const back = await tiers(page, server.address);
      assert.ok(back.size > 1 || !back.has("Hot"), [...back].join());
      assert.deepEqual(faults, []);
      await page.context().close();
    });

    if (place === "service") {
      test("who objects or is erased is heard of at once", async () => {
        const page = await (await browser.newContext()).newPage();
        await tiers(page, server.address);
        const row = page.getByRole("row").filter({ has: page.locator(".lead .badge") }).filter({ hasText: "Allowed" });
        const [objecting, erased] = await Promise.all([0, 1].map((at) => row.nth(at).getByRole("link").getAttribute("href")));
        const id = (href) => href.split("/").at(-1);
        const now = Date.now();
        const event = { v: 1, type: "consent", contact_id: id(objecting), occurred_at_ms: now, data: { kind: "objected" } };
        await page.locator(`a[href="${objecting}"]`).waitFor();
        await fetch(`${server.address}/api/v1/events`, {
          method: "POST",
          headers: { "content-type": "application/x-ndjson" },
          body: `${JSON.stringify(event)}\n`,
        });
        const of = (href) => page.getByRole("row").filter({ has: page.locator(`a[href="${href}"]`) });
        await of(objecting).getByText("Objected").waitFor({ timeout: 10_000 });
        assert.equal(await of(objecting).locator(".lead .badge").count(), 0);
        await fetch(`${server.address}/api/v1/contacts/${id(erased)}`, { method: "DELETE" });
        await of(erased).waitFor({ state: "detached", timeout: 10_000 });
        await page.context().close();
      });
    }
  });
}
