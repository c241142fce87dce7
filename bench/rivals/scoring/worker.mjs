// Our WebAssembly module waiting for its turn: `worker.mjs DIST FOLDER` (the built npm package). The requests and
// answers are those of worker.py; the module is the product's own, built by `cargo xtask wasm`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [dist, folder] = process.argv.slice(2);
const { initSync, Scorer } = await import(pathToFileURL(join(dist, "esm/glue/chatsignal_wasm.js")));
initSync({ module: readFileSync(join(dist, "wasm/chatsignal.wasm")) });
const bytes = readFileSync(join(folder, "rows.f32"));
const table = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const FEATURES = 24;

/** Calls without arguments by library and task. The first of a row's numbers is its margin. */
const calls = {
  margins_batch: (scorer, rows) => () => scorer.margins(rows),
  predict_batch: (scorer, rows) => () => scorer.predict(rows),
  margins_single: (scorer, rows) => single(rows, (row) => scorer.margins(row)[0]),
  predict_single: (scorer, rows) => single(rows, (row) => scorer.predict(row)[0]),
};

function single(rows, one) {
  const out = new Float64Array(rows.length / FEATURES);
  return () => {
    for (let i = 0; i < out.length; i++) out[i] = one(rows.subarray(i * FEATURES, (i + 1) * FEATURES));
    return out;
  };
}

const ready = new Map();

function serve(request) {
  const { library, task, model, rows } = request;
  const key = [library, task, model, rows].join();
  if (!ready.has(key)) {
    const scorer = new Scorer(readFileSync(join(folder, `${model}.csm`)));
    const call = calls[`${library}_${task}`](scorer, table.subarray(0, rows * FEATURES));
    for (let i = 0; i < 3; i++) call();
    ready.set(key, call);
  }
  const call = ready.get(key);
  if (request.out) {
    const found = call();
    const margins = found.filter((_, i) => i % (found.length / rows) === 0);
    writeFileSync(request.out, new Uint8Array(margins.buffer));
    return {};
  }
  const cpu = process.cpuUsage();
  const start = performance.now();
  call();
  const wall_s = (performance.now() - start) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  return { wall_s, cpu_s: (user + system) / 1e6 };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = serve(JSON.parse(line));
  } catch (error) {
    answer = { error: `${error}`.slice(0, 300) };
  }
  console.log(JSON.stringify(answer));
}
