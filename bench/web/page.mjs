// The page's side: says when it is ready, then takes turns.
const address = (file) => new URL(file, location.href);

const started = performance.now();
const { loadModel } = await import("/dist/esm/browser/index.js");
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
window.found = {};
