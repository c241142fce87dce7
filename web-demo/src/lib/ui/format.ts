/** Numbers, shares and instants for people, in the language of the browser. */

const day = 86_400_000;
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const share = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export const formatCount = (value: number): string => whole.format(value);
export const formatNumber = (value: number | null): string => (value === null ? "–" : decimal.format(value));
export const formatShare = (value: number | null): string => (value === null ? "–" : share.format(value));
export const formatInstant = (at: number | string): string => dateTime.format(new Date(at));
/** `9` -> `09:00`. */
export const formatHour = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

/** How long ago, in the largest whole unit. */
export function formatAgo(at: number | string, now = Date.now()): string {
  const ms = new Date(at).getTime() - now;
  const units = [
    ["year", 365 * day],
    ["month", 30 * day],
    ["day", day],
    ["hour", day / 24],
    ["minute", day / 1440],
  ] as const;
  for (const [unit, length] of units) {
    if (Math.abs(ms) >= length) return relative.format(Math.trunc(ms / length), unit);
  }
  return relative.format(0, "minute");
}
