/** Answers that are no success, as errors for people (RFC 9457). */
import type { components } from "./api.generated";
import { WorkspaceError } from "./types";

type Problem = components["schemas"]["Problem"];

/** Longest wait that is waited out by itself, milliseconds. */
const waitMax = 15_000;

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "title" in value;
}

/** The error of an answer; reads its body. */
export async function problemOf(response: Response): Promise<WorkspaceError> {
  const body: unknown = await response.json().catch(() => null);
  if (!isProblem(body)) {
    const message = `The service answered with status ${response.status} and no reason.`;
    return new WorkspaceError("bad_answer", message, response.status);
  }
  return new WorkspaceError(body.code, sentence(body), response.status, body.errors ?? []);
}

function sentence({ code, title, detail }: Problem): string {
  const scope = code === "forbidden" ? /scope (\w+)/.exec(detail ?? "")?.[1] : undefined;
  if (scope) return `The API key may not do this: it lacks the scope “${scope}”. Use a key that has it.`;
  return detail ? `${title}: ${detail.replace(/\.$/, "")}.` : `${title}.`;
}

/** Whether the same request may succeed a little later. */
export function passes(error: WorkspaceError): boolean {
  if (error.status !== 429 && error.status !== 503) return false;
  return error.code !== "engine_unavailable" && error.code !== "model_unavailable";
}

/** How long to wait before try `attempt` (1 is the first repetition), milliseconds: what the service
 *  asks for, else longer each time; null when it is too long to wait. */
export function pause(retryAfter: string | null, attempt: number, now = Date.now(), random = Math.random()): number | null {
  const asked = retryAfter === null ? NaN : /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  if (Number.isNaN(asked)) return Math.min(250 * 2 ** attempt, 4_000) * (0.75 + random / 2);
  // A little apart, so that those who were told the same do not come back together.
  const wait = Math.max(asked, 0) + random * 250;
  return wait > waitMax ? null : wait;
}

/** Ends after `ms`, or with the signal's reason. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
