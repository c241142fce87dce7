/** A workspace in the memory of this page: nothing that it holds leaves the device. */
import type { Evaluation } from "../evaluation";
import { sendHoursOf } from "../send-hours";
import { loadModel, localScorer } from "../scorer";
import type {
  Abilities, ChurnPrediction, Contact, DriftReport, EngagementPrediction, Fact, FeatureSchema, FeatureValues, Importance,
  ImportanceMethod, ImportReport, Kind, LeadPrediction, LocalScorer, Message, ModelExplanation, ModelVersion, OptimalTime,
  Progress, ScoreChange, ScoreEntry, SendHours, SettingsPatch, TenantSettings, TrainingJob, Workspace,
} from "../types";
import { kinds, WorkspaceError } from "../types";
import { Breaks } from "./breaks";
import type { Engine } from "./engine";
import type { AskAuthors } from "./authors.svelte";
import { importFile } from "./import";
import { PageLog } from "./log";
import { shipped } from "./models";
import { pageSettings } from "./settings";

/** Weeks of history that a contact's chart shows. */
const historyWeeks = 12;
const week = 7 * 86_400_000;

/** Makes the workspace of a log of one's own that was begun in one of no or of simulated data, and opens it
 *  in that one's place. */
export type Replace = (log: PageLog) => PageWorkspace;

export class PageWorkspace implements Workspace {
  readonly place = "page";
  readonly abilities: Abilities = {
    live: false, conversations: true, feedback: false, registry: false, training: false, drift: false, settings: true,
  };
  readonly #watchers = new Set<(change: ScoreChange | null) => void>();
  readonly #scorers = new Map<Kind, Promise<LocalScorer>>();
  /** The workspace that took this one's place. */
  #successor: PageWorkspace | null = null;

  constructor(
    readonly title: string,
    readonly simulated: boolean,
    private readonly engine: Engine,
    private readonly log: PageLog,
    private readonly ask: AskAuthors,
    private readonly replace: Replace,
  ) {}

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

  watch(onChange: (change: ScoreChange | null) => void): () => void {
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

  scorer(kind: Kind): Promise<LocalScorer> {
    let scorer = this.#scorers.get(kind);
    if (!scorer) {
      scorer = loadModel(kind, this.engine.models[kind]).then((model) => localScorer(kind, this.engine.schemas[kind], model));
      this.#scorers.set(kind, scorer);
    }
    return scorer;
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

  /** There is the shipped model alone, which is no version. */
  async versions(): Promise<readonly ModelVersion[]> {
    return [];
  }

  async evaluation(kind: Kind): Promise<Evaluation | null> {
    return shipped.evaluation(kind);
  }

  async importance(kind: Kind, method: ImportanceMethod): Promise<Importance> {
    return shipped.importance(kind, method, this.engine.schemas[kind]);
  }

  async card(kind: Kind): Promise<string> {
    return shipped.card(kind);
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
    return pageSettings.change(this.log.timezone, patch);
  }

  async about(): Promise<readonly Fact[]> {
    return [
      { label: "Where the data is", value: "In the memory of this page; closing it forgets them" },
      { label: "Events", value: String(this.log.eventCount) },
      ...kinds.map((kind) => ({
        label: `Model for ${kind}`,
        value: `shipped, trained on simulated data; features ${this.engine.schemas[kind].feature_set_hash}`,
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

  train(): Promise<TrainingJob> {
    return unable();
  }

  activate(): Promise<void> {
    return unable();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher(null);
  }
}

/** What a page cannot do alone; its abilities say so, and no view asks. */
async function unable(): Promise<never> {
  throw new WorkspaceError("unavailable", "This needs a service: open the page of `chatsignal serve`.");
}
