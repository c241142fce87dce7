//! Challengers in the shadow of the champion: reviewed after seven days, promoted or dropped, and
//! shown with the reason.

use std::time::{Duration, Instant};

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::event::{Event, EventKind};
use chatsignal_core::id::{ContactId, EventId, MessageId};
use chatsignal_core::testing::example;
use chatsignal_core::time::{DAY_MS, TimestampMs};
use chatsignal_native::registry::{ModelRegistry, Publication, ShadowEnd, ShadowVerdict};
use chatsignal_native::service::Server;
use chatsignal_native::shadow::{PATIENCE_DAYS, Review, Subject, review};
use chatsignal_native::store::{Store, Tenant};
use chatsignal_tests::models;
use serde_json::Value;

use super::support::{Workspace, block_on};
use super::training::ask;

/// A champion that scores and a challenger that began its shadow at `since`.
struct Pair {
    workspace: Workspace,
    registry: ModelRegistry,
    store: Store,
    tenant: Tenant,
    kind: ModelKind,
}

impl Pair {
    fn new(workspace: Workspace, champion: &ModelArtifact, challenger: &ModelArtifact) -> Self {
        workspace.publish(champion);
        let registry = ModelRegistry::open(ModelRegistry::beside(&workspace.db)).expect("opens");
        let model = challenger.encode();
        let publication = Publication { model: &model, files: Vec::new() };
        let version =
            registry.publish("default", challenger.kind, &publication).expect("published");
        assert_eq!(version, 2);
        let store = Store::open(&workspace.db).expect("a store");
        let tenant = store.tenant("default").expect("a tenant");
        Self { workspace, registry, store, tenant, kind: champion.kind }
    }

    /// The end of the log.
    fn end(&self) -> TimestampMs {
        self.store.newest_available(self.tenant.id).expect("read").expect("events")
    }

    fn begin(&self, since: TimestampMs) {
        self.registry.begin_shadow("default", self.kind, 2, since).expect("begun");
    }

    fn review(&self, now: TimestampMs) -> Option<Review> {
        let settings = self.store.settings(self.tenant.id).expect("settings");
        let subject = Subject { tenant: &self.tenant, settings: &settings, kind: self.kind };
        review(subject, &self.registry, &self.store, now).expect("reviewed")
    }

    fn names(&self) -> [Option<u32>; 3] {
        let names = self.registry.aliases("default", self.kind).expect("read");
        [names.champion, names.challenger, names.previous]
    }
}

/// Sixty open leads who wrote one to six messages.
fn leads() -> Workspace {
    let workspace = Workspace::empty();
    let mut store = Store::open(&workspace.db).expect("a store");
    let tenant = store.tenant("default").expect("a tenant");
    let events = (0..60u8).flat_map(|contact| (0..=contact % 6).map(move |at| (contact, at)));
    let events = events.map(|(contact, at)| {
        let id = |kind: u8| std::array::from_fn(|i| [contact + 1, at, kind][i % 3]);
        let base = example();
        let kind = match base.kind {
            EventKind::MessageInbound {
                kind, chars, has_question, reply_to, forwarded, ..
            } => {
                let message_id = MessageId(id(2));
                EventKind::MessageInbound {
                    message_id,
                    kind,
                    chars,
                    has_question,
                    reply_to,
                    forwarded,
                }
            }
            other => other,
        };
        let ms = i64::from(at) * 3_600_000;
        Event {
            contact_id: ContactId([contact + 1; 16]),
            event_id: EventId(id(1)),
            occurred_at: base.occurred_at.plus_ms(ms),
            available_at: base.available_at.plus_ms(ms),
            kind,
            ..base
        }
    });
    store.insert_events(&tenant, events.collect::<Vec<_>>()).expect("inserted");
    workspace
}

/// A lead model with one split on the messages of the last 30 days.
fn split(base: f64, low: f64, high: f64) -> ModelArtifact {
    models::over_catalogue(ModelKind::Lead, base, &[("inbound_msgs_30d", 3.0, low, high)])
}

fn days(days: i64) -> i64 {
    days * DAY_MS
}

