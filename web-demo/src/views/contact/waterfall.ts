/** The steps from what is usual to what this contact has: base value, contributions, margin. */
import type { ModelExplanation } from "../../lib/workspace/types";

export type Factor = ModelExplanation["contributions"][number];

/** A bar of the waterfall. */
export type Step =
  | { readonly type: "base" | "margin"; readonly to: number }
  | { readonly type: "factor"; readonly factor: Factor; readonly from: number; readonly to: number }
  | { readonly type: "others"; readonly count: number; readonly from: number; readonly to: number };

/** Contributions that are shown on their own before the rest is summed up. */
export const topCount = 5;

/** The steps in order: the heaviest `top` factors, then all others together when there are any. */
export function steps(base: number, margin: number, contributions: readonly Factor[], top = topCount): Step[] {
  const heaviest = [...contributions].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const shown = heaviest.slice(0, top);
  const rest = heaviest.slice(top);
  const result: Step[] = [{ type: "base", to: base }];
  let at = base;
  for (const factor of shown) {
    result.push({ type: "factor", factor, from: at, to: at + factor.contribution });
    at += factor.contribution;
  }
  if (rest.length > 0) result.push({ type: "others", count: rest.length, from: at, to: margin });
  result.push({ type: "margin", to: margin });
  return result;
}

/** Places values between 0 and 100, with a little air at both ends. */
export function scale(all: readonly Step[]): (value: number) => number {
  const values = all.flatMap((step) => ("from" in step ? [step.from, step.to] : [step.to]));
  const low = Math.min(...values);
  const width = Math.max(...values) - low || 1;
  return (value) => 3 + (94 * (value - low)) / width;
}

/** The sentence above the waterfall: how far from usual, and the two heaviest reasons. */
export function summary(contributions: readonly Factor[]): { readonly raises: Factor | null; readonly lowers: Factor | null } {
  const heaviest = (sign: number): Factor | null =>
    contributions.reduce<Factor | null>(
      (best, one) => (sign * one.contribution > sign * (best?.contribution ?? 0) ? one : best),
      null,
    );
  return { raises: heaviest(1), lowers: heaviest(-1) };
}
