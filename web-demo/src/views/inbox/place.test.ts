import { expect, it } from "vitest";
import type { Workspace } from "../../lib/workspace/types";
import { keepPlace, placeIn, type Place } from "./place";
import { everything } from "./select";

it("keeps the place of each workspace, and gives none to another", () => {
  const [mine, theirs] = [{}, {}] as [Workspace, Workspace];
  const first = placeIn(mine);
  expect(first).toMatchObject({ filter: everything, scrollTop: 0, active: null });
  const place: Place = { ...first, filter: { ...everything, query: "Ana" }, scrollTop: 120, active: "x" };
  keepPlace(mine, place);
  expect([placeIn(mine), placeIn(theirs)]).toEqual([place, first]);
});
