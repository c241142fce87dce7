import { describe, expect, it } from "vitest";
import { contact } from "../../../dev/contacts";
import { applyChange, consentState, fold, toRow } from "./rows";
import { everything, order, select, type Sort } from "./select";
import { Table } from "./table";

const rows = Array.from({ length: 500 }, (_, index) => toRow(contact(index)));
const table = new Table(rows);
const by = (key: Sort["key"], descending: boolean) => Array.from(order(table, { key, descending }), (index) => rows[index]!);

describe("order", () => {
  it("sorts figures both ways, rows without one last", () => {
    for (const descending of [true, false]) {
      const values = by("lead", descending).map((row) => row.lead?.value ?? null);
      const known = values.filter((value) => value !== null);
      expect(known).toEqual(known.toSorted((a, b) => (descending ? b - a : a - b)));
      expect(values.slice(known.length).every((value) => value === null)).toBe(true);
      expect(known.length).toBeLessThan(rows.length);
    }
  });

  it("holds every row once, equals by id", () => {
    const ids = by("consent", false).map((row) => `${row.consent} ${row.id}`);
    expect(new Set(ids).size).toBe(rows.length);
    const allowed = ids.filter((id) => id.startsWith("allowed"));
    expect(allowed).toEqual(allowed.toSorted());
  });

  it("sorts names as people do", () => {
    const names = ["Zoë", "anna", "Älva", "Bob"].map((name, index) => toRow({ ...contact(index), name }));
    const sorted = Array.from(order(new Table(names), { key: "name", descending: false }), (index) => names[index]!.name);
    expect(sorted).toEqual(["Älva", "anna", "Bob", "Zoë"]);
  });
});

describe("search", () => {
  const row = toRow({ ...contact(1), name: "José Müller", phone: "+49 170 1234567", contact_id: "AB12cd" });
  const among = new Table([toRow({ ...contact(7), name: "Line\nbreak", phone: "+1" }), row, toRow({ ...contact(8), phone: null })]);
  const found = (query: string): boolean => among.find(query)?.[1] !== 0;

  it.each(["jose", "MÜL", "muller", "ab12", "4567", "+49 170 1234567", "567", ""])("finds %j", (query) => {
    expect(found(query)).toBe(true);
  });
  it.each(["jane", "123456", "+49", "zz", "b12"])("does not find %j", (query) => {
    expect(found(query)).toBe(false);
  });
  it("finds what each row has, row by row", () => {
    for (const query of ["a", "mira", "1", "b64943", "0123"]) {
      const hits = table.find(query)!;
      const digits = /^\d+$/.test(query);
      const expected = rows.map((one) => {
        const id = query.length >= 4 && one.id.includes(query);
        return one.folded.includes(query) || id || (digits && one.digits.endsWith(query)) ? 1 : 0;
      });
      expect(Array.from(hits)).toEqual(expected);
    }
  });
  it("folds other scripts without losing them", () => {
    expect(fold("Ærø Ёлка ÉCOLE")).toBe("ærø елка ecole");
  });
});

describe("select", () => {
  const ordered = order(table, { key: "lead", descending: true });

  it("counts each tier without the tier's own filter", () => {
    const all = select(table, ordered, everything);
    const hot = select(table, ordered, { ...everything, tier: "hot" });
    expect(hot.counts).toEqual(all.counts);
    expect(hot.visible.length).toBe(all.counts.hot);
    expect(Object.values(all.counts).reduce((a, b) => a + b)).toBe(rows.length);
  });

  it("joins filters and keeps the order", () => {
    const { visible } = select(table, ordered, { ...everything, risk: "high", consent: "allowed", query: "a" });
    const places = Array.from(visible, (index) => ordered.indexOf(index));
    expect(visible.length).toBeGreaterThan(0);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const index of visible) expect([rows[index]!.churn?.label, rows[index]!.consent]).toEqual(["high", "allowed"]);
  });
});

describe("rows", () => {
  it("takes the strictest word of consent", () => {
    const consent = { marketing_allowed: true, opted_out: false, objected: false, block_suspected: false };
    expect(consentState(consent)).toBe("allowed");
    expect(consentState({ ...consent, opted_out: true, objected: true })).toBe("objected");
    expect(consentState({ ...consent, marketing_allowed: false })).toBe("not_given");
  });

  it("takes a change once, and tells how far the lead score moved", () => {
    const row = toRow(contact(3));
    const change = { contact_id: row.id, model: "lead", value: 50, label: "warm", previous: 40, computed_at: "" };
    const before = row.lead?.value ?? 40;
    expect(applyChange(row, change, 5)).toBe(true);
    expect(applyChange(row, change, 6)).toBe(false);
    expect(row).toMatchObject({ lead: { value: 50, label: "warm" }, trend: 50 - before, revision: 1, changedAt: 5 });
    expect(applyChange(row, { ...change, model: "sentiment" }, 7)).toBe(false);
  });
});
