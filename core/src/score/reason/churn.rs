//! Sentences about the features of a customer.

use super::phrase::{Form, Phrase, always};

pub(super) static PHRASES: &[Phrase] = &[
    always("days_since_last_inbound", Form::Days, "Last wrote {} ago"),
    always("days_since_last_purchase", Form::Days, "Last bought {} ago")
        .if_missing("Has never bought"),
    always("days_since_last_seen", Form::Days, "Last seen {} ago"),
    always("days_since_campaign_response", Form::Days, "Last answered a campaign {} ago"),
    always("customer_age_days", Form::Days, "Has been a customer for {}"),
    always("inactivity_ratio", Form::Number, "Silent for {} times their usual gap"),
    always("p_alive", Form::Percent, "Purchase rhythm gives {} that they still buy")
        .if_missing("Has no purchase rhythm yet"),
    always("inbound_msgs_30d", Form::Count("message", "messages"), "Wrote {} in 30 days")
        .at_zero("Wrote nothing in 30 days"),
    always("active_days_90d", Form::Count("day", "days"), "Wrote on {} of the last 90")
        .at_zero("Wrote on none of the last 90 days"),
    always("sessions_90d", Form::Count("conversation", "conversations"), "Had {} in 90 days")
        .at_zero("Had no conversation in 90 days"),
    always(
        "inbound_trend",
        Form::Sign(
            "Writes more than in the two months before",
            "Writes less than in the two months before",
            "Writes as much as in the two months before",
        ),
        "",
    ),
    always("purchases_365d", Form::Count("purchase", "purchases"), "Made {} in a year")
        .at_zero("Bought nothing in a year"),
    always("interpurchase_mean_days", Form::Days, "Buys every {} on average")
        .if_missing("Has not bought twice"),
    always("campaign_read_rate_90d", Form::Percent, "Read {} of campaign messages"),
    always("campaign_reply_rate_90d", Form::Percent, "Replied to {} of campaign messages"),
    always(
        "marketing_opted_out",
        Form::Flag("Opted out of marketing messages", "Has not opted out of marketing messages"),
        "",
    ),
    always("revenue_90d", Form::Orders, "Spent {} in 90 days").at_zero("Spent nothing in 90 days"),
    always("revenue_365d", Form::Orders, "Spent {} in a year").at_zero("Spent nothing in a year"),
    always("avg_order_value_365d", Form::Orders, "An order of theirs is {}")
        .if_missing("Made no order in a year"),
    always(
        "revenue_trend_90d",
        Form::Sign(
            "Spends more than in the 90 days before",
            "Spends less than in the 90 days before",
            "Spends as much as in the 90 days before",
        ),
        "",
    ),
    always(
        "refunds_365d",
        Form::Count("refunded, cancelled or failed order", "refunded, cancelled or failed orders"),
        "Had {} in a year",
    )
    .at_zero("Had no refund in a year"),
    always("sentiment_mean_30d", Form::Mood, "Tone of 30 days is {}")
        .if_missing("No tone known for 30 days"),
    always("sentiment_mean_90d", Form::Mood, "Tone of 90 days is {}")
        .if_missing("No tone known for 90 days"),
    always(
        "sentiment_slope_90d",
        Form::Sign("Tone is getting better", "Tone is getting worse", "Tone is steady"),
        "",
    ),
    always("anger_disgust_share_90d", Form::Percent, "{} of messages sound angry"),
    always("worst_session_sentiment_90d", Form::Mood, "Tone of the worst conversation is {}"),
    always(
        "conversations_opened_90d",
        Form::Count("support conversation", "support conversations"),
        "Opened {} in 90 days",
    )
    .at_zero("Opened no support conversation in 90 days"),
    always("open_conversation_age_h", Form::Hours, "A conversation has been unresolved for {}")
        .at_zero("Has no unresolved conversation"),
    always("first_response_median_min_90d", Form::Minutes, "Usually gets a first reply after {}")
        .if_missing("Needed no reply in 90 days"),
    always("resolution_median_h_90d", Form::Hours, "Conversations are usually resolved after {}")
        .if_missing("No conversation resolved in 90 days"),
    always("reopened_share_180d", Form::Percent, "{} of resolved conversations were reopened"),
    always("csat_mean_180d", Form::Number, "Rated the service {} of 5")
        .if_missing("Has not rated the service"),
];
