/** The rules of send times in words. */
const texts: Readonly<Record<string, string>> = {
  objected: "Objected to profiling",
  opted_out: "Opted out of marketing",
  block_suspected: "Has probably blocked the number",
  us_marketing: "Marketing to US numbers is not delivered",
  past: "The hour has passed",
  quiet_hours: "Quiet hours",
  opening_hours: "Outside the opening hours",
  window_closed: "The 24-hour window is closed",
  cool_down: "Was limited lately; waits",
  frequency_cap: "Has had enough messages this week",
};

/** Why nothing may be sent, for people. */
export const ruleText = (rule: string): string => texts[rule] ?? rule.replaceAll("_", " ");
