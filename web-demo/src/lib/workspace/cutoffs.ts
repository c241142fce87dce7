/** Cut-offs between levels: the team's own from the settings, or the model's. */
import type { Kind, SettingsPatch, TenantSettings } from "./types";

/** The levels that begin at a cut-off, highest first: all but the lowest. */
export const cutLevels = {
  lead: ["hot", "warm", "cold"],
  churn: ["critical", "high", "medium"],
  engagement: ["high", "medium"],
} as const satisfies Readonly<Record<Kind, readonly string[]>>;

/** The setting of each kind. */
export const cutField = {
  lead: "lead_cutoffs",
  churn: "churn_cutoffs",
  engagement: "engagement_cutoffs",
} as const satisfies Readonly<Record<Kind, keyof SettingsPatch>>;

/** A lead score, a probability of churn, or a multiple of the usual rate of replies is at most this. */
export const cutMost: Readonly<Record<Kind, number>> = { lead: 100, churn: 1, engagement: 100 };

/** Values by level, as settings hold them. */
type ByLevel = Readonly<Record<string, number>>;

/** What the team chose, falling; null for the model's own. */
export function cutoffsOf(settings: Partial<TenantSettings>, kind: Kind): readonly number[] | null {
  const chosen = settings[cutField[kind]] as ByLevel | null | undefined;
  return chosen ? cutLevels[kind].map((level) => chosen[level] ?? NaN) : null;
}

/** Falling values as settings hold them. */
export function byLevel(kind: Kind, falling: readonly number[]): ByLevel {
  return Object.fromEntries(cutLevels[kind].map((level, at) => [level, falling[at] ?? NaN]));
}

/** What is wrong with values, by level; the service and the module refuse the same. */
export function cutoffFaults(kind: Kind, falling: readonly number[]): ReadonlyMap<string, string> {
  const [levels, most] = [cutLevels[kind], cutMost[kind]];
  const faults = new Map<string, string>();
  levels.forEach((level, at) => {
    const value = falling[at] ?? NaN;
    if (!(value > 0 && value <= most)) faults.set(level, "range");
    else if (at > 0 && value >= (falling[at - 1] ?? NaN)) faults.set(level, levels[at - 1] ?? "");
  });
  return faults;
}
