/** Best hours of the rows in sight: asked for when the list stands still, and kept. */
import type { SendHours, Workspace } from "../../lib/workspace/types";

/** The list has to stand still this long before hours are asked for (milliseconds). */
const settle = 300;
/** Contacts of one question. */
const batch = 40;

/** Best hours by contact. */
export class BestHours {
  /** Rises when hours have come. */
  revision = $state(0);
  #known = new Map<string, SendHours | null>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  constructor(readonly workspace: Workspace) {}

  /** Hours of a contact; undefined while unknown, null when they could not be had. */
  of(id: string): SendHours | null | undefined {
    return this.#known.get(id);
  }

  /** Says which contacts are in sight. */
  want(ids: readonly string[]): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(ids), settle);
  }

  /** Ends asking. */
  close(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  async #ask(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => !this.#known.has(id)).slice(0, batch);
    if (missing.length === 0) return;
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    try {
      const hours = await this.workspace.sendHours(missing, () => undefined, abort.signal);
      if (abort.signal.aborted) return;
      for (const id of missing) this.#known.set(id, null);
      for (const entry of hours) this.#known.set(entry.contactId, entry);
    } catch {
      if (abort.signal.aborted) return;
      // A column that stays empty is no reason to disturb; the contact's own page says what went wrong.
      for (const id of missing) this.#known.set(id, null);
    }
    this.revision += 1;
  }
}
