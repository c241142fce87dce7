/** The contacts of a workspace with their live changes. It outlives the view, so that Back is instant;
 *  rows are plain objects, and `revision` tells the view that some have changed. */
import type { ScoreChange, Workspace } from "../../lib/workspace/types";
import { BestHours } from "./best-hours.svelte";
import { applyChange, toRow, type Row } from "./rows";
import { everything, order, select, type Filter, type Sort } from "./select";
import { Table } from "./table";

/** Live changes are shown together, this often (milliseconds). */
const flushEvery = 250;
/** While contacts come in, the list is put in order this often (milliseconds). */
const orderEvery = 400;
/** After missed changes everything is loaded again, at most this often (milliseconds). */
const reloadEvery = 30_000;

const none = select(new Table(), new Uint32Array(), everything);

/** The list of one workspace. */
export class Inbox {
  status = $state<"loading" | "ready" | "failed">("loading");
  error = $state.raw<unknown>(null);
  /** Contacts that the workspace says it has; null while unknown. */
  total = $state<number | null>(null);
  loaded = $state(0);
  /** The rows that are shown, in order: as of the last sorting or filtering. */
  visible = $state.raw(none.visible);
  /** How many of each tier there are, live. */
  counts = $state.raw(none.counts);
  /** Rises with every change that the view has to draw. */
  revision = $state(0);
  /** Rows whose place in the order, or whose filter, may have changed since the last sorting. */
  stale = $state(0);

  #table = new Table();
  #ordered: Uint32Array = new Uint32Array();
  #sort: Sort = { key: "lead", descending: true };
  #filter: Filter = everything;
  #staleIds = new Set<string>();
  #buffer: ScoreChange[] = [];
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  #reloadTimer: ReturnType<typeof setTimeout> | undefined;
  #loadedAt = 0;
  #abort: AbortController | null = null;
  readonly #unwatch: () => void;
  /** Best hours of the rows that have been in sight. */
  readonly hours: BestHours;

  constructor(readonly workspace: Workspace) {
    this.hours = new BestHours(workspace);
    this.#unwatch = workspace.watch((change) => {
      if (change === null) return this.#reloadSoon();
      this.#buffer.push(change);
      this.#flushTimer ??= setTimeout(() => this.#flush(), flushEvery);
    });
    void this.load();
  }

  /** The row at a place of the list. */
  at(place: number): Row | undefined {
    const index = this.visible[place];
    return index === undefined ? undefined : this.#table.rows[index];
  }

  /** The place of a contact in the list; -1 when it is not shown. */
  placeOf(id: string | null): number {
    const index = id === null ? undefined : this.#table.indexOf(id);
    return index === undefined ? -1 : this.visible.indexOf(index);
  }

  /** Loads every contact; a failure leaves what was there. */
  async load(): Promise<void> {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    const again = this.#table.rows.length > 0;
    const table = new Table();
    let orderedAt = performance.now();
    const show = (): void => {
      this.#table = table;
      this.resort();
      orderedAt = performance.now();
    };
    this.status = again ? this.status : "loading";
    this.error = null;
    try {
      await this.workspace.loadContacts((contacts, total) => {
        if (abort.signal.aborted) return;
        for (const contact of contacts) table.add(toRow(contact));
        this.total = total;
        // What is shown stays until the second load is whole.
        if (again) return;
        this.loaded = table.rows.length;
        const first = this.#table !== table;
        if (first || performance.now() - orderedAt >= orderEvery) show();
      }, abort.signal);
      if (abort.signal.aborted) return;
      this.total = this.loaded = table.rows.length;
      show();
      this.status = "ready";
      setTimeout(() => table.prepare());
      this.#loadedAt = performance.now();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = error;
      this.status = again ? "ready" : "failed";
    }
  }

  /** Puts the list in another order. */
  sortBy(sort: Sort): void {
    this.#sort = sort;
    this.resort();
  }

  /** Shows what a filter leaves. */
  filterBy(filter: Filter): void {
    this.#filter = filter;
    this.#select();
  }

  /** Puts the list in order again, after live changes. */
  resort(): void {
    this.#ordered = order(this.#table, this.#sort);
    this.#staleIds.clear();
    this.stale = 0;
    this.#select();
  }

  /** Ends watching and loading. */
  close(): void {
    this.#unwatch();
    this.#abort?.abort();
    this.hours.close();
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#reloadTimer);
  }

  #select(): void {
    const { visible, counts } = select(this.#table, this.#ordered, this.#filter);
    this.visible = visible;
    this.counts = counts;
    this.revision += 1;
  }

  #flush(): void {
    this.#flushTimer = undefined;
    const now = performance.now();
    let changed = false;
    for (const change of this.#buffer) {
      const index = this.#table.indexOf(change.contact_id);
      const row = index === undefined ? undefined : this.#table.rows[index];
      if (index === undefined || !row || !applyChange(row, change, now)) continue;
      this.#table.refresh(index);
      changed = true;
      if (this.#moves(change)) this.#staleIds.add(row.id);
    }
    this.#buffer = [];
    if (!changed) return;
    this.stale = this.#staleIds.size;
    this.counts = select(this.#table, this.#ordered, this.#filter).counts;
    this.revision += 1;
  }

  /** Whether a change can move a row in the present order, or into or out of the present filter. */
  #moves(change: ScoreChange): boolean {
    const { key } = this.#sort;
    if (change.model === "lead") return key === "lead" || key === "trend" || this.#filter.tier !== null;
    if (change.model === "churn") return key === "churn" || this.#filter.risk !== null;
    return key === "engagement";
  }

  #reloadSoon(): void {
    const wait = Math.max(0, this.#loadedAt + reloadEvery - performance.now());
    this.#reloadTimer ??= setTimeout(() => {
      this.#reloadTimer = undefined;
      void this.load();
    }, wait);
  }
}

let open: Inbox | null = null;

/** The list of a workspace: the one that is open, or a new one in its stead. */
export function inboxOf(workspace: Workspace): Inbox {
  if (open?.workspace !== workspace) {
    open?.close();
    open = new Inbox(workspace);
  }
  return open;
}
