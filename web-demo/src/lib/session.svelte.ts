/** The workspace that is open, and how the page came to it. */
import type { Workspace } from "./workspace/types";

class Session {
  /** None while the page starts, or when a key is asked for. */
  workspace = $state.raw<Workspace | null>(null);
}

/** The one session of the page. */
export const session = new Session();
