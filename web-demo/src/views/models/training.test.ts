import { expect, test } from "vitest";
import type { Workspace } from "../../lib/workspace/types";
import { beginTraining, endings, keepTrainingsOf, trainingOf, trainings } from "./training.svelte";

/** A workspace whose training ends like this. */
const ending = (train: () => Promise<unknown>): Workspace => ({ train }) as unknown as Workspace;

test("every end of a training counts, whoever is there to see it", async () => {
  await beginTraining(ending(async () => ({ status: "succeeded" })), "lead");
  expect([endings.get("lead"), trainings.get("lead")?.running]).toEqual([1, false]);
  await beginTraining(ending(() => Promise.reject(new Error("no"))), "lead");
  expect([endings.get("lead"), trainings.get("lead")?.error]).toEqual([2, new Error("no")]);
  await beginTraining(ending(() => Promise.reject(new DOMException("", "AbortError"))), "lead");
  expect([endings.get("lead"), trainings.has("lead"), endings.has("churn")]).toEqual([3, false, false]);
});

test("a training of another workspace neither holds this one's back nor comes into it", async () => {
  const signals: AbortSignal[] = [];
  let tell: (job: unknown) => void = () => undefined;
  const demo = {
    place: "page",
    train: (_kind: string, onChange: typeof tell, signal: AbortSignal) => {
      tell = onChange;
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  } as unknown as Workspace;
  const own = ending(async () => ({ status: "refused" }));
  const training = beginTraining(demo, "churn");
  expect([trainingOf(demo, "churn")?.running, trainingOf(own, "churn")]).toEqual([true, undefined]);
  keepTrainingsOf(own);
  expect([signals[0]!.aborted, trainings.has("churn")]).toEqual([true, false]);
  await beginTraining(own, "churn");
  tell({ status: "training" });
  await training;
  expect(trainingOf(own, "churn")?.job?.status).toBe("refused");
});
