/** The files that are imported, one after the other. They outlive the view. */
import { isAbort } from "../../lib/resource.svelte";
import type { ImportReport, Progress, Workspace } from "../../lib/workspace/types";
import { WorkspaceError } from "../../lib/workspace/types";
import { wayOf } from "./files";

export type State = "waiting" | "running" | "done" | "failed" | "cancelled" | "left_out";

/** A file on its way. */
export class Entry {
  readonly file: File;
  readonly place: Workspace["place"];
  /** What was open when the file came: it goes there, whatever is opened meanwhile. None once it is read: a list
   *  of files keeps no log of another workspace in memory. */
  workspace: Workspace | null;
  state = $state<State>("waiting");
  progress = $state.raw<Progress | null>(null);
  report = $state.raw<ImportReport | null>(null);
  error = $state.raw<unknown>(null);

  constructor(file: File, workspace: Workspace) {
    this.file = file;
    this.place = workspace.place;
    this.workspace = workspace;
  }
}

class Imports {
  entries = $state.raw<readonly Entry[]>([]);
  /** Exports that the open workspace does not take, but the page can read. */
  forPage = $state.raw<readonly File[]>([]);
  refused = $state.raw<readonly { readonly name: string; readonly reason: string }[]>([]);
  running = $state(false);
  #stop: AbortController | null = null;

  add(files: readonly File[], workspace: Workspace): void {
    for (const file of files) {
      const way = wayOf(file, workspace.place);
      if (way.to === "workspace") this.entries = [...this.entries, new Entry(file, workspace)];
      else if (way.to === "page") this.forPage = [...this.forPage, file];
      else this.refused = [...this.refused, { name: file.name, reason: way.reason }];
    }
    void this.#run();
  }

  /** Takes the exports that wait for the page off the list. */
  takeForPage(): readonly File[] {
    const files = this.forPage;
    this.forPage = [];
    return files;
  }

  /** Stops the file that is read, and forgets those that wait. */
  cancel(): void {
    for (const entry of this.entries) if (entry.state === "waiting") Object.assign(entry, { state: "cancelled", workspace: null });
    this.#stop?.abort();
  }

  clear(): void {
    this.entries = this.entries.filter((entry) => entry.state === "running" || entry.state === "waiting");
    this.refused = [];
    this.forPage = [];
  }

  async #run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let entry = this.#next(); entry; entry = this.#next()) await this.#one(entry);
    this.running = false;
  }

  #next(): Entry | undefined {
    return this.entries.find((entry) => entry.state === "waiting");
  }

  async #one(entry: Entry): Promise<void> {
    const { workspace } = entry;
    if (!workspace) return;
    const stop = new AbortController();
    this.#stop = stop;
    entry.state = "running";
    try {
      entry.report = await workspace.importFile(entry.file, (progress) => (entry.progress = progress), stop.signal);
      entry.state = "done";
    } catch (error) {
      entry.state = stateAfter(error);
      if (entry.state === "failed") entry.error = error;
    } finally {
      entry.workspace = null;
    }
  }
}

/** What became of a file that was not read to its end. */
function stateAfter(error: unknown): State {
  if (isAbort(error)) return "cancelled";
  return error instanceof WorkspaceError && error.code === "left_out" ? "left_out" : "failed";
}

/** The one queue of the page. */
export const imports = new Imports();
