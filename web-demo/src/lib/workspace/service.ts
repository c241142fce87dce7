/** A workspace behind `chatsignal serve`. */
import { words } from "../ui/labels";
import type { Api } from "./api";
import { readJson } from "./api";
import { cutoffsOf } from "./cutoffs";
import type { Evaluation } from "./evaluation";
import { readEvaluation } from "./evaluation";
import { importEvents } from "./import-events";
import { LiveStream } from "./live";
import { pool } from "./pool";
import { loadModel, localScorer, type PageModel } from "./scorer";
import { sendHoursOf } from "./send-hours";
import { isSimulated } from "./simulated";
import { train } from "./training";
import type {
  Abilities, ChurnPrediction, Contact, EngagementPrediction, Fact, FeatureSchema, FeatureValues, FeedbackEntry, FeedbackRequest,
  Importance, ImportanceMethod, ImportReport, Kind, LeadPrediction, LiveChange, LocalScorer, Message, ModelExplanation, ModelVersion, OptimalTime,
  Progress, ScoreEntry, SendHours, SettingsPatch, TenantSettings, TrainingJob, Workspace, DriftReport,
} from "./types";
import { kinds, WorkspaceError } from "./types";

/** Contacts that are loaded at most. */
const contactsMax = 50_000;
/** Contacts of a page: as many as the service gives. */
const pageSize = 1_000;
/** Entries of one contact's history. */
const historyMax = 300;

/** Contacts that are planned for together: enough to be quick, few enough that a plan moves on. */
const plansOfPage = 250;
/** Pages of plans at a time: each has a place of the service's batches, which others need too. */
const plansAtOnce = 2;
/** What is planned for is a marketing message: the strictest rules. */
const message = { category: "marketing" };

const importanceRoutes = {
  lead: "/api/v1/ml/models/lead-scoring/feature-importance",
  churn: "/api/v1/ml/models/churn-prediction/feature-importance",
  engagement: "/api/v1/ml/models/engagement-prediction/feature-importance",
} as const;

/** The name that a model gives to the contact. */
const idNames = { lead: "lead_id", churn: "customer_id", engagement: "contact_id" } as const;

export class ServiceWorkspace implements Workspace {
  readonly place = "service";
  readonly abilities: Abilities;
  readonly #api: Api;
  readonly #live: LiveStream;
  /** The settings' version that was seen last. */
  #settingsTag: string | null = null;
  readonly #schemas = new Map<Kind, Promise<FeatureSchema>>();
  /** The model of each kind that serves, as it was read last. */
  readonly #models = new Map<Kind, { readonly version: string; readonly model: Promise<PageModel> }>();

  private constructor(
    api: Api,
    /** Whose data it is. */
    readonly title: string,
    readonly simulated: boolean,
    readonly scopes: readonly string[],
  ) {
    this.#api = api;
    this.#live = new LiveStream(api.http);
    const training = scopes.includes("train");
    this.abilities = { live: true, conversations: false, feedback: true, registry: true, training, drift: true, settings: true };
  }

  /** Opens the workspace: the service asks for a key here, if it wants one. */
  static async open(api: Api): Promise<ServiceWorkspace> {
    const caller = await api.call("get", "/api/v1/me");
    return new ServiceWorkspace(api, caller.tenant, await isSimulated(api), caller.scopes);
  }

  async loadContacts(onBlock: (contacts: readonly Contact[], total: number) => void, signal: AbortSignal): Promise<void> {
    let cursor: string | undefined;
    for (let loaded = 0; loaded < contactsMax; ) {
      const query = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.#api.call("get", "/api/v1/contacts", { query, signal });
      onBlock(page.contacts, page.total);
      if (!page.next_cursor) return;
      loaded += page.contacts.length;
      cursor = page.next_cursor;
    }
  }

  watch(onChange: (change: LiveChange | null) => void): () => void {
    return this.#live.watch(onChange);
  }

  contact(id: string): Promise<Contact> {
    return this.#api.call("get", "/api/v1/contacts/{contact_id}", { path: { contact_id: id } });
  }

  /** The service keeps no texts. */
  async messages(): Promise<readonly Message[]> {
    return [];
  }

  async scores(id: string): Promise<readonly ScoreEntry[]> {
    const entries: ScoreEntry[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.#api.call("get", "/api/v1/contacts/{contact_id}/scores", { path: { contact_id: id }, query });
      entries.push(...page.scores);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined && entries.length < historyMax);
    return entries;
  }

