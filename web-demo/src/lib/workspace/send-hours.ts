/** The coming day of a contact, as a campaign needs it. */
import type { OptimalTime, SendHours } from "./types";

/** The rule that stands in the way of most hours. */
function reason({ hourly, suppressed }: OptimalTime): string | null {
  if (suppressed) return suppressed;
  const counts = new Map<string, number>();
  for (const { blocks = [] } of hourly) for (const block of blocks) counts.set(block, (counts.get(block) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

/** What a plan says of the 24 hours; "now" is the whole hour that begins next, since a campaign takes its
 *  time to be sent, and since it is estimated like all the others. */
export function sendHoursOf(contactId: string, plan: OptimalTime): SendHours {
  const hours = new Array<number | null>(24).fill(null);
  for (const { hour, probability, allowed } of plan.hourly) if (allowed) hours[hour] = probability;
  const [first] = plan.hourly;
  const best = plan.optimal_hour ?? null;
  return {
    contactId,
    hours,
    now: first?.allowed ? first.probability : null,
    best,
    sendAt: best === null || !plan.optimal_send_at ? null : Date.parse(plan.optimal_send_at),
    blockedBy: best === null ? reason(plan) : null,
  };
}
