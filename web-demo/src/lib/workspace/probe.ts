/** Whether a service serves this page. */
import { readJson } from "./api";
import { Http } from "./http";
import { WorkspaceError } from "./types";

/** How long a service may take to say that it is there, milliseconds. */
const probeMax = 4_000;

/** Asks the address that the page came from. A service that is there but cannot answer now is an error: the
 *  page must not show invented data in its stead. */
export async function isServed(http = new Http("", { get: () => null, ask: async () => null })): Promise<boolean> {
  try {
    const response = await http.send({ path: "/api/v1/ml/health", timeoutMs: probeMax });
    const health = await readJson<unknown>(response);
    return typeof health === "object" && health !== null && "uptime_s" in health;
  } catch (error) {
    if (isSomethingElse(error)) return false;
    throw error;
  }
}

/** Whether the address belongs to something that knows nothing of a service, like a host of files. */
function isSomethingElse(error: unknown): boolean {
  if (!(error instanceof WorkspaceError)) return false;
  const { code, status } = error;
  if (status === 404) return true;
  // A page of its own, in place of an answer: but not that of a proxy whose service is away, or busy.
  return code === "bad_answer" && status !== null && status < 500 && status !== 408 && status !== 429;
}
