/** The dashboard over invented contacts: `npm run dev:fake -w web-demo`, then `?contacts=50000&changes=20`. */
import { mount } from "svelte";
import App from "../src/App.svelte";
import { session } from "../src/lib/session.svelte";
import "../src/styles/tokens.css";
import "../src/styles/base.css";
import { fakeWorkspace } from "./fake";

const parameters = new URLSearchParams(location.search);
const number = (name: string, fallback: number): number => Number(parameters.get(name) ?? fallback);

session.workspace = fakeWorkspace({
  contacts: number("contacts", 2000),
  changes: number("changes", 0),
  delay: number("delay", 30),
  failing: parameters.getAll("fail"),
  messages: number("messages", 400),
});
mount(App, { target: document.getElementById("app")! });
