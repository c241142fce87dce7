/** Gives the page invented contacts, as the address says, before it looks for a service. */
import { session } from "../src/lib/session.svelte";
import { fakeWorkspace } from "./fake";

const parameters = new URLSearchParams(location.search);
const number = (name: string, fallback: number): number => Number(parameters.get(name) ?? fallback);

session.workspace = fakeWorkspace({
  place: parameters.get("place") === "page" ? "page" : "service",
  contacts: number("contacts", 2000),
  changes: number("changes", 0),
  delay: number("delay", 30),
  failing: parameters.getAll("fail"),
  messages: number("messages", 400),
});
