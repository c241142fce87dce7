/** A contact as the list shows, sorts and searches it. */
import { kinds, type Contact, type Kind, type ScoreChange } from "../../lib/workspace/types";

/** What may be sent to a contact, the strictest word that holds; in the order of strictness. */
export const consentStates = ["allowed", "not_given", "blocked", "opted_out", "objected"] as const;
export type ConsentState = (typeof consentStates)[number];

/** What a column of the list shows of a contact. */
type Column = Kind | "name" | "trend" | "activity" | "consent";

/** A score of the list: a lead score of 0-100, else a probability. */
export interface RowScore {
  readonly value: number;
  readonly label: string;
}

/** One row. Live changes are written into it; `revision` counts them. */
export interface Row {
  readonly id: string;
  name: string;
  phone: string;
  /** Digits of the phone number, for the search. */
  digits: string;
  /** Name without case and accents, for search and order. */
  folded: string;
  consent: ConsentState;
  /** Milliseconds since 1970. */
  lastActivity: number;
  lead: RowScore | null;
  churn: RowScore | null;
  engagement: RowScore | null;
  /** The best hour as of the newest engagement score, until the hours of the coming day are there. */
  bestHour: number | null;
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
    bestHour: contact.best_hour ?? null,
    trend: lead && contact.trend ? lead.value - contact.trend.previous : null,
    revision: 0,
    changed: null,
    changedAt: 0,
  };
}

/** Writes what a score change does not tell into the row of a contact, and says which columns are new. Scores
 *  that are there stay, since a live change may be newer than the answer; those that are gone (after an
 *  objection) go. */
export function applyContact(row: Row, contact: Contact): Column[] {
  const now = toRow(contact);
  const changed: Column[] = [];
  const write = (column: Column, fields: Partial<Row>): void => {
    Object.assign(row, fields);
    changed.push(column);
  };
  for (const kind of kinds) {
    if ((row[kind] === null) !== (now[kind] === null)) write(kind, { [kind]: now[kind] });
  }
  if (changed.includes("lead")) write("trend", { trend: now.trend });
  const { name, phone, digits, folded, consent, lastActivity, bestHour } = now;
  if (row.bestHour !== bestHour) write("engagement", { bestHour });
  if (row.name !== name || row.phone !== phone) write("name", { name, phone, digits, folded });
  if (row.lastActivity !== lastActivity) write("activity", { lastActivity });
  if (row.consent !== consent) write("consent", { consent });
  return changed;
}

/** Takes what models said out of the row of a contact who objects to profiling; false when nothing was there. */
export function applyObjection(row: Row): boolean {
  if (row.consent === "objected" && kinds.every((kind) => row[kind] === null)) return false;
  Object.assign(row, { lead: null, churn: null, engagement: null, trend: null, bestHour: null, consent: "objected" });
  row.revision += 1;
  return true;
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
