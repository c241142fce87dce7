/** What models answer. */

/** What a model is for; `custom` is a model over one's own columns. */
export type ModelKind = "lead" | "churn" | "engagement" | "custom";

/** How much a model may be trusted: shipped and trained on simulated data, on little data, or validated. */
export type ModelState = "prior" | "provisional" | "ready";

/** Tier of a lead, lowest first. */
export type Tier = "unqualified" | "cold" | "warm" | "hot";

/** Level of churn risk, lowest first. */
export type RiskLevel = "low" | "medium" | "high" | "critical";

/** Level of the probability of a reply against the base rate, lowest first. */
export type EngagementLevel = "low" | "medium" | "high";

/** The unit of margins and contributions. */
export type ContributionSpace = "score" | "probability" | "log_odds" | "margin";

/** The share of one feature in one score. */
export interface Factor {
  /** Name of the feature. */
  readonly feature: string;
  /** Its label for people. */
  readonly label: string;
  /** Its value; null when missing. */
  readonly value: number | null;
  /** Its share of the margin. */
  readonly contribution: number;
  /** Whether it raises or lowers the margin. */
  readonly direction: "positive" | "negative" | "neutral";
}

/** Why: `baseValue` plus the contributions of all features is `margin`. */
export interface Explanation {
  /** Expected margin over the training rows. */
  readonly baseValue: number;
  /** The model's output before link and calibration. */
  readonly margin: number;
  /** The unit of both and of the contributions. */
  readonly contributionSpace: ContributionSpace;
  /** The contribution of every feature, in the order of the model's features. */
  readonly contributions: Float64Array;
  /** The factors that were asked for, heaviest first. */
  readonly factors: readonly Factor[];
}

interface Common {
  /** The model's output before link and calibration. */
  readonly margin: number;
  /** Names of the features without a value. */
  readonly missingFeatures: readonly string[];
  /** Why, where it was asked for. */
  readonly explanation?: Explanation;
}

/** How good a lead is. */
export interface LeadScore extends Common {
  readonly kind: "lead";
  /** 0 to 100: the expected outcome on the rungs of the funnel (won = 100). */
  readonly value: number;
  /** Tier, by the model's cut-offs. */
  readonly level: Tier;
  /** Where the outcome of such leads falls with the model's stated coverage; null when the model has none. */
  readonly interval: readonly [number, number] | null;
  /** 0 to 1: how far the score may be relied on. */
  readonly confidence: number;
}

/** How likely a customer is to fall silent. */
export interface ChurnScore extends Common {
  readonly kind: "churn";
  /** 0 to 1: no message and no purchase within the horizon. */
  readonly value: number;
  /** Level, by the model's cut-offs. */
  readonly level: RiskLevel;
  /** The horizon of the model, days. */
  readonly horizonDays: number;
  /** Probability times what the customer paid in the last 365 days; null for a business without purchases. */
  readonly expectedValueAtRisk: number | null;
  /** 0 to 1: how far the probability may be relied on. */
  readonly confidence: number;
}

/** How likely a contact is to answer one send. */
export interface EngagementScore extends Common {
  readonly kind: "engagement";
  /** 0 to 1: a reply, button or link within 24 hours of delivery. */
  readonly value: number;
  /** Level, by the model's multiples of the base rate. */
  readonly level: EngagementLevel;
  /** The base rate, 0 to 1. */
  readonly baseline: number;
  /** Probability over base rate. */
  readonly lift: number;
  /** 0 to 1: how far the probability may be relied on. */
  readonly confidence: number;
}

/** What a model over one's own columns says. */
export interface CustomScore extends Common {
  readonly kind: "custom";
  /** The prediction, after link and calibration. */
  readonly value: number;
}

/** What a model says of one row; `kind` tells which. */
export type Score = LeadScore | ChurnScore | EngagementScore | CustomScore;

/** What a model of the kind `K` says of one row. */
export type ScoreOf<K extends ModelKind> = Extract<Score, { readonly kind: K }>;

/** The level that a model of the kind `K` gives. */
export type LevelOf<K extends ModelKind> = ScoreOf<K> extends { readonly level: infer L } ? L : never;
