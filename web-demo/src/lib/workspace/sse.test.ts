import { expect, test } from "vitest";
import { Http } from "./http";
import { EventParser, follow } from "./sse";

test("events come whole, whatever the pieces are", () => {
  const text = "retry: 2000\n\n: alive\n\nid: 7\nevent: score\r\ndata: {\"a\":1}\r\ndata: 2\r\n\r\ndata:x\n\n";
  for (let size = 1; size <= text.length; size++) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
    expect(events).toEqual([
      { event: "score", data: '{"a":1}\n2', id: "7" },
      { event: "message", data: "x", id: "7" },
    ]);
    expect(parser.retry).toBe(2000);
  }
});

test("a stream that breaks off is taken up where it was", async () => {
  const asked: (string | null)[] = [];
  const bodies = ["retry: 0\n\nid: 1\nevent: score\ndata: a\n\n", "retry: 0\n\nid: 2\nevent: end\ndata: b\n\n"];
  const http = new Http("", { get: () => null, ask: async () => null }, async (_, init) => {
    asked.push(new Headers(init.headers).get("last-event-id"));
    return new Response(bodies.shift());
  });
  const seen: string[] = [];
  const reconnected: boolean[] = [];
  await follow(http, {
    path: "/stream",
    signal: new AbortController().signal,
    onEvent: ({ event, data }) => {
      seen.push(data);
      return event !== "end";
    },
    onReconnect: (resumed) => reconnected.push(resumed),
  });
  expect(seen).toEqual(["a", "b"]);
  expect(asked).toEqual([null, "1"]);
  expect(reconnected).toEqual([true]);
});

test("what a new try cannot mend ends the stream", async () => {
  const http = new Http("", { get: () => null, ask: async () => null }, async () => {
    return Response.json({ code: "forbidden", title: "Not allowed", status: 403, type: "/" }, { status: 403 });
  });
  const followed = follow(http, { path: "/s", signal: new AbortController().signal, onEvent: () => true });
  await expect(followed).rejects.toMatchObject({ code: "forbidden" });
});
