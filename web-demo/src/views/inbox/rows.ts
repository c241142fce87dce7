/** A contact as the list shows, sorts and searches it. */
import type { Contact, Kind, ScoreChange } from "../../lib/workspace/types";

/** What may be sent to a contact, the strictest word that holds; in the order of strictness. */
export const consentStates = ["allowed", "not_given", "blocked", "opted_out", "objected"] as const;
export type ConsentState = (typeof consentStates)[number];

/** A score of the list: a lead score of 0-100, else a probability. */
export interface RowScore {
  readonly value: number;
  readonly label: string;
}

/** One row. Live changes are written into it; `revision` counts them. */
export interface Row {
  readonly id: string;
  readonly name: string;
  readonly phone: string;
  /** Digits of the phone number, for the search. */
  readonly digits: string;
  /** Name without case and accents, for search and order. */
  readonly folded: string;
  readonly consent: ConsentState;
  /** Milliseconds since 1970. */
  lastActivity: number;
  lead: RowScore | null;
  churn: RowScore | null;
  engagement: RowScore | null;
  /** How far the lead score has moved: against a week before, then at each live change; null when not known. */
  trend: number | null;
  /** Live changes that the row has taken. */
  revision: number;
  /** Which score the last change was about. */
  changed: Kind | null;
  /** When it came, on the clock of `performance.now`. */
  changedAt: number;
}

/** Lower case without accents, so that "jose" finds "José". */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  // Plain ASCII is most of it, and needs no normalisation.
  return /^[\x20-\x7e]*$/.test(lower) ? lower : lower.normalize("NFD").replace(/\p{Mn}/gu, "");
}

/** The state of consent in one word. */
export function consentState(consent: Contact["consent"]): ConsentState {
  if (consent.objected) return "objected";
  if (consent.opted_out) return "opted_out";
  if (consent.block_suspected) return "blocked";
  return consent.marketing_allowed ? "allowed" : "not_given";
}

/** What a contact is called: the name, else the phone number, else the start of the id. */
export function displayName(contact: Contact): string {
  return contact.name?.trim() || contact.phone || `Contact ${contact.contact_id.slice(0, 8)}`;
}

/** The row of a contact. */
export function toRow(contact: Contact): Row {
  const name = displayName(contact);
  const phone = contact.phone ?? "";
  const { lead, churn, engagement } = contact.scores;
  return {
    id: contact.contact_id,
    name,
    phone,
    digits: phone.replace(/\D/g, ""),
    folded: fold(name),
    consent: consentState(contact.consent),
    lastActivity: new Date(contact.last_activity_at).getTime(),
    lead: lead ?? null,
    churn: churn ?? null,
    engagement: engagement ?? null,
    trend: lead && contact.trend ? lead.value - contact.trend.previous : null,
    revision: 0,
    changed: null,
    changedAt: 0,
  };
}

/** Writes a live change into its row; false when it says nothing new. `now` is of `performance.now`. */
export function applyChange(row: Row, change: ScoreChange, now: number): boolean {
  const kind = change.model as Kind;
  if (kind !== "lead" && kind !== "churn" && kind !== "engagement") return false;
  const before = row[kind];
  if (before?.value === change.value && before.label === change.label) return false;
  const previous = before?.value ?? change.previous ?? null;
  row[kind] = { value: change.value, label: change.label };
  if (kind === "lead" && previous !== null) row.trend = change.value - previous;
  row.changed = kind;
  row.changedAt = now;
  row.revision += 1;
  return true;
}
