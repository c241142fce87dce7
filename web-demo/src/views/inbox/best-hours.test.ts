import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SendHours } from "../../lib/workspace/types";
import { BestHours } from "./best-hours.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ids = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

/** Hours of a workspace that gives the number of the question as the best hour. */
function given() {
  const state = { failing: false, asked: [] as (readonly string[])[], wait: 0 };
  const hours = new BestHours({
    async sendHours(of, _, signal) {
      state.asked.push(of);
      const best = state.asked.length;
      await new Promise((done) => setTimeout(done, state.wait));
      signal.throwIfAborted();
      if (state.failing) throw new Error("no");
      return of.map((contactId): SendHours => ({ contactId, hours: [], now: null, best, sendAt: null, blockedBy: null }));
    },
  });
  return { hours, state };
}

it("asks until nothing in sight is missing, and once an hour", async () => {
  const { hours, state } = given();
  hours.want(ids(100));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(state.asked.map((of) => of.length)).toEqual([40, 40, 20]);
  hours.want(ids(30));
  await vi.advanceTimersByTimeAsync(3_500_000);
  expect(state.asked).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(state.asked.map((of) => of.length)).toEqual([40, 40, 20, 30]);
  expect(hours.of("c7")?.best).toBe(4);
  hours.close();
});

it("asks again after a change, however many follow, and shows the old hours until then", async () => {
  const { hours, state } = given();
  hours.want(ids(3));
  await vi.advanceTimersByTimeAsync(1_000);
  for (let times = 0; times < 60; times += 1) {
    hours.renew("c1");
    expect(hours.of("c1")?.best).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(state.asked.slice(1)).toEqual([["c1"], ["c1"]]);
  hours.renew();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(state.asked.at(-1)).toEqual(ids(3));
  hours.close();
});

it("does not take an answer for new that was asked for before the change", async () => {
  const { hours, state } = given();
  state.wait = 500;
  hours.want(["c0"]);
  await vi.advanceTimersByTimeAsync(400);
  hours.renew("c0");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.asked).toHaveLength(2);
  expect(hours.of("c0")?.best).toBe(2);
  hours.close();
});

it("keeps no failure", async () => {
  const { hours, state } = given();
  state.failing = true;
  hours.want(["c0"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(hours.of("c0")).toBeUndefined();
  state.failing = false;
  await vi.advanceTimersByTimeAsync(31_000);
  expect(hours.of("c0")?.best).toBe(2);
  hours.close();
});
