// offline.html, opened from the disk: it works, it reads chats, it runs nothing that stands in them, and
// it reaches nobody.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { launch, serve, settled, watch } from "../chromium.mjs";
import { hostile } from "./hostile.mjs";
import { root } from "./demo.mjs";

const address = pathToFileURL(join(root, "web-demo/dist-offline/offline.html")).href;
let browser;
let folder;

before(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "chatsignal-offline-"));
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** The page with what goes wrong on it; the only address that it may ask for is its own. */
async function open() {
  const page = await (await browser.newContext()).newPage();
  const faults = watch(page, (url) => url.split("#")[0] === address || url.startsWith("data:") || url.startsWith("blob:"));
  await page.goto(address);
  await page.getByRole("grid").getByRole("row").nth(1).waitFor();
  return { page, faults };
}

/** A group chat in which everybody has a hostile name and says all hostile things. */
function chat() {
  const lines = ["[01.11.26, 09:00:00] Shop: hello"];
  let second = 0;
  for (const [at, name] of hostile.entries()) {
    // A colon and a space end the name of an author.
    const author = name.replaceAll(": ", ":").replaceAll("\n", " ");
    for (const text of [hostile[(at + 1) % hostile.length], `about ${name}`]) {
      second += 1;
      const clock = [9 + Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60];
      lines.push(`[01.11.26, ${clock.map((part) => String(part).padStart(2, "0")).join(":")}] ${author}: ${text}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

test("it opens without a server and asks for nothing", async () => {
  const { page, faults } = await open();
  for (const view of ["campaign", "models", "import", "settings", "inbox"]) {
    await page.goto(`${address}#/${view}`);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
  }
  assert.deepEqual(faults, []);
});

test("its policy lets no connection out, even if a script tried", async () => {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.end();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const target = `http://127.0.0.1:${server.address().port}/`;
  const { page } = await open();
  const outcome = await page.evaluate(async (url) => {
    const tried = { fetch: "", image: "", beacon: false, socket: "" };
    await fetch(url, { mode: "no-cors" }).then(() => (tried.fetch = "went"), () => (tried.fetch = "refused"));
    tried.image = await new Promise((done) => {
      const image = new Image();
      image.onload = () => done("went");
      image.onerror = () => done("refused");
      image.src = url;
    });
    tried.beacon = navigator.sendBeacon(url, "x");
    try {
      tried.socket = await new Promise((done) => {
        const socket = new WebSocket(url.replace("http", "ws"));
        socket.onopen = () => done("went");
        socket.onerror = () => done("refused");
      });
    } catch {
      tried.socket = "refused";
    }
    return tried;
  }, target);
  assert.equal(outcome.fetch, "refused");
  assert.equal(outcome.image, "refused");
  assert.equal(outcome.socket, "refused");
  await new Promise((done) => setTimeout(done, 300));
  assert.deepEqual(asked, [], "nothing reached the server");
  server.close();
});

test("fifty hostile names and texts are shown as text and run nowhere", async () => {
  const file = join(folder, "WhatsApp Chat.txt");
  writeFileSync(file, chat());
  const { page, faults } = await open();
  await page.goto(`${address}#/import`);
  await page.locator("input[type=file]").first().setInputFiles(file);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: /^Shop/ }).check();
  await dialog.getByRole("button", { name: "Read the chat" }).click();
  await page.goto(`${address}#/inbox`);
  const rows = page.getByRole("grid").getByRole("row");
  await rows.nth(1).waitFor();
  const links = await page.getByRole("grid").getByRole("link").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  assert.ok(links.length >= 10, `${links.length} contacts in sight`);
  for (const link of links.slice(0, 12)) {
    await page.goto(`${address}${link}`);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await settled(page);
  }
  const shown = await page.getByRole("main").innerText();
  assert.ok(hostile.some((text) => shown.includes(text.slice(0, 20))), "the conversation shows its texts");
  for (const view of ["campaign", "import"]) {
    await page.goto(`${address}#/${view}`);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
  }
  assert.equal(await page.evaluate(() => window.__ran), undefined);
  assert.deepEqual(faults, []);
  const markup = await page.evaluate(() => document.querySelectorAll("main script, main iframe, main object, main embed, main base").length);
  assert.equal(markup, 0);
});

