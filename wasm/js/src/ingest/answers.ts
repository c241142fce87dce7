/** The answers of the HTTP service, as `docs/API.md` describes them. */
import type {
  ContributionSpace,
  EngagementLevel,
  ModelState,
  RiskLevel,
  Tier,
} from "../results.js";

/** How much of the explanation to give. */
export type Explain = "none" | "top" | "full";

/** The model behind an answer. */
export interface ModelRef {
  readonly name: string;
  readonly version: string;
  readonly alias?: string;
  readonly state: ModelState;
  readonly trained_through: string;
  readonly feature_set: string;
  readonly feature_set_hash: string;
}

/** Model, instant and place of an answer. */
export interface Origin {
  readonly as_of: string;
  readonly computed_on: "browser" | "edge" | "native";
  readonly model: ModelRef;
}

/** The share of one feature in one prediction. */
export interface AnswerFactor {
  readonly feature: string;
  readonly label: string;
  readonly value: number | null;
  readonly contribution: number;
  readonly direction: "positive" | "negative" | "neutral";
  readonly reason: string;
}

/** Why; there where it was asked for. */
export interface Because {
  readonly base_value?: number;
  readonly margin?: number;
  readonly contribution_space?: ContributionSpace;
  readonly top_factors?: readonly AnswerFactor[];
}

/** What to know before relying on an answer. */
export interface Warning {
  readonly code: string;
  readonly feature?: string;
}

/** One thing to do, and why. */
export interface Recommendation {
  readonly rank: number;
  readonly action: string;
  readonly title: string;
  readonly reason: string;
  readonly trigger_features: readonly string[];
  readonly channel: string;
  readonly allowed: boolean;
  readonly estimated_effect: number | null;
}

/** What would have led to another result. */
export interface AnswerCounterfactual {
  readonly target: string;
  readonly reachable: boolean;
  readonly changes: readonly {
    readonly feature: string;
    readonly label: string;
    readonly from: number | null;
    readonly to: number;
    readonly how: string;
  }[];
  readonly value: number;
}

interface Told {
  readonly suppressed?: "objected";
  readonly missing_features: readonly string[];
  readonly warnings: readonly Warning[];
}

/** The score of a lead. */
export interface LeadPrediction extends Because, Origin, Told {
  readonly lead_id: string | null;
  readonly lead_score: number | null;
  readonly quality_tier: Tier | null;
  readonly confidence: number | null;
  readonly score_interval: readonly [number, number] | null;
  readonly trend: { readonly previous: number; readonly direction: "up" | "down" | "stable" } | null;
  readonly recommended_action: string | null;
  readonly recommendation: Recommendation | null;
  readonly counterfactual?: AnswerCounterfactual;
}

/** The churn risk of a customer. */
export interface ChurnPrediction extends Because, Origin, Told {
  readonly customer_id: string | null;
  readonly churn_probability: number;
  readonly risk_level: RiskLevel;
  readonly horizon_days: number;
  readonly expected_value_at_risk: number | null;
  readonly confidence: number;
  readonly retention_recommendations: readonly Recommendation[];
  readonly counterfactual?: AnswerCounterfactual;
}

/** The probability of a reply to one send. */
export interface EngagementPrediction extends Because, Origin, Told {
  readonly contact_id: string | null;
  readonly engagement_probability: number | null;
  readonly level: EngagementLevel | null;
  readonly baseline_probability: number | null;
  readonly lift: number | null;
  readonly confidence: number | null;
  readonly recommendations: readonly string[];
}

/** One hour of a plan. */
export interface AnswerHour {
  readonly hour: number;
  readonly send_at: string;
  readonly probability: number;
  readonly lower: number;
  readonly upper: number;
  readonly allowed: boolean;
  readonly blocked_by?: string;
  readonly blocks?: readonly string[];
}

