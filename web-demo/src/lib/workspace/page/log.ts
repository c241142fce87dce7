/** The events of this page with the answers about them, in the forms that the views know. */
import type { Instant, LogContact, ReadReport } from "chatsignal/slim/ingest";
import { EventLog, exportAuthors, isZip, unzipChat } from "chatsignal/slim/ingest";
import type {
  ChurnPrediction, Contact, EngagementPrediction, FeatureValues, Kind, LeadPrediction, Message, ModelExplanation, OptimalTime,
  ScoreEntry, Span,
} from "../types";
import { kinds } from "../types";
import type { Author } from "./authors.svelte";
import type { Engine } from "./engine";
import { PageModels } from "./models";
import { neither, payloadOf } from "./payload";

type Explain = "none" | "top";

/** A score with its level, of whichever model. */
interface Scored {
  readonly value: number;
  readonly label: string;
  readonly trend?: Contact["trend"];
}

export class PageLog {
  readonly #log: EventLog;
  readonly #messages = new Map<string, Message[]>();
  readonly #seen = new Set<string>();
  readonly timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  /** The models that answer about it: the shipped ones, and what is trained on it. */
  readonly models: PageModels;

  constructor(
    private readonly engine: Engine,
    /** Names and numbers of contacts whose events hold ids only. */
    private readonly names: ReadonlyMap<string, { readonly name: string; readonly phone: string; readonly country: string }> = new Map(),
  ) {
    this.#log = new EventLog({ timeZone: this.timezone });
    this.models = new PageModels(engine);
  }

  get eventCount(): number {
    return this.#log.eventCount;
  }

  /** Every event as canonical lines, without texts: what a model is trained on. */
  lines(): Uint8Array {
    return new TextEncoder().encode(this.#log.eventLines());
  }

  /** Lets the levels of a kind of model begin there, in every answer from now on; null: where the model says. */
  setCutoffs(kind: Kind, cutoffs: readonly number[] | null): void {
    this.#log.setCutoffs(kind, cutoffs);
  }

  now(): number {
    return Date.now();
  }

  // What comes in

  readEvents(bytes: Uint8Array): ReadReport {
    return this.#keep(this.#log.readEvents(bytes));
  }

  readExport(text: Uint8Array, business: readonly string[]): ReadReport {
    return this.#keep(this.#log.readWhatsAppExport(text, { me: business }));
  }

  /** A webhook's payload, of WhatsApp or Chatwoot: its form tells which, so that what is wrong is told by its reader. */
  readPayload(bytes: Uint8Array): ReadReport {
    switch (payloadOf(bytes)) {
      case "whatsapp":
        return this.#keep(this.#log.readWebhook(bytes));
      case "chatwoot":
        return this.#keep(this.#log.readChatwoot(bytes));
      default:
        return { accepted: 0, duplicates: 0, rejected: 1, rejects: [neither], messages: [] };
    }
  }

  authors(text: Uint8Array): readonly Author[] {
    return exportAuthors(text);
  }

  async unpack(bytes: Uint8Array): Promise<Uint8Array> {
    return isZip(bytes) ? unzipChat(bytes) : bytes;
  }

  // What is known

  contacts(): LogContact[] {
    return this.#log.contacts(this.now());
  }

  messages(id: string): readonly Message[] {
    return this.#messages.get(id) ?? [];
  }

  /** A contact with the scores of the models that speak of such contacts. */
  scored(contact: LogContact): Contact {
    const known = this.names.get(contact.contact_id);
    const computed_at = new Date(this.now()).toISOString();
    const scores: Contact["scores"] = {};
    let trend: Contact["trend"] = null;
    for (const kind of this.#spokenOf(contact)) {
      const score = this.#score(kind, contact.contact_id, this.now());
      if (!score) continue;
      scores[kind] = { value: score.value, label: score.label, computed_at };
      if (kind === "lead") trend = score.trend ?? null;
    }
    return {
      contact_id: contact.contact_id,
      name: contact.name ?? known?.name ?? null,
      phone: contact.phone ?? known?.phone ?? null,
      country: contact.country ?? known?.country ?? null,
      external_id: null,
      events: contact.events,
      first_activity_at: contact.first_activity_at,
      last_activity_at: contact.last_activity_at,
      consent: contact.consent,
      scores,
      trend,
    };
  }

  /** The scores as they would have been at an instant; none of a contact who was not there yet. */
  scoresAt(id: string, at: number): ScoreEntry[] {
    const entries: ScoreEntry[] = [];
    const as_of = new Date(at).toISOString();
    for (const kind of kinds) {
      const score = this.#score(kind, id, at);
      if (score) entries.push({ value: score.value, label: score.label, model: kind, version: this.models.serving(kind), as_of, computed_at: as_of });
    }
    return entries;
  }

  lead(id: string, explain: Explain, asOf: Instant = this.now()): LeadPrediction {
    return this.#log.lead(this.models.file("lead"), id, { explain, asOf }) as LeadPrediction;
  }

  churn(id: string, explain: Explain, asOf: Instant = this.now()): ChurnPrediction {
    return this.#log.churn(this.models.file("churn"), id, { explain, asOf }) as ChurnPrediction;
  }

  engagement(id: string, explain: Explain, asOf: Instant = this.now()): EngagementPrediction {
    return this.#log.engagement(this.models.file("engagement"), id, { explain, asOf }) as EngagementPrediction;
  }

  /** The plan for a marketing message, which goes out in none of the quiet hours. */
  optimalTime(id: string, quietHours: Span): OptimalTime {
    const message = { category: "marketing" } as const;
    return this.#log.optimalTime(this.models.file("engagement"), id, { explain: "none", message, quietHours }) as OptimalTime;
  }

  explain(kind: Kind, id: string): ModelExplanation {
    return this.#log.explain(this.models.file(kind), id) as ModelExplanation;
  }

  features(kind: Kind, id: string): FeatureValues {
    const row = this.#log.features(this.models.file(kind), id, this.now());
    const { features } = this.engine.schemas[kind];
    return Object.fromEntries(features.map(({ name }, at) => [name, Number.isNaN(row[at]) ? null : row[at]!]));
  }

  #keep(report: ReadReport): ReadReport {
    for (const { message_id, contact_id, at_ms, direction, author, text, kind } of report.messages) {
      if (this.#seen.has(message_id)) continue;
      this.#seen.add(message_id);
      const messages = this.#messages.get(contact_id) ?? [];
      messages.push({ id: message_id, at: at_ms, direction, author, text, kind });
      this.#messages.set(contact_id, messages);
    }
    for (const messages of this.#messages.values()) messages.sort((a, b) => a.at - b.at);
    return report;
  }

  #spokenOf(contact: LogContact): Kind[] {
    return kinds.filter((kind) => kind === "engagement" || (kind === "lead" ? contact.open_lead : contact.active_customer));
  }

  #score(kind: Kind, id: string, at: number): Scored | null {
    try {
      if (kind === "lead") {
        const { lead_score, quality_tier, trend } = this.lead(id, "none", at);
        return lead_score == null || quality_tier == null ? null : { value: lead_score, label: quality_tier, trend: trend ?? null };
      }
      if (kind === "churn") {
        const { churn_probability, risk_level } = this.churn(id, "none", at);
        return churn_probability == null || risk_level == null ? null : { value: churn_probability, label: risk_level };
      }
      const { engagement_probability, level } = this.engagement(id, "none", at);
      return engagement_probability == null || level == null ? null : { value: engagement_probability, label: level };
    } catch {
      // Not known then, or nobody who may be scored: the list shows no score.
      return null;
    }
  }
}
