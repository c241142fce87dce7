// The parts of the corpus of parity, on any host: `read(file)` gives the bytes of a file of the corpus.

const BLOCK = 1000; // rows
const HOUR_MS = 3_600_000;

/** The modules that `cargo xtask wasm` made; `glue(name)` imports their JavaScript, `module(name)` gives their bytes. */
export async function start(glue, module) {
  const started = async (js, wasm) => {
    const exports = await glue(js);
    exports.initSync({ module: await module(wasm) });
    return exports;
  };
  const { Scorer } = await started("chatsignal_wasm", "chatsignal");
  const { AnswerModel, Contact } = await started("chatsignal_wasm_ingest", "chatsignal-ingest");
  const { Advisor } = await started("chatsignal_wasm_advice", "chatsignal-advice");
  return { Scorer, AnswerModel, Contact, Advisor };
}

const bits = (vector) => new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);

/** Yields the bits of predictions (margin, raw, value) and explanations (base, contributions). */
async function* results(wasm, read, name) {
  const scorer = new wasm.Scorer(await read(`${name}.csm`));
  const rows = new Float32Array((await read(`${name}.rows`)).slice().buffer);
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
    yield bits(out);
  }
  scorer.free();
}

/** Yields the bits of the feature vectors of every contact of `simulated.events`. */
async function* folded(wasm, read) {
  const scorer = async (kind) => new wasm.AnswerModel(await read(`golden-${kind}.csm`));
  const [lead, churn, engagement] = await Promise.all(["lead", "churn", "engagement"].map(scorer));
  const bytes = await read("simulated.events");
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const asOf = Number(data.getBigInt64(at, true));
    const count = data.getUint32(at + 8, true);
    at += 12;
    const contact = new wasm.Contact();
    for (let event = 0; event < count; event++) {
      const length = data.getUint32(at, true);
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
export function part(wasm, read, name) {
  return name === "fold" ? folded(wasm, read) : results(wasm, read, name);
}
