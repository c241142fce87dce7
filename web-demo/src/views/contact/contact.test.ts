import { expect, test, vi } from "vitest";
import type { LiveChange, LocalScorer, Workspace } from "../../lib/workspace/types";
import { ContactData, sameBasis, type WhatIf } from "./contact.svelte";

const whatIf = (mood: number, value: number): WhatIf => ({
  features: { mood },
  schema: { features: [] } as unknown as WhatIf["schema"],
  scorer: { score: () => ({ value, label: "hot", margin: value }) } as unknown as LocalScorer,
});

test("sliders begin anew when the contact or the model is another", () => {
  const one = whatIf(0.1, 50);
  expect([sameBasis(one, one), sameBasis(one, whatIf(0.1, 50)), sameBasis(one, whatIf(0.2, 50)), sameBasis(one, whatIf(0.1, 60))]).toEqual([true, true, false, false]);
});

test("mood and sliders are asked for again with the scores", async () => {
  vi.useFakeTimers();
  let tell: (change: LiveChange | null) => void = () => undefined;
  const asked: string[] = [];
  const ask = (name: string) => async (kind: unknown) => {
    asked.push(`${name} ${String(kind)}`);
    return {};
  };
  const names = ["contact", "lead", "churn", "engagement", "scores", "optimalTime", "features", "schema", "scorer"];
  const workspace = {
    abilities: { conversations: false },
    watch: (onChange: typeof tell) => {
      tell = onChange;
      return () => undefined;
    },
    ...Object.fromEntries(names.map((name) => [name, ask(name)])),
  } as unknown as Workspace;
  const data = new ContactData(workspace, "a");
  data.whatIf("lead");
  asked.splice(0);
  tell(null);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual(expect.arrayContaining(["lead a", "features churn", "features lead", "scorer lead"]));
  data.close();
  vi.useRealTimers();
});
