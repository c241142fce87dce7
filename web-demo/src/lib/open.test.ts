import { afterAll, expect, test, vi } from "vitest";

vi.stubGlobal("location", { protocol: "http:" });
vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
  if (path.endsWith("/health")) return Response.json({ uptime_s: 1 });
  if (!new Headers(init.headers).has("authorization")) {
    return Response.json({ type: "/", title: "No key", status: 401, code: "unauthorized" }, { status: 401 });
  }
  return Response.json(path.endsWith("/me") ? { tenant: "shop", scopes: [] } : { contacts: [] });
});
afterAll(() => vi.unstubAllGlobals());

const { changeKey, open } = await import("./open");
const { session } = await import("./session.svelte");

test("one question for a key is open, and everybody who asked goes on with its answer", async () => {
  const opening = open();
  await expect.poll(() => session.keyQuestion).not.toBeNull();
  const question = session.keyQuestion!;
  const changing = changeKey();
  expect(session.keyQuestion).toBe(question);
  question.answer("cs_good", false);
  await Promise.all([opening, changing]);
  expect(session.keyQuestion).toBeNull();
  expect(session.workspace?.title).toBe("shop");
  // Answered questions are over.
  const again = changeKey();
  expect(session.keyQuestion).not.toBeNull();
  session.keyQuestion!.answer(null, false);
  await again;
});
