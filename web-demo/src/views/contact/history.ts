/** Scores of the past as lines of one chart of 0 to 100. */
import { kinds, type Kind, type ScoreEntry } from "../../lib/workspace/types";

/** Columns of a chart: instants (seconds since 1970, rising), and a line of each kind with gaps. */
export interface History {
  readonly at: readonly number[];
  readonly lines: Readonly<Record<Kind, readonly (number | null)[]>>;
}

/** Gathers score entries, newest first, into lines; probabilities as percentages. */
export function history(entries: readonly ScoreEntry[]): History {
  const seconds = (entry: ScoreEntry): number => Math.round(new Date(entry.as_of).getTime() / 1000);
  const at = [...new Set(entries.map(seconds))].sort((a, b) => a - b);
  const place = new Map(at.map((second, index) => [second, index]));
  const line = (kind: Kind): (number | null)[] => {
    const values = new Array<number | null>(at.length).fill(null);
    // Oldest first, so that the newest of one second stays.
    for (const entry of [...entries].reverse()) {
      if (entry.model === kind) values[place.get(seconds(entry))!] = kind === "lead" ? entry.value : entry.value * 100;
    }
    return values;
  };
  return { at, lines: { lead: line(kinds[0]), churn: line(kinds[1]), engagement: line(kinds[2]) } };
}

/** How far the newest score of a kind is from the one before that differed; null when there is none. */
export function lastMove(entries: readonly ScoreEntry[], kind: Kind): number | null {
  const own = entries.filter(({ model }) => model === kind);
  const newest = own[0];
  const before = own.find(({ value }) => value !== newest?.value);
  return newest && before ? newest.value - before.value : null;
}
