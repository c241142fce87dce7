import { expect, it } from "vitest";
import { optimalTime } from "../../../dev/answers";
import { conversation } from "../../../dev/contacts";
import { history, lastMove } from "./history";
import { axisTop, blockedSpans, slots } from "./hours";
import { pages, pageSize, startsDay } from "./pages";

const plan = optimalTime(3);

it("orders hours by the clock, one best among the allowed", () => {
  const hours = slots(plan);
  expect(hours.map(({ hour }) => hour)).toEqual(Array.from({ length: 24 }, (_, hour) => hour));
  expect(hours.filter(({ best }) => best).map(({ hour }) => hour)).toEqual([plan.optimal_hour]);
  expect(axisTop(hours)).toBeGreaterThanOrEqual(Math.max(...hours.map(({ upper }) => upper)));
});

it("gathers blocked hours, a night as one span", () => {
  expect(blockedSpans(slots(plan))).toEqual([
    { text: "12:00 to 13:00", blocks: ["opening_hours"] },
    { text: "21:00 to 08:00", blocks: ["quiet_hours"] },
  ]);
  const all = plan.hourly.map((hour) => ({ ...hour, allowed: false, blocked_by: "opted_out" as const, blocks: [] }));
  expect(blockedSpans(slots({ ...plan, hourly: all }))).toEqual([{ text: "All day", blocks: ["opted_out"] }]);
  expect(blockedSpans([])).toEqual([]);
});

it("draws scores of three models over the same instants", () => {
  const entry = (model: string, value: number, second: number) => {
    const at = new Date(second * 1000).toISOString();
    return { model, value, label: "", version: "1", as_of: at, computed_at: at };
  };
  const entries = [entry("lead", 50, 30), entry("churn", 0.25, 20), entry("lead", 40, 20), entry("lead", 40, 10)];
  const { at, lines } = history(entries);
  expect(at).toEqual([10, 20, 30]);
  expect(lines).toEqual({ lead: [40, 40, 50], churn: [null, 25, null], engagement: [null, null, null] });
  expect(lastMove(entries, "lead")).toBe(10);
  expect(lastMove(entries, "churn")).toBeNull();
});

it("splits a conversation into pages and days", () => {
  const messages = conversation("x", 95);
  const all = pages(messages);
  expect(all.map((page) => page.messages.length)).toEqual([pageSize, pageSize, 15]);
  expect(all.flatMap((page) => page.messages)).toEqual(messages);
  expect(startsDay(messages[0]!, undefined)).toBe(true);
  expect(startsDay(messages[0]!, messages[0])).toBe(false);
});
