/** Everything that the page of one contact asks for; each thing on its own, so that one failure is one card's. */
import type { FeatureSchema, FeatureValues, Kind, LocalScorer, ModelExplanation, Workspace } from "../../lib/workspace/types";
import { Resource } from "./resource.svelte";

/** Live changes of the contact are gathered this long before the page asks again (milliseconds). */
const refreshAfter = 600;

/** What the sliders need. */
export interface WhatIf {
  readonly features: FeatureValues;
  readonly schema: FeatureSchema;
  readonly scorer: LocalScorer;
}

/** Whether sliders over both begin at the same values and lead to the same score. */
export function sameBasis(a: WhatIf, b: WhatIf): boolean {
  if (a === b) return true;
  if (JSON.stringify(a.features) !== JSON.stringify(b.features)) return false;
  const [one, other] = [a.scorer.score(a.features), b.scorer.score(b.features)];
  return one.value === other.value && one.label === other.label && one.margin === other.margin;
}

/** The data of one contact's page. */
export class ContactData {
  readonly contact;
  readonly lead;
  readonly churn;
  readonly engagement;
  readonly scores;
  readonly plan;
  readonly messages;
  /** Mood of the last 30 or else 90 days, -1 to 1; null where no tone is known. */
  readonly mood;
  #explanations = new Map<Kind, Resource<ModelExplanation>>();
  #schemas = new Map<Kind, Resource<FeatureSchema>>();
  #whatIfs = new Map<Kind, Resource<WhatIf>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #unwatch: () => void;

  constructor(
    readonly workspace: Workspace,
    readonly id: string,
  ) {
    this.contact = new Resource(() => workspace.contact(id));
    this.lead = new Resource(() => workspace.lead(id));
    this.churn = new Resource(() => workspace.churn(id));
    this.engagement = new Resource(() => workspace.engagement(id));
    this.scores = new Resource(() => workspace.scores(id));
    this.plan = new Resource(() => workspace.optimalTime(id));
    this.messages = workspace.abilities.conversations ? new Resource(() => workspace.messages(id)) : null;
    this.mood = new Resource(async () => {
      const { sentiment_mean_30d: month, sentiment_mean_90d: quarter } = await workspace.features("churn", id);
      return month ?? quarter ?? null;
    });
    this.#unwatch = workspace.watch((change) => {
      if (change === null || change.contact_id === id) this.#refreshSoon();
    });
  }

  /** The explanation by one model, asked for at its first use. */
  explanation(kind: Kind): Resource<ModelExplanation> {
    return remembered(this.#explanations, kind, () => this.workspace.explain(kind, this.id));
  }

  /** The features of one model, for their units; asked for at its first use. */
  schema(kind: Kind): Resource<FeatureSchema> {
    return remembered(this.#schemas, kind, () => this.workspace.schema(kind));
  }

  /** Features, schema and scorer of one model, asked for at their first use. */
  whatIf(kind: Kind): Resource<WhatIf> {
    return remembered(this.#whatIfs, kind, async () => {
      const { workspace, id } = this;
      const [features, schema, scorer] = await Promise.all([
        workspace.features(kind, id),
        workspace.schema(kind),
        workspace.scorer(kind),
      ]);
      return { features, schema, scorer };
    });
  }

  /** Ends watching. */
  close(): void {
    this.#unwatch();
    clearTimeout(this.#timer);
  }

  /** Asks again for what events and models change. Sliders that were moved keep their values (WhatIfSliders). */
  #refreshSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const all = [this.contact, this.lead, this.churn, this.engagement, this.scores, this.plan, this.messages, this.mood];
      for (const resource of [...all, ...this.#explanations.values(), ...this.#whatIfs.values()]) void resource?.load();
    }, refreshAfter);
  }
}

function remembered<T>(known: Map<Kind, Resource<T>>, kind: Kind, ask: () => Promise<T>): Resource<T> {
  const resource = known.get(kind) ?? new Resource(ask);
  known.set(kind, resource);
  return resource;
}
