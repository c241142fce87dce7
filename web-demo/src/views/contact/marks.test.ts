import { expect, it } from "vitest";
import { Marks } from "./marks.svelte";

const action = "personal_check_in";
const none = async () => [];

it("shows a mark at once and keeps it", async () => {
  const asked: unknown[] = [];
  const marks = new Marks({ feedback: async (request) => void asked.push(request), feedbackOf: none });
  const kept = marks.set("c", action, "done");
  expect(marks.of("c", action)).toMatchObject({ outcome: "done", pending: true });
  await kept;
  expect(marks.of("c", action)).toEqual({ outcome: "done", pending: false, failed: null });
  expect(marks.of("d", action).outcome).toBeNull();
  expect(asked).toEqual([{ type: "recommendation", contact_id: "c", action, outcome: "done" }]);
});

it("takes a mark back when it could not be kept", async () => {
  const error = new Error("offline");
  const marks = new Marks({ feedback: () => Promise.reject(error), feedbackOf: none });
  await marks.set("c", action, "dismissed");
  expect(marks.of("c", action)).toEqual({ outcome: null, pending: false, failed: { outcome: "dismissed", error } });
});

it("takes in what the workspace has kept of the last days, the newest word on each", async () => {
  const said = (days: number, subject: string, verdict: string, type = "recommendation") => ({
    feedback_id: `${days}`, created_at: new Date(Date.now() - days * 86_400_000).toISOString(), type, subject, verdict,
  });
  let asked = 0;
  const marks = new Marks({
    feedback: async () => {},
    async feedbackOf() {
      if (asked++ === 0) throw new Error("offline");
      return [
        said(1, action, "dismissed"), said(2, action, "done"), said(2, "send_proposal", "done"), said(3, "hot", "wrong", "score"),
        said(4, "useful_content", "done"), said(40, "loyalty_benefit", "done"),
      ];
    },
  });
  await marks.load("c");
  await marks.set("c", "useful_content", "dismissed");
  await marks.load("c");
  await marks.load("c");
  expect(asked).toBe(2);
  const outcomes = ([action, "send_proposal", "useful_content", "loyalty_benefit"] as const).map((name) => marks.of("c", name).outcome);
  expect(outcomes).toEqual(["dismissed", "done", "dismissed", null]);
});
