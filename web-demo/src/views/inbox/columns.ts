/** The columns of the list and what their cells say. */
import { formatAgo, formatHour, formatShare } from "../../lib/ui/format";
import type { Tone } from "../../lib/ui/labels";
import type { Kind, SendHours, Workspace } from "../../lib/workspace/types";
import type { ConsentState, Row } from "./rows";
import type { SortKey } from "./select";

export interface Column {
  readonly key: SortKey;
  readonly label: string;
  /** What the column holds, where its name does not say it. */
  readonly hint?: string;
}

/** The columns of a workspace. A service keeps the probability of a reply at the best hour of the coming day; in
 *  the page, as on the card of a contact, it is of a message sent now: the header says which. */
export function columnsOf(place: Workspace["place"]): readonly Column[] {
  const reply = place === "service"
    ? { label: "Reply, best", hint: "Probability of a reply at the best hour of the coming day as of the score, and the best hour to send" }
    : { label: "Reply, now", hint: "Probability of a reply to a message sent now, and the best hour to send" };
  return [
    { key: "name", label: "Contact" },
    { key: "lead", label: "Lead score", hint: "0 to 100, and its tier" },
    { key: "churn", label: "Churn risk", hint: "Probability of silence and no purchase" },
    { key: "engagement", ...reply },
    { key: "trend", label: "Trend", hint: "Lead score against 7 to 14 days ago, then its last change while the page is open" },
    { key: "activity", label: "Last activity" },
    { key: "consent", label: "Consent", hint: "What the contact lets be sent" },
  ];
}

/** Height of a row, pixels: one line, or the two lines of a phone. */
export const rowHeights = { wide: 44, phone: 68 } as const;

/** States of consent in words. */
export const consentWords: Readonly<Record<ConsentState, { readonly text: string; readonly tone: Tone }>> = {
  allowed: { text: "Allowed", tone: "good" },
  not_given: { text: "Service only", tone: "neutral" },
  blocked: { text: "Blocked?", tone: "warn" },
  opted_out: { text: "Opted out", tone: "warn" },
  objected: { text: "Objected", tone: "bad" },
};

/** How long a change is marked, milliseconds; as long as its animation in InboxRow.svelte. */
export const markFor = 2500;

/** A row as text, drawn anew whenever something in sight changes. */
export interface RowView {
  readonly row: Row;
  readonly lead: string;
  readonly churn: string;
  readonly engagement: string;
  readonly hour: string;
  readonly hourTitle: string;
  readonly activity: string;
  readonly trend: string;
  /** The score that has just changed. */
  readonly fresh: Kind | null;
}

/** Points that a lead score has to move by, as for the service: less is called stable. */
const movesFrom = 2;
const tenths = (trend: number): number => Math.round(trend * 10) / 10;

/** Which way a lead score has moved. */
export function direction(trend: number): "up" | "down" | "flat" {
  return Math.abs(trend) < movesFrom ? "flat" : trend > 0 ? "up" : "down";
}

/** A change of a lead score for who hears it: `Fallen by 2.3`. */
export function trendWords(trend: number): string {
  const size = Math.abs(tenths(trend));
  if (size === 0) return "Unchanged";
  const words = `${trend > 0 ? "risen" : "fallen"} by ${size}`;
  return direction(trend) === "flat" ? `Stable, ${words}` : words.charAt(0).toUpperCase() + words.slice(1);
}

const scores = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const changes = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
const whole = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });

function bestHour(row: Row, hours: SendHours | null | undefined): readonly [string, string] {
  if (hours === undefined) return row.bestHour === null ? ["", ""] : [formatHour(row.bestHour), "Best hour, as of the score"];
  if (!hours || hours.best === null) {
    const why = hours?.blockedBy ? `Nothing may be sent: ${hours.blockedBy.replaceAll("_", " ")}` : "No best hour";
    return ["–", why];
  }
  const at = hours.hours[hours.best];
  return [formatHour(hours.best), `Best hour${at == null ? "" : `: ${formatShare(at)} reply then`}`];
}

/** What the cells of a row say. `now` is of `performance.now`. */
export function view(row: Row, hours: SendHours | null | undefined, now: number): RowView {
  const [hour, hourTitle] = bestHour(row, hours);
  return {
    row,
    lead: row.lead ? scores.format(row.lead.value) : "–",
    churn: row.churn ? whole.format(row.churn.value) : "–",
    engagement: row.engagement ? whole.format(row.engagement.value) : "–",
    hour,
    hourTitle,
    activity: formatAgo(row.lastActivity),
    trend: row.trend === null ? "" : changes.format(tenths(row.trend)),
    fresh: row.revision > 0 && now - row.changedAt < markFor ? row.changed : null,
  };
}
