/** Where one was in the list, so that Back returns there. It names contacts and what was searched for: it is
 *  kept in memory alone, and for its own workspace. */
import type { Workspace } from "../../lib/workspace/types";
import { everything, type Filter, type Sort } from "./select";

/** Sorting, filter and position. */
export interface Place {
  readonly sort: Sort;
  readonly filter: Filter;
  /** Pixels. */
  readonly scrollTop: number;
  /** Contact that is chosen. */
  readonly active: string | null;
}

const start: Place = { sort: { key: "lead", descending: true }, filter: everything, scrollTop: 0, active: null };

const places = new WeakMap<Workspace, Place>();

/** Where one was in the list of a workspace; its start for who was not there yet. */
export function placeIn(workspace: Workspace): Place {
  return places.get(workspace) ?? start;
}

/** Keeps a place until the page is closed. */
export function keepPlace(workspace: Workspace, place: Place): void {
  places.set(workspace, place);
}
