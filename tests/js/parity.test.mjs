// Scores and explanations in WebAssembly have the bits of the native build. `cargo xtask test`
// makes the module and a small corpus first.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { launch } from "./chromium.mjs";
import { inChromium, inNode, load } from "./corpus.mjs";

const root = join(import.meta.dirname, "../..");
const corpus = join(root, "target/parity-small");
const dist = join(root, "wasm/js/dist");
const wasm = await load(dist);
const names = readdirSync(corpus)
  .filter((file) => file.endsWith(".expected"))
  .map((file) => file.slice(0, -".expected".length));

test("there is a corpus", () => {
  assert.ok(existsSync(corpus) && names.length >= 4 && names.includes("fold"));
});

for (const name of names) {
  test(`${name}: equal bits`, async () => {
    const expected = readFileSync(join(corpus, `${name}.expected`));
    const blocks = [];
    for await (const block of inNode(wasm, corpus, name)) blocks.push(Buffer.from(block));
    assert.ok(Buffer.concat(blocks).equals(expected));
  });
}

test("equal bits in Chromium", async (t) => {
  const browser = await launch();
  try {
    for (const name of names) {
      await t.test(name, async () => {
        const expected = readFileSync(join(corpus, `${name}.expected`));
        const blocks = [];
        await inChromium(browser, dist, corpus, name, (block) => blocks.push(block));
        assert.ok(Buffer.concat(blocks).equals(expected));
      });
    }
  } finally {
    await browser.close();
  }
});

test("what the caller gets wrong is said", () => {
  assert.throws(() => new wasm.Scorer(new Uint8Array(3)), /not a chatsignal model file/);
  const bytes = readFileSync(join(corpus, "lead-boosting.csm"));
  const damaged = Uint8Array.from(bytes);
  damaged[60] ^= 1;
  assert.throws(() => new wasm.Scorer(damaged), /damaged/);
  const scorer = new wasm.Scorer(bytes);
  const width = scorer.featureNames.length;
  assert.throws(() => scorer.predict(new Float32Array(width + 1)), /for each row/);
  assert.equal(scorer.predict(new Float32Array(width)).length, 3);
  assert.equal(scorer.explain(new Float32Array(0)).length, 0);
  // Each row of the matrix of interactions adds up to the contribution of its feature.
  const advisor = new wasm.Advisor(bytes);
  const row = Float32Array.from({ length: width }, (_, at) => at);
  const shares = scorer.explain(row).subarray(1);
  const pairs = advisor.interactions(row);
  assert.equal(pairs.length, width * width);
  for (let at = 0; at < width; at++) {
    const sum = pairs.subarray(at * width, (at + 1) * width).reduce((sum, pair) => sum + pair, 0);
    assert.ok(Math.abs(sum - shares[at]) < 1e-9, `${sum} ${shares[at]}`);
  }
  assert.throws(() => advisor.interactions(new Float32Array(width - 1)), /for each row/);
  assert.match(scorer.texts[2], /^x64:[0-9a-f]{16}$/);
  const contact = new wasm.Contact();
  assert.throws(() => contact.apply(new Uint8Array(2)), /byte/);
  assert.throws(() => new wasm.AnswerModel(bytes), /other features/);
  scorer.free();
});
