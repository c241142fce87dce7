/** A few features of each model, with the weights of an invented linear model. */
import type { FeatureSchema, FeatureValues, Kind, LocalScorer } from "../src/lib/workspace/types";

type Feature = FeatureSchema["features"][number];
type Line = readonly [name: string, label: string, unit: string, min: number, max: number, weight: number, how: string, missing?: boolean];

const lines: Readonly<Record<Kind, readonly Line[]>> = {
  lead: [
    ["sentiment_mean_30d", "Mood of the lead", "score", -1, 1, 22, "solve what bothers the lead"],
    ["agent_reply_median_min", "Typical reply time of the business", "min", 0, 10080, -14, "answer sooner", true],
    ["unanswered_outbound_streak", "Attempts without an answer", "count", 0, 50, -18, "wait before the next attempt"],
    ["hours_since_last_inbound", "Time since the lead last wrote", "h", 0, 8760, -20, "start a conversation"],
    ["inbound_msgs_30d", "Messages from the lead", "count", 0, 2000, 16, "invite an answer"],
    ["active_days_30d", "Days on which the lead wrote", "d", 0, 30, 12, "keep the conversation going"],
    ["high_intent_actions_30d", "Buttons, lists, flows, orders and product questions", "count", 0, 200, 24, "offer buttons or a product list"],
    ["negative_share_30d", "Share of negative messages", "ratio", 0, 1, -9, "solve what bothers the lead"],
    ["lead_age_days", "Age of the lead", "d", 0, 1825, -5, ""],
    ["from_paid_ad", "Came from a paid ad", "bool", 0, 1, -3, ""],
  ],
  churn: [
    ["days_since_last_inbound", "Time since the customer last wrote", "d", 0, 1825, 0.3, "start a conversation"],
    ["days_since_last_purchase", "Time since the last purchase", "d", 0, 1825, 0.2, "make an offer", true],
    ["inactivity_ratio", "Silence against the usual rhythm", "ratio", 0, 50, 0.25, "start a conversation"],
    ["sentiment_mean_30d", "Mood, last 30 days", "score", -1, 1, -0.12, "solve what bothers the customer", true],
    ["revenue_90d", "Revenue, last 90 days", "x median", -100, 1000, -0.2, "make an offer"],
    ["csat_mean_180d", "Satisfaction rating", "1-5", 1, 5, -0.15, "solve what bothers the customer", true],
    ["reopened_share_180d", "Share of conversations opened again", "ratio", 0, 1, 0.1, "resolve for good"],
    ["customer_age_days", "Age of the customer", "d", 0, 3650, -0.05, ""],
    ["marketing_opted_out", "Opted out of marketing", "bool", 0, 1, 0.1, ""],
  ],
  engagement: [
    ["hour_inbound_share", "How often the contact writes at this hour", "ratio", 0, 1, 1.4, "choose another hour"],
    ["sends_7d", "Sends, last 7 days", "count", 0, 50, -1.1, "send less often"],
    ["hours_since_last_send", "Time since the last send", "h", 0, 2160, 0.6, "wait"],
    ["unanswered_sends", "Sends in a row without engagement", "count", 0, 50, -1.2, "pause"],
    ["message_chars_ln", "Length of the message", "ln", 0, 9, -0.4, "write shorter"],
    ["has_buttons", "Buttons", "bool", 0, 1, 0.5, "offer buttons"],
    ["reply_rate_90d", "Share of sends answered", "ratio", 0, 1, 1.5, ""],
  ],
};

const base: Readonly<Record<Kind, number>> = { lead: 39, churn: 0.36, engagement: -1.5 };

export function schema(kind: Kind): FeatureSchema {
  const features = lines[kind].map(([name, label, unit, minimum, maximum, weight, how, missing]): Feature => ({
    name,
    label,
    unit,
    minimum,
    maximum,
    category: "invented",
    definition: `${label}, invented for development.`,
    window: { kind: "days", days: 30 },
    missing: missing ? { kind: "missing" } : { kind: "value", value: 0 },
    ...(how === "" ? {} : { actionable: { direction: (weight > 0) === (kind === "churn") ? "lower" : "raise", how } }),
  }));
  return { model: kind, feature_set: `${kind}/1`, feature_set_hash: "x64:0", count: features.length, features };
}

export function featureValues(kind: Kind, random: () => number): FeatureValues {
  return Object.fromEntries(
    lines[kind].map(([name, , unit, min, max, , , missing]) => {
      const u = random();
      if (missing && u < 0.3) return [name, null];
      if (unit === "bool") return [name, u < 0.3 ? 1 : 0];
      const value = max - min > 20 ? Math.max(min, 0) + (max - Math.max(min, 0)) * u ** 6 : min + (max - min) * u;
      return [name, unit === "count" || unit === "d" ? Math.round(value) : value];
    }),
  );
}

/** Where a value stands in its range, -0.5 to 0.5; long ranges logarithmically. */
function place(value: number | null, min: number, max: number): number {
  if (value === null) return 0;
  if (max - min <= 20) return (value - min) / (max - min) - 0.5;
  return Math.log1p(Math.max(0, value)) / Math.log1p(max) - 0.5;
}

export function label(kind: Kind, value: number): string {
  if (kind === "lead") return value >= 80 ? "hot" : value >= 50 ? "warm" : value >= 25 ? "cold" : "unqualified";
  if (kind === "churn") return value >= 0.8 ? "critical" : value >= 0.6 ? "high" : value >= 0.3 ? "medium" : "low";
  return value >= 0.3 ? "high" : value >= 0.15 ? "medium" : "low";
}

export function scorer(kind: Kind): LocalScorer {
  return {
    kind,
    ownCutoffs: [],
    score(values) {
      const contributions: Record<string, number> = {};
      let margin = base[kind];
      for (const [name, , , min, max, weight] of lines[kind]) {
        const share = weight * place(values[name] ?? null, min, max);
        contributions[name] = share;
        margin += share;
      }
      const value =
        kind === "lead"
          ? Math.min(100, Math.max(0, margin))
          : kind === "churn"
            ? Math.min(0.99, Math.max(0.01, margin))
            : 1 / (1 + Math.exp(-margin));
      return { value, label: label(kind, value), baseValue: base[kind], margin, contributions };
    },
  };
}
