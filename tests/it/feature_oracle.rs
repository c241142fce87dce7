//! An independent oracle: SQL over a flattened event table computes every feature that needs no
//! fitted prior, and the (k, n) of those that do.

use chatsignal_core::contact::ContactState;
use chatsignal_core::event::{
    AcquisitionSource, ConsentKind, Currency, Event, EventKind, InteractionKind, LeadStep,
    MessageKind,
};
use chatsignal_core::feature::{
    CHURN, ChurnRaw, ENGAGEMENT, EngagementRaw, FeatureContext, FeatureSpec, LEAD, LeadRaw, Rate,
    SendCandidate,
};
use chatsignal_core::testing::cases;
use chatsignal_core::time::{DAY_MS, TimestampMs, UtcOffsetMin};
use chatsignal_tests::corpus::{Dice, contact_log};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

mod queries;
use queries::{CHURN_SQL, ENGAGEMENT_SQL, LEAD_SQL, RATE_SQL};

/// Columns of the event table, in order.
const COLUMNS: &str = "seq, rank, id, at, day, hour, type, inbound, link, pressed, intent, rich, \
    question, msg, reply, author, category, template, media, buttons, status, code, pos, neu, neg, \
    joy, sadness, anger, fear, surprise, disgust, neutral, language, conv, step, amount, currency, \
    rating, opt, ad, created, sign";

/// A feature and the query of its value; `then` finishes what SQLite has no function for.
pub(crate) struct Query {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
    pub(crate) then: fn(f64) -> f64,
}

type Row = std::collections::BTreeMap<&'static str, Value>;

