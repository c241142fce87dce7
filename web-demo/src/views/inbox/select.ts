/** Which rows are shown, and in what order: indices into the rows, so that 50,000 of them are cheap. */
import { consentStates, fold, type ConsentState, type Row } from "./rows";

export const sortKeys = ["name", "lead", "churn", "engagement", "trend", "activity", "consent"] as const;
export type SortKey = (typeof sortKeys)[number];

/** A column and its direction. */
export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Lead tiers as the chips show them; `none` = without a lead score. */
export const tiers = ["hot", "warm", "cold", "unqualified", "none"] as const;
export type TierFilter = (typeof tiers)[number];
export const risks = ["critical", "high", "medium", "low"] as const;
export type RiskFilter = (typeof risks)[number];

/** What is looked for; null = all of them. */
export interface Filter {
  readonly query: string;
  readonly tier: TierFilter | null;
  readonly risk: RiskFilter | null;
  readonly consent: ConsentState | null;
}

export const everything: Filter = { query: "", tier: null, risk: null, consent: null };

/** The direction that a first press of a column's heading sorts in: names and consent upwards, figures down. */
export const startsDescending = (key: SortKey): boolean => key !== "name" && key !== "consent";

const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

function figure(row: Row, key: Exclude<SortKey, "name">): number {
  switch (key) {
    case "activity":
      return row.lastActivity;
    case "consent":
      return consentStates.indexOf(row.consent);
    case "trend":
      return row.trend ?? NaN;
    default:
      return row[key]?.value ?? NaN;
  }
}

/** All rows in an order; those without the figure come last in both directions, equals by id. */
export function order(rows: readonly Row[], sort: Sort): Uint32Array {
  const indices = Uint32Array.from(rows.keys());
  const sign = sort.descending ? -1 : 1;
  const tie = (a: number, b: number): number => (rows[a]!.id < rows[b]!.id ? -1 : 1);
  if (sort.key === "name") {
    return indices.sort((a, b) => sign * collator.compare(rows[a]!.name, rows[b]!.name) || tie(a, b));
  }
  const key = sort.key;
  const figures = Float64Array.from(rows, (row) => figure(row, key));
  return indices.sort((a, b) => {
    const x = figures[a]!;
    const y = figures[b]!;
    if (x !== x || y !== y) return x !== x && y !== y ? tie(a, b) : x !== x ? 1 : -1;
    return sign * (x - y) || tie(a, b);
  });
}

/** Whether a row has what is looked for: a part of its name or id, or the end of its phone number. */
export function searcher(query: string): (row: Row) => boolean {
  const text = fold(query.trim());
  if (text === "") return () => true;
  const digits = /^[+\d\s().-]+$/.test(text) ? text.replace(/\D/g, "") : "";
  if (digits === "") return (row) => row.haystack.includes(text);
  return (row) => row.digits.endsWith(digits) || row.haystack.includes(text);
}

/** The tier under which a row is counted. */
export function tierOf(row: Row): TierFilter {
  return tiers.find((tier) => tier === row.lead?.label) ?? "none";
}

/** What a filter leaves, and how many of each tier all but the tier's own filter leave. */
export interface Selection {
  readonly visible: Uint32Array;
  readonly counts: Readonly<Record<TierFilter, number>>;
}

/** Filters rows, keeping their order. */
export function select(rows: readonly Row[], ordered: Uint32Array, filter: Filter): Selection {
  const found = searcher(filter.query);
  const counts = { hot: 0, warm: 0, cold: 0, unqualified: 0, none: 0 };
  const visible = new Uint32Array(ordered.length);
  let length = 0;
  for (const index of ordered) {
    const row = rows[index]!;
    if (filter.risk !== null && row.churn?.label !== filter.risk) continue;
    if (filter.consent !== null && row.consent !== filter.consent) continue;
    if (!found(row)) continue;
    const tier = tierOf(row);
    counts[tier] += 1;
    if (filter.tier === null || filter.tier === tier) visible[length++] = index;
  }
  return { visible: visible.subarray(0, length), counts };
}
