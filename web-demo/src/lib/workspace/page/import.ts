/** Files that people drop on the page: chat exports, webhook payloads, events. */
import type { ReadReport } from "chatsignal/slim/ingest";
import type { ImportReport, Progress } from "../types";
import { WorkspaceError } from "../types";
import type { AskAuthors } from "./authors.svelte";
import type { PageLog } from "./log";

/** Longest file, bytes: the module holds it and what comes of it in memory. */
const bytesMax = 64 * 1024 * 1024;

/** Refusals that are shown. */
const rejectsShown = 20;

export async function importFile(
  log: PageLog,
  file: File,
  ask: AskAuthors,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<ImportReport> {
  if (file.size > bytesMax) {
    throw new WorkspaceError("body_too_large", `${file.name} has more than 64 MiB: split it, or import it with the command line.`);
  }
  const told = (done: number, label: string) => onProgress({ done, total: 3, label });
  told(0, `Reading ${file.name}`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  signal.throwIfAborted();
  told(1, "Taking the messages in");
  const before = log.contacts().length;
  const report = await read(log, file.name, bytes, ask, signal);
  told(3, "Done");
  return {
    accepted: report.accepted,
    duplicates: report.duplicates,
    rejected: report.rejected,
    rejects: report.rejects.slice(0, rejectsShown).map(({ place, detail }) => ({ place, reason: detail })),
    contacts: log.contacts().length - before,
  };
}

async function read(log: PageLog, name: string, bytes: Uint8Array, ask: AskAuthors, signal: AbortSignal): Promise<ReadReport> {
  const lower = name.toLowerCase();
  if (lower.endsWith(".ndjson") || lower.endsWith(".jsonl")) return log.readEvents(bytes);
  if (lower.endsWith(".json")) return log.readPayload(bytes);
  if (lower.endsWith(".txt") || lower.endsWith(".zip")) {
    const text = lower.endsWith(".zip") ? await log.unpack(bytes) : bytes;
    const names = await ask(name, log.authors(text));
    signal.throwIfAborted();
    if (!names) throw new WorkspaceError("left_out", `${name} was left out.`);
    return log.readExport(text, names);
  }
  throw new WorkspaceError(
    "unsupported_media_type",
    `${name} is none of: chat export (.txt, .zip), webhook payload (.json), events (.ndjson).`,
  );
}
