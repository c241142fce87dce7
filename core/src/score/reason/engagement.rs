//! Sentences about the features of a send.

use super::phrase::{Form, Phrase, always};

pub(super) static PHRASES: &[Phrase] = &[
    always("hour_sin", Form::Plain, "Hour of the send"),
    always("hour_cos", Form::Plain, "Hour of the send"),
    always("dow_sin", Form::Plain, "Weekday of the send"),
    always("dow_cos", Form::Plain, "Weekday of the send"),
    always("is_weekend", Form::Flag("Sent at the weekend", "Sent on a working day"), ""),
    always("hour_inbound_share", Form::Percent, "Writes {} of messages around this hour"),
    always("hour_engage_rate", Form::Percent, "Answers {} of messages sent around this hour"),
    always("dow_engage_rate", Form::Percent, "Answers {} of messages sent on this weekday"),
    always("tenant_hour_rate", Form::Percent, "All contacts answer {} at this hour"),
    always("hours_from_peak", Form::Hours, "{} from the hour they are most active")
        .at_zero("At the hour they are most active"),
    always("activity_concentration", Form::Percent, "Activity is {} concentrated on a few hours"),
    always("is_business_hours", Form::Flag("Within opening hours", "Outside opening hours"), ""),
    always("reply_rate_90d", Form::Percent, "Replies to {} of messages"),
    always("read_rate_90d", Form::Percent, "Reads {} of messages"),
    always("click_rate_90d", Form::Percent, "Presses a button or link in {} of messages"),
    always("sends_7d", Form::Count("message", "messages"), "Was sent {} in 7 days")
        .at_zero("Was sent nothing in 7 days"),
    always("hours_since_last_send", Form::Hours, "Last message was sent {} before"),
    always("hours_since_last_inbound", Form::Hours, "Last wrote {} before"),
    always("window_remaining_h", Form::Hours, "The 24-hour window is open for another {}")
        .at_zero("The 24-hour window is closed"),
    always("unanswered_sends", Form::Count("message", "messages"), "Left the last {} unanswered")
        .at_zero("Answered the last message"),
    always(
        "delivery_limited_30d",
        Form::Count("message", "messages"),
        "WhatsApp held back {} in 30 days",
    )
    .at_zero("WhatsApp held back no message in 30 days"),
    always("is_marketing", Form::Flag("A marketing message", "Not a marketing message"), ""),
    always(
        "language_match",
        Form::Flag("In the contact's language", "Not in the contact's language"),
        "",
    ),
    always("message_chars_ln", Form::Plain, "Length of the message"),
    always("has_media", Form::Flag("With media", "Without media"), ""),
    always("has_buttons", Form::Flag("With buttons", "Without buttons"), ""),
    always("format_affinity", Form::Percent, "Answers {} of messages in this format"),
];
