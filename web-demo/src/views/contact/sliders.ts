/** Sliders over the features that a business can act on. */
import type { FeatureSchema, FeatureValues } from "../../lib/workspace/types";

type FeatureInfo = FeatureSchema["features"][number];

/** One slider: it stands on one of its stops, or its value is missing. */
export interface Slider {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  /** What can be done about it. */
  readonly how: string;
  /** Values that it can have, rising; the contact's own is among them. */
  readonly stops: readonly number[];
  /** The contact's own value; null = missing. */
  readonly start: number | null;
  /** Whether it may be missing. */
  readonly optional: boolean;
  /** Yes or no instead of a range. */
  readonly binary: boolean;
}

/** Ranges up to this are cut evenly; longer ones in steps that grow with the value. */
const evenUpTo = 30;
const evenSteps = 100;
/** Steps of a growing range within one power of ten. */
const mantissas = [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9];

const clean = (value: number): number => Number(value.toPrecision(6));

function growing(from: number, to: number, whole: boolean): number[] {
  const stops: number[] = [];
  for (let power = whole ? 1 : 0.1; power <= to; power *= 10) {
    for (const mantissa of mantissas) {
      const value = clean(mantissa * power);
      if (value >= from && value <= to && (!whole || Number.isInteger(value))) stops.push(value);
    }
  }
  return stops;
}

/** The stops of a feature's range. */
export function stopsOf(feature: Pick<FeatureInfo, "minimum" | "maximum" | "unit">): number[] {
  const { minimum, maximum, unit } = feature;
  const whole = unit === "count" || unit === "d" || unit === "min" || unit === "h";
  const width = maximum - minimum;
  if (unit === "bool") return [0, 1];
  if (width <= evenUpTo) {
    const steps = whole ? width : evenSteps;
    return Array.from({ length: steps + 1 }, (_, step) => clean(minimum + (width * step) / steps));
  }
  const above = growing(0, maximum, whole);
  const below = minimum < 0 ? growing(0, -minimum, whole).map((value) => -value) : [];
  return [...new Set([minimum, ...below, 0, ...above, maximum])]
    .filter((value) => value >= minimum && value <= maximum)
    .sort((a, b) => a - b);
}

/** The slider of a feature, or null when nothing can be done about it. */
export function slider(feature: FeatureInfo, value: number | null): Slider | null {
  if (!feature.actionable) return null;
  const stops = stopsOf(feature);
  if (value !== null && !stops.includes(value)) {
    stops.push(value);
    stops.sort((a, b) => a - b);
  }
  return {
    name: feature.name,
    label: feature.label,
    unit: feature.unit,
    how: feature.actionable.how,
    stops,
    start: value,
    optional: value === null || feature.missing.kind === "missing",
    binary: feature.unit === "bool",
  };
}

/** All sliders of a schema; those whose features weigh most come first. */
export function sliders(
  schema: FeatureSchema,
  values: FeatureValues,
  contributions: Readonly<Record<string, number>>,
): Slider[] {
  const weight = ({ name }: Slider): number => Math.abs(contributions[name] ?? 0);
  return schema.features
    .flatMap((feature) => slider(feature, values[feature.name] ?? null) ?? [])
    .sort((a, b) => weight(b) - weight(a));
}

/** The stop nearest to a value. */
export function stopOf({ stops }: Slider, value: number): number {
  let best = 0;
  for (let index = 1; index < stops.length; index += 1) {
    if (Math.abs(stops[index]! - value) < Math.abs(stops[best]! - value)) best = index;
  }
  return best;
}

/** Where a missing value starts when it becomes known: 0 where the range has it, else the middle. */
export function firstStop(one: Slider): number {
  const low = one.stops[0] ?? 0;
  return low <= 0 ? stopOf(one, 0) : Math.floor(one.stops.length / 2);
}
