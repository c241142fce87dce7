//! docs/FEATURES.md, printed from the catalogues in `chatsignal-core`.

use std::fmt::Write as _;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::{
    ChurnPriors, EngagementPriors, FeatureSpec, LeadPriors, Missing, Window, catalogue,
};
use chatsignal_core::limits;

/// The whole page.
pub fn features_markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    for (title, kind) in [
        ("Lead", ModelKind::Lead),
        ("Churn", ModelKind::Churn),
        ("Engagement", ModelKind::Engagement),
    ] {
        let specs = catalogue(kind);
        let _ = write!(page, "\n## {title}: {} features\n", specs.len());
        table(&mut page, specs);
    }
    page.push_str(&limits_section());
    page.push_str(&priors_section());
    page.push_str(DECISIONS);
    page
}

fn table(page: &mut String, specs: &[FeatureSpec]) {
    page.push_str(
        "\n| # | name | unit | window | missing | range | definition |\n|---|---|---|---|---|---|---|\n",
    );
    let mut category = None;
    for (i, spec) in specs.iter().enumerate() {
        if category != Some(spec.category) {
            category = Some(spec.category);
            let _ = writeln!(page, "| **{}** | | | | | | |", spec.category.as_str());
        }
        let _ = writeln!(
            page,
            "| {} | `{}` | {} | {} | {} | {} to {} | {} |",
            i + 1,
            spec.name,
            spec.unit,
            window(spec.window),
            missing(spec.missing),
            spec.range.0,
            spec.range.1,
            spec.definition.text().replace('|', "\\|"),
        );
    }
}

fn window(window: Window) -> String {
    match window {
        Window::Life => "life".into(),
        Window::Now => "now".into(),
        Window::Days(days) => format!("{days} d"),
        Window::Candidate => "candidate".into(),
        Window::Training => "training".into(),
    }
}

fn missing(missing: Missing) -> String {
    match missing {
        Missing::Nan => "NaN".into(),
        Missing::Value(value) => value.to_string(),
        Missing::Prior => "prior".into(),
        Missing::Rule(rule) => rule.into(),
        Missing::Never => "-".into(),
    }
}

fn limits_section() -> String {
    let rows = [
        ("messages of both sides, and link clicks", limits::MESSAGES_MAX),
        ("messages that may be business-initiated sends", limits::SENDS_MAX),
        ("delivery states", limits::STATUSES_MAX),
        ("enrichments", limits::ENRICHMENTS_MAX),
        ("purchases", limits::PURCHASES_MAX),
        ("steps of support conversations", 4 * limits::CONVERSATIONS_MAX),
        ("satisfaction ratings", limits::RATINGS_MAX),
        ("oldest outbound messages, for the first response", limits::OPENING_MESSAGES_MAX),
        ("oldest delivery states, for the first response", limits::OPENING_STATUSES_MAX),
        ("local days with counts", limits::DAY_BUCKETS_MAX),
    ];
    let mut section = String::from(LIMITS);
    for (what, count) in rows {
        let _ = writeln!(section, "| {what} | {count} |");
    }
    section
}

fn priors_section() -> String {
    let (lead, churn) = (LeadPriors::default(), ChurnPriors::default());
    let engagement = EngagementPriors::default();
    let rows = [
        ("`lead_reply_rate_30d`", lead.reply_rate),
        ("`rich_share_30d`", lead.rich_share),
        ("`negative_share_30d`", lead.negative_share),
        ("`campaign_read_rate_90d`", churn.campaign_read_rate),
        ("`campaign_reply_rate_90d`", churn.campaign_reply_rate),
        ("`anger_disgust_share_90d`", churn.anger_disgust_share),
        ("`reopened_share_180d`", churn.reopened_share),
        ("`reply_rate_90d`, and every rate of engagement", engagement.reply_rate),
        ("`read_rate_90d`", engagement.read_rate),
        ("`click_rate_90d`", engagement.click_rate),
    ];
    let mut section = String::from(PRIORS);
    for (what, value) in rows {
        let _ = writeln!(section, "| {what} | {value} |");
    }
    section
}

const INTRODUCTION: &str = "\
# Features

<!-- Printed from core/src/feature by `cargo xtask docs`: edit there. -->

Every score is computed from these numbers, and these from the event log alone. Extraction has two
steps: exact raw amounts of one contact at one instant (`LeadRaw`, `ChurnRaw`, `EngagementRaw`:
counts, integer sums, instants), and the vector, which needs a `FeatureContext`: the tenant's rates,
median order value, purchase model, weekend and opening hours, fitted on training data only and
frozen in the model file.

Words used below:

- **as-of** is the instant for which features are asked. Only events with `available_at` up to it
  count. For engagement it is the instant of the decision, and the *candidate* is the planned send.
