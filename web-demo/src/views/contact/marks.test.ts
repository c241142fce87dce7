import { expect, it } from "vitest";
import { Marks } from "./marks.svelte";

const action = "personal_check_in";

it("shows a mark at once and keeps it", async () => {
  const asked: unknown[] = [];
  const marks = new Marks({ feedback: async (request) => void asked.push(request) });
  const kept = marks.set("c", action, "churn", "done");
  expect(marks.of("c", action)).toMatchObject({ outcome: "done", pending: true });
  await kept;
  expect(marks.of("c", action)).toEqual({ outcome: "done", pending: false, failed: null });
  expect(marks.of("d", action).outcome).toBeNull();
  expect(asked).toEqual([{ type: "recommendation", contact_id: "c", action, model: "churn", outcome: "done" }]);
});

it("takes a mark back when it could not be kept", async () => {
  const error = new Error("offline");
  const marks = new Marks({ feedback: () => Promise.reject(error) });
  await marks.set("c", action, "churn", "dismissed");
  expect(marks.of("c", action)).toEqual({ outcome: null, pending: false, failed: { outcome: "dismissed", error } });
});
