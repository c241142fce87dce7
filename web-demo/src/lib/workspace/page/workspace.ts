/** A workspace in the memory of this page: nothing that it holds leaves the device. */
import type { Evaluation } from "../evaluation";
import { sendHoursOf } from "../send-hours";
import { loadModel, localScorer, type PageModel } from "../scorer";
import type {
  Abilities, ChurnPrediction, Contact, DriftReport, EngagementPrediction, Fact, FeatureSchema, FeatureValues, Importance,
  ImportanceMethod, ImportReport, Kind, LeadPrediction, LiveChange, LocalScorer, Message, ModelExplanation, ModelVersion, OptimalTime,
  Progress, ScoreEntry, SendHours, SettingsPatch, TenantSettings, TrainingJob, Workspace,
} from "../types";
import { kinds, WorkspaceError } from "../types";
import { Breaks } from "./breaks";
import type { Engine } from "./engine";
import type { AskAuthors } from "./authors.svelte";
import { importFile } from "./import";
import { PageLog } from "./log";
import { pageSettings } from "./settings";
import { trainOnPage } from "./training";

/** Weeks of history that a contact's chart shows. */
const historyWeeks = 12;
const week = 7 * 86_400_000;

/** Makes the workspace of a log of one's own that was begun in one of no or of simulated data, and opens it
 *  in that one's place. */
export type Replace = (log: PageLog) => PageWorkspace;

export class PageWorkspace implements Workspace {
  readonly place = "page";
  readonly abilities: Abilities = {
    live: false, conversations: true, feedback: false, registry: true, training: true, drift: false, settings: true,
  };
  readonly #watchers = new Set<(change: LiveChange | null) => void>();
  /** The model of each kind that scores, as it was read last. */
  readonly #read = new Map<Kind, { readonly version: string; readonly model: Promise<PageModel> }>();
  /** The workspace that took this one's place. */
  #successor: PageWorkspace | null = null;

  constructor(
    readonly title: string,
    readonly simulated: boolean,
    private readonly engine: Engine,
    private readonly log: PageLog,
    private readonly ask: AskAuthors,
    private readonly replace: Replace,
  ) {
    for (const kind of kinds) log.setCutoffs(kind, pageSettings.cutoffs(kind));
  }

  async loadContacts(onBlock: (contacts: readonly Contact[], total: number) => void, signal: AbortSignal): Promise<void> {
    const listed = this.log.contacts();
    const breaks = new Breaks();
    const block: Contact[] = [];
    for (const contact of listed) {
      block.push(this.log.scored(contact));
      if (breaks.due()) {
        onBlock(block.splice(0), listed.length);
        await breaks.take(signal);
      }
    }
    onBlock(block, listed.length);
  }

