import { expect, it } from "vitest";
import { moved, overscan, reveal, span } from "./windowing";

it("draws what is in sight and a few around it", () => {
  expect(span(0, 400, 40, 50_000)).toEqual({ first: 0, end: 10 + overscan });
  expect(span(40_000, 400, 40, 50_000)).toEqual({ first: 1000 - overscan, end: 1010 + overscan });
  expect(span(9_999_999, 400, 40, 100)).toMatchObject({ end: 100 });
  expect(span(0, 400, 40, 0)).toEqual({ first: 0, end: 0 });
});

it("scrolls only as far as it takes to show a row", () => {
  expect(reveal(5, 0, 400, 40)).toBe(0);
  expect(reveal(10, 0, 400, 40)).toBe(40);
  expect(reveal(2, 200, 400, 40)).toBe(80);
});

it("moves by keys within the list", () => {
  expect(moved("ArrowDown", 4, 10, 5)).toBe(5);
  expect(moved("ArrowDown", 9, 10, 5)).toBe(9);
  expect(moved("ArrowUp", 0, 10, 5)).toBe(0);
  expect(moved("PageDown", 0, 10, 5)).toBe(4);
  expect(moved("PageUp", 9, 10, 5)).toBe(5);
  expect(moved("Home", 7, 10, 5)).toBe(0);
  expect(moved("End", 0, 10, 5)).toBe(9);
  expect(moved("x", 0, 10, 5)).toBeNull();
  expect(moved("ArrowDown", 0, 0, 5)).toBeNull();
});