#[test]
fn a_challenger_that_ranks_alike_is_promoted_after_seven_days_and_no_sooner() {
    let pair = Pair::new(leads(), &split(40.0, -10.0, 10.0), &split(50.0, -20.0, 20.0));
    let since = pair.end();
    pair.begin(since);
    assert_eq!(pair.names(), [Some(1), Some(2), None]);
    assert_eq!(pair.review(since.plus_ms(days(7) - 1)), None);
    let found = pair.review(since.plus_ms(days(7))).expect("due");
    let Review::Ended(2, ShadowVerdict::Promoted, reason) = found else { panic!("{found:?}") };
    assert!(reason.contains("7 days") && reason.contains("agree by 1.00"), "{reason}");
    assert_eq!(pair.names(), [Some(2), None, Some(1)]);
    assert_eq!(pair.review(since.plus_ms(days(9))), None, "it is done");
}

#[test]
fn a_challenger_that_ranks_the_other_way_round_is_dropped() {
    let pair = Pair::new(leads(), &split(40.0, -10.0, 10.0), &split(40.0, 10.0, -10.0));
    let since = pair.end();
    pair.begin(since);
    let found = pair.review(since.plus_ms(days(8))).expect("due");
    let Review::Ended(2, ShadowVerdict::Dropped, reason) = found else { panic!("{found:?}") };
    assert!(reason.contains("less than 0.50"), "{reason}");
    assert_eq!(pair.names(), [Some(1), None, None]);
}

#[test]
fn what_stays_unclear_is_looked_at_daily_and_dropped_in_the_end() {
    let pair = Pair::new(leads(), &split(40.0, -10.0, 10.0), &split(40.0, 0.0, 0.0));
    let since = pair.end();
    pair.begin(since);
    let found = pair.review(since.plus_ms(days(7))).expect("due");
    assert!(matches!(&found, Review::GoesOn(2, why) if why.contains("apart")), "{found:?}");
    assert_eq!(pair.review(since.plus_ms(days(7) + 5)), None, "not before a day is over");
    assert!(matches!(pair.review(since.plus_ms(days(8))), Some(Review::GoesOn(..))));
    let found = pair.review(since.plus_ms(days(PATIENCE_DAYS))).expect("due");
    assert!(matches!(found, Review::Ended(2, ShadowVerdict::Dropped, _)), "{found:?}");
}

#[test]
fn outcomes_decide_where_they_are_known() {
    // A probability of 0.3 for everybody, and one that no log bears out.
    let model = |p: f64| models::over_catalogue(ModelKind::Engagement, (p / (1.0 - p)).ln(), &[]);
    for (champion, challenger, wanted) in
        [(0.98, 0.3, ShadowVerdict::Promoted), (0.3, 0.98, ShadowVerdict::Dropped)]
    {
        let pair = Pair::new(Workspace::business(150), &model(champion), &model(challenger));
        pair.begin(pair.end().plus_ms(-days(60)));
        let found = pair.review(pair.end()).expect("due");
        let Review::Ended(2, verdict, reason) = found else { panic!("{found:?}") };
        assert_eq!(verdict, wanted, "{reason}");
        assert!(reason.contains("log loss falls by"), "{reason}");
    }
}

#[test]
fn people_have_the_last_word() {
    let pair = Pair::new(leads(), &split(40.0, -10.0, 10.0), &split(50.0, -20.0, 20.0));
    let since = pair.end();
    pair.begin(since);
    // The same again is the same time in the shadow.
    pair.begin(since.plus_ms(5));
    pair.registry.set_challenger("default", pair.kind, None).expect("taken away");
    let found = pair.review(since.plus_ms(1)).expect("at once");
    assert!(matches!(found, Review::Ended(2, ShadowVerdict::Withdrawn, _)), "{found:?}");
    pair.begin(since);
    pair.registry.activate("default", pair.kind, 2).expect("activated");
    let found = pair.review(since.plus_ms(1)).expect("at once");
    assert!(matches!(found, Review::Ended(2, ShadowVerdict::Promoted, _)), "{found:?}");
    let shadows = pair.registry.shadows("default", pair.kind).expect("read");
    assert_eq!(shadows.len(), 2);
}

