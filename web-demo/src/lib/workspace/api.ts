/** The service's routes with the types of its description: a wrong path, parameter or body does not compile. */
import type { paths } from "./api.generated";
import type { Http, HttpRequest } from "./http";
import { WorkspaceError } from "./types";

type Method = "get" | "post" | "patch" | "delete";
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never;
}[keyof paths];
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;

type Parameters<O, In extends "path" | "query" | "header"> = O extends { parameters: { [K in In]?: infer V } }
  ? NonNullable<V>
  : never;
type Body<O> = O extends { requestBody?: { content: { "application/json": infer B } } }
  ? // A body that the description leaves open.
    Record<string, never> extends B
    ? object
    : B
  : never;
type Answer<O> = O extends { responses: infer R }
  ? { [S in keyof R]: S extends 200 | 201 | 202 ? (R[S] extends { content: { "application/json": infer T } } ? T : null) : never }[keyof R]
  : never;

export interface Call<O> {
  readonly path?: Parameters<O, "path">;
  readonly query?: Parameters<O, "query">;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body<O>;
  readonly signal?: AbortSignal | undefined;
  /** A change is sent with an Idempotency-Key, so that it is made once however often it is tried. */
  readonly once?: boolean;
  /** The request only reads, though it is a POST. */
  readonly reads?: boolean;
}

/** `/a/{id}` with its parts, and the query. */
export function address(template: string, path: object = {}, query: object = {}): string {
  const parts = new Map<string, unknown>(Object.entries(path));
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`${template}: no ${name}`);
    return encodeURIComponent(String(part));
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  return search.size > 0 ? `${filled}?${search}` : filled;
}

/** A new Idempotency-Key: a random UUID. `crypto.randomUUID` does not exist in a page that came over plain http. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  // Version 4, variant 1 (RFC 9562).
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export class Api {
  readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /** The answer with its headers. */
  async respond<M extends Method, P extends PathOf<M>>(method: M, path: P, call: Call<Operation<P, M>> = {}): Promise<Response> {
    const headers: Record<string, string> = { ...call.headers };
    if (call.once) headers["idempotency-key"] = idempotencyKey();
    if (call.body !== undefined) headers["content-type"] = "application/json";
    const request: HttpRequest = {
      method: method.toUpperCase(),
      path: address(path, call.path, call.query),
      headers,
      signal: call.signal,
      repeatable: method === "get" || call.once === true || call.reads === true,
    };
    return this.http.send(call.body === undefined ? request : { ...request, body: JSON.stringify(call.body) });
  }

  /** The JSON of the answer; the description says of what type it is. */
  async call<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    call: Call<Operation<P, M>> = {},
  ): Promise<Answer<Operation<P, M>>> {
    return readJson(await this.respond(method, path, call));
  }
}

/** JSON of an answer. */
export async function readJson<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new WorkspaceError("bad_answer", "The answer of the service could not be read.", response.status);
  }
}
