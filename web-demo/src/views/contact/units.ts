/** Values of features and contributions in words, by their units. */
import { formatNumber, formatShare } from "../../lib/ui/format";
import type { ModelExplanation } from "../../lib/workspace/types";

/** The unit of contributions. */
export type Space = NonNullable<ModelExplanation["contribution_space"]>;

const signed = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2, minimumFractionDigits: 2, signDisplay: "exceptZero" });
const signedTenth = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, minimumFractionDigits: 1, signDisplay: "exceptZero" });
const tenth = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const hundredth = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2, minimumFractionDigits: 2 });

const plural = (value: number, one: string, many: string): string =>
  `${tenth.format(value)} ${Math.abs(value) === 1 ? one : many}`;

/** Minutes, hours or days as people would say them. */
function duration(minutes: number): string {
  if (minutes < 90) return `${tenth.format(minutes)} min`;
  if (minutes < 2 * 1440) return plural(minutes / 60, "hour", "hours");
  return plural(minutes / 1440, "day", "days");
}

/** A value of a feature with its unit; `Unknown` when it is missing. */
export function formatFeature(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "Unknown";
  switch (unit) {
    case "min":
      return duration(value);
    case "h":
      return duration(value * 60);
    case "d":
      return plural(value, "day", "days");
    case "ratio":
    case "prob":
      // Not every ratio is a share: some run to 50, some below 0.
      return value >= 0 && value <= 1 ? formatShare(value) : formatNumber(value);
    case "bool":
      return value >= 0.5 ? "Yes" : "No";
    case "score":
      return signed.format(value);
    case "x median":
      return `${formatNumber(value)} × median`;
    default:
      return formatNumber(value);
  }
}

/** A contribution, a difference of margins. */
export function formatContribution(value: number, space: Space): string {
  if (space === "score") return signedTenth.format(value);
  if (space === "probability") return `${signedTenth.format(value * 100)} pp`;
  return signed.format(value);
}

/** A margin or base value. */
export function formatMargin(value: number, space: Space): string {
  if (space === "score") return tenth.format(value);
  if (space === "probability") return formatShare(value);
  return hundredth.format(value);
}

/** A lead score of 0-100, or a probability. */
export function formatScore(value: number, kind: string): string {
  return kind === "lead" ? tenth.format(value) : formatShare(value);
}

/** A change of a lead score, or of a probability in percentage points. */
export function formatDelta(value: number, kind: string): string {
  return formatContribution(value, kind === "lead" ? "score" : "probability");
}

/** The unit of contributions in words. */
export const spaceWords: Readonly<Record<Space, string>> = {
  score: "points of the score",
  probability: "percentage points",
  log_odds: "log-odds",
  margin: "units of the margin",
};