/** Writes a chat of the shop with one person. */
function chatWith(name) {
  const file = join(folder, `Chat with ${name}.txt`);
  writeFileSync(file, `[01.11.26, 09:00:00] Shop: hello ${name}\n[01.11.26, 09:05:00] ${name}: hello\n`);
  return file;
}

/** Answers who writes for the business in a file; leaves the file out when it is told to. */
async function answer(page, name, leave = false) {
  const dialog = page.getByRole("dialog").filter({ hasText: `Chat with ${name}.txt` });
  if (leave) return dialog.getByRole("button", { name: "Leave the file out" }).click();
  await dialog.getByRole("checkbox", { name: /^Shop/ }).check();
  await dialog.getByRole("button", { name: "Read the chat" }).click();
}

/** How each file of the import came out: its name and its badge. */
const outcomes = (page) =>
  page.getByRole("article").evaluateAll((all) => all.map((one) => [one.getAttribute("aria-label"), one.querySelector(".badge").textContent.trim()]));

/** Names in the inbox. */
async function names(page) {
  await page.getByRole("link", { name: "Inbox" }).first().click();
  await page.getByRole("grid").getByRole("row").nth(1).waitFor();
  await settled(page);
  const links = page.getByRole("grid").getByRole("link");
  return (await links.evaluateAll((all) => all.map((one) => one.textContent.trim()))).sort();
}

test("several exports at once are all read", async () => {
  const { page, faults } = await open();
  await page.goto(`${address}#/import`);
  const people = ["Ana", "Ben", "Cem"];
  await page.locator("input[type=file]").first().setInputFiles(people.map(chatWith));
  for (const name of people) await answer(page, name);
  await page.getByText("Done", { exact: true }).nth(2).waitFor();
  assert.deepEqual(await names(page), people);
  // One more later is added to them, and the list shows it at once.
  await page.goto(`${address}#/import`);
  await page.locator("input[type=file]").first().setInputFiles(chatWith("Dua"));
  await answer(page, "Dua");
  await page.getByText("Done", { exact: true }).nth(3).waitFor();
  await page.getByRole("link", { name: "Inbox" }).first().click();
  await page.getByRole("grid").getByRole("link", { name: "Dua" }).waitFor({ timeout: 5_000 });
  assert.deepEqual(await names(page), [...people, "Dua"]);
  assert.deepEqual(faults, []);
});

test("without a service nothing is offered that takes one", async () => {
  const { page, faults } = await open();
  await page.goto(`${address}#/settings`);
  const form = page.getByRole("form", { name: "Settings" });
  await form.waitFor();
  assert.deepEqual(await form.getByRole("heading").allTextContents(), ["Quiet hours", "Levels"]);
  await form.getByLabel("quiet hours, from").fill("20:00");
  await form.getByLabel("quiet hours, from").dispatchEvent("change");
  // One span is all that there can be.
  assert.equal(await form.getByRole("button", { name: /^Add/ }).count(), 0);
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("Saved.").waitFor();
  // Data of one's own are planned within the same hours.
  await page.goto(`${address}#/import`);
  await page.locator("input[type=file]").first().setInputFiles(chatWith("Eve"));
  await answer(page, "Eve");
  await page.getByText("Done", { exact: true }).waitFor();
  await page.goto(`${address}#/settings`);
  await form.waitFor();
  assert.equal(await form.getByLabel("quiet hours, from").inputValue(), "20:00");
  await page.goto(`${address}#/models`);
  await page.getByRole("heading", { name: "The shipped model scores" }).waitFor();
  // What there is nothing to compare with is not looked for.
  assert.equal(await page.getByRole("heading", { name: "Drift" }).count(), 0);
  // Of one chat nothing can be learnt, and that is said.
  await page.getByRole("button", { name: "Train lead" }).click();
  await page.getByText(/^There is too little data: \d+ positive and \d+ negative rows/).waitFor();
  await page.getByRole("heading", { name: "The shipped model scores" }).waitFor();
  assert.deepEqual(faults, []);
});

