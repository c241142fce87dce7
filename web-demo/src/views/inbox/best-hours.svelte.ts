/** Best hours of the rows in sight: asked for when the list stands still, and kept for a while. */
import type { SendHours, Workspace } from "../../lib/workspace/types";

/** The list has to stand still this long before hours are asked for (milliseconds). */
const settle = 300;
/** Contacts of one question. */
const batch = 40;
/** Hours are of the coming day, which goes on: they are asked for anew after this long (milliseconds). */
const keepFor = 3_600_000;
/** Hours of contacts that changed are asked for this much later (milliseconds). */
const renewAfter = 5_000;
/** Hours that could not be had are asked for again this much later (milliseconds). */
const retryAfter = 30_000;

interface Entry {
  readonly hours: SendHours | null;
  /** When to ask again, milliseconds since 1970. */
  until: number;
}

/** Best hours by contact. */
export class BestHours {
  /** Rises when hours have come. */
  revision = $state(0);
  #known = new Map<string, Entry>();
  #wanted: readonly string[] = [];
  /** Who changed since the question that is open was asked. */
  #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer ends, milliseconds since 1970. */
  #due = Infinity;
  #asking: AbortController | null = null;

  constructor(readonly workspace: Pick<Workspace, "sendHours">) {}

  /** Hours of a contact; undefined while unknown, null when there are none. Old ones are given until the new
   *  ones have come. */
  of(id: string): SendHours | null | undefined {
    return this.#known.get(id)?.hours;
  }

  /** Says which contacts are in sight. */
  want(ids: readonly string[]): void {
    this.#wanted = ids;
    this.#askIn(settle);
  }

  /** The contact changed, or all of them (the rules did): their hours are asked for anew. */
  renew(id?: string): void {
    for (const known of id === undefined ? this.#known.keys() : [id]) {
      const entry = this.#known.get(known);
      if (entry) entry.until = 0;
      this.#changed.add(known);
    }
    const wait = id === undefined ? settle : renewAfter;
    // Changes that follow each other do not put the question off.
    if (this.#asking === null && Date.now() + wait < this.#due) this.#askIn(wait);
  }

  /** Ends asking. */
  close(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  #askIn(wait: number): void {
    clearTimeout(this.#timer);
    this.#due = Date.now() + wait;
    this.#timer = setTimeout(() => void this.#ask(), wait);
  }

  /** Asks for what is missing of the rows in sight, one question after the other. */
  async #ask(): Promise<void> {
    this.#asking?.abort();
    this.#due = Infinity;
    const asking = (this.#asking = new AbortController());
    const waiting = this.#wanted.filter((id) => this.#until(id) <= Date.now());
    let next = retryAfter;
    try {
      while (waiting.length > 0) {
        const ids = waiting.splice(0, batch);
        this.#changed.clear();
        const hours = await this.workspace.sendHours(ids, () => undefined, asking.signal);
        asking.signal.throwIfAborted();
        this.#keep(ids, hours);
      }
      next = Math.max(Math.min(...this.#wanted.map((id) => this.#until(id)), Date.now() + keepFor) - Date.now(), renewAfter);
    } catch {
      // A column that stays empty is no reason to disturb; the contact's own page says what went wrong.
    }
    if (asking.signal.aborted) return;
    this.#asking = null;
    this.#askIn(next);
  }

  #until(id: string): number {
    return this.#known.get(id)?.until ?? 0;
  }

  #keep(ids: readonly string[], hours: readonly SendHours[]): void {
    const now = Date.now();
    const byId = new Map(hours.map((one) => [one.contactId, one]));
    for (const id of ids) {
      const until = this.#changed.has(id) ? 0 : now + keepFor;
      this.#known.set(id, { hours: byId.get(id) ?? null, until });
    }
    this.revision += 1;
  }
}
