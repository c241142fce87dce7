/** Workspaces in the memory of the page. */
import { session } from "../../session.svelte";
import { asking } from "./authors.svelte";
import { simulate } from "./demo";
import { loadEngine, type Engine } from "./engine";
import { PageLog } from "./log";
import { PageWorkspace } from "./workspace";

/** A workspace until files of one's own are read into it: the first that holds something takes its place. */
function until(engine: Engine, title: string, log: PageLog): PageWorkspace {
  return new PageWorkspace(title, true, engine, log, asking.ask, (own) => {
    const mine: PageWorkspace = new PageWorkspace("Your files", false, engine, own, asking.ask, () => mine);
    session.workspace = mine;
    return mine;
  });
}

/** The workspace of a page without a service: a simulated business. */
export async function open(): Promise<PageWorkspace> {
  const engine = await loadEngine();
  return until(engine, "Simulated business", await simulate(engine));
}

/** A workspace that holds nothing and is shown nowhere: what is open stays open until a file is read into it. */
export async function openEmpty(): Promise<PageWorkspace> {
  const engine = await loadEngine();
  return until(engine, "No files", new PageLog(engine));
}
