// The page of web-demo as `cargo xtask web` puts it together: what it needs is there, and its module
// scores like the one for Node.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const page = join(root, "target/web-demo");
const text = (file) => readFileSync(join(page, file), "utf8");

test("every file that the page names is there, and no script stands in the page", () => {
  const html = text("index.html");
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file);
  assert.ok(named.includes("app.js"));
  for (const file of named) assert.ok(existsSync(join(page, file)), file);
  for (const [, body] of html.matchAll(/<script[^>]*>([^]*?)<\/script>/g)) assert.equal(body, "");
  assert.match(html, /Content-Security-Policy/);
});

test("the page writes text, never markup", () => {
  assert.doesNotMatch(text("app.js"), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
});

test("the page's module scores and explains with the bits of the one for Node", async () => {
  const web = await import(pathToFileURL(join(page, "chatsignal_wasm.js")));
  web.initSync({ module: readFileSync(join(page, "chatsignal_wasm_bg.wasm")) });
  const node = createRequire(import.meta.url)(join(root, "target/wasm-node/chatsignal_wasm.js"));
  for (const kind of ["lead", "churn", "engagement"]) {
    const bytes = readFileSync(join(page, `models/${kind}.csm`));
    const [here, there] = [new web.Scorer(bytes), new node.Scorer(bytes)];
    const row = Float32Array.from(here.featureNames, (_, at) => (at % 3 ? at / 2 : NaN));
    assert.deepEqual(here.predict(row), there.predict(row));
    assert.deepEqual(here.explain(row), there.explain(row));
  }
});
