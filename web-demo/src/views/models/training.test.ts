import { expect, test } from "vitest";
import type { Workspace } from "../../lib/workspace/types";
import { beginTraining, endings, trainings } from "./training.svelte";

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
