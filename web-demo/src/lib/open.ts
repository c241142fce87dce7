/** Opens a workspace: the service that serves this page, else one in the page itself. */
import { session } from "./session.svelte";
import { Api } from "./workspace/api";
import { Http } from "./workspace/http";
import { KeyStore } from "./workspace/key";
import { isServed } from "./workspace/probe";
import { ServiceWorkspace } from "./workspace/service";
import type { Workspace } from "./workspace/types";
import { WorkspaceError } from "./workspace/types";

/** What the module of the page workspace has. */
interface PageModule {
  /** A simulated business. */
  open(): Promise<Workspace>;
  /** A workspace without data; the first file that is read into it takes the place of the one that is open. */
  openEmpty(): Promise<Workspace>;
}

const pageModules = import.meta.glob<PageModule>("./workspace/page/open.ts");

/** The key of the service, for the view that changes it. */
export const keys = new KeyStore();

/** The question for a key that is open. */
let asked: Promise<string | null> | null = null;

/** Asks for a key; who asks while a question is open waits for its answer. */
function askKey(refused: string | null): Promise<string | null> {
  asked ??= new Promise<string | null>((resolve) => {
    session.keyQuestion = {
      refused: refused !== null,
      remembered: keys.remembered,
      answer(key, remember) {
        session.keyQuestion = null;
        asked = null;
        if (key !== null) keys.set(key, remember);
        resolve(key);
      },
    };
  });
  return asked;
}

/** A page from a file, or one that may open no connection, has no service. */
const alone = location.protocol === "file:" || import.meta.env.MODE === "offline";

async function openWorkspace(): Promise<Workspace> {
  if (alone || !(await isServed())) return (await pageModule()).open();
  const http = new Http("", { get: () => keys.get(), ask: askKey });
  return ServiceWorkspace.open(new Api(http));
}

async function pageModule(): Promise<PageModule> {
  const load = pageModules["./workspace/page/open.ts"];
  if (!load) {
    const message = "No service answers here, and this build of the page cannot work without one. Start `chatsignal serve` and load the page again.";
    throw new WorkspaceError("no_workspace", message);
  }
  return load();
}

/** Whether files can be read in the page. */
export const canOpenInPage = Object.keys(pageModules).length > 0;

async function enter(opening: Promise<Workspace>): Promise<void> {
  session.failure = null;
  try {
    session.workspace = await opening;
  } catch (error) {
    session.failure = error;
  }
}

/** Opens the workspace of this page, anew when one is open (another key). */
export function open(): Promise<void> {
  session.workspace = null;
  return enter(openWorkspace());
}

/** A workspace for files that are to be read in the page: what is open stays so until the first is read,
 *  then they are the workspace, and nothing of them leaves the device. */
export async function openInPage(): Promise<Workspace> {
  return (await pageModule()).openEmpty();
}

/** Asks for another key, and opens the workspace anew with it. */
export async function changeKey(): Promise<void> {
  if ((await askKey(null)) !== null) await open();
}
