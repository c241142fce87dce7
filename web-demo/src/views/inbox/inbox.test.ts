import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { contact } from "../../../dev/contacts";
import { WorkspaceError, type Contact, type LiveChange, type ScoreChange, type Workspace } from "../../lib/workspace/types";
import { Inbox } from "./inbox.svelte";
import { everything } from "./select";

/** A workspace whose answers and changes the test gives. */
function given(contacts: Contact[], total = contacts.length) {
  let tell: (change: LiveChange | null) => void = () => {};
  let loads = 0;
  const asked: string[] = [];
  const state = { failing: false, ended: false, asked, loads: () => loads };
  const workspace = {
    async loadContacts(onBlock, signal) {
      loads += 1;
      if (state.failing) throw new WorkspaceError("offline", "no answer");
      for (let at = 0; at < contacts.length; at += 10) {
        await Promise.resolve();
        signal.throwIfAborted();
        onBlock(contacts.slice(at, at + 10), total);
      }
    },
    watch(onChange) {
      tell = onChange;
      return () => (state.ended = true);
    },
    async contact(id) {
      asked.push(id);
      const found = contacts.find((one) => one.contact_id === id);
      if (!found) throw new WorkspaceError("not_found", "no such contact", 404);
      return found;
    },
    sendHours: async () => [],
  } satisfies Pick<Workspace, "loadContacts" | "watch" | "contact" | "sendHours">;
  const inbox = new Inbox(workspace as unknown as Workspace);
  return { inbox, state, tell: (change: LiveChange | null) => tell(change) };
}

const contacts = Array.from({ length: 35 }, (_, index) => contact(index));
const change = (id: string, model: string, value: number, label: string): ScoreChange => ({
  contact_id: id, model, value, label, computed_at: "", previous: null,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function opened(all = given(contacts)) {
  await vi.advanceTimersByTimeAsync(1);
  return all;
}

it("loads block by block, best lead first", async () => {
  const { inbox } = await opened();
  expect(inbox).toMatchObject({ status: "ready", loaded: 35, total: 35 });
  const scores = Array.from(inbox.visible, (_, place) => inbox.at(place)!.lead?.value ?? -1);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
});

it("asks for best hours anew when the list is loaded again", async () => {
  const { inbox, tell } = await opened();
  const renew = vi.spyOn(inbox.hours, "renew");
  tell(null);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(renew.mock.calls).toEqual([[]]);
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

it("knows how many contacts there are beyond those that were loaded", async () => {
  const { inbox } = await opened(given(contacts, 50));
  expect(inbox).toMatchObject({ status: "ready", loaded: 35, total: 50 });
});

it("does not count changes that move nothing", async () => {
  const { inbox, tell } = await opened();
  inbox.sortBy({ key: "name", descending: false });
  tell(change(inbox.at(3)!.id, "lead", 3, "unqualified"));
  await vi.advanceTimersByTimeAsync(3_000);
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

it("takes new contacts in, and what a change does not say of the others", async () => {
  const own = contacts.slice();
  const { inbox, state, tell } = await opened(given(own));
  const fresh = contact(77);
  const [known] = own as [Contact];
  own.push(fresh);
  own[0] = { ...known, last_activity_at: "2030-01-01T00:00:00Z", consent: { ...known.consent, objected: true }, scores: {} };
  tell(change(fresh.contact_id, "lead", 60, "warm"));
  tell(change(fresh.contact_id, "churn", 0.2, "low"));
  tell(change(known.contact_id, "churn", 0.2, "low"));
  tell(change("erased", "churn", 0.2, "low"));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(state.asked).toHaveLength(3);
  expect(inbox).toMatchObject({ loaded: 36, total: 36, stale: 2 });
  expect(inbox.at(35)).toMatchObject({ id: fresh.contact_id });
  const row = inbox.at(inbox.placeOf(known.contact_id))!;
  expect(row).toMatchObject({ consent: "objected", lead: null, churn: null, lastActivity: Date.UTC(2030, 0) });
  inbox.filterBy({ ...everything, consent: "objected" });
  expect(inbox.placeOf(row.id)).toBeGreaterThanOrEqual(0);
});

it("shows nothing more of who objects, and nobody who was erased", async () => {
  const { inbox, tell } = await opened();
  const scored = Array.from({ length: 35 }, (_, place) => inbox.at(place)!).filter((row) => row.lead && row.consent !== "objected");
  const [objecting, erased] = scored as [(typeof scored)[0], (typeof scored)[0]];
  const place = inbox.placeOf(objecting.id);
  tell(change(objecting.id, "lead", 99, "hot"));
  tell({ contact_id: objecting.id, reason: "objected" });
  tell({ contact_id: "nobody", reason: "erased" });
  await vi.advanceTimersByTimeAsync(300);
  expect(objecting).toMatchObject({ consent: "objected", lead: null, churn: null, engagement: null, bestHour: null });
  expect([inbox.placeOf(objecting.id), inbox.stale, inbox.loaded]).toEqual([place, 1, 35]);
  tell({ contact_id: erased.id, reason: "erased" });
  await vi.advanceTimersByTimeAsync(300);
  expect([inbox.placeOf(erased.id), inbox.loaded, inbox.total, inbox.visible.length]).toEqual([-1, 34, 34, 34]);
});

it("loads the list again when very many contacts changed", async () => {
  const { inbox, state, tell } = await opened();
  for (let index = 0; index < 500; index += 1) tell(change(`new ${index}`, "lead", 1, "cold"));
  await vi.advanceTimersByTimeAsync(31_000);
  expect(state.asked).toEqual([]);
  expect(state.loads()).toBe(2);
  inbox.close();
});

it("keeps the changes that come while the list is loaded again", async () => {
  const { inbox, tell } = await opened();
  const { id } = inbox.at(34)!;
  const loaded = inbox.load();
  tell(change(id, "lead", 99, "hot"));
  await vi.advanceTimersByTimeAsync(300);
  await loaded;
  await vi.advanceTimersByTimeAsync(300);
  expect(inbox.at(inbox.placeOf(id))).toMatchObject({ id, lead: { value: 99 } });
});

it("fails when nothing could be loaded, and ends with its workspace", async () => {
  const { inbox, state } = given(contacts);
  inbox.close();
  expect(state.ended).toBe(true);
  state.failing = true;
  await inbox.load();
  expect(inbox.status).toBe("failed");
});
