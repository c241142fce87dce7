/** Levels that the list can be filtered by. */

/** Lead tiers as the chips show them; `none` = without a lead score. */
export const tiers = ["hot", "warm", "cold", "unqualified", "none"] as const;
export type TierFilter = (typeof tiers)[number];

export const risks = ["critical", "high", "medium", "low"] as const;
export type RiskFilter = (typeof risks)[number];
