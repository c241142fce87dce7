/** Where one was in the list, kept for this tab, so that Back returns there. */
import { risks, tiers } from "./levels";
import { everything, sortKeys, type Filter, type Sort } from "./select";
import { consentStates } from "./rows";

/** Sorting, filter and position. */
export interface Place {
  readonly sort: Sort;
  readonly filter: Filter;
  /** Pixels. */
  readonly scrollTop: number;
  /** Contact that is chosen. */
  readonly active: string | null;
}

export const start: Place = { sort: { key: "lead", descending: true }, filter: everything, scrollTop: 0, active: null };

const storageKey = "chatsignal.inbox";
const member = <T extends string>(list: readonly T[], value: unknown): T | null =>
  list.find((item) => item === value) ?? null;

/** Reads a kept place; what it does not understand is as at the start. */
export function parsePlace(text: string | null): Place {
  let kept: Partial<{ sort: Partial<Sort>; filter: Partial<Filter>; scrollTop: number; active: string }> | null;
  try {
    kept = JSON.parse(text ?? "null");
  } catch {
    return start;
  }
  if (typeof kept !== "object" || kept === null) return start;
  const key = member(sortKeys, kept.sort?.key);
  return {
    sort: key ? { key, descending: kept.sort?.descending === true } : start.sort,
    filter: {
      query: typeof kept.filter?.query === "string" ? kept.filter.query : "",
      tier: member(tiers, kept.filter?.tier),
      risk: member(risks, kept.filter?.risk),
      consent: member(consentStates, kept.filter?.consent),
    },
    scrollTop: Number.isFinite(kept.scrollTop) ? Math.max(0, kept.scrollTop!) : 0,
    active: typeof kept.active === "string" ? kept.active : null,
  };
}

/** The kept place of this tab. A browser may forbid storage: then every visit starts at the start. */
export function readPlace(): Place {
  try {
    return parsePlace(sessionStorage.getItem(storageKey));
  } catch {
    return start;
  }
}

/** Keeps a place for this tab. */
export function keepPlace(place: Place): void {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(place));
  } catch {
    // Without storage the place is lost, nothing else.
  }
}
