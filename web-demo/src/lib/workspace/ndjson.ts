/** Lines of a file in pieces that one request takes. */
import { WorkspaceError } from "./types";

/** Longest line, characters. */
const lineMax = 1 << 20;

export interface Piece {
  readonly text: string;
  /** Number of the first line, from 0, in the file. */
  readonly firstLine: number;
  /** Bytes of the file up to the end of this piece. */
  readonly end: number;
}

/** Whole lines of at most `bytes` together (characters, which is near enough); a longer line is a piece of
 *  its own. */
export async function* pieces(file: Blob, bytes: number): AsyncGenerator<Piece> {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  let [held, firstLine, end] = ["", 0, 0];
  const encoder = new TextEncoder();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      held += part.value;
      while (held.length >= bytes) {
        const within = held.lastIndexOf("\n", bytes - 1);
        const cut = within >= 0 ? within : held.indexOf("\n", bytes);
        if (cut < 0) {
          if (held.length > bytes + lineMax) throw noLines(file.size);
          break;
        }
        const text = held.slice(0, cut + 1);
        held = held.slice(cut + 1);
        end += encoder.encode(text).length;
        yield { text, firstLine, end };
        firstLine += lines(text);
      }
    }
    if (held.trim() !== "") yield { text: held, firstLine, end: file.size };
  } finally {
    await reader.cancel();
  }
}

function noLines(size: number): WorkspaceError {
  const message = `Events stand one on a line (NDJSON); these ${size} bytes have no line that ends.`;
  return new WorkspaceError("invalid_json", message);
}

function lines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/** The contacts that lines name, as far as they can be read. */
export function contactsOf(text: string, into: Set<string>): void {
  for (const [, id] of text.matchAll(/"contact_id"\s*:\s*"((?:[^"\\]|\\.)*)"/g)) if (id) into.add(id);
}
