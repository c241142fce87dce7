// Real traps in the real modules: the call that meets one fails, the module is started anew, and the
// next call has the bits that it had before. `CHATSIGNAL_CASES` says how many (`cargo xtask verify
// traps`: 10,000).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";

const TRAPS = Number(process.env.CHATSIGNAL_CASES ?? 1000);
/** Room for what the collector has not met yet. */
const GROWTH_BYTES_MAX = 32 << 20;

const root = join(import.meta.dirname, "../..");
const esm = join(root, "wasm/js/dist/esm");
const own = (file) => import(pathToFileURL(join(esm, file)));
const { loadModelSync, TrapError } = await own("node/index.js");
const { EventLog } = await own("node/ingest.js");
const { ModelWorker } = await own("worker/index.js");
// The very modules that the package calls.
const scoring = await own("glue/chatsignal_wasm.js");
const advising = await own("glue/chatsignal_wasm_advice.js");
const ingesting = await own("glue/chatsignal_wasm_ingest.js");

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const bytes = (kind) => readFileSync(join(root, `models/${kind}/1/model.csm`));
const bits = (numbers) => Buffer.from(Float64Array.from(numbers).buffer).toString("hex");

/** Rows that claim to be longer than any memory: the module's allocator gives up. */
class Endless extends Float32Array {
  get length() {
    return 24 * 32 * (1 << 20);
  }
}

/** Lets the next call of a method read memory that is not there. */
function mislead(type, method) {
  const plain = type.prototype[method];
  type.prototype[method] = function (...given) {
    type.prototype[method] = plain;
    this.__wbg_ptr = 0xffff_fff0;
    return plain.apply(this, given);
  };
}

const trapped = (error, why) => {
  assert.ok(error instanceof TrapError, error.stack);
  assert.ok(error.cause instanceof WebAssembly.RuntimeError);
  assert.match(error.detail, why);
  return true;
};

test(`${TRAPS} traps, and the next call is right each time`, () => {
  const lead = loadModelSync(bytes("lead"));
  const churn = loadModelSync(bytes("churn"));
  const row = Float32Array.from(lead.features, (_, at) => at);
  const answers = () => [
    bits([lead.value(row)]),
    bits(lead.scoreRows(row)),
    bits(lead.margins(row)),
    bits(lead.explainRows(row).contributions),
    bits([churn.value({ [churn.features[0].name]: 1 })]),
  ];
  const expected = answers();
  let early;
  for (let turn = 1; turn <= TRAPS; turn++) {
    if (turn % 2 === 0) {
      const calls = [
        () => lead.scoreRows(new Endless(0)),
        () => lead.margins(new Endless(0)),
        () => lead.explainRows(new Endless(0)),
      ];
      assert.throws(calls[turn % calls.length], (error) => trapped(error, /unreachable/));
    } else {
      mislead(scoring.Scorer, "predict");
      assert.throws(() => lead.value(row), (error) => trapped(error, /out of bounds/));
    }
    assert.deepEqual(answers(), expected);
    if (turn === Math.ceil(TRAPS / 10)) early = memory();
  }
  const grown = memory() - early;
  assert.ok(grown < GROWTH_BYTES_MAX, `${grown} bytes more after ${TRAPS} traps`);
  lead.free();
  churn.free();
});

function memory() {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("an advisor goes on, and its model does not notice", async () => {
  const lead = loadModelSync(bytes("lead"));
  const advisor = await lead.advisor();
  const reasons = advisor.reasons({ inbound_msgs_30d: 12 });
  const value = lead.value({ inbound_msgs_30d: 12 });
  for (let turn = 0; turn < 20; turn++) {
    mislead(advising.Advisor, "reasons");
    assert.throws(() => advisor.reasons({}), (error) => trapped(error, /out of bounds/));
    assert.deepEqual(advisor.reasons({ inbound_msgs_30d: 12 }), reasons);
    assert.equal(lead.value({ inbound_msgs_30d: 12 }), value);
  }
  lead.free();
});

test("a log that a trap has emptied says so, and a new one works", () => {
  const chat = readFileSync(join(root, "tests/data/chat-export/two-weeks.txt"));
  const log = () => new EventLog({ timeZone: "Europe/Lisbon" });
  const read = (log) => log.readWhatsAppExport(chat, { me: "Muster Kettles" }).accepted;
  const first = log();
  const accepted = read(first);
  for (let turn = 0; turn < 5; turn++) {
    const emptied = log();
    mislead(ingesting.EventLog, "contacts");
    assert.throws(() => emptied.contacts(), (error) => trapped(error, /out of bounds/));
    for (const gone of [first, emptied]) {
      assert.throws(() => gone.contacts(), (error) => error instanceof TrapError && /is gone/.test(error.detail));
    }
    emptied.free();
    const next = log();
    assert.equal(read(next), accepted);
    next.free();
  }
  first.free();
});

/** The package's worker in a thread of Node, with so many traps at each question. */
function worker(traps) {
  const url = (file) => JSON.stringify(pathToFileURL(join(esm, file)).href);
  const code = `
    const { parentPort } = require("node:worker_threads");
    globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
    (async () => {
      const { Scorer } = await import(${url("glue/chatsignal_wasm.js")});
      await import(${url("worker/host.js")});
      const plain = Scorer.prototype.margins;
      let left = 0;
      Scorer.prototype.margins = function (rows) {
        if (left-- > 0) this.__wbg_ptr = 0xffff_fff0;
        return plain.call(this, rows);
      };
      parentPort.on("message", (data) => {
        left = ${traps};
        globalThis.onmessage({ data });
      });
    })();`;
  const thread = new Worker(code, { eval: true });
  const page = {
    postMessage: (message) => thread.postMessage(message),
    terminate: () => void thread.terminate(),
  };
  thread.on("message", (data) => page.onmessage({ data }));
  thread.on("error", (error) => page.onerror(error));
  return page;
}

for (const [traps, workers] of [[1, 1], [2, 2]]) {
  test(`a worker with ${traps} trap(s) at a question: ${workers} in all, equal bits`, async () => {
    const lead = loadModelSync(bytes("lead"));
    const rows = Float32Array.from({ length: lead.features.length * 50 }, (_, at) => at % 37);
    let made = 0;
    const batch = await ModelWorker.create(bytes("lead"), {
      features: lead.features.length,
      module: readFileSync(join(esm, "../wasm/chatsignal.wasm")),
      // The first one traps; should it be replaced, its successor does not.
      worker: () => worker(made++ === 0 ? traps : 0),
    });
    try {
      const found = await batch.margins(rows, { partRows: 10 });
      assert.equal(bits(found), bits(lead.margins(rows)));
      assert.equal(made, workers);
    } finally {
      batch.close();
      lead.free();
    }
  });
}
