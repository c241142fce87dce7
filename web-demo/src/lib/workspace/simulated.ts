/** Whether what a service holds was made by the simulator: its events say so, whatever was trained on them. */
import type { Api } from "./api";
import { kinds, WorkspaceError } from "./types";

/** What simulated events call their source (docs/EVENTS.md). */
const simulator = "simulator";
/** Contacts whose newest event is looked at. */
const sampled = 3;

/** True when an event of the first contacts comes from the simulator, or when a champion was trained on
 *  simulated data, which is a champion of this tenant's log. A key that may read neither is told nothing. */
export async function isSimulated(api: Api): Promise<boolean> {
  const signs = [eventsAre(api), ...kinds.map((kind) => championIs(api, kind))];
  return (await Promise.all(signs.map(orNot))).includes(true);
}

async function eventsAre(api: Api): Promise<boolean> {
  const { contacts } = await api.call("get", "/api/v1/contacts", { query: { limit: sampled } });
  const pages = contacts.map(({ contact_id }) =>
    api.call("get", "/api/v1/contacts/{contact_id}/events", { path: { contact_id }, query: { limit: 1 } }),
  );
  // The description leaves out what not every event has.
  const events = (await Promise.all(pages)).flatMap((page) => page.events as readonly { readonly source?: string }[]);
  return events.some(({ source }) => source === simulator);
}

async function championIs(api: Api, model: (typeof kinds)[number]): Promise<boolean> {
  const { champion } = await api.call("get", "/api/v1/registry/{model}/aliases", { path: { model } });
  if (champion == null) return false;
  const path = { model, version: champion };
  const version: { readonly simulated?: boolean | null } = await api.call("get", "/api/v1/registry/{model}/versions/{version}", { path });
  return version.simulated === true;
}

/** A route that this key may not read, or whose object is gone by now, is no sign; that the service is away is
 *  an error, as everywhere. */
async function orNot(sign: Promise<boolean>): Promise<boolean> {
  try {
    return await sign;
  } catch (error) {
    if (error instanceof WorkspaceError && (error.status === 403 || error.status === 404)) return false;
    throw error;
  }
}
