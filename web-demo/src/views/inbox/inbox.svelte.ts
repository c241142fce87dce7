/** The contacts of a workspace with their live changes. It outlives the view, so that Back is instant;
 *  rows are plain objects, and `revision` tells the view that some have changed. */
import type { Contact, LiveChange, ScoresWithdrawn, Workspace } from "../../lib/workspace/types";
import { BestHours } from "./best-hours.svelte";
import { Newest } from "./newest";
import { applyChange, applyContact, applyObjection, toRow, type Row } from "./rows";
import { everything, order, select, sortKeys, type Filter, type Sort, type SortKey } from "./select";
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
  #buffer: LiveChange[] = [];
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  #reloadTimer: ReturnType<typeof setTimeout> | undefined;
  #loadedAt = 0;
  #abort: AbortController | null = null;
  /** Asks for contacts that changed: who is new, and what a score change does not tell. */
  readonly #newest: Newest;
  readonly #unwatch: () => void;
  /** Best hours of the rows that have been in sight. */
  readonly hours: BestHours;

  constructor(readonly workspace: Workspace) {
    this.hours = new BestHours(workspace);
    this.#newest = new Newest(workspace, (contacts) => this.#take(contacts), () => this.#reloadSoon());
    this.#unwatch = workspace.watch((change) => {
      if (change === null) return this.#reloadSoon();
      this.#buffer.push(change);
      this.#flushSoon();
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
    // Whatever has changed may have changed the hours as well: events, or the model behind them.
    if (again) this.hours.renew();
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
      this.loaded = table.rows.length;
      // Who came behind the last page, or beyond what is loaded at most, is counted and not shown.
      this.total = Math.max(this.total ?? 0, this.loaded);
      show();
      this.status = "ready";
      setTimeout(() => table.prepare());
      this.#loadedAt = performance.now();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = error;
      this.status = again ? "ready" : "failed";
    } finally {
      // A load that took the place of this one has them still to wait for.
      if (this.#abort === abort) {
        this.#abort = null;
        // They may be of before their contact was loaded, or of after: they are written in once more.
        if (this.#buffer.length > 0) this.#flushSoon();
      }
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
    this.#newest.close();
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#reloadTimer);
  }

  #select(): void {
    const { visible, counts } = select(this.#table, this.#ordered, this.#filter);
    this.visible = visible;
    this.counts = counts;
    this.revision += 1;
  }

  #flushSoon(): void {
    this.#flushTimer ??= setTimeout(() => this.#flush(), flushEvery);
  }

  #flush(): void {
    this.#flushTimer = undefined;
    // The rows that they belong to are on their way.
    if (this.#abort !== null) return;
    const changes = this.#buffer.splice(0);
    // Without a list there is nothing to change; its next load has it all.
    if (this.status === "failed") return;
    const now = performance.now();
    let changed = false;
    for (const change of changes) {
      if ("reason" in change) {
        changed = this.#withdraw(change) || changed;
        continue;
      }
      this.#newest.want(change.contact_id);
      this.hours.renew(change.contact_id);
      const index = this.#table.indexOf(change.contact_id);
      const row = index === undefined ? undefined : this.#table.rows[index];
      if (index === undefined || !row || !applyChange(row, change, now)) continue;
      this.#table.refresh(index);
      changed = true;
      if (this.#moves(row.changed === "lead" ? ["lead", "trend"] : [row.changed!])) this.#staleIds.add(row.id);
    }
    if (changed) this.#drawChanges();
  }

  /** Shows nothing more of what models said of a contact; one who was erased goes. */
  #withdraw({ contact_id: id, reason }: ScoresWithdrawn): boolean {
    const index = this.#table.indexOf(id);
    const row = index === undefined ? undefined : this.#table.rows[index];
    if (index === undefined || !row) return false;
    if (reason === "objected") {
      if (!applyObjection(row)) return false;
      this.#table.renew(index);
      this.hours.renew(id);
      if (this.#moves(sortKeys)) this.#staleIds.add(id);
    } else {
      this.#table = new Table(this.#table.rows.filter((one) => one !== row));
      this.loaded = this.#table.rows.length;
      this.total = Math.max((this.total ?? 1) - 1, this.loaded);
      this.resort();
    }
    return true;
  }

  /** Writes contacts as they are now into their rows; who is new comes last until the next sorting. */
  #take(contacts: readonly Contact[]): void {
    // The list that they belong into is on its way, and may be older than they are.
    if (this.#abort !== null) return contacts.forEach(({ contact_id: id }) => this.#newest.want(id));
    const added: number[] = [];
    let changed = false;
    for (const contact of contacts) {
      const known = this.#table.indexOf(contact.contact_id);
      const row = known === undefined ? undefined : this.#table.rows[known];
      const columns = row ? applyContact(row, contact) : sortKeys;
      if (columns.length === 0) continue;
      if (known === undefined) added.push(this.#table.add(toRow(contact)));
      else this.#table.renew(known);
      changed = true;
      if (this.#moves(columns)) this.#staleIds.add(contact.contact_id);
    }
    if (!changed) return;
    if (added.length > 0) {
      this.loaded = this.#table.rows.length;
      this.total = Math.max(this.total ?? 0, this.loaded);
      const shown = select(this.#table, Uint32Array.from(added), this.#filter).visible;
      this.#ordered = Uint32Array.from([...this.#ordered, ...added]);
      this.visible = Uint32Array.from([...this.visible, ...shown]);
    }
    this.#drawChanges();
  }

  #drawChanges(): void {
    this.stale = this.#staleIds.size;
    this.counts = select(this.#table, this.#ordered, this.#filter).counts;
    this.revision += 1;
  }

  /** Whether changes in these columns can move a row in the present order, or into or out of the present filter. */
  #moves(changed: readonly SortKey[]): boolean {
    const { tier, risk, consent } = this.#filter;
    const filtered: Partial<Record<SortKey, unknown>> = { lead: tier, churn: risk, consent };
    return changed.some((key) => key === this.#sort.key || (filtered[key] ?? null) !== null);
  }

  #reloadSoon(): void {
    // In the page nothing changes by itself: somebody has just read a file and waits for it.
    const wait = this.workspace.place === "page" ? 0 : Math.max(0, this.#loadedAt + reloadEvery - performance.now());
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

/** Ends the list that is open, unless it is of this workspace: nobody would see what still comes to it. */
export function keepInboxOf(workspace: Workspace | null): void {
  if (open === null || open.workspace === workspace) return;
  open.close();
  open = null;
}

/** Levels begin elsewhere: the list that is open is loaded again at once. */
export function renewLevels(workspace: Workspace): void {
  if (open?.workspace === workspace) void open.load();
}

/** The rules for send times of a workspace have changed. */
export function renewHours(workspace: Workspace): void {
  if (open?.workspace === workspace) open.hours.renew();
}
