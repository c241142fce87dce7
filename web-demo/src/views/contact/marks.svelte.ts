/** What was said about recommendations: shown at once, taken back when it could not be kept. */
import { SvelteMap } from "svelte/reactivity";
import type { FeedbackRequest, Workspace } from "../../lib/workspace/types";

export type Outcome = "done" | "dismissed";
export type ActionName = NonNullable<FeedbackRequest["action"]>;

/** State of one recommendation. */
export interface Mark {
  /** What it was marked as; null while it is open. */
  readonly outcome: Outcome | null;
  /** Whether the answer is still to come. */
  readonly pending: boolean;
  /** Why the last mark was not kept, and which it was. */
  readonly failed: { readonly outcome: Outcome; readonly error: unknown } | null;
}

const open: Mark = { outcome: null, pending: false, failed: null };

/** A kept mark holds this long (milliseconds): a recommendation that still stands after it is open again. */
const keptFor = 7 * 86_400_000;

/** The marks of one workspace. */
export class Marks {
  readonly #marks = new SvelteMap<string, Mark>();
  /** Contacts whose kept marks are there, or on their way. */
  readonly #loaded = new Set<string>();

  constructor(readonly workspace: Pick<Workspace, "feedback" | "feedbackOf">) {}

  /** Takes in what the workspace has kept of a contact; what was marked here stays. */
  async load(contactId: string): Promise<void> {
    if (this.#loaded.has(contactId)) return;
    this.#loaded.add(contactId);
    try {
      const since = Date.now() - keptFor;
      // Newest first: the first word on an action is the one that holds.
      for (const { type, subject, verdict, created_at: at } of await this.workspace.feedbackOf(contactId)) {
        const key = `${contactId} ${subject}`;
        if (type !== "recommendation" || Date.parse(at) < since || this.#marks.has(key)) continue;
        if (verdict === "done" || verdict === "dismissed") this.#marks.set(key, { ...open, outcome: verdict });
      }
    } catch {
      // The recommendations can be used without; they are asked for with the next visit.
      this.#loaded.delete(contactId);
    }
  }

  /** The mark of a recommendation. */
  of(contactId: string, action: ActionName): Mark {
    return this.#marks.get(`${contactId} ${action}`) ?? open;
  }

  /** Marks a recommendation, and takes the mark back when it cannot be kept. */
  async set(contactId: string, action: ActionName, outcome: Outcome): Promise<void> {
    const key = `${contactId} ${action}`;
    const before = this.of(contactId, action);
    if (before.pending) return;
    this.#marks.set(key, { outcome, pending: true, failed: null });
    try {
      await this.workspace.feedback({ type: "recommendation", contact_id: contactId, action, outcome });
      this.#marks.set(key, { outcome, pending: false, failed: null });
    } catch (error) {
      this.#marks.set(key, { outcome: before.outcome, pending: false, failed: { outcome, error } });
    }
  }
}

const known = new WeakMap<object, Marks>();

/** The marks of a workspace. */
export function marksOf(workspace: Workspace): Marks {
  const marks = known.get(workspace) ?? new Marks(workspace);
  known.set(workspace, marks);
  return marks;
}
