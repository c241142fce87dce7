// Scores and explains a corpus in WebAssembly: `node corpus.mjs DIST CORPUS NAME [chromium]` (the built
// files of the npm package) writes the bits of every result to stdout, in the order of
// core/examples/parity.rs; in Node, or in a page of Chromium.
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { found, launch, serve } from "./chromium.mjs";
import { part, start } from "./corpus-parts.mjs";

/** Loads the modules that `cargo xtask wasm` made. */
export function load(dist) {
  return start(
    (js) => import(pathToFileURL(join(dist, `esm/glue/${js}.js`))),
    (wasm) => readFileSync(join(dist, `wasm/${wasm}.wasm`)),
  );
}

/** The bits of one part of a corpus, in Node. */
export function inNode(wasm, corpus, name) {
  return part(wasm, (file) => readFileSync(join(corpus, file)), name);
}

/** Calls `take` with the bits of one part of a corpus, in a page of a browser. */
export async function inChromium(browser, dist, corpus, name, take) {
  const here = import.meta.dirname;
  const page = '<!doctype html><title>corpus</title><script type="module" src="/here/corpus-page.mjs"></script>';
  const server = await serve({ "/dist": dist, "/corpus": corpus, "/here": here }, { page, take });
  try {
    await found(browser, `${server.address}/?name=${encodeURIComponent(name)}`);
  } finally {
    await server.close();
  }
}

/** Writes all of a buffer to stdout, which may take it in parts. */
function write(buffer) {
  for (let done = 0; done < buffer.length; ) {
    try {
      done += writeSync(1, buffer, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [dist, corpus, name, host] = process.argv.slice(2);
  if (host === "chromium") {
    const browser = await launch();
    try {
      await inChromium(browser, dist, corpus, name, write);
    } finally {
      await browser.close();
    }
  } else {
    for await (const block of inNode(await load(dist), corpus, name)) write(block);
  }
}
