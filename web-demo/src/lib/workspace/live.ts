/** The live stream of a workspace: one connection, however many watch. A browser opens six connections to a
 *  host for all of its tabs together, so a tab that nobody sees gives its own back. */
import type { Http } from "./http";
import { follow } from "./sse";
import type { LiveChange } from "./types";

/** A tab has to be hidden this long before its stream ends (milliseconds): who only looks elsewhere for a
 *  moment misses nothing. */
const hiddenFor = 5_000;

/** A change; null when some were missed. */
export type Watcher = (change: LiveChange | null) => void;

/** What `document` tells of the tab, for tests. */
export type Visibility = Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;

export class LiveStream {
  readonly #watchers = new Set<Watcher>();
  readonly #http: Http;
  readonly #tab: Visibility | undefined;
  #ended: AbortController | null = null;
  #hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(http: Http, tab: Visibility | undefined = globalThis.document) {
    this.#http = http;
    this.#tab = tab;
  }

  /** Tells changes from now on, until what it gives is called. */
  watch(onChange: Watcher): () => void {
    // Of its own, so that one function may watch twice.
    const watcher: Watcher = (change) => onChange(change);
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) {
      this.#tab?.addEventListener("visibilitychange", this.#onVisibility);
      // A tab that is opened in the background begins when it is looked at.
      if (!this.#tab?.hidden) this.#open();
    }
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#end();
    };
  }

  #open(): void {
    const ended = (this.#ended = new AbortController());
    const stream = follow(this.#http, {
      path: "/api/v1/stream",
      signal: ended.signal,
      // The page stays open all day: the service will come back.
      failuresMax: Infinity,
      onEvent: ({ event, data }) => {
        if (event === "score" || event === "withdrawn") this.#tell(JSON.parse(data) as LiveChange);
        else if (event === "gap") this.#tell(null);
        return true;
      },
      // Who had no event yet is not known to have been away.
      onReconnect: (resumed) => resumed || this.#tell(null),
    });
    // Without the right to follow, what is shown is as of its loading.
    stream.catch(() => {});
  }

  #end(): void {
    this.#tab?.removeEventListener("visibilitychange", this.#onVisibility);
    clearTimeout(this.#hiding);
    this.#close();
  }

  #close(): void {
    this.#ended?.abort();
    this.#ended = null;
  }

  readonly #onVisibility = (): void => {
    clearTimeout(this.#hiding);
    if (this.#tab?.hidden) this.#hiding = setTimeout(() => this.#close(), hiddenFor);
    else if (this.#ended === null) {
      this.#open();
      this.#tell(null);
    }
  };

  #tell(change: LiveChange | null): void {
    for (const watcher of [...this.#watchers]) watcher(change);
  }
}
