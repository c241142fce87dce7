import { expect, test, vi } from "vitest";
import { Api, address } from "./api";
import type { HttpRequest } from "./http";
import { Http } from "./http";
import { pause, problemOf } from "./problem";

const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}) =>
  Response.json({ type: "/", title: "T", status, code, ...more }, { status, headers });

/** Answers in turn, and what was asked. */
function server(...answers: (Response | Error)[]) {
  const asked: RequestInit[] = [];
  const next = async (_: string, init: RequestInit) => {
    asked.push(init);
    const answer = answers.shift();
    if (!answer) throw new Error("asked too often");
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, next };
}

function keyring(...keys: string[]) {
  let key: string | null = null;
  const refused: (string | null)[] = [];
  const ask = async (before: string | null) => {
    refused.push(before);
    return (key = keys.shift() ?? null);
  };
  return { refused, get: () => key, ask };
}

const get: HttpRequest = { path: "/x" };

test("a refusal that passes is waited out as long as the service asks", async () => {
  const { asked, next } = server(problem(503, "overloaded", {}, { "retry-after": "0" }), problem(429, "rate_limited", {}, { "retry-after": "0" }), Response.json(1));
  const response = await new Http("", keyring(), next).send(get);
  expect(await response.json()).toBe(1);
  expect(asked).toHaveLength(3);
});

test("a change is repeated only when it is made once whatever happens", async () => {
  const refusal = () => problem(503, "overloaded", {}, { "retry-after": "0" });
  const plain = server(refusal());
  await expect(new Http("", keyring(), plain.next).send({ ...get, method: "POST" })).rejects.toMatchObject({ code: "overloaded" });
  const once = server(refusal(), new Response(null, { status: 200 }));
  const body = { contact_id: "c", type: "label" as const, label: "vip" };
  await new Api(new Http("", keyring(), once.next)).respond("post", "/api/v1/feedback", { body, once: true });
  const keys = once.asked.map((init) => new Headers(init.headers).get("idempotency-key"));
  expect(keys[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(keys[1]).toBe(keys[0]);
});

test("a change can be sent from a page that came over plain http", async () => {
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const { asked, next } = server(Response.json({}), Response.json({}));
  const api = new Api(new Http("", keyring(), next));
  const body = { contact_id: "c", type: "label" as const, label: "vip" };
  await api.respond("post", "/api/v1/feedback", { body, once: true });
  await api.respond("post", "/api/v1/feedback", { body, once: true });
  const [first, second] = asked.map((init) => new Headers(init.headers).get("idempotency-key"));
  expect(first).not.toBe(second);
  vi.unstubAllGlobals();
});

test("an engine that is not configured is not asked again", async () => {
  const { asked, next } = server(problem(503, "engine_unavailable", { detail: "none" }));
  await expect(new Http("", keyring(), next).send(get)).rejects.toMatchObject({ code: "engine_unavailable" });
  expect(asked).toHaveLength(1);
});

test("tries are bounded", async () => {
  const { asked, next } = server(...Array.from({ length: 9 }, () => problem(503, "overloaded", {}, { "retry-after": "0" })));
  await expect(new Http("", keyring(), next).send(get)).rejects.toMatchObject({ status: 503 });
  expect(asked).toHaveLength(4);
});

test("a key is asked for once, however many requests want one", async () => {
  const key = keyring("cs_good");
  const http = new Http("", key, async (_, init) => {
    return new Headers(init.headers).get("authorization") === "Bearer cs_good" ? Response.json(1) : problem(401, "unauthorized");
  });
  await Promise.all([http.send(get), http.send(get), http.send(get)]);
  expect(key.refused).toEqual([null]);
});

test("a wrong key is asked for again, and no key is an error", async () => {
  const key = keyring("cs_bad");
  const { next } = server(problem(401, "unauthorized"), problem(401, "unauthorized"));
  await expect(new Http("", key, next).send(get)).rejects.toMatchObject({ code: "unauthorized" });
  expect(key.refused).toEqual([null, "cs_bad"]);
});

test("who looks for the key has all the time for it", async () => {
  let key: string | null = null;
  const slow = {
    get: () => key,
    ask: async () => {
      await new Promise((found) => setTimeout(found, 60));
      return (key = "cs_good");
    },
  };
  const answer = async (_: string, init: RequestInit) => {
    init.signal?.throwIfAborted();
    return new Headers(init.headers).has("authorization") ? Response.json(1) : problem(401, "unauthorized");
  };
  const response = await new Http("", slow, answer).send({ ...get, timeoutMs: 20 });
  expect(await response.json()).toBe(1);
});

test("a stream that waited for the key is heard as long as any other", async () => {
  vi.useFakeTimers();
  let key: string | null = null;
  const slow = {
    get: () => key,
    ask: async () => {
      await vi.advanceTimersByTimeAsync(60_000);
      return (key = "cs_good");
    },
  };
  const signals: (AbortSignal | null | undefined)[] = [];
  const http = new Http("", slow, async (_, init) => {
    signals.push(init.signal);
    init.signal?.throwIfAborted();
    return new Headers(init.headers).has("authorization") ? new Response("x") : problem(401, "unauthorized");
  });
  const { touch } = await http.open(get);
  await vi.advanceTimersByTimeAsync(29_000);
  touch();
  await vi.advanceTimersByTimeAsync(29_000);
  expect(signals[1]?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(signals[1]?.aborted).toBe(true);
  vi.useRealTimers();
});

test("no connection, no answer in time and a cancel are told apart", async () => {
  const never = (_: string, init: RequestInit) =>
    new Promise<Response>((_resolve, reject) => {
      const stop = () => reject(init.signal?.reason);
      if (init.signal?.aborted) stop();
      init.signal?.addEventListener("abort", stop);
    });
  const offline = new Http("", keyring(), async () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(offline.send({ ...get, repeatable: false })).rejects.toMatchObject({ code: "offline" });
  await expect(new Http("", keyring(), never).send({ ...get, timeoutMs: 5 })).rejects.toMatchObject({ code: "timeout" });
  const cancelled = new Http("", keyring(), never).send({ ...get, signal: AbortSignal.abort() });
  await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
});

test("problems become errors with their fields and the scope that is missing", async () => {
  const errors = [{ pointer: "/timezone", detail: "no zone" }];
  expect(await problemOf(problem(422, "invalid_field", { errors }))).toMatchObject({ code: "invalid_field", status: 422, fields: errors });
  const forbidden = await problemOf(problem(403, "forbidden", { detail: "the key has not the scope admin" }));
  expect(forbidden.message).toContain("“admin”");
  expect(await problemOf(new Response("<html>", { status: 502 }))).toMatchObject({ code: "bad_answer", status: 502 });
});

test("waits follow Retry-After, in seconds or as a date, and are not too long", () => {
  expect(pause("3", 1, 0, 0)).toBe(3_000);
  expect(pause("Thu, 01 Jan 1970 00:00:05 GMT", 1, 1_000, 0)).toBe(4_000);
  expect(pause("120", 1, 0, 0)).toBeNull();
  expect(pause(null, 1, 0, 0.5)).toBe(500);
  expect(pause(null, 9, 0, 0.5)).toBe(4_000);
});

test("addresses are filled and escaped", () => {
  expect(address("/a/{id}/b", { id: "x/ y" }, { limit: 2, cursor: undefined })).toBe("/a/x%2F%20y/b?limit=2");
  expect(() => address("/a/{id}")).toThrow("no id");
});
