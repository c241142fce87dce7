/** Contacts as they are now: score changes say neither who is new nor when somebody wrote. They are asked for
 *  a few at a time, a while after the change. */
import { pool } from "../../lib/workspace/pool";
import { WorkspaceError, type Contact, type Workspace } from "../../lib/workspace/types";

/** Changes are gathered this long before contacts are asked for (milliseconds). */
const gatherFor = 1_500;
/** From this many contacts on, a load of the whole list is cheaper. */
const askMax = 100;

/** The contacts of one workspace that wait to be asked for. */
export class Newest {
  #waiting = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ended = new AbortController();

  constructor(
    readonly workspace: Pick<Workspace, "contact">,
    /** Takes the answers of one round. */
    readonly onContacts: (contacts: readonly Contact[]) => void,
    /** There are too many of them, or they could not be had: the list is to be loaded again. */
    readonly onMissed: () => void,
  ) {}

  /** Says that a contact changed. */
  want(id: string): void {
    this.#waiting.add(id);
    this.#timer ??= setTimeout(() => void this.#ask(), gatherFor);
  }

  /** Ends asking. */
  close(): void {
    clearTimeout(this.#timer);
    this.#ended.abort();
  }

  async #ask(): Promise<void> {
    const ids = [...this.#waiting];
    this.#waiting.clear();
    try {
      if (ids.length > askMax) return this.onMissed();
      const answers = await pool(ids, (id) => this.#contact(id), this.#ended.signal);
      this.#ended.signal.throwIfAborted();
      this.onContacts(answers.filter((answer) => answer !== null));
    } catch {
      if (!this.#ended.signal.aborted) this.onMissed();
    } finally {
      // One round at a time: what came meanwhile is the next one.
      this.#timer = undefined;
      const [next] = this.#waiting;
      if (next !== undefined && !this.#ended.signal.aborted) this.want(next);
    }
  }

  /** Null of a contact that was erased meanwhile. */
  async #contact(id: string): Promise<Contact | null> {
    try {
      return await this.workspace.contact(id);
    } catch (error) {
      if (error instanceof WorkspaceError && error.status === 404) return null;
      throw error;
    }
  }
}
