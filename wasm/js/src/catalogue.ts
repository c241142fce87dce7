// Printed by `cargo xtask docs` from chatsignal-core; not to be edited.

/** Name, label, unit, category, smallest and largest value, value when nothing is known, better way, how. */
export type CatalogueFeature = readonly [
  name: string,
  label: string,
  unit: string,
  category: string,
  minimum: number,
  maximum: number,
  missing: number | "missing" | "rule",
  direction: "raise" | "lower" | "either" | null,
  how: string,
];

/** The features of each kind of model, with the fingerprint of the schema that they make. */
export const catalogue: Readonly<
  Record<
    "lead" | "churn" | "engagement",
    { readonly fingerprint: string; readonly features: readonly CatalogueFeature[] }
  >
> = {
  lead: {
    fingerprint: "x64:93c8bd2b72f47f75",
    features: [
      ["first_response_min", "Time to the first reply", "min", "response", 0, 43200, "missing", null, ""],
      ["agent_reply_median_min", "Typical reply time of the business", "min", "response", 0, 10080, "missing", "lower", "answer sooner"],
      ["lead_reply_median_min", "Typical reply time of the lead", "min", "response", 0, 1440, "missing", null, ""],
      ["lead_reply_rate_30d", "Share of outreach that the lead answers", "ratio", "response", 0, 1, "rule", "raise", "write what the lead asked for"],
      ["unanswered_outbound_streak", "Attempts without an answer", "count", "response", 0, 50, 0, "lower", "wait before the next attempt"],
      ["open_wait_hours", "Time that the lead has been waiting", "h", "response", 0, 720, 0, "lower", "answer the open message"],
      ["hours_since_last_inbound", "Time since the lead last wrote", "h", "engagement", 0, 8760, "rule", "lower", "start a conversation"],
      ["lead_age_days", "Age of the lead", "d", "engagement", 0, 1825, 0, null, ""],
      ["inbound_msgs_30d", "Messages from the lead", "count", "engagement", 0, 2000, 0, "raise", "invite an answer"],
      ["inbound_trend_7d", "Trend of the lead's messages", "ratio", "engagement", -1, 1, 0, "raise", "invite an answer"],
      ["active_days_30d", "Days on which the lead wrote", "d", "engagement", 0, 30, 0, "raise", "keep the conversation going"],
      ["rich_share_30d", "Share of voice, media and locations", "ratio", "engagement", 0, 1, "rule", null, ""],
      ["high_intent_actions_30d", "Buttons, lists, flows, orders and product questions", "count", "engagement", 0, 200, 0, "raise", "offer buttons or a product list"],
      ["questions_30d", "Questions asked", "count", "engagement", 0, 500, 0, null, ""],
      ["sentiment_mean_30d", "Mood of the lead", "score", "sentiment", -1, 1, 0, "raise", "solve what bothers the lead"],
      ["sentiment_last", "Mood of the last message", "score", "sentiment", -1, 1, 0, "raise", "solve what bothers the lead"],
      ["sentiment_slope_30d", "Trend of the mood", "score/d", "sentiment", -1, 1, 0, null, ""],
      ["negative_share_30d", "Share of negative messages", "ratio", "sentiment", 0, 1, "rule", "lower", "solve what bothers the lead"],
      ["joy_minus_anger_30d", "Joy less anger", "score", "sentiment", -1, 1, 0, null, ""],
      ["from_paid_ad", "Came from a paid ad", "bool", "campaigns", 0, 1, 0, null, ""],
      ["campaigns_delivered_30d", "Campaigns delivered", "count", "campaigns", 0, 100, 0, null, ""],
      ["campaign_read_rate_90d", "Share of campaigns read", "ratio", "campaigns", 0, 1, "rule", null, ""],
      ["campaign_reply_rate_90d", "Share of campaigns answered", "ratio", "campaigns", 0, 1, "rule", "raise", "send fewer, better aimed campaigns"],
      ["days_since_campaign_response", "Time since a campaign was answered", "d", "campaigns", 0, 365, 365, "lower", "aim the next campaign"],
    ],
  },
  churn: {
    fingerprint: "x64:2eb0c42005c390a2",
    features: [
      ["days_since_last_inbound", "Time since the customer last wrote", "d", "recency", 0, 1825, "rule", "lower", "start a conversation"],
      ["days_since_last_purchase", "Time since the last purchase", "d", "recency", 0, 1825, "missing", "lower", "make an offer"],
      ["days_since_last_seen", "Time since any sign of life", "d", "recency", 0, 1825, "rule", "lower", "start a conversation"],
      ["days_since_campaign_response", "Time since a campaign was answered", "d", "recency", 0, 365, 365, "lower", "aim the next campaign"],
      ["customer_age_days", "Age of the customer", "d", "recency", 0, 3650, 0, null, ""],
      ["inactivity_ratio", "Silence against the usual rhythm", "ratio", "recency", 0, 50, "rule", "lower", "start a conversation"],
      ["p_alive", "Probability of still being a customer", "prob", "recency", 0, 1, "missing", null, ""],
      ["inbound_msgs_30d", "Messages from the customer", "count", "frequency", 0, 2000, 0, "raise", "invite an answer"],
      ["active_days_90d", "Days on which the customer wrote", "d", "frequency", 0, 90, 0, "raise", "invite an answer"],
      ["sessions_90d", "Sessions", "count", "frequency", 0, 90, 0, "raise", "invite an answer"],
      ["inbound_trend", "Trend of the customer's messages", "ln ratio", "frequency", -7, 7, 0, "raise", "invite an answer"],
      ["purchases_365d", "Purchases", "count", "frequency", 0, 500, 0, "raise", "make an offer"],
      ["interpurchase_mean_days", "Days between purchases", "d", "frequency", 0, 1825, "missing", null, ""],
      ["campaign_read_rate_90d", "Share of campaigns read", "ratio", "frequency", 0, 1, "rule", null, ""],
      ["campaign_reply_rate_90d", "Share of campaigns answered", "ratio", "frequency", 0, 1, "rule", "raise", "send fewer, better aimed campaigns"],
      ["marketing_opted_out", "Opted out of marketing", "bool", "frequency", 0, 1, 0, null, ""],
      ["revenue_90d", "Revenue, last 90 days", "x median", "monetary", -100, 1000, 0, "raise", "make an offer"],
      ["revenue_365d", "Revenue, last year", "x median", "monetary", -100, 5000, 0, "raise", "make an offer"],
      ["avg_order_value_365d", "Average order", "x median", "monetary", 0, 1000, "missing", "raise", "offer a bundle"],
      ["revenue_trend_90d", "Trend of revenue", "ln ratio", "monetary", -9, 9, 0, "raise", "make an offer"],
      ["refunds_365d", "Refunds, cancellations and failed payments", "count", "monetary", 0, 100, 0, null, ""],
      ["sentiment_mean_30d", "Mood, last 30 days", "score", "sentiment", -1, 1, "missing", "raise", "solve what bothers the customer"],
      ["sentiment_mean_90d", "Mood, last 90 days", "score", "sentiment", -1, 1, "missing", "raise", "solve what bothers the customer"],
      ["sentiment_slope_90d", "Trend of the mood", "score/30 d", "sentiment", -2, 2, 0, null, ""],
      ["anger_disgust_share_90d", "Share of angry or disgusted messages", "ratio", "sentiment", 0, 1, "rule", "lower", "solve what bothers the customer"],
      ["worst_session_sentiment_90d", "Mood of the worst session", "score", "sentiment", -1, 1, 0, "raise", "follow up on the worst session"],
      ["conversations_opened_90d", "Support conversations", "count", "support", 0, 200, 0, "lower", "solve the cause"],
      ["open_conversation_age_h", "Age of the oldest open conversation", "h", "support", 0, 8760, 0, "lower", "resolve the open conversation"],
      ["first_response_median_min_90d", "Typical time to a first response", "min", "support", 0, 43200, "missing", "lower", "answer sooner"],
      ["resolution_median_h_90d", "Typical time to a resolution", "h", "support", 0, 8760, "missing", "lower", "resolve sooner"],
      ["reopened_share_180d", "Share of conversations opened again", "ratio", "support", 0, 1, "rule", "lower", "resolve for good"],
      ["csat_mean_180d", "Satisfaction rating", "1-5", "support", 1, 5, "missing", "raise", "solve what bothers the customer"],
    ],
  },
  engagement: {
    fingerprint: "x64:084856fff305f86f",
    features: [
      ["hour_sin", "Hour of the day (sine)", "-", "time patterns", -1, 1, "rule", null, ""],
      ["hour_cos", "Hour of the day (cosine)", "-", "time patterns", -1, 1, "rule", null, ""],
      ["dow_sin", "Day of the week (sine)", "-", "time patterns", -1, 1, "rule", null, ""],
      ["dow_cos", "Day of the week (cosine)", "-", "time patterns", -1, 1, "rule", null, ""],
      ["is_weekend", "Weekend", "bool", "time patterns", 0, 1, "rule", null, ""],
      ["hour_inbound_share", "How often the contact writes at this hour", "ratio", "time patterns", 0, 1, "rule", "either", "choose another hour"],
      ["hour_engage_rate", "Answers to sends at this hour", "ratio", "time patterns", 0, 1, "rule", "either", "choose another hour"],
      ["dow_engage_rate", "Answers to sends on this weekday", "ratio", "time patterns", 0, 1, "rule", "either", "choose another hour"],
      ["tenant_hour_rate", "Answers of all contacts at this hour", "ratio", "time patterns", 0, 1, "rule", "either", "choose another hour"],
      ["hours_from_peak", "Distance from the contact's usual hour", "h", "time patterns", 0, 12, 6, "either", "choose another hour"],
      ["activity_concentration", "How regular the contact's hours are", "-", "time patterns", 0, 1, 0, null, ""],
      ["is_business_hours", "Opening hours", "bool", "time patterns", 0, 1, 1, "either", "choose another hour"],
      ["reply_rate_90d", "Share of sends answered", "ratio", "engagement", 0, 1, "rule", null, ""],
      ["read_rate_90d", "Share of sends read", "ratio", "engagement", 0, 1, "rule", null, ""],
      ["click_rate_90d", "Share of sends clicked", "ratio", "engagement", 0, 1, "rule", null, ""],
      ["sends_7d", "Sends, last 7 days", "count", "engagement", 0, 50, 0, "lower", "send less often"],
      ["hours_since_last_send", "Time since the last send", "h", "engagement", 0, 2160, 2160, "raise", "wait"],
      ["hours_since_last_inbound", "Time since the contact wrote", "h", "engagement", 0, 8760, 8760, null, ""],
      ["window_remaining_h", "Open service window", "h", "engagement", 0, 24, 0, null, ""],
      ["unanswered_sends", "Sends in a row without engagement", "count", "engagement", 0, 50, 0, "lower", "pause"],
      ["delivery_limited_30d", "Deliveries refused by limits", "count", "engagement", 0, 50, 0, "lower", "pause"],
      ["is_marketing", "Marketing message", "bool", "preferences", 0, 1, 1, null, ""],
      ["language_match", "Message in the contact's language", "bool", "preferences", 0, 1, 1, "raise", "write in the contact's language"],
      ["message_chars_ln", "Length of the message", "ln", "preferences", 0, 9, "rule", "lower", "write shorter"],
      ["has_media", "Picture, video, audio or document", "bool", "preferences", 0, 1, 0, null, ""],
      ["has_buttons", "Buttons", "bool", "preferences", 0, 1, 0, "raise", "offer buttons"],
      ["format_affinity", "Answers to messages of this format", "ratio", "preferences", 0, 1, "rule", null, ""],
    ],
  },
};

/** Names of the levels, lowest first. */
export const levels = {
  lead: ["unqualified", "cold", "warm", "hot"],
  churn: ["low", "medium", "high", "critical"],
  engagement: ["low", "medium", "high"],
} as const;

/** Rules that forbid an hour, in the order in which they are told. */
export const blocks = [
  "objected",
  "opted_out",
  "block_suspected",
  "us_marketing",
  "past",
  "quiet_hours",
  "opening_hours",
  "window_closed",
  "cool_down",
  "frequency_cap",
] as const;

/** A rule that forbids an hour. */
export type Block = (typeof blocks)[number];
