/** Answers of the invented model, in the form of the service's. */
import type {
  ChurnPrediction, Contact, EngagementPrediction, FeatureValues, Kind, LeadPrediction, ModelExplanation, OptimalTime,
} from "../src/lib/workspace/types";
import { label, schema, scorer } from "./features";
import { generator } from "./random";

const origin = (kind: Kind) => ({
  as_of: new Date().toISOString(),
  computed_on: "native" as const,
  model: { name: kind, version: "3", alias: "champion", state: "ready", trained_through: "2026-11-01T00:00:00Z", feature_set: `${kind}/1`, feature_set_hash: "x64:0" },
});
const spaces = { lead: "score", churn: "probability", engagement: "log_odds" } as const;

export function explanation(kind: Kind, contact: Contact, values: FeatureValues): ModelExplanation {
  const suppressed = contact.consent.objected && kind !== "churn";
  const result = scorer(kind).score(values);
  const contributions = schema(kind)
    .features.map((feature) => {
      const contribution = result.contributions[feature.name] ?? 0;
      const value = values[feature.name] ?? null;
      const direction = contribution > 0 ? "positive" : contribution < 0 ? "negative" : "neutral";
      const reason = value === null ? `Nothing known: ${feature.label}` : `${feature.label}: ${value.toFixed(1)} ${feature.unit}`;
      return { feature: feature.name, label: feature.label, value, contribution, direction, reason } as const;
    })
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  if (suppressed) return { ...origin(kind), contributions: [], missing_features: [], suppressed: "objected", warnings: [] };
  const change = contributions.find((one) => schema(kind).features.find((feature) => feature.name === one.feature)?.actionable);
  const feature = schema(kind).features.find((one) => one.name === change?.feature);
  return {
    ...origin(kind),
    contact_id: contact.contact_id,
    value: result.value,
    label: result.label,
    base_value: result.baseValue,
    margin: result.margin,
    contribution_space: spaces[kind],
    contributions: [...contributions],
    counterfactual:
      change && feature
        ? {
            target: label(kind, kind === "churn" ? result.value - 0.25 : kind === "lead" ? result.value + 25 : result.value + 0.15),
            reachable: true,
            value: kind === "churn" ? result.value - 0.25 : kind === "lead" ? result.value + 25 : result.value + 0.15,
            changes: [{ feature: feature.name, label: feature.label, from: change.value ?? null, to: (feature.minimum + feature.maximum) / 2, how: feature.actionable!.how }],
          }
        : null,
    missing_features: Object.keys(values).filter((name) => values[name] === null),
    warnings: [],
  };
}

export function leadAnswer(contact: Contact, values: FeatureValues): LeadPrediction {
  if (contact.consent.objected) return { ...origin("lead"), missing_features: [], warnings: [], suppressed: "objected" };
  const { value, label: tier } = scorer("lead").score(values);
  return {
    ...origin("lead"),
    lead_id: contact.contact_id,
    lead_score: value,
    quality_tier: tier as NonNullable<LeadPrediction["quality_tier"]>,
    confidence: 0.73,
    score_interval: [Math.max(0, value - 18), Math.min(100, value + 21)],
    trend: { previous: value - 4.2, direction: "up" },
    recommendation: { rank: 1, action: "send_proposal", title: "Send a proposal", reason: "Asked for a product 3 times in 30 days", trigger_features: ["high_intent_actions_30d"], channel: "agent", allowed: true, estimated_effect: null },
    recommended_action: "send_proposal",
    missing_features: [],
    warnings: [],
  };
}

export function churnAnswer(contact: Contact, values: FeatureValues): ChurnPrediction {
  const { value, label: level } = scorer("churn").score(values);
  const recommend = (rank: number, action: "personal_check_in" | "loyalty_benefit" | "ask_for_feedback" | "useful_content", title: string, reason: string, channel: "agent" | "marketing" | "chat") => ({
    rank, action, title, reason, channel, trigger_features: ["inactivity_ratio"],
    allowed: channel !== "marketing" || contact.consent.marketing_allowed, estimated_effect: null,
  });
  return {
    ...origin("churn"),
    customer_id: contact.contact_id,
    churn_probability: value,
    risk_level: level as ChurnPrediction["risk_level"],
    horizon_days: 30,
    confidence: 0.72,
    expected_value_at_risk: 120.5,
    retention_recommendations: [
      recommend(1, "personal_check_in", "Check in personally", "Silent for 2.1 times their usual gap", "agent"),
      recommend(2, "loyalty_benefit", "Offer a loyalty benefit", "Spent nothing in 90 days", "marketing"),
      recommend(3, "ask_for_feedback", "Ask for feedback", "No tone known for 90 days", "chat"),
      recommend(4, "useful_content", "Share something useful", "Had 1 conversation in 90 days", "marketing"),
    ],
    missing_features: Object.keys(values).filter((name) => values[name] === null),
    warnings: [],
  };
}

export function engagementAnswer(contact: Contact, values: FeatureValues): EngagementPrediction {
  if (contact.consent.objected) return { ...origin("engagement"), missing_features: [], recommendations: [], warnings: [], suppressed: "objected" };
  const { value, label: level } = scorer("engagement").score(values);
  return {
    ...origin("engagement"),
    contact_id: contact.contact_id,
    engagement_probability: value,
    baseline_probability: 0.217,
    lift: value / 0.217,
    level: level as NonNullable<EngagementPrediction["level"]>,
    confidence: 0.6,
    recommendations: ["Offer quick-reply buttons (48 % instead of 41 %)"],
    missing_features: [],
    warnings: [],
  };
}

export function optimalTime(seed: number): OptimalTime {
  const random = generator(seed + 5);
  const from = new Date();
  const hourly = Array.from({ length: 24 }, (_, step) => {
    const hour = (from.getHours() + 1 + step) % 24;
    const probability = 0.12 + 0.3 * Math.exp(-(((hour - 10 - (seed % 8)) / 4) ** 2)) + random() * 0.05;
    const blocks = hour < 8 || hour >= 21 ? (["quiet_hours"] as const) : hour === 12 ? (["opening_hours"] as const) : [];
    return {
      hour, probability, lower: probability * 0.6, upper: probability * 1.45, allowed: blocks.length === 0,
      send_at: new Date(from.getTime() + step * 3_600_000).toISOString(), blocks: [...blocks], blocked_by: blocks[0] ?? null,
    };
  });
  const best = hourly.filter((one) => one.allowed).reduce((a, b) => (b.probability > a.probability ? b : a));
  return {
    ...origin("engagement"),
    optimal_hour: best.hour, optimal_send_at: best.send_at, engagement_probability: best.probability, hourly,
    alternatives: [9, 11, 14], confidence: 0.4, evidence_sends: 12, fallback_used: false, policy: "greedy", propensity: 1,
    constraints: { window_open: true, template_required: false, marketing_limited: false }, warnings: [],
  };
}
