/** The state of the planner. It outlives the view, so that a plan is still there after a look at a contact. */
import { isAbort } from "../../lib/resource.svelte";
import type { Contact, Progress, Workspace } from "../../lib/workspace/types";
import type { Filter } from "./audience";
import { audienceOf } from "./audience";
import type { Schedule } from "./schedule";
import { scheduleOf } from "./schedule";

const everybody: Filter = { tiers: [], risks: [], levels: [], scoreMin: null, scoreMax: null };

class Campaign {
  contacts = $state.raw<readonly Contact[]>([]);
  /** Contacts that there are; null while unknown. */
  total = $state.raw<number | null>(null);
  loaded = $state(false);
  filter = $state.raw<Filter>(everybody);
  progress = $state.raw<Progress | null>(null);
  schedule = $state.raw<Schedule | null>(null);
  error = $state.raw<unknown>(null);
  readonly audience = $derived(audienceOf(this.contacts, this.filter));
  /** What was chosen for the plan. */
  #planned = $state.raw<Filter | null>(null);
  /** The plan is of another audience than is chosen now. */
  readonly stale = $derived(this.schedule !== null && this.filter !== this.#planned);
  #workspace: Workspace | null = null;
  #planning: AbortController | null = null;

  /** Loads the contacts; of another workspace everything begins anew. */
  async load(workspace: Workspace, signal: AbortSignal): Promise<void> {
    if (this.#workspace !== workspace) this.#reset(workspace);
    this.error = null;
    const contacts: Contact[] = [];
    try {
      await workspace.loadContacts((block, total) => {
        contacts.push(...block);
        this.total = total;
        // What is shown already stays until all of the new is there.
        if (!this.loaded) this.contacts = contacts.slice();
      }, signal);
      this.contacts = contacts;
      this.loaded = true;
    } catch (error) {
      if (!isAbort(error)) this.error = error;
    }
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
    this.progress = { done: 0, total: included.length, label: "Planning send times" };
    try {
      const ids = included.map((contact) => contact.contact_id);
      const plans = await workspace.sendHours(ids, (progress) => this.#show(progress), planning.signal);
      this.schedule = scheduleOf(included, plans);
      this.#planned = filter;
    } catch (error) {
      if (!isAbort(error)) this.error = error;
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

  #reset(workspace: Workspace): void {
    this.cancel();
    this.#workspace = workspace;
    this.contacts = [];
    this.total = null;
    this.loaded = false;
    this.filter = everybody;
    this.schedule = null;
  }
}

/** The one planner of the page. */
export const campaign = new Campaign();
