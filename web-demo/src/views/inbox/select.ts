/** Which rows are shown, and in what order: indices into the rows, so that 50,000 of them are cheap. */
import { risks, tiers, type RiskFilter, type TierFilter } from "./levels";
import { consentStates, type ConsentState, type Row } from "./rows";
import type { Table } from "./table";

export const sortKeys = ["name", "lead", "churn", "engagement", "trend", "activity", "consent"] as const;
export type SortKey = (typeof sortKeys)[number];

/** A column and its direction. */
export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

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
export function order({ rows }: Table, sort: Sort): Uint32Array {
  const indices = Uint32Array.from(rows.keys());
  const sign = sort.descending ? -1 : 1;
  const tie = (a: number, b: number): number => (rows[a]!.id < rows[b]!.id ? -1 : 1);
  if (sort.key === "name") {
    return indices.sort((a, b) => {
      const x = rows[a]!.folded;
      const y = rows[b]!.folded;
      return x === y ? tie(a, b) : x < y ? -sign : sign;
    });
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

/** What a filter leaves, and how many of each tier all but the tier's own filter leave. */
export interface Selection {
  readonly visible: Uint32Array;
  readonly counts: Readonly<Record<TierFilter, number>>;
}

/** Filters rows, keeping their order. */
export function select(table: Table, ordered: Uint32Array, filter: Filter): Selection {
  const { tier, risk, consent } = table;
  const found = table.find(filter.query);
  const wantedRisk = filter.risk === null ? null : risks.indexOf(filter.risk);
  const wantedConsent = filter.consent === null ? null : consentStates.indexOf(filter.consent);
  const wantedTier = filter.tier === null ? null : tiers.indexOf(filter.tier);
  const counts = tiers.map(() => 0);
  const visible = new Uint32Array(ordered.length);
  let length = 0;
  for (const index of ordered) {
    if (found !== null && found[index] === 0) continue;
    if (wantedRisk !== null && risk[index] !== wantedRisk) continue;
    if (wantedConsent !== null && consent[index] !== wantedConsent) continue;
    const own = tier[index]!;
    counts[own]! += 1;
    if (wantedTier === null || wantedTier === own) visible[length++] = index;
  }
  const [hot = 0, warm = 0, cold = 0, unqualified = 0, none = 0] = counts;
  return { visible: visible.subarray(0, length), counts: { hot, warm, cold, unqualified, none } };
}
