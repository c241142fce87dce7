import { beforeEach, expect, test } from "vitest";
import { contact } from "../../../dev/contacts";
import type { SendHours, Workspace } from "../../lib/workspace/types";
import { campaign } from "./campaign.svelte";

/** Ends the planning that runs. */
let finish: () => void;
let workspace: Workspace;

beforeEach(async () => {
  const contacts = [contact(0), contact(1)];
  const calls: Pick<Workspace, "loadContacts" | "sendHours"> = {
    loadContacts: async (onBlock) => onBlock(contacts, contacts.length),
    sendHours: (_ids, _onProgress, signal) =>
      new Promise<SendHours[]>((resolve, reject) => {
        finish = () => resolve([]);
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
  expect([campaign.schedule !== null, campaign.stale, campaign.progress]).toEqual([true, false, null]);
  campaign.choose({ scoreMin: 50 });
  expect(campaign.stale).toBe(true);
});

test("another audience that is chosen while the plan is made leaves it out of date", async () => {
  const planned = campaign.plan(workspace);
  campaign.choose({ tiers: ["hot"] });
  finish();
  await planned;
  expect([campaign.schedule !== null, campaign.stale]).toEqual([true, true]);
});

test("a planning for a workspace that was left changes nothing", async () => {
  const planned = campaign.plan(workspace);
  const end = finish;
  await campaign.load({ ...workspace }, new AbortController().signal);
  end();
  await planned;
  expect([campaign.schedule, campaign.progress, campaign.error]).toEqual([null, null, null]);
});
