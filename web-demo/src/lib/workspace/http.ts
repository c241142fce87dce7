/** The one place where requests to a service are made: key, time limit, repetition, errors. */
import { passes, pause, problemOf, sleep } from "./problem";
import { WorkspaceError } from "./types";

/** Time for an answer, milliseconds. */
const answerMax = 30_000;
/** Longest silence of a stream, milliseconds: the service says something every 10 s. */
const silenceMax = 30_000;
/** Tries of a request that does no harm when it is repeated. */
const tries = 4;

/** Where the key comes from. */
export interface KeySource {
  get(): string | null;
  /** Asks for another key, because the service refused `refused` (null: it wants one). Null when none
   *  is given. */
  ask(refused: string | null): Promise<string | null>;
}

export interface HttpRequest {
  readonly method?: string;
  /** Below the origin, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
  readonly signal?: AbortSignal | undefined;
  /** A repetition does no harm: the request only reads, or carries an Idempotency-Key. */
  readonly repeatable?: boolean;
  readonly timeoutMs?: number;
}

/** Begins the time of one transfer, and gives the signal that ends it. */
type Begin = () => AbortSignal;

/** What `fetch` is, for tests. */
type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export class Http {
  readonly #base: string;
  readonly #key: KeySource;
  readonly #fetch: Fetch;
  /** One question at a time, however many requests were refused. */
  #asking: Promise<string | null> | null = null;

  constructor(base: string, key: KeySource, fetcher: Fetch = (input, init) => fetch(input, init)) {
    this.#base = base;
    this.#key = key;
    this.#fetch = fetcher;
  }

  /** A successful answer. Each try, with the body of its answer, has the time limit for itself: somebody who
   *  looks for the key takes none of it. */
  async send(request: HttpRequest): Promise<Response> {
    const begin = () => either(request.signal, AbortSignal.timeout(request.timeoutMs ?? answerMax));
    return this.#withRepetition(request, begin);
  }

  /** A successful answer whose body goes on: `touch` is to be called whenever something came. */
  async open(request: HttpRequest): Promise<{ response: Response; touch: () => void; close: () => void }> {
    let silence = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const touch = () => {
      clearTimeout(timer);
      const now = silence;
      timer = setTimeout(() => now.abort(timeout()), silenceMax);
    };
    const close = () => {
      clearTimeout(timer);
      silence.abort();
    };
    const begin = () => {
      silence = new AbortController();
      touch();
      return either(request.signal, silence.signal);
    };
    try {
      return { response: await this.#once(request, begin), touch, close };
    } catch (error) {
      close();
      throw error;
    }
  }

  async #withRepetition(request: HttpRequest, begin: Begin): Promise<Response> {
    const repeatable = request.repeatable ?? (request.method ?? "GET") === "GET";
    for (let attempt = 1; ; attempt++) {
      let retryAfter: string | null = null;
      try {
        return await this.#once(request, begin, (response) => (retryAfter = response.headers.get("retry-after")));
      } catch (error) {
        if (!(error instanceof WorkspaceError) || !(passes(error) || error.code === "offline")) throw error;
        const wait = repeatable && attempt < tries ? pause(retryAfter, attempt) : null;
        if (wait === null) throw error;
        await sleep(wait, request.signal);
      }
    }
  }

  async #once(request: HttpRequest, begin: Begin, onRefusal?: (response: Response) => void): Promise<Response> {
    for (let key = this.#key.get(); ; ) {
      const response = await this.#transfer(request, begin(), key);
      if (response.ok) return response;
      onRefusal?.(response);
      const error = await problemOf(response);
      if (error.status !== 401) throw error;
      const kept = this.#key.get();
      // Another request may have asked meanwhile.
      const next = kept !== key ? kept : await this.#ask(key);
      if (next === null) throw error;
      request.signal?.throwIfAborted();
      key = next;
    }
  }

  async #transfer(request: HttpRequest, signal: AbortSignal, key: string | null): Promise<Response> {
    const headers: Record<string, string> = { accept: "application/json", ...request.headers };
    if (key !== null) headers["authorization"] = `Bearer ${key}`;
    const { method = "GET", body } = request;
    try {
      return await this.#fetch(this.#base + request.path, {
        method,
        headers,
        signal,
        // Keys are sent by hand; nothing of the browser's own goes along.
        credentials: "omit",
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      return this.#ended(error, signal);
    }
  }

  #ended(error: unknown, signal: AbortSignal): never {
    if (signal.aborted) {
      const reason: unknown = signal.reason;
      throw reason instanceof DOMException && reason.name === "TimeoutError" ? timeout() : reason;
    }
    if (error instanceof TypeError) {
      throw new WorkspaceError("offline", "The service cannot be reached. Check that it runs and that you are connected.");
    }
    throw error;
  }

  #ask(refused: string | null): Promise<string | null> {
    this.#asking ??= this.#key.ask(refused).finally(() => (this.#asking = null));
    return this.#asking;
  }
}

/** The signal of the caller, where there is one, or that of a limit. */
function either(caller: AbortSignal | undefined, limit: AbortSignal): AbortSignal {
  return caller ? AbortSignal.any([caller, limit]) : limit;
}

function timeout(): WorkspaceError {
  return new WorkspaceError("timeout", "The service did not answer in time.");
}