  lead(id: string): Promise<LeadPrediction> {
    return this.#api.call("post", "/api/v1/ml/models/lead-scoring/predict", { body: { lead_id: id }, reads: true });
  }

  churn(id: string): Promise<ChurnPrediction> {
    return this.#api.call("post", "/api/v1/ml/models/churn-prediction/predict", { body: { customer_id: id }, reads: true });
  }

  engagement(id: string): Promise<EngagementPrediction> {
    return this.#api.call("post", "/api/v1/ml/models/engagement-prediction/predict", { body: { contact_id: id }, reads: true });
  }

  explain(kind: Kind, id: string): Promise<ModelExplanation> {
    const body = { [idNames[kind]]: id };
    return this.#api.call("post", "/api/v1/models/{model}/explain", { path: { model: kind }, body, reads: true });
  }

  async features(kind: Kind, id: string): Promise<FeatureValues> {
    const call = { path: { model: kind }, body: { contact_id: id }, reads: true };
    return (await this.#api.call("post", "/api/v1/features/{model}/compute", call)).features;
  }

  schema(kind: Kind): Promise<FeatureSchema> {
    let schema = this.#schemas.get(kind);
    if (!schema) {
      schema = this.#api.call("get", "/api/v1/features/{model}/schema", { path: { model: kind } });
      // A failure is not kept.
      schema.catch(() => this.#schemas.delete(kind));
      this.#schemas.set(kind, schema);
    }
    return schema;
  }

  async scorer(kind: Kind): Promise<LocalScorer> {
    const aliases = this.#api.call("get", "/api/v1/registry/{model}/aliases", { path: { model: kind } });
    // Not by `settings`: what a form has seen of them is another matter.
    const settings = this.#api.call("get", "/api/v1/settings");
    const [schema, { serving }, set] = await Promise.all([this.schema(kind), aliases, settings]);
    return localScorer(kind, schema, await this.#model(kind, serving), cutoffsOf(set, kind));
  }

  /** The model of a version, read once. */
  #model(kind: Kind, version: string): Promise<PageModel> {
    const known = this.#models.get(kind);
    if (known?.version === version) return known.model;
    const model = this.#loadModel(kind, version);
    // Takes the place of another version, which the module gives back when no slider holds it any more.
    this.#models.set(kind, { version, model });
    model.catch(() => {
      // A failure is not kept.
      if (this.#models.get(kind)?.model === model) this.#models.delete(kind);
    });
    return model;
  }

  async #loadModel(kind: Kind, version: string): Promise<PageModel> {
    return loadModel(kind, await this.modelFile(kind, version));
  }

  async feedback(request: FeedbackRequest): Promise<void> {
    await this.#api.call("post", "/api/v1/feedback", { body: request, once: true });
  }

  async feedbackOf(id: string): Promise<readonly FeedbackEntry[]> {
    return (await this.#api.call("get", "/api/v1/contacts/{contact_id}/feedback", { path: { contact_id: id } })).feedback;
  }

  /** Plans of many contacts, a page at a time; what was planned for one is what it is planned for alone. */
  async sendHours(ids: readonly string[], onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<SendHours[]> {
    const pages = Array.from({ length: Math.ceil(ids.length / plansOfPage) }, (_, at) => ids.slice(at * plansOfPage, (at + 1) * plansOfPage));
    let done = 0;
    const plan = async (page: readonly string[], ended: AbortSignal) => {
      const hours = await this.#plans(page, ended);
      done += page.length;
      onProgress({ done, total: ids.length, label: "Planning send times" });
      return hours;
    };
    return (await pool(pages, plan, signal, undefined, plansAtOnce)).flat();
  }

  async #plans(ids: readonly string[], signal: AbortSignal): Promise<SendHours[]> {
    const body = { contacts: ids.map((id) => ({ contact_id: id, message })) };
    const call = { body, query: { explain: "none" as const }, reads: true, signal };
    const { results } = await this.#api.call("post", "/api/v1/ml/models/engagement-prediction/optimal-time/batch", call);
    return results.flatMap(({ index, result, error }) => {
      if (result) return [sendHoursOf(ids[index]!, result)];
      // Whoever was erased meanwhile is in no plan.
      if (error?.status === 404) return [];
      throw new WorkspaceError(error?.code ?? "bad_answer", error?.detail ?? error?.title ?? "A contact could not be planned for.", error?.status ?? null);
    });
  }

  optimalTime(id: string): Promise<OptimalTime> {
    const call = { body: { contact_id: id, message }, query: { explain: "none" as const }, reads: true };
    return this.#api.call("post", "/api/v1/ml/models/engagement-prediction/optimal-time", call);
  }

  async shipped(): Promise<readonly Kind[]> {
    const aliases = await Promise.all(kinds.map((model) => this.#api.call("get", "/api/v1/registry/{model}/aliases", { path: { model } })));
    return kinds.filter((_, index) => aliases[index]!.serving === "prior");
  }

  async versions(kind: Kind): Promise<readonly ModelVersion[]> {
    const versions: ModelVersion[] = [];
    let cursor: number | undefined;
    do {
      const query = cursor === undefined ? {} : { cursor };
      const page = await this.#api.call("get", "/api/v1/registry/{model}/versions", { path: { model: kind }, query });
      versions.push(...page.versions);
      cursor = page.next_cursor ? Number(page.next_cursor) : undefined;
    } while (cursor !== undefined && versions.length < historyMax);
    return versions;
  }

  async evaluation(kind: Kind, version: string): Promise<Evaluation | null> {
    const path = { model: kind, version };
    const detail: { readonly card?: unknown } = await this.#api.call("get", "/api/v1/registry/{model}/versions/{version}", { path });
    return readEvaluation(detail.card);
  }

  importance(kind: Kind, method: ImportanceMethod): Promise<Importance> {
    return this.#api.call("get", importanceRoutes[kind], { query: { method } });
  }

  async card(kind: Kind, version: string): Promise<string> {
    const path = { model: kind, version };
    return (await this.#api.respond("get", "/api/v1/registry/{model}/versions/{version}/card", { path })).text();
  }

  async modelFile(kind: Kind, version: string): Promise<Uint8Array> {
    const path = { model: kind, version };
    const file = await this.#api.respond("get", "/api/v1/registry/{model}/versions/{version}/file", { path });
    return new Uint8Array(await file.arrayBuffer());
  }

  drift(kind: Kind): Promise<DriftReport> {
    return this.#api.call("get", "/api/v1/monitoring/drift", { query: { model: kind } });
  }

  train(kind: Kind, onChange: (job: TrainingJob) => void, signal: AbortSignal): Promise<TrainingJob> {
    return train(this.#api, kind, onChange, signal);
  }

  async activate(kind: Kind, version: string): Promise<void> {
    const body = { alias: "champion" as const, version };
    await this.#api.call("post", "/api/v1/registry/{model}/aliases", { path: { model: kind }, body, once: true });
  }

  importFile(file: File, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<ImportReport> {
    return importEvents(this.#api, file, onProgress, signal);
  }

  async settings(): Promise<TenantSettings> {
    return this.#keepTag(await this.#api.respond("get", "/api/v1/settings"));
  }

  async saveSettings(patch: Partial<SettingsPatch>): Promise<TenantSettings> {
    const headers: Record<string, string> = this.#settingsTag === null ? {} : { "if-match": this.#settingsTag };
    // What is left out stays as it is; the description names every field.
    const body = patch as SettingsPatch;
    return this.#keepTag(await this.#api.respond("patch", "/api/v1/settings", { body, headers }));
  }

  #keepTag(response: Response): Promise<TenantSettings> {
    this.#settingsTag = response.headers.get("etag");
    return readJson<TenantSettings>(response);
  }

  async about(): Promise<readonly Fact[]> {
    const health = await this.#api.call("get", "/api/v1/ml/health", { query: { detail: true } });
    const names = { lead: "lead_scoring", churn: "churn_prediction", engagement: "engagement_prediction" } as const;
    const schemas = await Promise.all(kinds.map((kind) => this.schema(kind)));
    const models = kinds.map((kind, index) => {
      const version = health.phase2?.[names[kind]]?.version ?? "none";
      const serving = version === "prior" ? "the shipped model" : `version ${version}`;
      return { label: `${words(kind)} model`, value: `${serving}; features ${schemas[index]!.feature_set} (${schemas[index]!.feature_set_hash})` };
    });
    return [
      { label: "Service", value: `chatsignal ${health.version}, ${health.status}` },
      { label: "Tenant", value: this.title },
      { label: "You may", value: this.scopes.join(", ") },
      { label: "Data", value: "In the service’s database. This page keeps nothing but the API key." },
      ...models,
    ];
  }
}