fn flatten(seq: usize, event: &Event) -> Row {
    let text = |text: &str| Value::Text(text.to_owned());
    let blob = |id: [u8; 16]| Value::Blob(id.to_vec());
    let number = |n: i64| Value::Integer(n);
    let flag = |b: bool| Value::Integer(b.into());
    let mut row = Row::new();
    row.insert("seq", number(seq as i64));
    row.insert("rank", number(event.kind.rank().into()));
    row.insert("id", blob(event.event_id.0));
    row.insert("at", number(event.occurred_at.0));
    row.insert("day", number(event.utc_offset.local_day(event.occurred_at).into()));
    row.insert("hour", number(event.utc_offset.local_hour(event.occurred_at).into()));
    row.insert("conv", event.conversation_id.map_or(Value::Null, |id| blob(id.0)));
    for column in ["inbound", "link", "pressed", "intent", "rich", "question", "created"] {
        row.insert(column, flag(false));
    }
    row.insert("inbound", flag(event.kind.is_inbound()));
    // Whether the event is a sign of the contact or of the business towards it.
    row.insert("sign", flag(true));
    let kind = match &event.kind {
        EventKind::MessageInbound { message_id, kind, has_question, reply_to, .. } => {
            use MessageKind::{Audio, Document, Image, Location, Video, Voice};
            let rich = matches!(kind, Voice | Audio | Image | Video | Document | Location);
            row.insert("rich", flag(rich));
            row.insert("question", flag(*has_question));
            row.insert("msg", blob(message_id.0));
            row.insert("reply", reply_to.map_or(Value::Null, |id| blob(id.0)));
            "in"
        }
        EventKind::Interaction { message_id, kind, reply_to } => {
            use InteractionKind::{Button, LinkClick, List, ReactionAdd, ReactionRemove};
            row.insert("link", flag(*kind == LinkClick));
            row.insert("pressed", flag(matches!(kind, Button | List | LinkClick)));
            let intent = !matches!(kind, ReactionAdd | ReactionRemove | LinkClick);
            row.insert("intent", flag(intent));
            row.insert("msg", blob(message_id.0));
            row.insert("reply", reply_to.map_or(Value::Null, |id| blob(id.0)));
            "act"
        }
        EventKind::MessageOutbound {
            message_id,
            kind,
            author,
            category,
            template,
            has_media,
            has_buttons,
            ..
        } => {
            row.insert("msg", blob(message_id.0));
            row.insert("author", text(author.as_str()));
            row.insert("category", category.map_or(Value::Null, |c| text(c.as_str())));
            row.insert("template", flag(*kind == MessageKind::Template || template.is_some()));
            row.insert("media", flag(*has_media));
            row.insert("buttons", flag(*has_buttons));
            "out"
        }
        EventKind::MessageStatus { message_id, status, error_code, category } => {
            row.insert("msg", blob(message_id.0));
            row.insert("status", text(status.as_str()));
            row.insert("code", error_code.map_or(Value::Null, |code| number(code.into())));
            row.insert("category", category.map_or(Value::Null, |c| text(c.as_str())));
            if status.as_str() == "failed" && *error_code == Some(131_050) {
                row.insert("opt", number(1));
            }
            "status"
        }
        EventKind::Enrichment { message_id, sentiment, emotions, language, .. } => {
            row.insert("msg", blob(message_id.0));
            for (column, q) in ["pos", "neu", "neg"].into_iter().zip(sentiment) {
                row.insert(column, number(q.raw().into()));
            }
            let names = ["joy", "sadness", "anger", "fear", "surprise", "disgust", "neutral"];
            for (column, q) in names.into_iter().zip(emotions.iter().flatten()) {
                row.insert(column, number(q.raw().into()));
            }
            row.insert("language", language.map_or(Value::Null, |tag| text(tag.primary())));
            row.insert("sign", flag(false));
            "enrich"
        }
        EventKind::Purchase { amount, status } => {
            row.insert("status", text(status.as_str()));
            row.insert("amount", number(amount.e4));
            row.insert("currency", text(amount.currency.as_str()));
            "buy"
        }
        EventKind::Conversation(step) => {
            row.insert("step", text(step.as_str()));
            "step"
        }
        EventKind::Csat { rating } => {
            row.insert("rating", number((*rating).into()));
            "csat"
        }
        EventKind::Consent(kind) => {
            use ConsentKind::{BlockSuspected, Objected, OptIn, OptOut, Resume, Signup};
            match kind {
                OptOut | Objected => row.insert("opt", number(1)),
                OptIn | Resume | Signup => row.insert("opt", number(0)),
                BlockSuspected => None,
            };
            "consent"
        }
        EventKind::Acquisition { source, ad_click } => {
            row.insert("ad", flag(*ad_click || *source == AcquisitionSource::Ad));
            "acquisition"
        }
        EventKind::Lead(step) => {
            row.insert("created", flag(*step == LeadStep::Created));
            "lead"
        }
        EventKind::Alias { .. } | EventKind::Quality { .. } => {
            row.insert("sign", flag(false));
            "other"
        }
    };
    row.insert("type", text(kind));
    row
}

/// The database of one contact at one instant.
fn database(events: &[Event], as_of: TimestampMs, candidate: &SendCandidate) -> Connection {
    let db = Connection::open_in_memory().expect("memory");
    let marks = vec!["?"; COLUMNS.split(", ").count()].join(", ");
    db.execute_batch(&format!("CREATE TABLE e ({COLUMNS});")).expect("table");
    let mut insert = db.prepare(&format!("INSERT INTO e VALUES ({marks})")).expect("insert");
    for (seq, event) in events.iter().enumerate() {
        let mut row = flatten(seq, event);
        let values = COLUMNS.split(", ").map(|c| row.remove(c.trim()).unwrap_or(Value::Null));
        insert.execute(params_from_iter(values)).expect("row");
        assert!(row.is_empty(), "columns without a place: {row:?}");
    }
    drop(insert);
    db.execute_batch(&format!(
        "CREATE TABLE now AS SELECT {at} AS at,
           ({at} + 60000 * {offset} + {shift}) / 86400000 - 7000 AS day,
           (SELECT max(day) FROM e WHERE inbound OR type = 'buy') - 366 AS kept_after;
         CREATE TABLE candidate AS SELECT {send} AS at, ({send} + 60000 * {local} + {shift}) AS local_ms;",
        at = as_of.0,
        offset = newest_offset(events).0,
        send = candidate.send_at.0,
        local = candidate.utc_offset.0,
        // Whole weeks: SQLite divides toward zero, and local time may lie before 1970.
        shift = 7_000 * DAY_MS,
    ))
    .expect("instant");
    db.execute_batch(include_str!("feature_oracle/base.sql")).expect("joins");
    db
}

