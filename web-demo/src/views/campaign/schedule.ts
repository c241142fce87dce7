/** What a plan of send times adds up to. */
import type { Cell } from "../../lib/csv";
import { csv } from "../../lib/csv";
import { formatHour } from "../../lib/ui/format";
import type { Contact, SendHours } from "../../lib/workspace/types";
import { exclusionOf, levels } from "./audience";

const hourMs = 3_600_000;

/** One message of the campaign. */
export interface Send {
  readonly contact: Contact;
  /** Local hour of the contact. */
  readonly hour: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly probability: number;
  /** Probability when it is sent as soon as it may be: now, else in the first allowed hour. */
  readonly soonest: number;
  /** Whether it may be sent now. */
  readonly allowedNow: boolean;
}

/** Levels of the stack, the last one for contacts without a score. */
export const stack = [...levels, "unknown"] as const;

export interface HourBar {
  readonly hour: number;
  readonly total: number;
  /** Sends by level of engagement, in the order of `stack`. */
  readonly parts: readonly number[];
  readonly expected: number;
}

/** Replies that the model expects of all sends. */
export interface Totals {
  readonly sends: number;
  /** Each at its best hour. */
  readonly best: number;
  /** All now, and in their first allowed hour those that may not be sent now. */
  readonly soonest: number;
  readonly allowedNow: number;
}

export interface Schedule {
  /** In order of time. */
  readonly sends: readonly Send[];
  /** Whom every hour is forbidden for, by rule. */
  readonly blocked: ReadonlyMap<string, number>;
  readonly bars: readonly HourBar[];
  readonly totals: Totals;
}

/** Probability of a reply in the first allowed hour from `now` on, told by the local hour and the instant
 *  of the best one. */
function soonest({ hours, now }: SendHours, best: number, sendAt: number, at: number): number {
  if (now !== null) return now;
  const local = best - Math.ceil((sendAt - at) / hourMs);
  for (let later = 1; later <= 24; later++) {
    const probability = hours[(((local + later) % 24) + 24) % 24];
    if (probability != null) return probability;
  }
  return hours[best] ?? 0;
}

/** A schedule of contacts by their plans, which were asked for at `at`, milliseconds since 1970. */
export function scheduleOf(contacts: readonly Contact[], plans: readonly SendHours[], at: number): Schedule {
  const byId = new Map(contacts.map((contact) => [contact.contact_id, contact]));
  const sends: Send[] = [];
  const blocked = new Map<string, number>();
  for (const plan of plans) {
    const { contactId, hours, best, sendAt, now, blockedBy } = plan;
    const contact = byId.get(contactId);
    const probability = best === null ? null : (hours[best] ?? null);
    if (!contact) continue;
    if (best === null || sendAt === null || probability === null) {
      const reason = blockedBy ?? "unknown";
      blocked.set(reason, (blocked.get(reason) ?? 0) + 1);
    } else {
      const soon = soonest(plan, best, sendAt, at);
      sends.push({ contact, hour: best, at: sendAt, probability, soonest: soon, allowedNow: now !== null });
    }
  }
  sends.sort((a, b) => a.at - b.at || b.probability - a.probability);
  return { sends, blocked, bars: barsOf(sends), totals: totalsOf(sends) };
}

/** What is left of a schedule. */
export interface Due extends Schedule {
  /** Who may not be written to any more, or is not there any more. */
  readonly withdrawn: number;
  /** Whose hour has passed. */
  readonly passed: number;
}

/** A schedule without those who may not be written to by the contacts as they are now, and without hours
 *  that passed before `now`. */
export function dueOf(schedule: Schedule, contacts: readonly Contact[], now: number): Due {
  const byId = new Map(contacts.map((contact) => [contact.contact_id, contact]));
  const sends: Send[] = [];
  let [withdrawn, passed] = [0, 0];
  for (const send of schedule.sends) {
    const contact = byId.get(send.contact.contact_id);
    if (!contact || exclusionOf(contact)) withdrawn++;
    else if (send.at < now) passed++;
    else sends.push({ ...send, contact });
  }
  return { sends, blocked: schedule.blocked, bars: barsOf(sends), totals: totalsOf(sends), withdrawn, passed };
}

function barsOf(sends: readonly Send[]): HourBar[] {
  const bars = Array.from({ length: 24 }, (_, hour) => ({ hour, total: 0, parts: stack.map(() => 0), expected: 0 }));
  for (const { contact, hour, probability } of sends) {
    const bar = bars[hour];
    if (!bar) continue;
    const level = stack.findIndex((name) => name === (contact.scores.engagement?.label ?? "unknown"));
    const part = level < 0 ? stack.length - 1 : level;
    bar.parts[part] = (bar.parts[part] ?? 0) + 1;
    bar.total++;
    bar.expected += probability;
  }
  return bars;
}

function totalsOf(sends: readonly Send[]): Totals {
  const totals = { sends: sends.length, best: 0, soonest: 0, allowedNow: 0 };
  for (const send of sends) {
    totals.best += send.probability;
    totals.soonest += send.soonest;
    if (send.allowedNow) totals.allowedNow++;
  }
  return totals;
}

const csvHeader = ["contact_id", "external_id", "phone", "name", "level", "local_hour", "send_at", "reply_probability"] as const;

/** Digits with the country code, without the "+" that a spreadsheet takes for a formula; none of a number
 *  that the key may see in part only. */
function dialled(phone: string | null | undefined): string | null {
  const digits = phone?.replace(/[\s()./-]/g, "").replace(/^\+/, "") ?? "";
  return /^\d{6,15}$/.test(digits) ? digits : null;
}

/** The sends as a table for the system that sends. Numbers and ids of the source are in it where the workspace
 *  gives them: a service by a key with the scope `admin`, the page where the files that it read have them. */
export function scheduleCsv(sends: readonly Send[]): string {
  const rows = sends.map(({ contact, hour, at, probability }): Cell[] => [
    contact.contact_id,
    contact.external_id ?? null,
    dialled(contact.phone),
    contact.name ?? null,
    contact.scores.engagement?.label ?? null,
    formatHour(hour),
    new Date(at).toISOString(),
    Number(probability.toFixed(4)),
  ]);
  return csv(csvHeader, rows);
}
