import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Http } from "./http";
import { LiveStream } from "./live";
import type { LiveChange } from "./types";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stream whose connections the test sees, in a tab that it hides and shows. */
function given(hidden = false) {
  const open: { send(text: string): void }[] = [];
  let ended = 0;
  const http = new Http("", { get: () => null, ask: async () => null }, async (_, { signal }) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        open.push({ send: (text) => controller.enqueue(new TextEncoder().encode(text)) });
        signal?.addEventListener("abort", () => {
          ended += 1;
          controller.error(signal.reason);
        });
      },
    });
    return new Response(body);
  });
  const tab = Object.assign(new EventTarget(), { hidden });
  const show = async (now: boolean) => {
    tab.hidden = !now;
    tab.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(0);
  };
  return { live: new LiveStream(http, tab as unknown as Document), open, ended: () => ended, show };
}

test("many watch one connection, and the last one ends it", async () => {
  const { live, open, ended } = given();
  const seen: (LiveChange | null)[][] = [[], []];
  const stops = seen.map((list) => live.watch((change) => list.push(change)));
  await vi.advanceTimersByTimeAsync(0);
  open[0]!.send('event: score\ndata: {"contact_id":"a"}\n\n');
  await vi.advanceTimersByTimeAsync(0);
  expect(open).toHaveLength(1);
  expect(seen).toEqual([[{ contact_id: "a" }], [{ contact_id: "a" }]]);
  stops[0]!();
  stops[0]!();
  expect(ended()).toBe(0);
  stops[1]!();
  expect(ended()).toBe(1);
});

test("a hidden tab gives its connection back, and knows afterwards that it missed something", async () => {
  const { live, open, ended, show } = given();
  const seen: (LiveChange | null)[] = [];
  const stop = live.watch((change) => seen.push(change));
  await show(false);
  await vi.advanceTimersByTimeAsync(4_000);
  await show(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([open.length, ended(), seen]).toEqual([1, 0, []]);
  await show(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ended()).toBe(1);
  await show(true);
  expect([open.length, seen]).toEqual([2, [null]]);
  stop();
  await show(false);
  await show(true);
  expect([open.length, ended()]).toEqual([2, 2]);
});

test("a tab in the background connects when it is looked at", async () => {
  const { live, open, show } = given(true);
  const stop = live.watch(() => {});
  await vi.advanceTimersByTimeAsync(10_000);
  expect(open).toHaveLength(0);
  await show(true);
  expect(open).toHaveLength(1);
  stop();
});