fn newest_offset(events: &[Event]) -> UtcOffsetMin {
    let sign = |event: &&Event| {
        !matches!(
            event.kind,
            EventKind::Quality { .. } | EventKind::Enrichment { .. } | EventKind::Alias { .. }
        )
    };
    events.iter().rfind(sign).map_or(UtcOffsetMin(0), |event| event.utc_offset)
}

fn number(db: &Connection, sql: &str) -> Option<f64> {
    db.prepare_cached(sql)
        .and_then(|mut query| query.query_row([], |row| row.get::<_, Option<f64>>(0)))
        .unwrap_or_else(|error| panic!("{error}: {sql}"))
}

fn same(db: &Connection, queries: &[Query], specs: &[FeatureSpec], values: &[f32], skip: &str) {
    for query in queries.iter().filter(|query| query.name != skip) {
        let at = specs.iter().position(|spec| spec.name == query.name).expect("a feature");
        let (low, high) = specs[at].range;
        let expected =
            number(db, query.sql).map_or(f64::NAN, query.then).clamp(low.into(), high.into());
        let found = f64::from(values[at]);
        let close = (found - expected).abs() <= 1e-6 * expected.abs().max(1.0);
        assert!(
            close || (found.is_nan() && expected.is_nan()),
            "{}: SQL {expected}, fold {found}",
            query.name
        );
    }
}

fn same_rates(db: &Connection, rates: &[(&str, Rate)]) {
    for (name, found) in rates {
        let (_, sql) = RATE_SQL.iter().find(|(n, _)| n == name).expect("a query");
        let rate = db
            .prepare_cached(sql)
            .and_then(|mut query| {
                query.query_row([], |row| {
                    let k: Option<u32> = row.get(0)?;
                    Ok(Rate { k: k.unwrap_or(0), n: row.get(1)? })
                })
            })
            .unwrap_or_else(|error| panic!("{error}: {sql}"));
        assert_eq!(rate, *found, "{name}");
    }
}

fn by_group(db: &Connection, column: &str, groups: usize) -> Vec<Rate> {
    (0..groups)
        .map(|group| {
            let sql = format!(
                "SELECT coalesce(sum(engaged), 0), count(*) FROM settled, now \
                 WHERE settled.day > now.day - 180 AND {column} = {group}"
            );
            db.query_row(&sql, [], |row| Ok(Rate { k: row.get(0)?, n: row.get(1)? }))
                .expect("groups")
        })
        .collect()
}

