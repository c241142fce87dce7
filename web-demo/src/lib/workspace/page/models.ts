/** The shipped models as the view of models shows them: from the card that lies beside each. */
import churnCard from "../../../../../models/churn/1/MODEL_CARD.md?raw";
import churnMetadata from "../../../../../models/churn/1/metadata.json";
import engagementCard from "../../../../../models/engagement/1/MODEL_CARD.md?raw";
import engagementMetadata from "../../../../../models/engagement/1/metadata.json";
import leadCard from "../../../../../models/lead/1/MODEL_CARD.md?raw";
import leadMetadata from "../../../../../models/lead/1/metadata.json";
import type { Evaluation } from "../evaluation";
import { readEvaluation } from "../evaluation";
import type { FeatureSchema, Importance, ImportanceMethod, Kind } from "../types";
import { WorkspaceError } from "../types";

/** What is read of the document beside a model. */
interface Metadata {
  readonly evaluation: {
    readonly counts: { readonly data_until_ms: number };
    readonly importance: readonly { readonly feature: string; readonly mean_abs_shap: number; readonly permutation: number }[];
  };
}

const metadata: Readonly<Record<Kind, Metadata>> = {
  lead: leadMetadata,
  churn: churnMetadata,
  engagement: engagementMetadata,
};
const cards: Readonly<Record<Kind, string>> = { lead: leadCard, churn: churnCard, engagement: engagementCard };

function evaluation(kind: Kind): Evaluation | null {
  return readEvaluation(metadata[kind]);
}

/** Shares of the whole, greatest first. A feature whose shuffling helped weighs nothing. */
function importance(kind: Kind, method: ImportanceMethod, schema: FeatureSchema): Importance {
  if (method === "gain") {
    throw new WorkspaceError("importance_unavailable", "Gain is worked out by a service; the card has the other two.");
  }
  const category = new Map(schema.features.map((feature) => [feature.name, feature.category]));
  const weights = metadata[kind].evaluation.importance.map((entry) => [entry.feature, Math.max(0, entry[method])] as const);
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
  const trained_through = new Date(metadata[kind].evaluation.counts.data_until_ms).toISOString();
  return {
    model: {
      name: kind,
      version: "prior",
      state: "prior",
      feature_set: schema.feature_set,
      feature_set_hash: schema.feature_set_hash,
      trained_through,
    },
    method,
    features,
    by_category: byCategory,
  };
}

/** The shipped models. */
export const shipped = { evaluation, importance, card: (kind: Kind): string => cards[kind] };
