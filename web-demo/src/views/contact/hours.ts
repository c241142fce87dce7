/** The 24 hours of a send-time plan, as they are drawn and told. */
import { formatHour } from "../../lib/ui/format";
import type { OptimalTime } from "../../lib/workspace/types";

type HourAnswer = OptimalTime["hourly"][number];
export type BlockName = NonNullable<HourAnswer["blocked_by"]>;

/** One hour of the day. */
export interface HourSlot {
  readonly hour: number;
  readonly probability: number;
  readonly lower: number;
  readonly upper: number;
  readonly best: boolean;
  /** Rules that forbid it; none when it is allowed. */
  readonly blocks: readonly BlockName[];
}

/** Why nothing may be sent, in words. */
export const blockWords: Readonly<Record<BlockName, string>> = {
  objected: "objected to marketing",
  opted_out: "opted out of marketing",
  block_suspected: "may have blocked the business",
  us_marketing: "no marketing to numbers of the United States",
  past: "already past",
  quiet_hours: "quiet hours",
  opening_hours: "outside opening hours",
  window_closed: "the 24-hour window is closed",
  cool_down: "too soon after the last send",
  frequency_cap: "enough messages for now",
};

/** The hours by the clock. Two instants of one hour (a change of the clocks) keep the first. */
export function slots(plan: OptimalTime): HourSlot[] {
  const byHour = new Map<number, HourAnswer>();
  for (const entry of plan.hourly) if (!byHour.has(entry.hour)) byHour.set(entry.hour, entry);
  return [...byHour.values()]
    .sort((a, b) => a.hour - b.hour)
    .map((entry) => ({
      hour: entry.hour,
      probability: entry.probability,
      lower: entry.lower,
      upper: entry.upper,
      best: entry.allowed && entry.hour === plan.optimal_hour,
      blocks: entry.allowed ? [] : [entry.blocked_by ?? [], entry.blocks ?? []].flat().filter((one, at, all) => all.indexOf(one) === at),
    }));
}

/** Hours in a row that the same rules forbid. */
export interface BlockedSpan {
  /** `21:00 to 08:00`. */
  readonly text: string;
  readonly blocks: readonly BlockName[];
}

const sameBlocks = (a: HourSlot, b: HourSlot): boolean => a.blocks.join() === b.blocks.join();

/** Blocked hours, gathered; a night that runs over midnight is one span. */
export function blockedSpans(all: readonly HourSlot[]): BlockedSpan[] {
  const runs: HourSlot[][] = [];
  for (const slot of all) {
    if (slot.blocks.length === 0) continue;
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && last.hour + 1 === slot.hour && sameBlocks(last, slot)) run.push(slot);
    else runs.push([slot]);
  }
  const first = runs[0];
  const last = runs.at(-1);
  if (first && last && first !== last && first[0]!.hour === 0 && last.at(-1)!.hour === 23 && sameBlocks(first[0]!, last[0]!)) {
    runs.shift();
    runs[runs.length - 1] = [...last, ...first];
  }
  return runs.map((run) => ({
    text: run.length === 24 ? "All day" : `${formatHour(run[0]!.hour)} to ${formatHour((run.at(-1)!.hour + 1) % 24)}`,
    blocks: run[0]!.blocks,
  }));
}

/** The top of the axis: the highest whisker, rounded up to a tenth. */
export const axisTop = (all: readonly HourSlot[]): number =>
  Math.min(1, Math.max(0.1, Math.ceil(Math.max(0, ...all.map(({ upper }) => upper)) * 10) / 10));
