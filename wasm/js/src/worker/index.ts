/// <reference lib="esnext.disposable" />
/**
 * Large batches in a module Worker: the page stays free, progress is told, and an `AbortSignal` ends
 * them. A worker whose module has come to an end is replaced.
 *
 * @packageDocumentation
 */
import { errorOf, ModuleError, RequestError, TrapError } from "../errors.js";
import type { Explanations } from "../model.js";
import { compiled, type ModuleSource } from "../module.js";
import { bytesOf, type ByteSource } from "../source.js";
import type { Answer, Question, Request } from "./protocol.js";

export { ChatsignalError, ModelError, ModuleError, RequestError, TrapError } from "../errors.js";
export type { ErrorCode } from "../errors.js";
export type { Explanations } from "../model.js";
export type { ModuleSource } from "../module.js";
export type { ByteSource } from "../source.js";

/** How a worker is made. */
export interface WorkerOptions {
  /** Number of values of a row: that of the model's features. Another one is refused. */
  readonly features: number;
  /** The scoring module; that of this package when left out. */
  readonly module?: ModuleSource;
  /** Makes the worker, where a bundler needs it written otherwise. */
  readonly worker?: () => Worker;
}

/** How a batch is run. */
export interface BatchOptions {
  /** Ends the batch, also one that waits for its turn; its promise is rejected with the signal's reason at once. */
  readonly signal?: AbortSignal;
  /** Is told after every part how many rows are done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Rows of one part; 8192 when left out. */
  readonly partRows?: number;
}

const PART_ROWS = 8192;
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

function ownWorker(): Worker {
  return new Worker(new URL("./host.js", import.meta.url), { type: "module" });
}

