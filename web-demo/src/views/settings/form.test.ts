import { expect, test } from "vitest";
import { WorkspaceError } from "../../lib/workspace/types";
import { errorsOf, formOf, gapsOf, patchOf, shownEnd, wireEnd } from "./form";

const settings = {
  timezone: "Europe/Berlin",
  currency: "EUR",
  opening_hours: { fri: [{ start: "09:00", end: "18:00" }], mon: [{ start: "09:00", end: "18:00" }] },
  quiet_hours: [{ start: "21:00", end: "08:00" }],
  weekend: ["sat", "sun"],
  retrain_days: 0,
};

test("only what changed is sent", () => {
  const form = formOf(settings);
  expect(patchOf(settings, form)).toEqual({});
  form.timezone = " UTC ";
  form.opening_hours["mon"] = [];
  form.opening_hours["tue"] = [];
  form.weekend = ["sun", "sat"];
  expect(patchOf(settings, form)).toEqual({ timezone: "UTC", opening_hours: { fri: [{ start: "09:00", end: "18:00" }] } });
  expect(settings.opening_hours.mon).toHaveLength(1);
});

test("refusals stand beside their fields", () => {
  const error = new WorkspaceError("invalid_field", "no", 422, [
    { pointer: "/timezone", detail: "no zone" },
    { pointer: "/opening_hours/mon", detail: "a" },
    { pointer: "/opening_hours/tue", detail: "b" },
    { pointer: "", detail: "c" },
  ]);
  expect([...errorsOf(error)]).toEqual([["timezone", "No zone"], ["opening_hours", "A; b"], ["", "C"]]);
});

test("empty times are seen before they are sent", () => {
  const form = formOf(settings);
  expect(gapsOf(form).size).toBe(0);
  form.quiet_hours = [{ start: "", end: "08:00" }];
  form.retrain_days = NaN;
  expect([...gapsOf(form).keys()]).toEqual(["quiet_hours", "retrain_days"]);
});

test("midnight is the end of the day", () => {
  expect(shownEnd("24:00")).toBe("00:00");
  expect(wireEnd("00:00")).toBe("24:00");
  expect(wireEnd("17:30")).toBe("17:30");
});
