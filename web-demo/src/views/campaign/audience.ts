/** Who a campaign is for, and who of them must not be written to. */
import type { Contact } from "../../lib/workspace/types";

export const tiers = ["hot", "warm", "cold", "unqualified"] as const;
export const risks = ["critical", "high", "medium", "low"] as const;
export const levels = ["high", "medium", "low"] as const;

/** What is asked of a contact; an empty list asks nothing. */
export interface Filter {
  readonly tiers: readonly string[];
  readonly risks: readonly string[];
  readonly levels: readonly string[];
  /** Least and greatest lead score; null asks nothing. */
  readonly scoreMin: number | null;
  readonly scoreMax: number | null;
}

/** Why somebody is left out, the gravest reason first. */
export const exclusions = {
  objected: "Objected to profiling or marketing",
  opted_out: "Opted out of marketing",
  block_suspected: "Has probably blocked the number",
  not_allowed: "No consent to marketing",
} as const;
export type Exclusion = keyof typeof exclusions;

export function exclusionOf({ consent }: Contact): Exclusion | null {
  if (consent.objected) return "objected";
  if (consent.opted_out) return "opted_out";
  if (consent.block_suspected) return "block_suspected";
  return consent.marketing_allowed ? null : "not_allowed";
}

function asks(wanted: readonly string[], label: string | undefined): boolean {
  return wanted.length === 0 || (label !== undefined && wanted.includes(label));
}

export function matches({ scores }: Contact, filter: Filter): boolean {
  const { scoreMin, scoreMax } = filter;
  const score = scores.lead?.value;
  if (scoreMin !== null && !(score !== undefined && score >= scoreMin)) return false;
  if (scoreMax !== null && !(score !== undefined && score <= scoreMax)) return false;
  return (
    asks(filter.tiers, scores.lead?.label) &&
    asks(filter.risks, scores.churn?.label) &&
    asks(filter.levels, scores.engagement?.label)
  );
}

export interface Audience {
  /** Who matches and may be written to. */
  readonly included: readonly Contact[];
  /** Who matches and must not. */
  readonly excluded: ReadonlyMap<Exclusion, number>;
  readonly matching: number;
}

export function audienceOf(contacts: readonly Contact[], filter: Filter): Audience {
  const included: Contact[] = [];
  const excluded = new Map<Exclusion, number>();
  let matching = 0;
  for (const contact of contacts) {
    if (!matches(contact, filter)) continue;
    matching++;
    const reason = exclusionOf(contact);
    if (reason) excluded.set(reason, (excluded.get(reason) ?? 0) + 1);
    else included.push(contact);
  }
  return { included, excluded, matching };
}

/** How many contacts have each label of a model. */
export function labelCounts(contacts: readonly Contact[], kind: "lead" | "churn" | "engagement"): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { scores } of contacts) {
    const label = scores[kind]?.label;
    if (label) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return counts;
}
