/** Opens the workspace of a page without a service: files of one's own, else a simulated business until
 *  somebody drops files on the page. */
import { session } from "../../session.svelte";
import type { Workspace } from "../types";
import { asking } from "./authors.svelte";
import { simulate } from "./demo";
import { loadEngine } from "./engine";
import { importFile } from "./import";
import { PageLog } from "./log";
import { PageWorkspace } from "./workspace";

export async function open(files: readonly File[]): Promise<Workspace> {
  const engine = await loadEngine();
  const make = (title: string, simulated: boolean, log: PageLog): PageWorkspace =>
    new PageWorkspace(title, simulated, engine, log, asking.ask, (own) => (session.workspace = mine(own)));
  const mine = (own: PageLog) => make("Your files", false, own);
  if (files.length === 0) return make("Simulated business", true, await simulate(engine));
  const log = new PageLog(engine);
  for (const file of files) await importFile(log, file, asking.ask, () => {}, new AbortController().signal);
  return mine(log);
}