- A **window** of W days is the local days D-W+1 to D, D being the local day of the as-of instant by
  the contact's newest offset from UTC. Each event counts on its own local day, by its own offset.
- **Inbound** is a message of the contact, or a button, list, flow, reaction, order or product
  enquiry. A link click, or a reaction taken back, is not.
- A **campaign** message is an outbound whose author is a campaign or whose category is marketing. A
  **reply** is any other outbound that is not an automatic acknowledgement. Failed messages count
  nowhere but in `delivery_limited_30d`.
- A **turn** is a run of messages of one side; a **session** is a run of inbound. A gap of 24 hours
  or more ends either.
- A **send** is business-initiated: a campaign message, or a template or a message of the business's
  own system unless the message before it (campaigns aside) is an inbound of the last 24 hours.
- A send is **delivered** at its first delivered, read or played status; a failed status is final.
- A send is **engaged** with by an inbound or a link click after it and within 24 hours of delivery
  that names it, or that names nothing while it is the latest delivered send.
- **Scored** inbound has an enrichment; the first enrichment of a message counts.
- **Shrunk** rates are (k + 5 p0) / (n + 5), p0 being the tenant's rate.
- The **median** is the ceil(n/2)-th smallest value.

Sums are integers, there is one f64 division at the end, and the vector is f32. A computed value
outside its range is clipped, and said so; a value that a caller sends outside its range is refused.
";

const LIMITS: &str = "
## What a contact's state keeps

The newest by (occurred_at, rank, event_id); at most 350 KB. Days are the 366 up to the newest one
with an inbound or a purchase. The plain recompute in `tests/src/history` applies the same
bounds, and equals the state in every bit.

| what | kept |
|---|---|
";

const PRIORS: &str = "
## Priors of a tenant without data

Stated guesses, not measurements; `ContextBuilder` replaces them by pooled rates, shrunk to these.

| feature | p0 |
|---|---|
";

const DECISIONS: &str = "
## Decisions

Where the rules were open, or a plainer reading would have been wrong:

1. **Rates leave out every send and turn younger than 24 hours**, answered or not. Keeping the young
   answered ones alone would count successes earlier than failures and raise every rate.
2. **Turns end after a gap of 24 hours.** Otherwise all messages since the last inbound would be one
   turn, and `unanswered_outbound_streak` could never exceed 1. The same gap as for sessions.
3. **Campaigns do not interrupt an inbound turn** and are no reply; automatic acknowledgements are
   neither turn nor reply. A lead's reply time runs from the last message of the outbound turn.
4. **Sessions are made of the contact's messages alone**: a business that keeps writing does not
   keep a session alive.
5. **Conversations** are those of the support desk, and sessions of which no message names one. Only
   the desk's can be open, resolved or reopened. A first response counts for the conversation that
   was opened last before it.
6. **Business-initiated** excludes system messages and templates that answer an inbound of the last
   24 hours, as the labels of the engagement model do.
7. **Slopes** weigh day means by the number of messages, which is least squares over the messages
   with the local day as x: exact in integers, and a day with one message does not outvote a day
   with twenty.
8. **Whatever joins two events is worked out at extraction** from what the state keeps, so that no
   order of arrival matters. Sentiment, sends and statuses come from the newest of each kind; counts
   of inbound and of purchases come from daily sums and have no cap within the year.
9. **A send delivered before the oldest message that is still kept** is left out of rates of
   answers (its answers may have been dropped), but not of rates of reading.
10. **Delivered** is the earliest of delivered, read and played: a receipt that arrives late cannot
    make a message delivered after it was read.
11. **Stubs.** Statuses of an unknown message stand for an outbound at the time of the first: of a
    campaign when priced as marketing, of the business's own system when utility or authentication,
    else of an agent. When older messages were dropped, no stub is made before the oldest kept.
12. **The first response** is looked for among the oldest 32 outbound messages and 64 delivery
    states, which are kept for ever: it does not change when newer messages push older ones out.
13. **Purchases.** Amounts, purchase days and p_alive come from the newest 256 purchases, counts
    from daily sums. Purchase days are local days; x is their number less one, and t_x, T and
    alpha are in days.
14. **Money without a currency.** A context that has no median order value gives the money features
    of a contact without purchases.
15. **The paid ad** may be known by an acquisition event up to the first inbound; an ad clicked
    later by a known contact does not count.
16. **Opt-out** is cancelled by a newer opt-in, resume or signup. A suspected block is no opt-out.
17. **Repeated events.** A repetition is recognised while the log of its kind keeps the event, or
    has dropped nothing. Beyond that, only a store that holds each event id once is exact.
";
