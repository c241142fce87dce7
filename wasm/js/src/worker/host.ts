/** The worker's side: one model, one question at a time. */
import { ChatsignalError, TrapError } from "../errors.js";
import { init } from "../hosts.js";
import { loadModelSync, type AnyModel } from "../model.js";
import type { Answer, Question, Request } from "./protocol.js";

/** The part of a worker's scope that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Answer, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as Scope;
let model: AnyModel | undefined;

async function answer(request: Request): Promise<Answer> {
  const { id } = request;
  if ("load" in request) {
    await init(request.module);
    model = loadModelSync(request.load);
    return { id, numbers: new Float64Array(0), baseValue: 0, features: model.features.length };
  }
  if (model === undefined) throw new TrapError("internal", "no model was loaded");
  const { ask, rows } = request;
  try {
    return answered(model, id, ask, rows);
  } catch (error) {
    // Once more, in a new instance; a fault that stays ends the worker.
    if (!(error instanceof TrapError)) throw error;
    return answered(model, id, ask, rows);
  }
}

function answered(model: AnyModel, id: number, ask: Question, rows: Float32Array): Answer {
  const features = model.features.length;
  if (ask === "explainRows") {
    const { baseValue, contributions } = model.explainRows(rows);
    return { id, numbers: contributions, baseValue, features };
  }
  return { id, numbers: model[ask](rows), baseValue: 0, features };
}

scope.onmessage = (event) => {
  answer(event.data).then(
    (found) => {
      const numbers = "numbers" in found ? [found.numbers.buffer as ArrayBuffer] : [];
      scope.postMessage(found, numbers);
    },
    (error: unknown) => {
      const known = error instanceof ChatsignalError;
      const code = known ? error.code : "internal";
      const detail = error instanceof Error ? error.message : String(error);
      const trapped = !known || error instanceof TrapError;
      scope.postMessage({ id: event.data.id, code, detail, trapped }, []);
    },
  );
};
