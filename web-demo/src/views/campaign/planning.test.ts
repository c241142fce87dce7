import { beforeEach, expect, test } from "vitest";
import { contact } from "../../../dev/contacts";
import type { Contact, LiveChange, SendHours, Workspace } from "../../lib/workspace/types";
import { campaign } from "./campaign.svelte";

const never = new AbortController().signal;
const allowed = { marketing_allowed: true, opted_out: false, objected: false, block_suspected: false };

/** Ends the planning that runs. */
let finish: () => void;
let workspace: Workspace;
/** Tells the planner a change. */
let tell: (change: LiveChange | null) => void;
let contacts: Contact[];
let plans: SendHours[];

beforeEach(async () => {
  contacts = [0, 1].map((index) => ({ ...contact(index), consent: allowed }));
  plans = contacts.map(({ contact_id: contactId }, index) => ({
    contactId, hours: Array<number | null>(24).fill(0.5), now: 0.5, best: index, sendAt: Date.now() + (index + 1) * 3_600_000, blockedBy: null,
  }));
  const calls: Pick<Workspace, "loadContacts" | "sendHours" | "watch"> = {
    watch: (onChange) => {
      tell = onChange;
      return () => undefined;
    },
    loadContacts: async (onBlock) => onBlock(contacts, contacts.length),
    sendHours: (_ids, _onProgress, signal) =>
      new Promise<SendHours[]>((resolve, reject) => {
        finish = () => resolve(plans);
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  };
  workspace = calls as Workspace;
  await campaign.load(workspace, new AbortController().signal);
});

test("a plan of the audience that is chosen is up to date, until another is chosen", async () => {
  const planned = campaign.plan(workspace);
  finish();
  await planned;
  expect([campaign.schedule !== null, campaign.stale, campaign.progress]).toEqual([true, null, null]);
  campaign.choose({ scoreMin: 50 });
  expect(campaign.stale).toBe("audience");
});

test("another audience that is chosen while the plan is made leaves it out of date", async () => {
  const planned = campaign.plan(workspace);
  campaign.choose({ tiers: ["hot"] });
  finish();
  await planned;
  expect([campaign.schedule !== null, campaign.stale]).toEqual([true, "audience"]);
});

test("a planning for a workspace that was left changes nothing", async () => {
  const planned = campaign.plan(workspace);
  const end = finish;
  await campaign.load({ ...workspace }, new AbortController().signal);
  end();
  await planned;
  expect([campaign.schedule, campaign.progress, campaign.error]).toEqual([null, null, null]);
});

async function planned(): Promise<void> {
  const planning = campaign.plan(workspace);
  finish();
  await planning;
}

test("who objects or is erased is in the plan no longer, and the plan is called old", async () => {
  await planned();
  tell({ contact_id: contacts[0]!.contact_id, reason: "objected" } as LiveChange);
  expect([campaign.due?.sends.length, campaign.due?.withdrawn, campaign.stale]).toEqual([1, 1, "changed"]);
  tell({ contact_id: contacts[1]!.contact_id, reason: "erased" } as LiveChange);
  expect([campaign.due?.sends.length, campaign.due?.withdrawn]).toEqual([0, 2]);
});

test("the file is made by the consent of then", async () => {
  await planned();
  contacts = [contacts[0]!, { ...contacts[1]!, consent: { ...allowed, opted_out: true } }];
  const due = await campaign.checked(workspace, never);
  expect(due?.sends.map(({ contact: one }) => one.contact_id)).toEqual([contacts[0]!.contact_id]);
  expect(campaign.stale).toBe("left_out");
  workspace.loadContacts = () => Promise.reject(new Error("offline"));
  expect([await campaign.checked(workspace, never), campaign.failed]).toEqual([null, "load"]);
});

test("hours that have passed are left out", async () => {
  await planned();
  campaign.look(Date.now() + 90 * 60_000);
  expect([campaign.due?.sends.length, campaign.due?.passed, campaign.stale]).toEqual([1, 1, "left_out"]);
});

test("other settings, models or data make a plan old, also while it is made", async () => {
  const planning = campaign.plan(workspace);
  campaign.outdate(workspace);
  finish();
  await planning;
  expect(campaign.stale).toBe("changed");
  await planned();
  expect(campaign.stale).toBeNull();
  tell(null);
  expect(campaign.stale).toBe("changed");
  // A planning that is cancelled leaves it as old as it was.
  const cancelled = campaign.plan(workspace);
  campaign.cancel();
  await cancelled;
  expect(campaign.stale).toBe("changed");
});
