/** Server-sent events over `fetch`, which unlike `EventSource` can send a key. */
import { sleep } from "./problem";
import type { Http } from "./http";
import { WorkspaceError } from "./types";

export interface ServerEvent {
  /** `message` when the service gave none. */
  readonly event: string;
  readonly data: string;
  /** The last id that was given, in this event or before. */
  readonly id: string | null;
}

/** Reads the format of server-sent events (HTML Living Standard, 9.2.6) from pieces of text. */
export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id: string | null = null;
  /** Wait before a new connection that the service asked for, milliseconds. */
  retry: number | null = null;

  /** The events that are complete with this piece. */
  push(piece: string): ServerEvent[] {
    const text = this.#rest + piece;
    const lines = text.split(/\r\n|\n|\r(?=[^\n])/);
    this.#rest = lines.pop() ?? "";
    const events: ServerEvent[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length > 0) {
          events.push({ event: this.#event || "message", data: this.#data.join("\n"), id: this.#id });
        }
        this.#event = "";
        this.#data = [];
      } else this.#field(line);
    }
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
  }
}

export interface Follow {
  readonly path: string;
  readonly signal: AbortSignal;
  /** False ends the stream. */
  readonly onEvent: (event: ServerEvent) => boolean;
  /** Failures in a row after which a lost stream is given up. */
  readonly failuresMax?: number;
  /** A connection stands again after it was lost; `resumed` when the service knows where we were. */
  readonly onReconnect?: (resumed: boolean) => void;
}

const waitMin = 1_000;
const waitMax = 30_000;

/** Follows a stream until `onEvent` says false, and comes back when it breaks off. */
export async function follow(http: Http, { path, signal, onEvent, onReconnect, failuresMax = 8 }: Follow): Promise<void> {
  let lastId: string | null = null;
  let failures = 0;
  let opened = false;
  for (;;) {
    let wait = waitMin;
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (lastId !== null) headers["last-event-id"] = lastId;
      const { response, touch, close } = await http.open({ path, headers, signal });
      if (opened) onReconnect?.(lastId !== null);
      opened = true;
      try {
        const parser = new EventParser();
        const decoder = new TextDecoder();
        const reader = response.body?.getReader();
        for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
          touch();
          failures = 0;
          for (const event of parser.push(decoder.decode(part.value, { stream: true }))) {
            lastId = event.id;
            if (!onEvent(event)) return;
          }
          wait = parser.retry ?? wait;
        }
      } finally {
        close();
      }
    } catch (error) {
      if (signal.aborted) return;
      // What a new try cannot mend.
      if (error instanceof WorkspaceError && error.status !== null && error.status < 500 && error.status !== 429) throw error;
      if (++failures > failuresMax) throw error;
    }
    await sleep(Math.min(wait * 2 ** failures, waitMax) * (0.75 + Math.random() / 2), signal).catch(() => {});
    if (signal.aborted) return;
  }
}
