// The page: one model, its features as fields, score and contributions as they are typed.
import init, { Scorer } from "./chatsignal_wasm.js";

const place = (id) => document.getElementById(id);

/** The row of a form: a field that is empty is a missing value. */
function row(fields) {
  return Float32Array.from(fields, (field) => (field.value === "" ? NaN : Number(field.value)));
}

/** One line of the table; its texts are never read as markup. */
function line(name, changed) {
  const field = document.createElement("input");
  field.type = "number";
  field.step = "any";
  field.id = `feature-${name}`;
  field.addEventListener("input", changed);
  const label = document.createElement("label");
  label.htmlFor = field.id;
  label.textContent = name;
  const head = document.createElement("th");
  head.scope = "row";
  head.append(label);
  const value = document.createElement("td");
  value.append(field);
  const contribution = document.createElement("td");
  const tr = document.createElement("tr");
  tr.append(head, value, contribution);
  return { tr, field, contribution };
}

/** Fills the page with a model and scores whenever a field changes. */
function show(scorer) {
  const lines = scorer.featureNames.map((name) => line(name, () => score()));
  const fields = lines.map(({ field }) => field);
  function score() {
    const values = row(fields);
    const [margin, , value] = scorer.predict(values);
    const [, ...contributions] = scorer.explain(values);
    place("score").textContent = `${value.toFixed(4)} (margin ${margin.toFixed(4)})`;
    lines.forEach(({ contribution }, at) => {
      contribution.textContent = contributions[at].toFixed(4);
    });
  }
  place("features").replaceChildren(...lines.map(({ tr }) => tr));
  score();
}

let current;

async function load(kind) {
  place("status").textContent = "Loading…";
  const answer = await fetch(`models/${kind}.csm`);
  if (!answer.ok) throw new Error(`the ${kind} model is not there (${answer.status})`);
  const scorer = new Scorer(new Uint8Array(await answer.arrayBuffer()));
  current?.free();
  current = scorer;
  show(scorer);
  place("status").textContent = `${kind} model, ${scorer.state}, features ${scorer.schemaFingerprint}`;
}

async function start() {
  const choice = place("model");
  const chosen = () =>
    load(choice.value).catch((error) => {
      place("status").textContent = `Cannot score: ${error.message}`;
    });
  choice.addEventListener("change", chosen);
  await init();
  await chosen();
}

start().catch((error) => {
  place("status").textContent = `Cannot start: ${error.message}`;
});
