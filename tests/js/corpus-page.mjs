// One part of the corpus in a page: `corpus-page.html?name=NAME`; sends the bits to `/bits`, in order.
import { part, start } from "./corpus-parts.mjs";

const SEND_BYTES = 4 << 20;

async function bytes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function main() {
  const name = new URLSearchParams(location.search).get("name");
  const wasm = await start(
    (js) => import(`/dist/esm/glue/${js}.js`),
    (file) => bytes(`/dist/wasm/${file}.wasm`),
  );
  let waiting = [];
  let size = 0;
  const send = async () => {
    const answer = await fetch("/bits", { method: "POST", body: new Blob(waiting) });
    if (!answer.ok) throw new Error(`the bits were not taken (${answer.status})`);
    [waiting, size] = [[], 0];
  };
  for await (const block of part(wasm, (file) => bytes(`/corpus/${file}`), name)) {
    waiting.push(block);
    size += block.length;
    if (size >= SEND_BYTES) await send();
  }
  await send();
}

main().then(
  () => (window.found = {}),
  (error) => (window.found = { failure: error.stack }),
);