#[test]
fn a_challenger_that_cannot_be_judged_waits_for_a_day_and_is_dropped_in_the_end() {
    // It reads features that this build doesn't extract.
    let pair = Pair::new(leads(), &models::churn(), &models::stumps(1));
    let since = pair.end();
    pair.begin(since);
    let found = pair.review(since.plus_ms(days(7))).expect("due");
    assert!(matches!(&found, Review::GoesOn(2, _)), "{found:?}");
    assert_eq!(pair.review(since.plus_ms(days(7) + 60_000)), None, "not with every look");
    let found = pair.review(since.plus_ms(days(PATIENCE_DAYS))).expect("due");
    assert!(matches!(found, Review::Ended(2, ShadowVerdict::Dropped, _)), "{found:?}");
    assert_eq!(pair.names(), [Some(1), None, None]);
}

#[test]
fn a_damaged_challenger_is_dropped_in_the_end() {
    let pair = Pair::new(leads(), &split(40.0, -10.0, 10.0), &split(50.0, -20.0, 20.0));
    let since = pair.end();
    pair.begin(since);
    let versions = ModelRegistry::beside(&pair.workspace.db).join("default/lead/versions");
    let folders = std::fs::read_dir(versions).expect("versions").map(|entry| entry.expect("one"));
    let second = folders.map(|entry| entry.path()).find(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("000002"))
    });
    std::fs::write(second.expect("there").join("model.csm"), "damaged").expect("written");
    let found = pair.review(since.plus_ms(days(7))).expect("due");
    assert!(matches!(&found, Review::GoesOn(2, why) if why.contains("damaged")), "{found:?}");
    let found = pair.review(since.plus_ms(days(PATIENCE_DAYS))).expect("due");
    assert!(matches!(found, Review::Ended(2, ShadowVerdict::Dropped, _)), "{found:?}");
    assert_eq!(pair.names(), [Some(1), None, None]);
}

#[test]
fn what_was_taken_away_meanwhile_is_not_promoted() {
    let pair = Pair::new(leads(), &split(40.0, -10.0, 10.0), &split(50.0, -20.0, 20.0));
    let since = pair.end();
    pair.begin(since);
    pair.registry.set_challenger("default", pair.kind, None).expect("taken away");
    // Judged before it was taken away.
    let verdict = ShadowVerdict::Promoted;
    let end = ShadowEnd { at_ms: since.0, verdict, reason: "better".to_owned() };
    let noted = pair.registry.end_shadow("default", pair.kind, 2, end).expect("noted");
    assert_eq!(noted.verdict, ShadowVerdict::Withdrawn);
    let shadows = pair.registry.shadows("default", pair.kind).expect("read");
    assert_eq!(shadows[0].end.as_ref(), Some(&noted));
    assert_eq!(pair.names(), [Some(1), None, None]);
}

#[test]
fn a_service_reviews_by_itself_and_shows_what_it_found() {
    let pair = Pair::new(leads(), &split(40.0, -10.0, 10.0), &split(50.0, -20.0, 20.0));
    let real = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    pair.begin(TimestampMs(real.expect("a clock").as_millis() as i64));
    let config = pair.workspace.config();
    block_on(async {
        let server = Server::start(config).await.expect("starts");
        let (address, state) = (server.address(), server.state().clone());
        let looked = tokio::task::spawn_blocking(move || {
            let version =
                || ask(address, "GET", "/api/v1/registry/lead/versions/2", &Value::Null).1;
            let shadow = version()["shadow"].clone();
            assert_eq!(shadow["status"], "running", "{shadow}");
            assert!(shadow["review_at"].is_string() && shadow["reason"].is_null(), "{shadow}");
            state.advance_clock(Duration::from_secs(8 * 86_400));
            let start = Instant::now();
            loop {
                let shown = version();
                if shown["shadow"]["status"] != "running" {
                    break shown;
                }
                assert!(start.elapsed() < Duration::from_secs(30), "{shown}");
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let shown = looked.await.expect("ends");
        let shadow = &shown["shadow"];
        assert_eq!(
            (&shadow["status"], &shown["aliases"][0]),
            (&"promoted".into(), &"champion".into())
        );
        assert!(shadow["reason"].as_str().is_some_and(|reason| reason.contains("8 days")));
        let serving = server.state().clone();
        assert!(serving.is_ready());
        assert!(server.stop().await);
    });
}
