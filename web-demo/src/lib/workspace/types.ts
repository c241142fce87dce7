/** What the views need of a workspace, whether a service or this page itself is behind it. */
import type { components } from "./api.generated";
import type { Evaluation } from "./evaluation";

type Schemas = components["schemas"];

export type Consent = Schemas["Consent"];
export type Contact = Schemas["Contact"];
export type LeadPrediction = Schemas["LeadPrediction"];
export type ChurnPrediction = Schemas["ChurnPrediction"];
export type EngagementPrediction = Schemas["EngagementPrediction"];
export type ModelExplanation = Schemas["ModelExplanation"];
export type OptimalTime = Schemas["OptimalTime"];
export type FeatureSchema = Schemas["FeatureSchema"];
export type ScoreEntry = Schemas["ScoreEntry"];
export type ScoreChange = Schemas["ScoreChange"];
export type ScoresWithdrawn = Schemas["ScoresWithdrawn"];
export type ModelVersion = Schemas["ModelVersion"];
export type TrainingJob = Schemas["TrainingJob"];
export type DriftReport = Schemas["DriftReport"];
export type TenantSettings = Schemas["TenantSettings"];
export type SettingsPatch = Schemas["SettingsPatch"];
export type FeedbackRequest = Schemas["FeedbackRequest"];
export type FeedbackEntry = Schemas["FeedbackEntry"];
export type FeatureImportance = Schemas["FeatureImportance"];
export type Importance = Schemas["Importance"];
export type ImportanceMethod = Schemas["ImportanceMethod"];
export type Span = Schemas["Span"];

/** The kinds of model that score contacts. */
export const kinds = ["lead", "churn", "engagement"] as const;
export type Kind = (typeof kinds)[number];

/** What a live stream tells: a score, or that nothing which models said of a contact may be shown any more. */
export type LiveChange = ScoreChange | ScoresWithdrawn;

/** A message whose text the page has: from an export that was read here. Never sent anywhere. */
export interface Message {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: "inbound" | "outbound";
  readonly author: string | null;
  /** The text; null where the message had none (a voice note, a picture). */
  readonly text: string | null;
  /** What it was, in a word: text, image, voice, document... */
  readonly kind: string;
}

/** Progress of something long: `done` of `total` (null while unknown). */
export interface Progress {
  readonly done: number;
  readonly total: number | null;
  /** What is being done, for people. */
  readonly label: string;
}

/** What came of a file that was read. */
export interface ImportReport {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** The first refusals: where, and why. */
  readonly rejects: readonly { readonly place: string; readonly reason: string }[];
  readonly contacts: number;
}

/** A fact about the workspace, for people: which version of what is in use, and where the data is. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** What a workspace can do; what it cannot is not offered. */
export interface Abilities {
  /** Scores change by themselves as events arrive. */
  readonly live: boolean;
  /** Messages with their texts. */
  readonly conversations: boolean;
  /** Recommendations can be marked, and the mark is kept. */
  readonly feedback: boolean;
  /** Models have versions that can be trained, compared and activated. */
  readonly registry: boolean;
  readonly training: boolean;
  readonly drift: boolean;
  /** Settings can be changed for everybody. */
  readonly settings: boolean;
}

/** A failure with the code of the service's error table (or of the package). */
export class WorkspaceError extends Error {
  override readonly name = "WorkspaceError";
  constructor(
    /** Like `unauthorized`, `rate_limited`, `offline`. */
    readonly code: string,
    message: string,
    /** HTTP status, where there was one. */
    readonly status: number | null = null,
    /** Fields that are wrong: JSON pointer and reason. */
    readonly fields: readonly { readonly pointer: string; readonly detail: string }[] = [],
  ) {
    super(message);
  }
}

/** Values by feature name; null is missing. */
export type FeatureValues = Readonly<Record<string, number | null>>;

