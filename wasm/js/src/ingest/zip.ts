/** The text inside the `.zip` of an exported chat. */
import { RequestError } from "../errors.js";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
/** A comment at the end of an archive is not longer. */
const COMMENT_BYTES_MAX = 0xffff;
/** Longest text that is unpacked, as in the module. */
const TEXT_BYTES_MAX = 64 * 2 ** 20;
const STORED = 0;
const DEFLATED = 8;

/** Whether bytes are a zip archive. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && view(bytes).getUint32(0, true) === LOCAL;
}

/**
 * The chat of an exported archive: `_chat.txt`, or its only text file.
 *
 * @throws RequestError when the archive is damaged or holds no chat
 */
export async function unzipChat(bytes: Uint8Array): Promise<Uint8Array> {
  const texts = entries(bytes).filter((entry) => entry.name.toLowerCase().endsWith(".txt"));
  const named = texts.find((entry) => /(^|\/)_chat\.txt$/i.test(entry.name));
  const chosen = named ?? (texts.length === 1 ? texts[0] : undefined);
  if (chosen === undefined) {
    const detail = `the archive holds ${texts.length} text files and none is named _chat.txt: unzip it and choose one`;
    throw new RequestError("invalid_field", detail);
  }
  return unpack(bytes, chosen);
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly length: number;
  readonly start: number;
}

function damaged(): RequestError {
  return new RequestError("invalid_field", "the archive is damaged: export the chat again");
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function entries(bytes: Uint8Array): Entry[] {
  const data = view(bytes);
  let end = bytes.length - END_BYTES;
  const earliest = Math.max(0, end - COMMENT_BYTES_MAX);
  while (end >= earliest && data.getUint32(end, true) !== END) end -= 1;
  if (end < earliest) throw damaged();
  const found: Entry[] = [];
  let at = data.getUint32(end + 16, true);
  for (let left = data.getUint16(end + 10, true); left > 0; left -= 1) {
    if (at + ENTRY_BYTES > end || data.getUint32(at, true) !== ENTRY) throw damaged();
    const [nameBytes, extra, comment] = [28, 30, 32].map((field) => data.getUint16(at + field, true)) as [
      number, number, number,
    ];
    found.push({
      name: new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes)),
      method: data.getUint16(at + 10, true),
      packed: data.getUint32(at + 20, true),
      length: data.getUint32(at + 24, true),
      start: data.getUint32(at + 42, true),
    });
    at += ENTRY_BYTES + nameBytes + extra + comment;
  }
  return found;
}

async function unpack(bytes: Uint8Array, entry: Entry): Promise<Uint8Array> {
  const data = view(bytes);
  const { start, packed, length, method } = entry;
  if (start + LOCAL_BYTES > bytes.length || data.getUint32(start, true) !== LOCAL) throw damaged();
  if (length > TEXT_BYTES_MAX) {
    throw new RequestError("batch_too_large", "the chat is longer than 64 MiB: import it with the service");
  }
  const from = start + LOCAL_BYTES + data.getUint16(start + 26, true) + data.getUint16(start + 28, true);
  const content = bytes.subarray(from, from + packed);
  if (content.length !== packed) throw damaged();
  if (method === STORED) {
    if (packed !== length) throw damaged();
    return content;
  }
  if (method !== DEFLATED) throw damaged();
  return inflate(content, length);
}

/** Unpacks at most as many bytes as the archive promises. */
async function inflate(content: Uint8Array, length: number): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  const stream = new Blob([content as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  let done = 0;
  try {
    for (;;) {
      const piece = await reader.read();
      if (piece.done) break;
      if (done + piece.value.length > length) throw damaged();
      out.set(piece.value, done);
      done += piece.value.length;
    }
  } catch {
    throw damaged();
  }
  if (done !== length) throw damaged();
  return out;
}
