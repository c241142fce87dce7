// The page's side: says when it is ready, then takes turns.
const address = (file) => new URL(file, location.href);

const started = performance.now();
const { loadModel } = await import("/dist/esm/browser/index.js");
const { ModelWorker } = await import("/dist/esm/worker/index.js");
const first = await loadModel(address("/models/lead/1/model.csm"));
first.score({ inbound_msgs_30d: 12 });
const firstScoreMs = performance.now() - started;

const model = await loadModel(address("/data/xgb_100x6.csm"));
const rows = new Float32Array(await (await fetch("/data/rows.f32")).arrayBuffer());
const expected = new Float64Array(await (await fetch("/data/xgb_100x6.margins.f64")).arrayBuffer());
const width = model.features.length;
const names = model.features.map((feature) => feature.name);
const objects = Array.from({ length: 2000 }, (_, at) =>
  Object.fromEntries(names.map((name, j) => [name, rows[at * width + j]])),
);
const margins = model.margins(rows);
// XGBoost's margins are f32.
const unequal = margins.reduce((sum, margin, at) => sum + Number(margin !== expected[at]), 0);

const quickest = (times, call) => {
  let best = Infinity;
  for (let turn = 0; turn < times; turn++) {
    const start = performance.now();
    call();
    best = Math.min(best, performance.now() - start);
  }
  return best;
};

window.turn = () => (rows.length / width / quickest(10, () => model.margins(rows))) * 1000;
window.rest = () => {
  const count = objects.length;
  return {
    firstScoreMs,
    unequal,
    packUs: (quickest(20, () => model.scoreRows(model.pack(objects))) / count) * 1000,
    valueUs: (quickest(20, () => objects.forEach((object) => model.value(object))) / count) * 1000,
    scoreUs: (quickest(20, () => objects.forEach((object) => model.score(object))) / count) * 1000,
    rescoreMs: quickest(3, () => {
      const part = rows.subarray(0, width * 10_000);
      for (let i = 0; i < 5; i++) model.scoreRows(part);
    }),
    explainRows: 1e6 / quickest(3, () => model.explainRows(rows.subarray(0, width * 1000))),
  };
};

/** Milliseconds to score and to explain 50,000 contacts with the shipped lead model: here, and in a worker. */
window.contacts = async () => {
  const { features } = first;
  const contacts = Float32Array.from({ length: 50_000 * features.length }, (_, at) => {
    const { minimum, maximum } = features[at % features.length];
    return at % 11 === 0 ? NaN : minimum + (Math.min(maximum, 100) - minimum) * ((at * 7919) % 1009) / 1009;
  });
  const worker = await ModelWorker.create(address("/models/lead/1/model.csm"), { features: features.length });
  const times = {};
  for (const [place, model] of Object.entries({ page: first, worker })) {
    for (const question of ["scoreRows", "explainRows"]) {
      let best = Infinity;
      for (let turn = 0; turn < 3; turn++) {
        const start = performance.now();
        await model[question](contacts);
        best = Math.min(best, performance.now() - start);
      }
      times[`${place}.${question}`] = best;
    }
  }
  worker.close();
  return times;
};
window.found = {};
