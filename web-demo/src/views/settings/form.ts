/** Settings as they are edited: what changed of them, and what is wrong where. */
import { cutField, cutLevels, cutMost, cutoffFaults, cutoffsOf } from "../../lib/workspace/cutoffs";
import type { Kind, SettingsPatch, Span, TenantSettings, WorkspaceError } from "../../lib/workspace/types";
import { kinds } from "../../lib/workspace/types";

export const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof days)[number];
export const dayNames: Readonly<Record<Day, string>> = {
  mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday", fri: "Friday", sat: "Saturday", sun: "Sunday",
};

export type Field = keyof SettingsPatch;
const fields: readonly Field[] = ["timezone", "currency", "quiet_hours", "opening_hours", "weekend", "retrain_days", "lead_cutoffs", "churn_cutoffs", "engagement_cutoffs"];

/** A copy that can be edited. */
export function formOf(settings: TenantSettings): TenantSettings {
  return structuredClone(settings);
}

/** Days without a span are closed, and left out; days and spans have one order. */
function plain(settings: TenantSettings): Readonly<Record<Field, unknown>> {
  const opening = days.flatMap((day) => {
    const spans = settings.opening_hours[day] ?? [];
    return spans.length > 0 ? [[day, spans] as const] : [];
  });
  return {
    timezone: settings.timezone.trim(),
    currency: settings.currency.trim(),
    quiet_hours: settings.quiet_hours,
    opening_hours: Object.fromEntries(opening),
    weekend: days.filter((day) => settings.weekend.includes(day)),
    retrain_days: settings.retrain_days,
    ...Object.fromEntries(kinds.map((kind) => [cutField[kind], plainCutoffs(settings, kind)])),
  } as Readonly<Record<Field, unknown>>;
}

/** Levels in one order; null for the model's own. */
function plainCutoffs(settings: TenantSettings, kind: Kind): unknown {
  const falling = cutoffsOf(settings, kind);
  return falling && Object.fromEntries(cutLevels[kind].map((level, at) => [level, falling[at]]));
}

/** What is to be sent: the fields that differ. */
export function patchOf(before: TenantSettings, form: TenantSettings): Partial<SettingsPatch> {
  const [old, now] = [plain(before), plain(form)];
  const changed = fields.filter((field) => JSON.stringify(old[field]) !== JSON.stringify(now[field]));
  return Object.fromEntries(changed.map((field) => [field, now[field]]));
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What is wrong, by the field that it belongs to; the rest under the empty name. */
export function errorsOf(error: WorkspaceError): ReadonlyMap<Field | "", string> {
  const errors = new Map<Field | "", string>();
  for (const { pointer, detail } of error.fields) {
    const name = pointer.split("/")[1];
    const field = fields.find((known) => known === name) ?? "";
    errors.set(field, errors.has(field) ? `${errors.get(field)}; ${detail}` : sentence(detail));
  }
  return errors;
}

/** What is wrong before it is sent: what was left empty. */
export function gapsOf(form: TenantSettings): ReadonlyMap<Field | "", string> {
  const open = (spans: readonly Span[]) => spans.some(({ start, end }) => start === "" || end === "");
  const errors = new Map<Field | "", string>();
  if (open(form.quiet_hours)) errors.set("quiet_hours", "Fill in both times, or remove the span");
  if (Object.values(form.opening_hours).some(open)) errors.set("opening_hours", "Fill in both times, or remove the span");
  if (Number.isNaN(form.retrain_days)) errors.set("retrain_days", "Enter a number of days; 0 for never");
  for (const kind of kinds) {
    const falling = cutoffsOf(form, kind);
    const faults = falling ? [...cutoffFaults(kind, falling)] : [];
    if (faults.length > 0) errors.set(cutField[kind], faults.map(([level, why]) => cutoffFault(kind, level, why)).join("; "));
  }
  return errors;
}

/** What is still said to be wrong after a change: of a field that was changed, what its new value lacks, if it
 *  is one that was said to be wrong; the word about the whole goes. */
export function errorsAfter(
  errors: ReadonlyMap<Field | "", string>,
  changed: readonly string[],
  form: TenantSettings,
): ReadonlyMap<Field | "", string> {
  if (errors.size === 0) return errors;
  const gaps = gapsOf(form);
  return new Map(
    [...errors].flatMap(([field, text]) => {
      if (field === "") return [];
      if (!changed.includes(field)) return [[field, text] as const];
      const gap = gaps.get(field);
      return gap === undefined ? [] : [[field, gap] as const];
    }),
  );
}

/** Which cut-offs of a kind are wrong: each one on its own, so that the right ones are not called wrong. */
export function wrongLevels(form: TenantSettings, kind: Kind): ReadonlySet<string> {
  const falling = cutoffsOf(form, kind);
  return new Set(falling ? [...cutoffFaults(kind, falling)].map(([level]) => level) : []);
}

/** What is wrong with a cut-off, in words. */
function cutoffFault(kind: Kind, level: string, why: string): string {
  const most = kind === "churn" ? "100 %" : String(cutMost[kind]);
  return why === "range" ? `${sentence(level)} begins above 0 and at most at ${most}` : `${sentence(level)} begins below ${why}`;
}

/** A cut-off as it is shown: probabilities of churn in percent. */
export const shownCutoff = (kind: Kind, value: number): number => (kind === "churn" ? Number((value * 100).toPrecision(12)) : value);
/** What was entered, as it is kept. */
export const keptCutoff = (kind: Kind, value: number): number => (kind === "churn" ? Number((value / 100).toPrecision(12)) : value);

/** The end of a day is 24:00 on the wire and 00:00 in a time field. */
export const shownEnd = (end: string): string => (end === "24:00" ? "00:00" : end);
export const wireEnd = (end: string): string => (end === "00:00" ? "24:00" : end);
