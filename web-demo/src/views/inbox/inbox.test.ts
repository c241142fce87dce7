import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { contact } from "../../../dev/contacts";
import { WorkspaceError, type Contact, type ScoreChange, type Workspace } from "../../lib/workspace/types";
import { Inbox } from "./inbox.svelte";

/** A workspace whose answers and changes the test gives. */
function given(contacts: Contact[]) {
  let tell: (change: ScoreChange | null) => void = () => {};
  let loads = 0;
  const state = { failing: false, ended: false, loads: () => loads };
  const workspace = {
    async loadContacts(onBlock, signal) {
      loads += 1;
      if (state.failing) throw new WorkspaceError("offline", "no answer");
      for (let at = 0; at < contacts.length; at += 10) {
        await Promise.resolve();
        signal.throwIfAborted();
        onBlock(contacts.slice(at, at + 10), contacts.length);
      }
    },
    watch(onChange) {
      tell = onChange;
      return () => (state.ended = true);
    },
    sendHours: async () => [],
  } satisfies Pick<Workspace, "loadContacts" | "watch" | "sendHours">;
  const inbox = new Inbox(workspace as unknown as Workspace);
  return { inbox, state, tell: (change: ScoreChange | null) => tell(change) };
}

const contacts = Array.from({ length: 35 }, (_, index) => contact(index));
const change = (id: string, model: string, value: number, label: string): ScoreChange => ({
  contact_id: id, model, value, label, computed_at: "", previous: null,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function opened() {
  const all = given(contacts);
  await vi.advanceTimersByTimeAsync(1);
  return all;
}

it("loads block by block, best lead first", async () => {
  const { inbox } = await opened();
  expect(inbox).toMatchObject({ status: "ready", loaded: 35, total: 35 });
  const scores = Array.from(inbox.visible, (_, place) => inbox.at(place)!.lead?.value ?? -1);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
});

it("writes a change into its row where it is, and counts what to sort again", async () => {
  const { inbox, tell } = await opened();
  const before = Array.from(inbox.visible);
  const last = inbox.at(34)!;
  const counts = inbox.counts;
  tell(change(last.id, "lead", 99, "hot"));
  tell(change(last.id, "churn", 0.5, "medium"));
  tell(change("somebody else", "lead", 1, "cold"));
  await vi.advanceTimersByTimeAsync(300);
  expect(Array.from(inbox.visible)).toEqual(before);
  expect(last).toMatchObject({ lead: { value: 99, label: "hot" }, churn: { value: 0.5 } });
  expect(inbox.stale).toBe(1);
  expect(inbox.counts.hot).toBe(counts.hot + 1);
  inbox.resort();
  expect(inbox.stale).toBe(0);
  expect(inbox.placeOf(last.id)).toBe(0);
});

it("does not count changes that move nothing", async () => {
  const { inbox, tell } = await opened();
  inbox.sortBy({ key: "name", descending: false });
  tell(change(inbox.at(3)!.id, "lead", 3, "unqualified"));
  await vi.advanceTimersByTimeAsync(300);
  expect(inbox.stale).toBe(0);
});

it("loads again after missed changes, once for many, and keeps the list when that fails", async () => {
  const { inbox, state, tell } = await opened();
  state.failing = true;
  for (let times = 0; times < 5; times += 1) tell(null);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(state.loads()).toBe(2);
  expect(inbox).toMatchObject({ status: "ready", loaded: 35 });
  expect(inbox.error).toBeInstanceOf(WorkspaceError);
  state.failing = false;
  await inbox.load();
  expect(inbox.error).toBeNull();
});

it("fails when nothing could be loaded, and ends with its workspace", async () => {
  const { inbox, state } = given(contacts);
  inbox.close();
  expect(state.ended).toBe(true);
  state.failing = true;
  await inbox.load();
  expect(inbox.status).toBe("failed");
});
