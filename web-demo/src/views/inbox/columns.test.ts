import { expect, test } from "vitest";
import { direction, trendWords } from "./columns";

test("a trend is told by its size, and what is shown as 0 has not moved", () => {
  expect([trendWords(-0.3), trendWords(2), trendWords(0), trendWords(-0.04)]).toEqual(["Fallen by 0.3", "Risen by 2", "Unchanged", "Unchanged"]);
  expect([direction(-0.3), direction(2), direction(0.04)]).toEqual(["down", "up", "flat"]);
});
