import { expect, it } from "vitest";
import { scale, steps, summary, type Factor } from "./waterfall";

const factor = (feature: string, contribution: number): Factor => ({
  feature, label: feature, reason: feature, contribution, direction: contribution > 0 ? "positive" : "negative",
});
const factors = [factor("a", 1), factor("b", -8), factor("c", 3), factor("d", 2), factor("e", -4), factor("f", 0.5), factor("g", 0.5)];

it("goes from the base value by the heaviest factors to the margin", () => {
  const all = steps(40, 35, factors);
  expect(all.map((step) => (step.type === "factor" ? step.factor.feature : step.type))).toEqual(
    ["base", "b", "e", "c", "d", "a", "others", "margin"],
  );
  // Each bar begins where the one before ends.
  for (let at = 1; at < all.length; at += 1) {
    const step = all[at]!;
    if ("from" in step) expect(step.from).toBeCloseTo(all[at - 1]!.to);
  }
  expect(all.at(-2)).toMatchObject({ type: "others", count: 2, to: 35 });
});

it("has no rest when every factor is shown", () => {
  expect(steps(40, 35, factors, factors.length).some(({ type }) => type === "others")).toBe(false);
  expect(steps(1, 1, []).map(({ type }) => type)).toEqual(["base", "margin"]);
});

it("keeps every bar inside the drawing", () => {
  const all = steps(40, 35, factors);
  const x = scale(all);
  for (const step of all) {
    expect(x(step.to)).toBeGreaterThanOrEqual(0);
    expect(x(step.to)).toBeLessThanOrEqual(100);
  }
  expect(scale(steps(1, 1, []))(1)).toBe(3);
});

it("names the two heaviest reasons", () => {
  expect(summary(factors)).toMatchObject({ raises: { feature: "c" }, lowers: { feature: "b" } });
  expect(summary([])).toEqual({ raises: null, lowers: null });
});