/** One model in a worker of its own. Batches run one after another. */
export class ModelWorker {
  readonly #bytes: Uint8Array;
  readonly #module: WebAssembly.Module;
  readonly #features: number;
  readonly #make: () => Worker;
  #line: Line | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(bytes: Uint8Array, module: WebAssembly.Module, options: WorkerOptions) {
    this.#bytes = bytes;
    this.#module = module;
    this.#features = options.features;
    this.#make = options.worker ?? ownWorker;
  }

  /** Starts a worker with a model. */
  static async create(model: ByteSource, options: WorkerOptions): Promise<ModelWorker> {
    const own = new URL("../../wasm/chatsignal.wasm", import.meta.url);
    const source = options.module ?? own;
    const [bytes, module] = await Promise.all([
      bytesOf(model),
      compiled(source, "chatsignal.wasm"),
    ]);
    const worker = new ModelWorker(bytes, module, options);
    await worker.#started();
    return worker;
  }

  /** Values of rows given one after another (missing = NaN), one a row. */
  async scoreRows(rows: Float32Array, options: BatchOptions = {}): Promise<Float64Array> {
    return (await this.#batch("scoreRows", rows, 1, options)).numbers;
  }

  /** Margins of rows given one after another, one a row. */
  async margins(rows: Float32Array, options: BatchOptions = {}): Promise<Float64Array> {
    return (await this.#batch("margins", rows, 1, options)).numbers;
  }

  /** Contributions of rows given one after another. */
  async explainRows(rows: Float32Array, options: BatchOptions = {}): Promise<Explanations> {
    const { numbers, baseValue } = await this.#batch("explainRows", rows, this.#features, options);
    return { baseValue, contributions: numbers };
  }

  /** Ends the worker, and every batch with it. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  /** As {@link ModelWorker.close}, for `using`. */
  [dispose](): void {
    this.close();
  }

  /** Waits for its turn, then goes through the rows part by part. */
  async #batch(ask: Question, rows: Float32Array, perRow: number, options: BatchOptions): Promise<Batch> {
    const width = this.#features;
    if (rows.length % width !== 0) {
      throw new RequestError("invalid_field", `${rows.length} values are not rows of ${width}`);
    }
    const turn = this.#last.then(() => this.#parts(ask, rows, perRow, options));
    this.#last = turn.catch(() => {});
    return aborted(turn, options.signal);
  }

  async #parts(ask: Question, rows: Float32Array, perRow: number, options: BatchOptions): Promise<Batch> {
    const { signal, onProgress, partRows = PART_ROWS } = options;
    if (!Number.isInteger(partRows) || partRows < 1) {
      throw new RequestError("invalid_parameter", "partRows is a whole number from 1");
    }
    const width = this.#features;
    const total = rows.length / width;
    const numbers = new Float64Array(total * perRow);
    let baseValue = NaN;
    const abort = (): void => this.#drop(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      for (let done = 0; done < total || (total === 0 && Number.isNaN(baseValue)); ) {
        signal?.throwIfAborted();
        const end = Math.min(done + partRows, total);
        const part = rows.slice(done * width, end * width);
        const found = await this.#part(ask, part);
        numbers.set(found.numbers, done * perRow);
        baseValue = found.baseValue;
        done = end;
        onProgress?.(done, total);
      }
      return { numbers, baseValue };
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** One part; once more on a new worker when the module has come to an end. */
  async #part(ask: Question, rows: Float32Array): Promise<Found> {
    const line = await this.#started();
    try {
      return await line.call({ ask, rows });
    } catch (error) {
      if (!(error instanceof TrapError)) throw error;
      this.#drop();
      return (await this.#started()).call({ ask, rows });
    }
  }

  async #started(): Promise<Line> {
    if (this.#closed) throw new ModuleError("engine_unavailable", "the worker was closed");
    if (this.#line !== undefined) return this.#line;
    // A line that has ended by itself is not asked again: the next question gets a new one.
    const line: Line = new Line(this.#make(), () => {
      if (this.#line === line) this.#line = undefined;
    });
    this.#line = line;
    try {
      const { features } = await line.call({ load: this.#bytes, module: this.#module });
      if (features !== this.#features) {
        const detail = `a row of this model has ${features} values, and features says ${this.#features}`;
        throw new RequestError("invalid_parameter", detail);
      }
    } catch (error) {
      line.end(error);
      throw error;
    }
    return line;
  }

  #drop(reason?: unknown): void {
    this.#line?.end(reason ?? new ModuleError("engine_unavailable", "the worker was closed"));
  }
}

type Batch = Pick<Found, "numbers" | "baseValue">;

/** What a worker has answered. */
type Found = Omit<Extract<Answer, { readonly features: number }>, "id">;

/** A turn that its caller hears of no more once the signal has come: nobody waits for others' batches. */
function aborted<T>(turn: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return turn;
  return new Promise((done, fail) => {
    const abort = (): void => fail(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    const over = (): void => signal.removeEventListener("abort", abort);
    turn.then(done, fail).then(over, over);
  });
}

type Without<T> = T extends { readonly id: number } ? Omit<T, "id"> : never;

/** One worker: questions out, answers back. It tells its owner when it has ended. */
class Line {
  readonly #worker: Worker;
  readonly #ended: () => void;
  readonly #open = new Map<number, { done(found: Found): void; fail(error: unknown): void }>();
  #next = 0;
  /** Why it has ended. */
  #end: { readonly reason: unknown } | undefined;

  constructor(worker: Worker, ended: () => void) {
    this.#worker = worker;
    this.#ended = ended;
    worker.onmessage = (event: MessageEvent<Answer>) => this.#take(event.data);
    worker.onerror = (event) => {
      const detail = `the worker cannot run: ${event.message || "its file cannot be loaded"}`;
      this.end(new ModuleError("engine_unavailable", detail));
    };
    worker.onmessageerror = () => {
      this.end(new ModuleError("engine_unavailable", "an answer of the worker cannot be read"));
    };
  }

  call(request: Without<Request>): Promise<Found> {
    if (this.#end !== undefined) return Promise.reject(this.#end.reason);
    const id = this.#next++;
    return new Promise((done, fail) => {
      this.#open.set(id, { done, fail });
      this.#worker.postMessage({ ...request, id });
    });
  }

  end(reason: unknown): void {
    this.#end ??= { reason };
    this.#worker.terminate();
    this.#ended();
    for (const { fail } of this.#open.values()) fail(reason);
    this.#open.clear();
  }

  #take(answer: Answer): void {
    const waiting = this.#open.get(answer.id);
    this.#open.delete(answer.id);
    if (waiting === undefined) return;
    if ("numbers" in answer) waiting.done(answer);
    else if (answer.trapped) waiting.fail(new TrapError("internal", answer.detail));
    else waiting.fail(errorOf(answer.code, answer.detail));
  }
}
