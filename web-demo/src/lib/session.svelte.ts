/** The workspace that is open, and how the page came to it. */
import type { Workspace } from "./workspace/types";

/** A question for the API key, until it is answered. */
export interface KeyQuestion {
  /** A key was sent and refused. */
  readonly refused: boolean;
  /** Whether the key before was kept on this device. */
  readonly remembered: boolean;
  readonly answer: (key: string | null, remember: boolean) => void;
}

class Session {
  /** None while the page starts, or when a key is asked for. */
  workspace = $state.raw<Workspace | null>(null);
  /** Why no workspace is open. */
  failure = $state.raw<unknown>(null);
  /** Set while the page waits for a key. */
  keyQuestion = $state.raw<KeyQuestion | null>(null);
}

/** The one session of the page. */
export const session = new Session();
