/** Words and tones of tiers, risk levels and engagement levels: one place, so that a level looks alike
 *  everywhere. A tone never carries the meaning alone: the word stands beside it. */

export type Tone = "good" | "warn" | "bad" | "info" | "neutral";

const tones: Readonly<Record<string, Tone>> = {
  // lead tiers
  hot: "bad",
  warm: "warn",
  cold: "info",
  unqualified: "neutral",
  // churn risk
  critical: "bad",
  high: "warn",
  medium: "info",
  low: "good",
};

/** Tone of a level by its name; `high` engagement is good where `high` risk is not. */
export function tone(level: string, kind: "lead" | "churn" | "engagement"): Tone {
  if (kind === "engagement") return level === "high" ? "good" : level === "medium" ? "info" : "neutral";
  return tones[level] ?? "neutral";
}

/** `no_interest` -> `No interest`. */
export function words(name: string): string {
  const spaced = name.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** What the scores of these kinds come from: the models that are shipped. Nothing of no kind. */
export function shippedWords(shipped: readonly string[]): string {
  if (shipped.length === 0) return "";
  const [last, ...before] = shipped.toReversed();
  const names = before.length === 0 ? last! : `${before.toReversed().join(", ")} and ${last}`;
  return `Scores of ${names} come from the shipped model${shipped.length > 1 ? "s" : ""}, trained on simulated data.`;
}

/** Which model it was, by its version and state: a service's version of a number, or the shipped one. */
export function modelWords(version: string, state: string): string {
  if (version === "prior") return "Shipped model, trained on simulated data";
  return `Model ${version}${state === "ready" ? "" : ` (${state})`}`;
}