/** The best hour to write. */
export interface OptimalTime extends Because, Origin {
  readonly contact_id: string | null;
  readonly suppressed?: "objected";
  readonly optimal_hour: number | null;
  readonly optimal_send_at: string | null;
  readonly engagement_probability: number | null;
  readonly confidence: number;
  readonly evidence_sends: number;
  readonly hourly: readonly AnswerHour[];
  readonly alternatives: readonly number[];
  readonly fallback_used: boolean;
  readonly propensity: number;
  readonly policy: string;
  readonly constraints: {
    readonly window_open: boolean;
    readonly template_required: boolean;
    readonly marketing_limited: boolean;
  } | null;
  readonly warnings: readonly Warning[];
}

/** Everything about one prediction. */
export interface ModelExplanation extends Origin, Told {
  readonly contact_id: string | null;
  readonly value: number | null;
  readonly label: string | null;
  readonly base_value: number | null;
  readonly margin: number | null;
  readonly contribution_space: ContributionSpace | null;
  readonly contributions: readonly AnswerFactor[];
  readonly counterfactual: AnswerCounterfactual | null;
  readonly interactions?: {
    readonly features: readonly string[];
    readonly values: readonly (readonly number[])[];
  };
}

/** A contact of a log. */
export interface LogContact {
  readonly contact_id: string;
  readonly name: string | null;
  readonly phone: string | null;
  readonly country: string | null;
  readonly events: number;
  readonly first_activity_at: string;
  readonly last_activity_at: string;
  readonly consent: {
    readonly marketing_allowed: boolean;
    readonly opted_out: boolean;
    readonly objected: boolean;
    readonly block_suspected: boolean;
  };
  /** Whether the contact is an open lead: whom lead scores speak about. */
  readonly open_lead: boolean;
  /** Whether the contact wrote or paid within 30 days: whom churn risks speak about. */
  readonly active_customer: boolean;
}

/** A message, for a view of the conversation. */
export interface Message {
  readonly message_id: string;
  readonly contact_id: string;
  readonly at: string;
  readonly at_ms: number;
  readonly direction: "inbound" | "outbound";
  readonly kind: string;
  /** Name of the contact, or of the agent; null where it is not known. */
  readonly author: string | null;
  /** The text; null where the message had none. */
  readonly text: string | null;
}

/** What became of an input. */
export interface ReadReport {
  /** Events that are new. */
  readonly accepted: number;
  /** Events that the log had already. */
  readonly duplicates: number;
  /** Pieces of input that made no event. */
  readonly rejected: number;
  /** The first hundred of them. */
  readonly rejects: readonly {
    readonly place: string;
    readonly code: string;
    readonly detail: string;
  }[];
  /** Every message of the input, duplicates included. Texts are here and nowhere else. */
  readonly messages: readonly Message[];
}

/** What became of a chat export, and how it was read. */
export interface ExportReport extends ReadReport {
  readonly export: {
    readonly inbound: number;
    readonly outbound: number;
    readonly passed_over: number;
    readonly quoted: number;
    readonly out_of_order: number;
    readonly contacts: number;
    readonly date_order: DateOrder;
    readonly date_order_is: "stated" | "certain" | "rising" | "assumed";
    readonly seconds: boolean;
  };
}

/** One feature of a kind of model, with its definition in words. */
export interface FeatureInfo {
  readonly name: string;
  readonly label: string;
  readonly category: string;
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly window: { readonly kind: string; readonly days?: number | null };
  readonly missing: Readonly<Record<string, unknown>>;
  readonly actionable: { readonly direction: string; readonly how: string } | null;
  readonly definition: string;
}

/** The features of a kind of model: the answer of `GET /api/v1/features/{model}/schema`. */
export interface FeatureSchema {
  readonly model: string;
  readonly feature_set: string;
  readonly feature_set_hash: string;
  readonly count: number;
  readonly features: readonly FeatureInfo[];
}

/** Order of day, month and year in dates. */
export type DateOrder = "day_first" | "month_first" | "year_first";
