/** The state of the planner. It outlives the view, so that a plan is still there after a look at a contact. */
import { isAbort } from "../../lib/resource.svelte";
import type { Contact, LiveChange, Progress, Workspace } from "../../lib/workspace/types";
import type { Filter } from "./audience";
import { audienceOf } from "./audience";
import type { Due, Schedule } from "./schedule";
import { dueOf, scheduleOf } from "./schedule";

const everybody: Filter = { tiers: [], risks: [], levels: [], scoreMin: null, scoreMax: null };

/** Why a plan is not what would be planned now. */
export type Staleness = "audience" | "changed" | "left_out";

class Campaign {
  contacts = $state.raw<readonly Contact[]>([]);
  /** Contacts that there are; null while unknown. */
  total = $state.raw<number | null>(null);
  loaded = $state(false);
  filter = $state.raw<Filter>(everybody);
  progress = $state.raw<Progress | null>(null);
  schedule = $state.raw<Schedule | null>(null);
  error = $state.raw<unknown>(null);
  /** What failed: the loading of the contacts, or the plan. */
  failed = $state<"load" | "plan">("load");
  /** Now, as of the last look at the clock, milliseconds since 1970. */
  now = $state(Date.now());
  readonly audience = $derived(audienceOf(this.contacts, this.filter));
  /** What was chosen for the plan. */
  #planned = $state.raw<Filter | null>(null);
  /** Scores, settings, models or events changed since the planning began. */
  #outdated = $state(false);
  /** What is left of the plan: by consent as it is known now, in hours that have not passed. */
  readonly due: Due | null = $derived(this.schedule && dueOf(this.schedule, this.contacts, this.now));
  /** Why the plan is to be made anew; null while it is up to date. */
  readonly stale: Staleness | null = $derived.by(() => {
    if (!this.due) return null;
    if (this.filter !== this.#planned) return "audience";
    if (this.#outdated) return "changed";
    return this.due.withdrawn + this.due.passed > 0 ? "left_out" : null;
  });
  #workspace: Workspace | null = null;
  #planning: AbortController | null = null;
  #unwatch: (() => void) | null = null;

  /** Loads the contacts; of another workspace everything begins anew. */
  async load(workspace: Workspace, signal: AbortSignal): Promise<void> {
    if (this.#workspace !== workspace) this.#reset(workspace);
    this.error = null;
    try {
      await this.#loadContacts(workspace, signal);
    } catch (error) {
      if (!isAbort(error)) this.#fail(error, "load");
    }
  }

  /** Takes consent as it is now from the workspace, and gives what is left of the plan; null, with `error`
   *  set, when it cannot be had: nobody is written to by a consent of before. */
  async checked(workspace: Workspace, signal: AbortSignal): Promise<Due | null> {
    this.error = null;
    try {
      await this.#loadContacts(workspace, signal);
      this.look();
      return this.#workspace === workspace ? this.due : null;
    } catch (error) {
      if (!isAbort(error)) this.#fail(error, "load");
      return null;
    }
  }

  async #loadContacts(workspace: Workspace, signal: AbortSignal): Promise<void> {
    const contacts: Contact[] = [];
    await workspace.loadContacts((block, total) => {
      if (this.#workspace !== workspace) return;
      contacts.push(...block);
      this.total = total;
      // What is shown already stays until all of the new is there.
      if (!this.loaded) this.contacts = contacts.slice();
    }, signal);
    if (this.#workspace !== workspace) return;
    this.contacts = contacts;
    this.loaded = true;
  }

  /** Looks at the clock: hours of the plan may have passed. */
  look(now = Date.now()): void {
    this.now = now;
  }

  /** Something that the plan was made of is another now, like settings or a model. */
  outdate(workspace: Workspace): void {
    if (this.#workspace === workspace) this.#outdated = true;
  }

  choose(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
  }

  clear(): void {
    this.choose(everybody);
  }

  async plan(workspace: Workspace): Promise<void> {
    const { filter } = this;
    const { included } = this.audience;
    const planning = new AbortController();
    this.#planning = planning;
    this.error = null;
    const before = this.#outdated;
    this.#outdated = false;
    // The first hour of the plans follows the instant at which they were asked for.
    const at = Date.now();
    this.progress = { done: 0, total: included.length, label: "Planning send times" };
    try {
      const ids = included.map((contact) => contact.contact_id);
      const plans = await workspace.sendHours(ids, (progress) => this.#show(progress), planning.signal);
      this.schedule = scheduleOf(included, plans, at);
      this.#planned = filter;
      this.look();
    } catch (error) {
      // The plan of before stays, and stays as old as it was.
      this.#outdated ||= before;
      if (!isAbort(error)) this.#fail(error, "plan");
    } finally {
      this.progress = null;
    }
  }

  cancel(): void {
    this.#planning?.abort();
  }

  #show(progress: Progress): void {
    if (this.progress) this.progress = progress;
  }

  #fail(error: unknown, failed: "load" | "plan"): void {
    this.error = error;
    this.failed = failed;
  }

  /** A live change; null when some were missed, or when anything in the page may be another. */
  #take(change: LiveChange | null): void {
    this.#outdated = true;
    if (change === null || !("reason" in change)) return;
    const { contact_id: id, reason } = change;
    this.contacts =
      reason === "erased"
        ? this.contacts.filter((one) => one.contact_id !== id)
        : this.contacts.map((one) => (one.contact_id === id ? { ...one, scores: {}, consent: { ...one.consent, objected: true } } : one));
  }

  /** Forgets what is not of this workspace. */
  keep(workspace: Workspace | null): void {
    if (this.#workspace !== null && this.#workspace !== workspace) this.#reset(null);
  }

  #reset(workspace: Workspace | null): void {
    this.cancel();
    this.#unwatch?.();
    this.#workspace = workspace;
    // Also while another view is open: the plan is kept, and must not look newer than it is.
    this.#unwatch = workspace?.watch((change) => this.#take(change)) ?? null;
    this.#outdated = false;
    this.contacts = [];
    this.total = null;
    this.loaded = false;
    this.filter = everybody;
    this.schedule = null;
  }
}

/** The one planner of the page. */
export const campaign = new Campaign();
