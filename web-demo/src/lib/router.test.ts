import { expect, test, vi } from "vitest";

vi.stubGlobal("location", { hash: "#/contact/%" });
vi.stubGlobal("addEventListener", () => {});
const { contactHref, parse, router } = await import("./router.svelte");

test("an address leads to its view", () => {
  expect(parse("#/models")).toEqual({ view: "models", contactId: null });
  expect(parse(contactHref("a/b %ü"))).toEqual({ view: "contact", contactId: "a/b %ü" });
});

test("any other address leads to the inbox", () => {
  const inbox = { view: "inbox", contactId: null };
  expect(router.route).toEqual(inbox);
  for (const hash of ["", "#", "#/", "#/contact", "#/contact/", "#/contact/%", "#/contact/%ff", "#/contact/a%2", "#/%", "#/constructor"]) {
    expect(parse(hash)).toEqual(inbox);
  }
});
