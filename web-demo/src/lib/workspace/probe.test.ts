import { expect, test, vi } from "vitest";
import { Http } from "./http";
import { isServed } from "./probe";

const probe = (...answers: (Response | Error)[]) =>
  isServed(
    new Http("", { get: () => null, ask: async () => null }, async () => {
      const answer = answers.shift() ?? new TypeError("asked too often");
      if (answer instanceof Error) throw answer;
      return answer;
    }),
  );
const html = (status: number) => new Response("<html>", { status, headers: { "retry-after": "60" } });
const problem = (status: number, code: string) =>
  Response.json({ type: "/", title: "T", status, code }, { status, headers: { "retry-after": "60" } });

test("a service is known by its health", async () => {
  expect(await probe(Response.json({ status: "ok", uptime_s: 3 }))).toBe(true);
  expect(await probe(Response.json({ status: "ok" }))).toBe(false);
});

test("a host of files is none", async () => {
  for (const status of [200, 403, 404]) expect(await probe(html(status))).toBe(false);
});

test("a service that cannot answer now is an error, not a reason to show something else", async () => {
  await expect(probe(problem(503, "overloaded"))).rejects.toMatchObject({ status: 503 });
  await expect(probe(problem(429, "rate_limited"))).rejects.toMatchObject({ status: 429 });
  await expect(probe(html(502))).rejects.toMatchObject({ status: 502 });
  await expect(probe(new DOMException("late", "TimeoutError"))).rejects.toThrow();
  vi.useFakeTimers();
  const offline = expect(probe(...Array.from({ length: 9 }, () => new TypeError("no connection")))).rejects.toMatchObject({ code: "offline" });
  await vi.runAllTimersAsync();
  await offline;
  vi.useRealTimers();
});

test("a busy service is waited for", async () => {
  const busy = problem(503, "overloaded");
  busy.headers.set("retry-after", "0");
  expect(await probe(busy, Response.json({ uptime_s: 3 }))).toBe(true);
});
