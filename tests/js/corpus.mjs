// Scores and explains a corpus in WebAssembly: `node corpus.mjs DIST CORPUS NAME` (the built files of
// the npm package) writes the bits of every result to stdout, in the order of core/examples/parity.rs.
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const BLOCK = 1000; // rows

/** Loads the modules that `cargo xtask wasm` made. */
export async function load(dist) {
  const glue = async (js, wasm) => {
    const module = await import(pathToFileURL(join(dist, `esm/glue/${js}.js`)));
    module.initSync({ module: readFileSync(join(dist, `wasm/${wasm}.wasm`)) });
    return module;
  };
  const { Scorer } = await glue("chatsignal_wasm", "chatsignal");
  const { AnswerModel, Contact } = await glue("chatsignal_wasm_ingest", "chatsignal-ingest");
  const { Advisor } = await glue("chatsignal_wasm_advice", "chatsignal-advice");
  return { Scorer, AnswerModel, Contact, Advisor };
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

const HOUR_MS = 3_600_000;

/** Yields the bits of the feature vectors of every contact of `simulated.events`. */
export function* folded(wasm, corpus) {
  const scorer = (kind) => new wasm.AnswerModel(readFileSync(join(corpus, `golden-${kind}.csm`)));
  const [lead, churn, engagement] = ["lead", "churn", "engagement"].map(scorer);
  const bytes = readFileSync(join(corpus, "simulated.events"));
  const bits = (vector) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const asOf = Number(bytes.readBigInt64LE(at));
    const count = bytes.readUInt32LE(at + 8);
    at += 12;
    const contact = new wasm.Contact();
    for (let event = 0; event < count; event++) {
      const length = bytes.readUInt32LE(at);
      contact.apply(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    yield bits(lead.features(contact, asOf));
    yield bits(churn.features(contact, asOf));
    const hours = Float64Array.from({ length: 24 }, (_, hour) => asOf + (hour + 1) * HOUR_MS);
    yield bits(engagement.sendFeatures(contact, asOf, hours, 120));
    contact.free();
  }
}

/** The bits of one part of the corpus. */
export function part(wasm, corpus, name) {
  return name === "fold" ? folded(wasm, corpus) : results(wasm, corpus, name);
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
  for (const block of part(await load(directory), corpus, name)) write(block);
}
