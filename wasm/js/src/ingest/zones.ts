/** Offsets of time zones, from the database that the host has. */

/** Instants before and after which a zone counts as unchanging: chats and purchases lie between. */
const FROM = Date.UTC(1999, 0, 1);
const UNTIL = Date.UTC(2039, 0, 1);
/** No zone has changed its offset twice within so many days since then. */
const STEP_MS = 12 * 86_400_000;
const MINUTE_MS = 60_000;

/** The zone of this device. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Answers the module's questions about zones. */
export const zoneSource = {
  /** The first offset in minutes, then pairs of an instant and the offset from then on. */
  offsets(name: string): Float64Array {
    let found = tables.get(name);
    if (found === undefined) {
      found = table(name);
      tables.set(name, found);
    }
    return found;
  },
};

const tables = new Map<string, Float64Array>();

function table(name: string): Float64Array {
  const offset = offsets(name);
  if (offset === undefined) return new Float64Array(0);
  let before = offset(FROM);
  const list = [before];
  for (let at = FROM; at < UNTIL; at += STEP_MS) {
    const after = offset(at + STEP_MS);
    if (after === before) continue;
    let [low, high] = [at, at + STEP_MS];
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / MINUTE_MS / 2) * MINUTE_MS;
      if (offset(middle) === before) low = middle;
      else high = middle;
    }
    list.push(high, after);
    before = after;
  }
  return Float64Array.from(list);
}

/** The offset of a zone at an instant, in whole minutes; undefined for an unknown zone. */
function offsets(name: string): ((at: number) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const local = Date.UTC(
      part("year"),
      part("month") - 1,
      part("day"),
      part("hour"),
      part("minute"),
      part("second"),
    );
    return Math.trunc((local - at) / MINUTE_MS);
  };
}
