import { describe, expect, it } from "vitest";
import { schema } from "../../../dev/features";
import { kinds } from "../../lib/workspace/types";
import { FrameLoop } from "./frame";
import { firstStop, slider, sliders, stopOf, stopsOf } from "./sliders";

const range = (minimum: number, maximum: number, unit: string) => ({ minimum, maximum, unit });
const [mood, reply] = schema("lead").features;

describe("stops", () => {
  it.each([
    range(0, 1, "ratio"), range(-1, 1, "score"), range(0, 2000, "count"), range(0, 43_200, "min"), range(-100, 1000, "x median"),
    range(1, 5, "1-5"), range(0, 30, "d"), range(-7, 7, "ln ratio"),
  ])("rise from end to end: %j", (feature) => {
    const stops = stopsOf(feature);
    expect(stops[0]).toBe(feature.minimum);
    expect(stops.at(-1)).toBe(feature.maximum);
    for (let at = 1; at < stops.length; at += 1) expect(stops[at]).toBeGreaterThan(stops[at - 1]!);
    expect(stops.length).toBeLessThan(160);
    if (feature.minimum <= 0) expect(stops).toContain(0);
  });
  it("are whole where things are counted, and fine where it matters", () => {
    const stops = stopsOf(range(0, 2000, "count"));
    expect(stops.every(Number.isInteger)).toBe(true);
    expect(stops.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("sliders", () => {
  it("have the contact's own value among their stops", () => {
    const one = slider(mood!, 0.0712345)!;
    expect(one.stops[stopOf(one, 0.0712345)]).toBe(0.0712345);
  });
  it("may be unknown only where the model has a meaning for it", () => {
    expect(slider(mood!, 0.1)!.optional).toBe(false);
    expect(slider(reply!, 3)!.optional).toBe(true);
    expect(slider(mood!, null)!.optional).toBe(true);
  });
  it("begin at nothing when they become known, or in the middle", () => {
    expect(slider(reply!, null)!.stops[firstStop(slider(reply!, null)!)]).toBe(0);
    const rating = schema("churn").features.find(({ unit }) => unit === "1-5")!;
    const one = slider(rating, null)!;
    expect(one.stops[firstStop(one)]).toBe(3);
  });
  it("leave out what nobody can act on, heaviest first", () => {
    for (const kind of kinds) {
      const all = sliders(schema(kind), {}, { [schema(kind).features[2]!.name]: -9 });
      expect(all.length).toBe(schema(kind).features.filter(({ actionable }) => actionable).length);
      expect(all[0]!.name).toBe(schema(kind).features[2]!.name);
    }
  });
});

describe("frame loop", () => {
  function fixture(cost: number) {
    let time = 0;
    const waiting: (() => void)[] = [];
    let runs = 0;
    const loop = new FrameLoop(
      () => {
        runs += 1;
        time += cost;
      },
      { request: (callback) => waiting.push(callback), cancel: () => waiting.splice(0), now: () => time },
    );
    const frame = (): void => waiting.splice(0).forEach((callback) => callback());
    return { loop, frame, runs: () => runs, waiting };
  }

  it("runs once a frame, however often it is asked", () => {
    const { loop, frame, runs } = fixture(1);
    for (let asked = 0; asked < 50; asked += 1) loop.request();
    frame();
    expect(runs()).toBe(1);
    frame();
    expect(runs()).toBe(1);
  });
  it("lets frames pass after work that was over the budget", () => {
    const { loop, frame, runs } = fixture(40);
    loop.request();
    frame();
    loop.request();
    for (let at = 0; at < 3; at += 1) frame();
    expect(runs()).toBe(1);
    frame();
    expect(runs()).toBe(2);
  });
  it("drops what was asked for when it is stopped", () => {
    const { loop, frame, runs } = fixture(1);
    loop.request();
    loop.stop();
    frame();
    expect(runs()).toBe(0);
  });
});
