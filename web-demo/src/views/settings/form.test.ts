import { expect, test } from "vitest";
import { WorkspaceError } from "../../lib/workspace/types";
import { errorsAfter, errorsOf, formOf, gapsOf, keptCutoff, patchOf, shownCutoff, shownEnd, wireEnd, wrongLevels } from "./form";

const settings = {
  timezone: "Europe/Berlin",
  currency: "EUR",
  opening_hours: { fri: [{ start: "09:00", end: "18:00" }], mon: [{ start: "09:00", end: "18:00" }] },
  quiet_hours: [{ start: "21:00", end: "08:00" }],
  weekend: ["sat", "sun"],
  retrain_days: 0,
  lead_cutoffs: null,
  churn_cutoffs: { critical: 0.8, high: 0.5, medium: 0.2 },
  engagement_cutoffs: null,
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

test("levels are sent whole, and those of the model as null", () => {
  const form = formOf(settings);
  form.lead_cutoffs = { cold: 20, hot: 80, warm: 50 };
  form.churn_cutoffs = { medium: 0.2, high: 0.5, critical: 0.8 };
  expect(patchOf(settings, form)).toEqual({ lead_cutoffs: { hot: 80, warm: 50, cold: 20 } });
  form.churn_cutoffs = null;
  expect(patchOf(settings, form)["churn_cutoffs"]).toBeNull();
});

test("levels that do not fall or lie outside their range are seen before they are sent", () => {
  const form = formOf(settings);
  form.lead_cutoffs = { hot: 50, warm: 50, cold: 0 };
  form.engagement_cutoffs = { high: NaN, medium: 1 };
  expect([...gapsOf(form)]).toEqual([
    ["lead_cutoffs", "Warm begins below hot; Cold begins above 0 and at most at 100"],
    ["engagement_cutoffs", "High begins above 0 and at most at 100"],
  ]);
});

test("risks are shown in percent and kept as probabilities", () => {
  for (const value of [0.07, 0.55, 0.29]) expect(keptCutoff("churn", shownCutoff("churn", value))).toBe(value);
  expect([shownCutoff("churn", 0.55), shownCutoff("lead", 55)]).toEqual([55, 55]);
});

test("midnight is the end of the day", () => {
  expect(shownEnd("24:00")).toBe("00:00");
  expect(wireEnd("00:00")).toBe("24:00");
  expect(wireEnd("17:30")).toBe("17:30");
});

test("what is put right is called wrong no longer, and only the wrong cut-off is", () => {
  const form = { ...formOf(settings), retrain_days: NaN, churn_cutoffs: { critical: 0.8, high: 0.9, medium: 0.2 } };
  const errors = gapsOf(form);
  expect([...errors.keys()]).toEqual(["retrain_days", "churn_cutoffs"]);
  expect([...wrongLevels(form, "churn")]).toEqual(["high"]);
  form.retrain_days = 7;
  const left = errorsAfter(errors, ["retrain_days"], form);
  expect([...left.keys()]).toEqual(["churn_cutoffs"]);
  form.churn_cutoffs = { critical: 0.8, high: 0.1, medium: 0.2 };
  expect(errorsAfter(left, ["churn_cutoffs"], form).get("churn_cutoffs")).toMatch(/Medium/);
  form.churn_cutoffs = { critical: 0.8, high: 0.5, medium: 0.2 };
  expect(errorsAfter(left, ["churn_cutoffs"], form).size).toBe(0);
  // A field that was never called wrong is not while it is being filled in.
  expect(errorsAfter(new Map([["timezone", "No zone"]] as const), ["retrain_days"], { ...form, retrain_days: NaN }).size).toBe(1);
});
