/** What a file is, and where it goes. */
import type { Workspace } from "../../lib/workspace/types";

/** `workspace`: to the workspace that is open. `page`: it can be read in the page alone. */
export type Way = { readonly to: "workspace" } | { readonly to: "page" } | { readonly to: "nowhere"; readonly reason: string };

/** Longest file that a page reads, bytes. */
const bytesMax = 512 * 1024 * 1024;

const events = /\.(ndjson|jsonl|json)$/i;
const exports = /\.(txt|zip)$/i;

/** What the page reads itself: endings for the file chooser, and the same in words. */
export const pageFiles = { accept: ".ndjson,.jsonl,.json,.txt,.zip", hint: "WhatsApp exports (.txt, .zip) and events (.ndjson)" } as const;

/** Where a file goes, by its name and size. */
export function wayOf(file: Pick<File, "name" | "size">, place: Workspace["place"]): Way {
  if (file.size === 0) return { to: "nowhere", reason: "The file is empty." };
  if (file.size > bytesMax) return { to: "nowhere", reason: "The file is larger than 512 MB. Import it with “chatsignal import”." };
  if (events.test(file.name)) return { to: "workspace" };
  if (exports.test(file.name)) return { to: place === "page" ? "workspace" : "page" };
  return { to: "nowhere", reason: "This kind of file is not read here. Events are .ndjson, WhatsApp exports are .txt or .zip." };
}

const units = ["B", "KB", "MB", "GB"] as const;

/** `1536` -> `1.5 KB`. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 }).format(value)} ${units[unit]}`;
}
