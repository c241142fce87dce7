/** Events of a file to the service, piece by piece: progress is seen, and what was sent stays. */
import type { Api } from "./api";
import type { components } from "./api.generated";
import { idempotencyKey, readJson } from "./api";
import { contactsOf, pieces } from "./ndjson";
import type { ImportReport, Progress } from "./types";

type Receipt = components["schemas"]["EventsReceipt"];

/** Bytes of one request. */
const pieceBytes = 1 << 20;
/** Refused lines that are told by name. */
const rejectsMax = 50;

export async function importEvents(
  api: Api,
  file: File,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<ImportReport> {
  const contacts = new Set<string>();
  const rejects: { place: string; reason: string }[] = [];
  const counts = { accepted: 0, duplicates: 0, rejected: 0 };
  const label = `Sending ${file.name}`;
  onProgress({ done: 0, total: file.size, label });
  for await (const { text, firstLine, end } of pieces(file, pieceBytes)) {
    const response = await api.http.send({
      method: "POST",
      path: "/api/v1/events",
      headers: { "content-type": "application/x-ndjson", "idempotency-key": idempotencyKey() },
      body: text,
      repeatable: true,
      timeoutMs: 60_000,
      signal,
    });
    const receipt = await readJson<Receipt>(response);
    counts.accepted += receipt.accepted;
    counts.duplicates += receipt.duplicates;
    // Events of contacts that were erased are not taken back.
    counts.rejected += receipt.rejected + receipt.erased;
    for (const { line, field, reason } of receipt.errors) {
      if (rejects.length < rejectsMax) rejects.push({ place: `Line ${firstLine + line}, ${field || "whole line"}`, reason });
    }
    if (receipt.erased > 0) rejects.push({ place: `Lines from ${firstLine + 1}`, reason: `${receipt.erased} events of erased contacts` });
    contactsOf(text, contacts);
    onProgress({ done: end, total: file.size, label });
  }
  return { ...counts, rejects, contacts: contacts.size };
}
