//! Sentences about the features of a lead.

use super::phrase::{Form, Phrase, always};

pub(super) static PHRASES: &[Phrase] = &[
    always("first_response_min", Form::Minutes, "Got the first reply after {}")
        .if_missing("Has not had a reply from the business yet"),
    always("agent_reply_median_min", Form::Minutes, "The business usually replies within {}")
        .if_missing("The business has not replied in 30 days"),
    always("lead_reply_median_min", Form::Minutes, "Usually answers within {}")
        .if_missing("Has not answered in 30 days"),
    always("lead_reply_rate_30d", Form::Percent, "Answers {} of messages within a day"),
    always(
        "unanswered_outbound_streak",
        Form::Count("message", "messages"),
        "Has left {} in a row unanswered",
    )
    .at_zero("Has left no message unanswered"),
    always("open_wait_hours", Form::Hours, "Has been waiting {} for an answer")
        .at_zero("Is not waiting for an answer"),
    always("hours_since_last_inbound", Form::Hours, "Last wrote {} ago"),
    always("lead_age_days", Form::Days, "Has been a lead for {}"),
    always("inbound_msgs_30d", Form::Count("message", "messages"), "Wrote {} in 30 days")
        .at_zero("Wrote nothing in 30 days"),
    always(
        "inbound_trend_7d",
        Form::Sign(
            "Wrote more this week than the week before",
            "Wrote less this week than the week before",
            "Wrote as much this week as the week before",
        ),
        "",
    ),
    always("active_days_30d", Form::Count("day", "days"), "Wrote on {} of the last 30")
        .at_zero("Wrote on none of the last 30 days"),
    always("rich_share_30d", Form::Percent, "{} of messages are voice, pictures or files"),
    always(
        "high_intent_actions_30d",
        Form::Count(
            "button, list, order or product action",
            "button, list, order or product actions",
        ),
        "Took {} in 30 days",
    )
    .at_zero("Pressed no button and asked for no product in 30 days"),
    always("questions_30d", Form::Count("question", "questions"), "Asked {} in 30 days")
        .at_zero("Asked no question in 30 days"),
    always("sentiment_mean_30d", Form::Mood, "Tone of 30 days is {}"),
    always("sentiment_last", Form::Mood, "Tone of the last message is {}"),
    always(
        "sentiment_slope_30d",
        Form::Sign("Tone is getting better", "Tone is getting worse", "Tone is steady"),
        "",
    ),
    always("negative_share_30d", Form::Percent, "{} of messages sound negative"),
    always(
        "joy_minus_anger_30d",
        Form::Sign(
            "Sounds more pleased than angry",
            "Sounds more angry than pleased",
            "Sounds neither pleased nor angry",
        ),
        "",
    ),
    always(
        "from_paid_ad",
        Form::Flag("Came through a paid ad", "Did not come through a paid ad"),
        "",
    ),
    always(
        "campaigns_delivered_30d",
        Form::Count("campaign message", "campaign messages"),
        "Received {} in 30 days",
    )
    .at_zero("Received no campaign message in 30 days"),
    always("campaign_read_rate_90d", Form::Percent, "Read {} of campaign messages"),
    always("campaign_reply_rate_90d", Form::Percent, "Replied to {} of campaign messages"),
    always("days_since_campaign_response", Form::Days, "Last answered a campaign {} ago"),
];