  watch(onChange: (change: LiveChange | null) => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  async contact(id: string): Promise<Contact> {
    const found = this.log.contacts().find((contact) => contact.contact_id === id);
    if (!found) throw new WorkspaceError("not_found", "There is no such contact in this page.");
    return this.log.scored(found);
  }

  async messages(id: string): Promise<readonly Message[]> {
    return this.log.messages(id);
  }

  /** Scores as they would have been at the end of each of the last weeks, newest first. */
  async scores(id: string): Promise<readonly ScoreEntry[]> {
    const entries: ScoreEntry[] = [];
    const breaks = new Breaks();
    for (let weeks = 0; weeks < historyWeeks; weeks++) {
      entries.push(...this.log.scoresAt(id, this.log.now() - weeks * week));
      await breaks.takeIfDue();
    }
    return entries;
  }

  async lead(id: string): Promise<LeadPrediction> {
    return this.log.lead(id, "top");
  }

  async churn(id: string): Promise<ChurnPrediction> {
    return this.log.churn(id, "top");
  }

  async engagement(id: string): Promise<EngagementPrediction> {
    return this.log.engagement(id, "top");
  }

  async optimalTime(id: string): Promise<OptimalTime> {
    return this.log.optimalTime(id, pageSettings.quietHours);
  }

  async explain(kind: Kind, id: string): Promise<ModelExplanation> {
    return this.log.explain(kind, id);
  }

  async features(kind: Kind, id: string): Promise<FeatureValues> {
    return this.log.features(kind, id);
  }

  async schema(kind: Kind): Promise<FeatureSchema> {
    return this.engine.schemas[kind];
  }

  async scorer(kind: Kind): Promise<LocalScorer> {
    const version = this.log.models.serving(kind);
    let read = this.#read.get(kind);
    if (read?.version !== version) {
      read = { version, model: loadModel(kind, this.log.models.file(kind)) };
      this.#read.set(kind, read);
    }
    return localScorer(kind, this.engine.schemas[kind], await read.model, pageSettings.cutoffs(kind));
  }

  async sendHours(ids: readonly string[], onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<SendHours[]> {
    const hours: SendHours[] = [];
    const breaks = new Breaks();
    for (const id of ids) {
      hours.push(sendHoursOf(id, await this.optimalTime(id)));
      if (breaks.due()) {
        onProgress({ done: hours.length, total: ids.length, label: "Planning" });
        await breaks.take(signal);
      }
    }
    return hours;
  }

  async shipped(): Promise<readonly Kind[]> {
    return kinds.filter((kind) => this.log.models.serving(kind) === "prior");
  }

  async versions(kind: Kind): Promise<readonly ModelVersion[]> {
    return this.log.models.versions(kind);
  }

  async evaluation(kind: Kind, version: string): Promise<Evaluation | null> {
    return this.log.models.evaluation(kind, version);
  }

  async importance(kind: Kind, method: ImportanceMethod): Promise<Importance> {
    return this.log.models.importance(kind, method);
  }

  async card(kind: Kind, version: string): Promise<string> {
    return this.log.models.card(kind, version);
  }

  async modelFile(kind: Kind, version: string): Promise<Uint8Array> {
    return this.log.models.file(kind, version);
  }

  async train(kind: Kind, onChange: (job: TrainingJob) => void, signal: AbortSignal): Promise<TrainingJob> {
    const job = await trainOnPage(this.log, kind, onChange, signal);
    if (job.promoted) this.#changed();
    return job;
  }

  async activate(kind: Kind, version: string): Promise<void> {
    this.log.models.activate(kind, version);
    this.#changed();
  }

  async importFile(file: File, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<ImportReport> {
    // Of several files the first that holds something makes the new workspace, and the others follow it.
    if (this.#successor) return this.#successor.importFile(file, onProgress, signal);
    // Data of one's own take the place of the simulated business: the two are never mixed.
    const log = this.simulated ? new PageLog(this.engine) : this.log;
    const report = await importFile(log, file, this.ask, onProgress, signal);
    if (!this.simulated) this.#changed();
    else if (report.accepted > 0) this.#successor = this.replace(log);
    return report;
  }

  async settings(): Promise<TenantSettings> {
    return pageSettings.read(this.log.timezone);
  }

  async saveSettings(patch: Partial<SettingsPatch>): Promise<TenantSettings> {
    const settings = pageSettings.change(this.log.timezone, patch);
    for (const kind of kinds) this.log.setCutoffs(kind, pageSettings.cutoffs(kind));
    this.#changed();
    return settings;
  }

  async about(): Promise<readonly Fact[]> {
    return [
      { label: "Where the data is", value: "In the memory of this page; closing it forgets them" },
      { label: "Events", value: String(this.log.eventCount) },
      ...kinds.map((kind) => ({
        label: `Model for ${kind}`,
        value: `${this.#origin(kind)}; features ${this.engine.schemas[kind].feature_set_hash}`,
      })),
    ];
  }

  feedback(): Promise<void> {
    return unable();
  }

  feedbackOf(): Promise<never> {
    return unable();
  }

  drift(): Promise<DriftReport> {
    return unable();
  }

  #origin(kind: Kind): string {
    const version = this.log.models.serving(kind);
    return version === "prior" ? "shipped, trained on simulated data" : `version ${version}, trained in this page`;
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher(null);
  }
}

/** What a page cannot do alone; its abilities say so, and no view asks. */
async function unable(): Promise<never> {
  throw new WorkspaceError("unavailable", "This needs a service: open the page of `chatsignal serve`.");
}
