// The examples of the npm package's README run, in order, as they stand there.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "wasm/js/README.md"), "utf8");
const examples = [...readme.matchAll(/^## (.+)\n[^]*?^```js\n([^]*?)^```$/gm)].map(([, title, code]) => ({ title, code }));

const names = ["index", "ingest", "train"].map((part) => [
  part === "index" ? "chatsignal" : `chatsignal/${part}`,
  pathToFileURL(join(root, `wasm/js/dist/esm/node/${part}.js`)).href,
]);

test("every example runs", async () => {
  assert.deepEqual(examples.map(({ title }) => title), [
    "Score and explain", "Many rows", "Reasons, counterfactuals, send times", "A chat export, in the page",
    "Train", "Large batches", "Errors",
  ]);
  // The example of the page's worker runs in a page.
  const run = examples.filter(({ title }) => title !== "Large batches");
  let program = `import { readFileSync } from "node:fs";
import { loadModel as load } from "chatsignal";
const source = readFileSync(${JSON.stringify(join(root, "models/lead/1/model.csm"))});
const engagement = await load(readFileSync(${JSON.stringify(join(root, "models/engagement/1/model.csm"))}));
const file = readFileSync(${JSON.stringify(join(root, "tests/data/chat-export/two-weeks.txt"))});
`;
  const imports = new Set();
  for (const { title, code } of run) {
    for (const line of code.match(/^import .*$/gm) ?? []) imports.add(line);
    let body = code.replaceAll(/^import .*$/gm, "");
    // The model is used again by later examples.
    if (title === "Score and explain") body = body.replace(/^lead\.free\(\).*$/m, "").replace("const lead", "globalThis.lead").replaceAll(/(?<![.\w])lead\./g, "globalThis.lead.");
    else body = `const lead = globalThis.lead;\n${body}`;
    program += `console.log(${JSON.stringify(title)});\n{\n${body}\n}\n`;
  }
  program = [...imports].join("\n") + "\n" + program;
  for (const [name, file] of names) program = program.replaceAll(`"${name}"`, `"${file}"`);
  const folder = join(root, "target/readme");
  mkdirSync(folder, { recursive: true });
  const script = join(folder, "examples.mjs");
  writeFileSync(script, program);
  await import(`${pathToFileURL(script)}?${Date.now()}`);
});
