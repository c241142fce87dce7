/** The package's modules and the shipped models, loaded once: what a log and its answers stand on. */
import { featureSchema, initIngest } from "chatsignal/slim/ingest";
import ingestUrl from "chatsignal/chatsignal-ingest.wasm?url";
import churnUrl from "../../../../../models/churn/1/model.csm?url";
import engagementUrl from "../../../../../models/engagement/1/model.csm?url";
import leadUrl from "../../../../../models/lead/1/model.csm?url";
import type { FeatureSchema, Kind } from "../types";
import { loadBytes } from "../bytes";

/** A shipped model as the package takes it. */
export type ShippedModels = Readonly<Record<Kind, Uint8Array>>;

export interface Engine {
  readonly models: ShippedModels;
  readonly schemas: Readonly<Record<Kind, FeatureSchema>>;
}

export async function loadEngine(): Promise<Engine> {
  const [lead, churn, engagement] = await Promise.all([
    loadBytes(leadUrl),
    loadBytes(churnUrl),
    loadBytes(engagementUrl),
    loadBytes(ingestUrl).then(initIngest),
  ]);
  const schema = (kind: Kind): FeatureSchema => featureSchema(kind) as FeatureSchema;
  return {
    models: { lead, churn, engagement },
    schemas: { lead: schema("lead"), churn: schema("churn"), engagement: schema("engagement") },
  };
}