test("a model is trained in the page, scores, goes out as a file and is rolled back", async (t) => {
  const { page, faults } = await open();
  await page.goto(`${address}#/models`);
  await page.getByRole("heading", { name: "The shipped model scores" }).waitFor();
  await page.getByText(/^Training runs in this page/).waitFor();
  await page.getByRole("tab", { name: "Churn" }).click();
  const train = page.getByRole("button", { name: "Train churn" });
  const panel = page.getByRole("region", { name: "Training" });

  // Cancelled, it leaves nothing, and the page has answered meanwhile.
  await train.click();
  await panel.getByRole("progressbar").waitFor();
  await panel.getByRole("button", { name: "Cancel" }).click();
  await panel.waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "The shipped model scores" }).waitFor();

  const began = performance.now();
  await train.click();
  await panel.getByText(/^Version 1 was trained/).waitFor({ timeout: 240_000 });
  t.diagnostic(`a churn model trained in the page on the simulated business: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const versions = page.getByRole("region", { name: "Versions" });
  await versions.getByRole("row").filter({ hasText: "Version 1" }).getByText("Simulated").waitFor();
  await page.getByRole("heading", { name: "Figures of version 1" }).waitFor();
  const figures = page.getByRole("group", { name: "Figures" });
  await figures.getByRole("columnheader", { name: "Base rate" }).waitFor();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    versions.getByRole("button", { name: "Download the file of version 1" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "churn-1.csm");
  const file = join(folder, "churn-1.csm");
  await download.saveAs(file);
  const { loadModelSync } = await import(pathToFileURL(join(root, "wasm/js/dist/esm/node/index.js")).href);
  const model = loadModelSync(readFileSync(file));
  assert.equal(model.kind, "churn");

  // It scores, whether it was better or is let.
  const row = (name) => versions.getByRole("row").filter({ hasText: name });
  if ((await row("Version 1").getByText("Scores now").count()) === 0) {
    await versions.getByRole("button", { name: "Activate version 1" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Activate" }).click();
  }
  await row("Version 1").getByText("Scores now").waitFor();
  await page.goto(`${address}#/settings`);
  await page.getByText(/^version 1, trained in this page/).waitFor();
  await page.goto(`${address}#/models`);
  await page.getByRole("tab", { name: "Churn" }).click();
  await versions.getByRole("button", { name: "Roll back to the shipped model" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await row("The shipped model").getByText("Scores now").waitFor();
  assert.deepEqual(faults, []);
});

/** The page as a service without contacts serves it. */
async function openServed(site) {
  const page = await (await browser.newContext()).newPage();
  const answers = {
    "/api/v1/ml/health": { status: "ok", version: "0.1.0", uptime_s: 1 },
    "/api/v1/me": { tenant: "shop", scopes: ["read"] },
    "/api/v1/contacts": { contacts: [], total: 0, next_cursor: null },
  };
  await page.route("**/api/v1/**", (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname.endsWith("/stream")) return route.abort();
    return route.fulfill({ json: answers[pathname] ?? { versions: [], next_cursor: null } });
  });
  await page.goto(`${site.address}/#/import`);
  await page.getByText("From the service").waitFor();
  return page;
}

test("beside a service, a file that is left out or damaged takes the others nothing", async () => {
  const site = await serve(join(root, "web-demo/dist"), { policy: null });
  const damaged = join(folder, "damaged.zip");
  writeFileSync(damaged, "no archive");
  const page = await openServed(site);
  await page.locator("input[type=file]").first().setInputFiles([chatWith("Ana"), damaged, chatWith("Ben"), chatWith("Cem")]);
  await page.getByRole("button", { name: "Open on this device" }).click();
  await answer(page, "Ana");
  await answer(page, "Ben", true);
  await answer(page, "Cem");
  await page.getByText("Done", { exact: true }).nth(1).waitFor();
  assert.deepEqual(await outcomes(page), [
    ["Chat with Ana.txt", "Done"],
    ["damaged.zip", "Failed"],
    ["Chat with Ben.txt", "Left out"],
    ["Chat with Cem.txt", "Done"],
  ]);
  await page.getByText("On this device only").waitFor();
  assert.deepEqual(await names(page), ["Ana", "Cem"]);
  await site.close();
});

test("who leaves every file out stays with the service", async () => {
  const site = await serve(join(root, "web-demo/dist"), { policy: null });
  const page = await openServed(site);
  await page.locator("input[type=file]").first().setInputFiles(chatWith("Ana"));
  await page.getByRole("button", { name: "Open on this device" }).click();
  await answer(page, "Ana", true);
  await page.getByText("Left out", { exact: true }).waitFor();
  await page.getByText("From the service").waitFor();
  await page.getByRole("heading", { level: 1, name: "Import" }).waitFor();
  await site.close();
});
