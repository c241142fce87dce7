/** The cards of the shipped models, which lie beside each, and what is read of any card. */
import churnCard from "../../../../../models/churn/1/MODEL_CARD.md?raw";
import churnMetadata from "../../../../../models/churn/1/metadata.json";
import engagementCard from "../../../../../models/engagement/1/MODEL_CARD.md?raw";
import engagementMetadata from "../../../../../models/engagement/1/metadata.json";
import leadCard from "../../../../../models/lead/1/MODEL_CARD.md?raw";
import leadMetadata from "../../../../../models/lead/1/metadata.json";
import type { FeatureSchema, Importance, ImportanceMethod, Kind } from "../types";
import { WorkspaceError } from "../types";

/** What is read of a card (`card.json`, or the document beside a shipped model). */
export interface Metadata {
  readonly evaluation: {
    readonly simulated: boolean;
    readonly counts: { readonly data_until_ms: number };
    readonly metrics: Readonly<Record<string, { readonly value: number } | null>>;
    readonly importance: readonly { readonly feature: string; readonly mean_abs_shap: number; readonly permutation: number }[];
  };
}

export const shippedMetadata: Readonly<Record<Kind, Metadata>> = {
  lead: leadMetadata,
  churn: churnMetadata,
  engagement: engagementMetadata,
};

/** For people, Markdown. */
export const shippedCards: Readonly<Record<Kind, string>> = { lead: leadCard, churn: churnCard, engagement: engagementCard };

/** Shares of the whole, greatest first. A feature whose shuffling helped weighs nothing. */
export function importanceOf(
  { evaluation }: Metadata,
  kind: Kind,
  { version, state }: { readonly version: string; readonly state: string },
  method: ImportanceMethod,
  schema: FeatureSchema,
): Importance {
  if (method === "gain") {
    throw new WorkspaceError("importance_unavailable", "Gain is worked out by a service; the card has the other two.");
  }
  const category = new Map(schema.features.map((feature) => [feature.name, feature.category]));
  const weights = evaluation.importance.map((entry) => [entry.feature, Math.max(0, entry[method])] as const);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0) || 1;
  const features = weights
    .sort(([, a], [, b]) => b - a)
    .map(([feature, weight], at) => ({
      feature,
      category: category.get(feature) ?? "",
      importance: weight / total,
      rank: at + 1,
      direction: null,
    }));
  const byCategory: Record<string, number> = {};
  for (const { category: name, importance: share } of features) byCategory[name] = (byCategory[name] ?? 0) + share;
  return {
    model: {
      name: kind,
      version,
      state,
      feature_set: schema.feature_set,
      feature_set_hash: schema.feature_set_hash,
      trained_through: new Date(evaluation.counts.data_until_ms).toISOString(),
    },
    method,
    features,
    by_category: byCategory,
  };
}
