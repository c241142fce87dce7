// Scores and explains a corpus in WebAssembly: `node corpus.mjs MODULE_DIRECTORY CORPUS NAME`
// writes the bits of every result to stdout, in the order of core/examples/parity.rs.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const BLOCK = 1000; // rows

/** Loads the module that `cargo xtask wasm` made. */
export function load(directory) {
  return createRequire(import.meta.url)(join(directory, "chatsignal_wasm.js"));
}

/** Yields the bits of predictions (margin, raw, value) and explanations (base, contributions). */
export function* results(wasm, corpus, name) {
  const scorer = new wasm.Scorer(readFileSync(join(corpus, `${name}.csm`)));
  const bytes = readFileSync(join(corpus, `${name}.rows`));
  const rows = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const width = scorer.featureNames.length;
  for (let start = 0; start < rows.length; start += BLOCK * width) {
    const block = rows.subarray(start, start + BLOCK * width);
    const predictions = scorer.predict(block);
    const explanations = scorer.explain(block);
    const count = block.length / width;
    const out = new Float64Array(count * (width + 4));
    for (let row = 0; row < count; row++) {
      const at = row * (width + 4);
      out.set(predictions.subarray(row * 3, row * 3 + 3), at);
      out.set(explanations.subarray(row * (width + 1), (row + 1) * (width + 1)), at + 3);
    }
    yield Buffer.from(out.buffer);
  }
  scorer.free();
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
  const [directory, corpus, name] = process.argv.slice(2);
  for (const block of results(load(directory), corpus, name)) write(block);
}