/** A scorer in the page: answers at once, for sliders. */
export interface LocalScorer {
  readonly kind: Kind;
  /** Where the levels of the model itself begin, falling: of the score, the probability or the lift. */
  readonly ownCutoffs: readonly number[];
  /** Score 0-100 (lead) or probability (others), and every contribution by feature name. */
  score(values: FeatureValues): {
    readonly value: number;
    readonly label: string;
    readonly baseValue: number;
    readonly margin: number;
    readonly contributions: Readonly<Record<string, number>>;
  };
}

/** The hours of one contact for a campaign. */
export interface SendHours {
  readonly contactId: string;
  /** Probability of a reply for each hour of the day, 0-23, in the contact's time; null = blocked. */
  readonly hours: readonly (number | null)[];
  /** Probability of a reply to a send now; null when it may not be sent now. */
  readonly now: number | null;
  /** The best allowed hour; null when nothing may be sent. */
  readonly best: number | null;
  /** Instant of the best hour, milliseconds since 1970. */
  readonly sendAt: number | null;
  /** Why nothing may be sent, the first rule by name. */
  readonly blockedBy: string | null;
}

/** A drawing from events to signals, of a service or of this page. Every call may throw a
 *  `WorkspaceError`; a call that takes a signal ends with an `AbortError` when it fires. */
export interface Workspace {
  /** Where the data is. */
  readonly place: "service" | "page";
  /** A name for people. */
  readonly title: string;
  /** Whether the data were made by the simulator: said wherever they are shown. */
  readonly simulated: boolean;
  readonly abilities: Abilities;

  /** All contacts, block by block as they come. */
  loadContacts(onBlock: (contacts: readonly Contact[], total: number) => void, signal: AbortSignal): Promise<void>;
  /** Changes from now on; `null` when some were missed and what is shown is to be loaded again. */
  watch(onChange: (change: LiveChange | null) => void): () => void;

  contact(id: string): Promise<Contact>;
  messages(id: string): Promise<readonly Message[]>;
  scores(id: string): Promise<readonly ScoreEntry[]>;
  lead(id: string): Promise<LeadPrediction>;
  churn(id: string): Promise<ChurnPrediction>;
  engagement(id: string): Promise<EngagementPrediction>;
  optimalTime(id: string): Promise<OptimalTime>;
  /** Every contribution, and the smallest change that leads to the next better label. */
  explain(kind: Kind, id: string): Promise<ModelExplanation>;
  features(kind: Kind, id: string): Promise<FeatureValues>;
  schema(kind: Kind): Promise<FeatureSchema>;
  scorer(kind: Kind): Promise<LocalScorer>;
  feedback(request: FeedbackRequest): Promise<void>;
  /** What was said of one contact, newest first. */
  feedbackOf(id: string): Promise<readonly FeedbackEntry[]>;

  sendHours(ids: readonly string[], onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<SendHours[]>;

  /** The kinds whose shipped model scores, which learnt from simulated data. */
  shipped(): Promise<readonly Kind[]>;
  versions(kind: Kind): Promise<readonly ModelVersion[]>;
  /** How the version (`prior`: the shipped model) was judged; null when it keeps nothing of it. */
  evaluation(kind: Kind, version: string): Promise<Evaluation | null>;
  /** What weighs in the model that scores. */
  importance(kind: Kind, method: ImportanceMethod): Promise<Importance>;
  /** The model card, Markdown. */
  card(kind: Kind, version: string): Promise<string>;
  /** The model file (`.csm`) of a version (`prior`: the shipped model). */
  modelFile(kind: Kind, version: string): Promise<Uint8Array>;
  drift(kind: Kind): Promise<DriftReport>;
  /** Trains, telling how it goes, until the job has ended. */
  train(kind: Kind, onChange: (job: TrainingJob) => void, signal: AbortSignal): Promise<TrainingJob>;
  /** Lets a version score. */
  activate(kind: Kind, version: string): Promise<void>;

  importFile(file: File, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<ImportReport>;
  settings(): Promise<TenantSettings>;
  /** Changes what is in the patch; `version_conflict` when the settings changed since they were read. */
  saveSettings(patch: Partial<SettingsPatch>): Promise<TenantSettings>;
  about(): Promise<readonly Fact[]>;
}
