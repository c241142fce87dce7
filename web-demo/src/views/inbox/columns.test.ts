import { expect, test } from "vitest";
import { columnsOf, direction, trendWords } from "./columns";

test("a trend is told by its size and direction, and small moves are stable", () => {
  expect([trendWords(-2.3), trendWords(4), trendWords(0), trendWords(-0.04), trendWords(-0.3)]).toEqual([
    "Fallen by 2.3", "Risen by 4", "Unchanged", "Unchanged", "Stable, fallen by 0.3",
  ]);
  expect([direction(-2), direction(2), direction(1.9)]).toEqual(["down", "up", "flat"]);
});

test("the header says of which message a reply is probable", () => {
  const label = (place: "page" | "service") => columnsOf(place).find(({ key }) => key === "engagement")?.label;
  expect([label("service"), label("page")]).toEqual(["Reply, best", "Reply, now"]);
});
