import { expect, test } from "vitest";
import { csv } from "../../lib/csv";
import type { Contact, SendHours } from "../../lib/workspace/types";
import { audienceOf } from "./audience";
import { scheduleCsv, scheduleOf } from "./schedule";

const everybody = { tiers: [], risks: [], levels: [], scoreMin: null, scoreMax: null };
const allowed = { marketing_allowed: true, opted_out: false, objected: false, block_suspected: false };
const at = "2026-01-01T00:00:00Z";

function contact(id: string, lead: [number, string] | null, consent: object = {}, more: object = {}): Contact {
  const scores = lead ? { lead: { value: lead[0], label: lead[1], computed_at: at }, engagement: { value: 0.3, label: "medium", computed_at: at } } : {};
  return { contact_id: id, events: 1, first_activity_at: at, last_activity_at: at, consent: { ...allowed, ...consent }, scores, ...more };
}

const people = [
  contact("a", [90, "hot"]),
  contact("b", [40, "cold"]),
  contact("c", null),
  contact("d", [95, "hot"], { objected: true, opted_out: true }),
  contact("e", [91, "hot"], { marketing_allowed: false }),
];

test("who must not be written to is counted by the gravest reason", () => {
  const audience = audienceOf(people, everybody);
  expect(audience.included.map((one) => one.contact_id)).toEqual(["a", "b", "c"]);
  expect([...audience.excluded]).toEqual([["objected", 1], ["not_allowed", 1]]);
  expect(audience.matching).toBe(5);
});

test("filters work together; who has no score matches no score", () => {
  expect(audienceOf(people, { ...everybody, tiers: ["hot"] }).included.map((one) => one.contact_id)).toEqual(["a"]);
  expect(audienceOf(people, { ...everybody, scoreMin: 30, scoreMax: 50 }).included.map((one) => one.contact_id)).toEqual(["b"]);
  expect(audienceOf(people, { ...everybody, tiers: ["hot"], levels: ["low"] }).matching).toBe(0);
});

const plan = (contactId: string, best: number | null, p: number, now: number | null, blockedBy: string | null = null): SendHours => ({
  contactId,
  hours: Array.from({ length: 24 }, (_, hour) => (hour === best ? p : null)),
  now,
  best,
  sendAt: best === null ? null : Date.UTC(2026, 0, 1, best),
  blockedBy,
});

test("a schedule adds up by hour, by level and against now", () => {
  const later = { ...plan("b", 18, 0.5, null), hours: Array.from({ length: 24 }, (_, hour) => (hour === 18 ? 0.5 : hour === 8 ? 0.375 : null)) };
  const plans = [later, plan("a", 9, 0.25, 0.125), plan("c", null, 0, null, "cool_down"), plan("?", 1, 1, 1)];
  const schedule = scheduleOf(people, plans, Date.UTC(2026, 0, 1, 5, 30));
  expect(schedule.sends.map((send) => send.contact.contact_id)).toEqual(["a", "b"]);
  expect([...schedule.blocked]).toEqual([["cool_down", 1]]);
  expect(schedule.bars[9]).toEqual({ hour: 9, total: 1, parts: [0, 1, 0, 0], expected: 0.25 });
  expect(schedule.totals).toEqual({ sends: 2, best: 0.75, soonest: 0.5, allowedNow: 1 });
});

test("the file of a plan keeps names from being formulas, and has whom to send to", () => {
  const named = contact("a", [90, "hot"], {}, { name: '=HYPERLINK("http://x","y")', phone: "+34 600 000 001", external_id: "crm-7" });
  const text = scheduleCsv(scheduleOf([named], [plan("a", 9, 0.25, null)], 0).sends);
  expect(text).toBe(
    '\uFEFFcontact_id,external_id,phone,name,level,local_hour,send_at,reply_probability\r\na,crm-7,34600000001,"\'=HYPERLINK(""http://x"",""y"")",medium,09:00,2026-01-01T09:00:00.000Z,0.25\r\n',
  );
  // A number that may be seen in part only is none.
  const masked = contact("a", [90, "hot"], {}, { phone: "…01" });
  expect(scheduleCsv(scheduleOf([masked], [plan("a", 9, 0.25, null)], 0).sends)).toContain("\r\na,,,,medium,");
});

test("fields are quoted when they must be, and beginnings of formulas are made text", () => {
  expect(csv(["h"], [["a,b"], ['q"'], ["l\r\nm"], [null], [-1.5], ["plain"]])).toBe('\uFEFFh\r\n"a,b"\r\n"q"""\r\n"l\r\nm"\r\n\r\n-1.5\r\nplain\r\n');
  for (const start of ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "|", "%"]) {
    expect(csv([], [[`${start}1`]]).replace(/^\uFEFF\r\n"?/, "")).toMatch(/^'/);
  }
});

test("a text that another separator would part has no formula in its parts", () => {
  const line = (text: string): string => csv([], [[text]]).slice(3, -2);
  expect(line("Eve;=1+1")).toBe("Eve;'=1+1");
  expect(line("Eve\t=1+1;+2")).toBe("Eve\t'=1+1;'+2");
  expect(line("Eve; @x")).toBe("Eve;' @x");
  expect(line('Eve;"=1+1"')).toBe('"Eve;\'""=1+1"""');
  expect(line("Eve\n-1")).toBe('"Eve\n\'-1"');
  expect(line("Eve; a - b")).toBe("Eve; a - b");
});
