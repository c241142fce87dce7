// After tsc: the generated JavaScript beside its users, and the same files for `require`.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

const root = join(import.meta.dirname, "..");
const [esm, cjs] = ["esm", "cjs"].map((format) => join(root, "dist", format));

cpSync(join(root, "src/glue"), join(esm, "glue"), { recursive: true });
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) {
  cpSync(join(root, "../..", license), join(root, license));
}

// Only what Node can load: pages and Workers have no `require`.
rmSync(cjs, { recursive: true, force: true });
for (const name of readdirSync(esm, { recursive: true })) {
  if (/^(browser|workerd|worker)(\/|$)/.test(name)) continue;
  const to = join(cjs, name);
  if (name.endsWith(".d.ts")) {
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(esm, name), to);
  } else if (name.endsWith(".js")) {
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, required(readFileSync(join(esm, name), "utf8"), name));
  }
}
writeFileSync(join(cjs, "package.json"), '{ "type": "commonjs" }\n');

/** The module for `require`. */
function required(source, fileName) {
  const own = 'require("node:url").pathToFileURL(__filename).href';
  const { outputText } = ts.transpileModule(source.replaceAll("import.meta.url", own), {
    fileName,
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  return outputText;
}
