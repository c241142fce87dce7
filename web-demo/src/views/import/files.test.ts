import { expect, test } from "vitest";
import { formatBytes, wayOf } from "./files";

const file = (name: string, size = 1) => ({ name, size });

test("events go to the workspace, exports stay in the page", () => {
  expect(wayOf(file("a.NDJSON"), "service")).toEqual({ to: "workspace" });
  expect(wayOf(file("WhatsApp Chat.txt"), "service")).toEqual({ to: "page" });
  expect(wayOf(file("WhatsApp Chat.zip"), "page")).toEqual({ to: "workspace" });
});

test("what cannot be read says why", () => {
  expect(wayOf(file("a.pdf"), "service")).toMatchObject({ to: "nowhere", reason: expect.stringContaining(".ndjson") });
  expect(wayOf(file("a.txt", 0), "page")).toMatchObject({ reason: "The file is empty." });
  expect(wayOf(file("a.txt", 1 << 30), "page")).toMatchObject({ to: "nowhere" });
});

test("sizes for people", () => {
  expect([0, 999, 1536, 20 * 1024 * 1024].map(formatBytes)).toEqual(["0 B", "999 B", "1.5 KB", "20 MB"]);
});
