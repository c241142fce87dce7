import { expect, test } from "vitest";
import { PageSettings } from "./settings";

test("quiet hours of the page are one span or none, and what is shown is what is used", () => {
  const settings = new PageSettings();
  expect(settings.quietHours).toEqual({ start: "21:00", end: "08:00" });
  const night = { start: "22:00", end: "07:00" };
  expect(settings.change("UTC", { quiet_hours: [night] }).quiet_hours).toEqual([night]);
  expect(settings.quietHours).toEqual(night);
  expect(settings.change("UTC", { quiet_hours: [] }).quiet_hours).toEqual([]);
  expect(settings.quietHours).toEqual({ start: "00:00", end: "00:00" });
  expect(settings.change("UTC", { quiet_hours: null }).quiet_hours).toEqual([{ start: "21:00", end: "08:00" }]);
});

test("levels are the model's until the team chooses, and again when it takes that back", () => {
  const settings = new PageSettings();
  expect([settings.cutoffs("lead"), settings.read("UTC").lead_cutoffs]).toEqual([null, null]);
  const chosen = { hot: 80, warm: 60, cold: 20 };
  expect(settings.change("UTC", { lead_cutoffs: chosen }).lead_cutoffs).toEqual(chosen);
  expect([settings.cutoffs("lead"), settings.cutoffs("churn")]).toEqual([[80, 60, 20], null]);
  const rising = () => settings.change("UTC", { churn_cutoffs: { critical: 0.5, high: 0.6, medium: 0.1 }, quiet_hours: [] });
  expect(rising).toThrow(expect.objectContaining({ fields: [expect.objectContaining({ pointer: "/churn_cutoffs/high" })] }));
  expect(settings.quietHours.start).toBe("21:00");
  expect(settings.change("UTC", { lead_cutoffs: null }).lead_cutoffs).toBeNull();
});

test("what the page cannot use is refused, and changes nothing", () => {
  const settings = new PageSettings();
  const span = { start: "12:00", end: "13:00" };
  expect(() => settings.change("UTC", { quiet_hours: [span, span] })).toThrow(/one span/);
  expect(() => settings.change("UTC", { quiet_hours: [span], currency: "USD" })).toThrow(/Only quiet hours/);
  expect(settings.quietHours).toEqual({ start: "21:00", end: "08:00" });
});
