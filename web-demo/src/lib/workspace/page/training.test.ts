import { beforeEach, expect, test, vi } from "vitest";
import type { TrainingJob } from "../types";
import type { PageLog } from "./log";

/** Threads that were begun. */
const threads: { postMessage: () => void; terminate: () => void }[] = [];
const loads: (() => void)[] = [];
/** Ends the loading of the module for whoever waits. */
const loaded = (): void => loads.splice(0).forEach((end) => end());

vi.mock("$train-worker", () => ({
  default: class extends EventTarget {
    postMessage = () => undefined;
    terminate = vi.fn();
    constructor() {
      super();
      threads.push(this);
    }
  },
}));
vi.mock("../bytes", () => ({ loadBytes: () => new Promise<Uint8Array>((resolve) => loads.push(() => resolve(new Uint8Array()))) }));

const { trainOnPage } = await import("./training");

const add = vi.fn(() => "1");
const log = { lines: () => new Uint8Array(), models: { champion: () => undefined, file: () => new Uint8Array(), add } } as unknown as PageLog;

beforeEach(() => void threads.splice(0));

test("a training that is cancelled while its module is loaded never begins", async () => {
  const cancelling = new AbortController();
  const training = trainOnPage(log, "lead", () => undefined, cancelling.signal);
  cancelling.abort();
  loaded();
  await expect(training).rejects.toThrow(/aborted/);
  expect([threads.length, add.mock.calls.length]).toEqual([0, 0]);
});

test("a training that is cancelled later ends its thread", async () => {
  const cancelling = new AbortController();
  const training = trainOnPage(log, "lead", () => undefined, cancelling.signal);
  loaded();
  await expect.poll(() => threads.length).toBe(1);
  cancelling.abort();
  await expect(training).rejects.toThrow(/aborted/);
  expect(threads[0]!.terminate).toHaveBeenCalled();
});

test("a job keeps its number while others begin", async () => {
  const ids: string[][] = [[], []];
  const cancelling = new AbortController();
  const trainings = ids.map((seen) => trainOnPage(log, "lead", (job: TrainingJob) => seen.push(job.job_id), cancelling.signal).catch(() => undefined));
  loaded();
  await expect.poll(() => threads.length).toBe(2);
  for (const thread of threads) (thread as unknown as EventTarget).dispatchEvent(new MessageEvent("message", { data: { step: { stage: "a", share: 0.5 } } }));
  cancelling.abort();
  await Promise.all(trainings);
  expect(ids.map((seen) => new Set(seen).size)).toEqual([1, 1]);
  expect(ids[0]![0]).not.toBe(ids[1]![0]);
});