fn check(seed: u64) {
    let mut dice = Dice(seed);
    let length = dice.below(110) as usize;
    let mut events = contact_log(dice.draw(), length);
    events.sort_by(Event::cmp_in_contact);
    events.dedup_by(|a, b| a.event_id == b.event_id);
    let newest = events.iter().map(|e| e.available_at).max().unwrap_or_default();
    let later = dice.pick(&[0, 1, 5, 40, 400]) * DAY_MS + i64::from(dice.below(86_400)) * 1_000;
    let as_of = newest.plus_ms(later).min(TimestampMs::MAX);
    let candidate = SendCandidate {
        chars: Some(dice.below(1_000)),
        ..SendCandidate::at(as_of.plus_ms(later / 7), UtcOffsetMin(dice.pick(&[0, 330, -480])))
    };
    let db = database(&events, as_of, &candidate);
    let state = ContactState::at(&events, as_of);
    let context = FeatureContext {
        order: Some((Currency::new("EUR").expect("a currency"), 377_000)),
        ..FeatureContext::default()
    };
    let lead = LeadRaw::extract(&state, as_of);
    let churn = ChurnRaw::extract(&state, as_of);
    let engagement = EngagementRaw::extract(&state, as_of);

    let count = |wanted: fn(&EventKind) -> bool| events.iter().filter(|e| wanted(&e.kind)).count();
    let opening_known = count(|k| matches!(k, EventKind::MessageOutbound { .. })) < 32
        && count(|k| matches!(k, EventKind::MessageStatus { .. })) <= 64;
    let skip = if opening_known { "" } else { "first_response_min" };
    same(&db, LEAD_SQL, &LEAD, &lead.vector(&context), skip);
    same(&db, CHURN_SQL, &CHURN, &churn.vector(&context), "");
    same(&db, ENGAGEMENT_SQL, &ENGAGEMENT, &engagement.vector(&candidate, &context), "");
    let days = churn.purchase_days;
    same_rates(
        &db,
        &[
            ("lead_reply", lead.lead_reply),
            ("rich", lead.rich),
            ("negative", lead.negative),
            ("campaign_read", lead.campaigns.read),
            ("campaign_engaged", lead.campaigns.engaged),
            ("campaign_read", churn.campaigns.read),
            ("campaign_engaged", churn.campaigns.engaged),
            ("anger_disgust", churn.anger_disgust),
            ("reopened", churn.reopened),
            ("reply", engagement.reply),
            ("read", engagement.read),
            ("click", engagement.click),
            // x and T of p_alive, as two numbers; t_x is checked by interpurchase_mean_days.
            (
                "purchase_days",
                days.map_or(Rate::default(), |d| Rate { k: d.repeats, n: d.age_days }),
            ),
        ],
    );
    let inbound: Vec<u32> = (0..24)
        .map(|hour| {
            let sql = format!(
                "SELECT count(*) FROM e, now \
                 WHERE inbound AND e.day > now.day - 90 AND e.hour = {hour}"
            );
            db.query_row(&sql, [], |row| row.get(0)).expect("hours")
        })
        .collect();
    assert_eq!(inbound, engagement.inbound_by_hour);
    let position = ENGAGEMENT.iter().position(|spec| spec.name == "activity_concentration");
    let found = f64::from(engagement.vector(&candidate, &context)[position.expect("a feature")]);
    assert!((found - resultant_length(&inbound)).abs() < 1e-6);
    let hours = engagement.engaged_by_hour.iter().zip(engagement.sends_by_hour);
    let hours: Vec<Rate> = hours.map(|(k, n)| Rate { k: *k, n }).collect();
    assert_eq!(by_group(&db, "hour", 24), hours);
    assert_eq!(by_group(&db, "(settled.day + 3) % 7", 7), engagement.by_weekday);
    assert_eq!(by_group(&db, "format", 3), engagement.by_format);
}

/// Length of the mean of unit vectors at the hours' angles.
fn resultant_length(counts: &[u32]) -> f64 {
    let total: u32 = counts.iter().sum();
    let angles = (0..24).map(|hour| f64::from(hour) * std::f64::consts::TAU / 24.0);
    let (x, y) = counts.iter().zip(angles).fold((0.0, 0.0), |(x, y), (count, angle)| {
        (x + f64::from(*count) * angle.cos(), y + f64::from(*count) * angle.sin())
    });
    if total < 5 { 0.0 } else { f64::hypot(x, y) / f64::from(total) }
}

#[test]
fn sql_agrees_with_every_feature() {
    for case in 0..u64::from(cases(300).cases) {
        check(case);
    }
}

#[test]
fn every_feature_without_a_prior_has_a_query() {
    use chatsignal_core::feature::Missing;
    let all: [(&[FeatureSpec], &[Query]); 3] =
        [(&LEAD, LEAD_SQL), (&CHURN, CHURN_SQL), (&ENGAGEMENT, ENGAGEMENT_SQL)];
    for (specs, queries) in all {
        for spec in specs {
            let asked = queries.iter().any(|query| query.name == spec.name);
            // Checked by their counts, or facts of the candidate and the tenant alone.
            let otherwise = spec.missing == Missing::Prior
                || [
                    "p_alive",
                    "activity_concentration",
                    "is_business_hours",
                    "language_match",
                    "is_marketing",
                    "has_media",
                    "has_buttons",
                ]
                .contains(&spec.name);
            assert!(asked || otherwise, "{} has no query", spec.name);
        }
    }
}
