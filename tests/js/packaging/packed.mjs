// The npm package as a user gets it: packed, and installed from the tarball into a scratch project.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const root = join(import.meta.dirname, "../../..");
const target = join(root, "target/packaging");

/** Packs once for all tests of a file; the path of the tarball. */
export function pack() {
  mkdirSync(target, { recursive: true });
  const folder = mkdtempSync(join(target, "packed-"));
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: join(root, "wasm/js"),
    encoding: "utf8",
  });
  return join(folder, JSON.parse(packed)[0].filename);
}

/** A scratch project with the tarball installed (from the file alone) and these files. */
export function project(name, tarball, files = {}) {
  const folder = mkdtempSync(join(target, `${name}-`));
  const write = (file, text) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  write("package.json", JSON.stringify({ name: "scratch", private: true }));
  const flags = ["--offline", "--no-audit", "--no-fund", "--loglevel=error", "--no-package-lock"];
  execFileSync("npm", ["install", ...flags, tarball], { cwd: folder, stdio: "inherit" });
  for (const [file, text] of Object.entries(files)) write(file, text);
  for (const kind of ["lead", "churn", "engagement"]) {
    cpSync(model(kind), join(folder, `${kind}.csm`));
  }
  return folder;
}

/** A shipped model file. */
export function model(kind) {
  return join(root, `models/${kind}/1/model.csm`);
}

/** What every host must print: the lead score of these features, to the bit. */
export const features = { inbound_msgs_30d: 12, lead_reply_rate_30d: 0.75, high_intent_actions_30d: 2 };

/** The expected score, from the built package here. */
export async function expected() {
  const { loadModelSync } = await import(join(root, "wasm/js/dist/esm/node/index.js"));
  const lead = loadModelSync(readFileSync(model("lead")));
  const { value, level, margin } = lead.score(features);
  lead.free();
  return { value, level, margin };
}
