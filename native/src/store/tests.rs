//! The log does not depend on the order of arrival, tenants share nothing, erasure leaves nothing.

use chatsignal_core::contact::ContactState;
use chatsignal_core::event::{Event, EventKind, Source};
use chatsignal_core::feature::{BatchPlan, FeatureBatch, FeatureContext};
use chatsignal_core::id::{ContactId, EventId};
use chatsignal_core::testing::{any_event, cases};
use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use proptest::collection::vec;
use proptest::prelude::*;

use super::scan::SCAN;
use super::*;

fn store(folder: &tempfile::TempDir) -> (Store, Tenant) {
    let mut store = Store::open_or_create(&folder.path().join("t.db")).expect("a new database");
    let tenant = store.tenant_or_create("t").expect("a new tenant");
    (store, tenant)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Every event of a tenant, by contact.
fn log(store: &Store, tenant: &Tenant) -> Vec<(ContactId, Vec<Event>)> {
    let mut all = Vec::new();
    store
        .events(tenant.id)
        .visit(|contact, events| {
            all.push((contact, events.to_vec()));
            Ok::<_, StoreError>(())
        })
        .expect("a readable log");
    all
}

/// Events of few contacts, with duplicates, changed copies and aliases.
fn tangled_events() -> impl Strategy<Value = Vec<Event>> {
    let event = (any_event(), 0u8..6, 0u8..6, 0u8..40, any::<bool>());
    vec(event, 0..60).prop_map(|drafts| {
        let id = |n: u8| ContactId([n; 16]);
        drafts
            .into_iter()
            .map(|(mut event, contact, other, event_id, alias)| {
                event.contact_id = id(contact);
                event.event_id = EventId([event_id; 16]);
                if alias && contact != other {
                    event.kind = EventKind::Alias { other: id(other) };
                }
                event
            })
            .filter(|event| event.check().is_ok())
            .collect()
    })
}

#[test]
fn what_need_not_wait_for_the_disk_leaves_the_rest_waiting() {
    let folder = folder();
    let (mut store, tenant) = store(&folder);
    let waits = |store: &Store| -> i64 {
        store.connection.pragma_query_value(None, "synchronous", |row| row.get(0)).expect("read")
    };
    let (normal, full) = (1, 2);
    let scored = store.without_waiting(|store| {
        assert_eq!(waits(store), normal);
        store.record_scores(&tenant, &[], &[])
    });
    assert_eq!((scored.expect("written"), waits(&store)), (Vec::new(), full));
    let failed = store.without_waiting(|_| -> Result<(), StoreError> { Err(StoreError::Busy) });
    assert!(matches!(failed, Err(StoreError::Busy)));
    assert_eq!(waits(&store), full);
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn the_log_does_not_depend_on_the_order_of_arrival(
        (events, shuffled) in tangled_events()
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        cut in 0usize..60,
    ) {
        let folders = (folder(), folder());
        let (mut a, tenant_a) = store(&folders.0);
        let (mut b, tenant_b) = store(&folders.1);
        a.insert_events(&tenant_a, &events).expect("inserted");
        let cut = cut.min(shuffled.len());
        b.insert_events(&tenant_b, &shuffled[..cut]).expect("inserted");
        b.insert_events(&tenant_b, &shuffled[cut..]).expect("inserted");
        let again = b.insert_events(&tenant_b, &events).expect("inserted");
        prop_assert_eq!(again.new, 0);
        let (log_a, log_b) = (log(&a, &tenant_a), log(&b, &tenant_b));
        prop_assert_eq!(&log_a, &log_b);
        for (contact, events) in &log_a {
            prop_assert!(events.is_sorted_by(|x, y| x.cmp_in_contact(y).is_lt()));
            prop_assert_eq!(&a.events_of(tenant_a.id, *contact).expect("readable"), events);
        }
    }

    #[test]
    fn lines_of_contacts_say_what_the_log_says(
        (events, shuffled) in tangled_events()
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        cut in 0usize..60,
    ) {
        let folder = folder();
        let (mut store, tenant) = store(&folder);
        let cut = cut.min(shuffled.len());
        store.insert_events(&tenant, &shuffled[..cut]).expect("inserted");
        let everyone = ContactFilter::default();
        let list = |store: &mut Store| {
            store.list_contacts(tenant.id, &everyone, ContactOrder::Id, None, 100).expect("listed")
        };
        // Consent is folded in between, and again where it must be.
        list(&mut store);
        store.insert_events(&tenant, &shuffled[cut..]).expect("inserted");
        store.insert_events(&tenant, &events).expect("inserted");
        let expected: Vec<ContactLine> = log(&store, &tenant)
            .iter()
            .map(|(contact, events)| ContactLine {
                contact: *contact,
                events: events.len() as u64,
                first: events.iter().map(|event| event.occurred_at).min().expect("events"),
                last: events.iter().map(|event| event.occurred_at).max().expect("events"),
                consent: ContactState::at(events, TimestampMs(i64::MAX)).consent(),
                scores: [None, None, None],
                lead_previous: None,
                best_hour: None,
            })
            .collect();
        prop_assert_eq!(list(&mut store), expected);
        prop_assert_eq!(store.count_contacts(tenant.id, &everyone).expect("counted"), log(&store, &tenant).len() as u64);
    }

    #[test]
    fn the_fold_while_reading_equals_the_fold_of_the_events(
        events in tangled_events(),
        pick in any::<prop::sample::Index>(),
    ) {
        let folder = folder();
        let (mut store, tenant) = store(&folder);
        store.insert_events(&tenant, &events).expect("inserted");
        let instants: Vec<_> = events.iter().map(|event| event.available_at).collect();
        let as_of = if instants.is_empty() { TimestampMs(0) } else { *pick.get(&instants) };
        let mut folded = Vec::new();
        store
            .events(tenant.id)
            .fold(as_of, |contact, state| {
                folded.push((contact, state.clone()));
                Ok::<_, StoreError>(())
            })
            .expect("a readable log");
        let log = log(&store, &tenant);
        let expected = log.iter().map(|(id, events)| (*id, ContactState::at(events, as_of)));
        prop_assert!(folded == expected.collect::<Vec<_>>());

        let context = FeatureContext::default();
        let plan = BatchPlan { churn: Some(&context), ..BatchPlan::at(as_of) };
        let read = store.events(tenant.id).features(&plan).expect("a readable log");
        let given = FeatureBatch::of(&plan, log.iter().map(|(id, events)| (*id, &events[..])));
        prop_assert_eq!(&read.contacts, &given.contacts);
        let bits = |batch: &FeatureBatch| -> Vec<Vec<u32>> {
            batch.churn.iter().map(|c| c.iter().map(|v| v.to_bits()).collect()).collect()
        };
        prop_assert_eq!(bits(&read), bits(&given));
    }
}

#[test]
fn an_event_that_cannot_be_read_is_named() {
    let folder = folder();
    let (mut store, tenant) = store(&folder);
    let event = opt_in(1, 1_000);
    store.insert_events(&tenant, [&event]).expect("inserted");
    store.connection.execute("UPDATE events SET body = x'ff00'", []).expect("damaged");
    let named = |error: StoreError| matches!(error, StoreError::Event { event_id, .. } if event_id == event.event_id.to_string());
    let events = store.events(tenant.id);
    assert!(events.visit(|_, _| Ok(())).is_err_and(named));
    assert!(events.fold(TimestampMs(0), |_, _| Ok(())).is_err_and(named));
    assert!(store.events_of(tenant.id, event.contact_id).is_err_and(named));
}

#[test]
fn the_ordered_scan_needs_no_sort() {
    let folder = folder();
    let (store, tenant) = store(&folder);
    let plan: Vec<String> = store
        .connection
        .prepare(&format!("EXPLAIN QUERY PLAN {SCAN}"))
        .and_then(|mut plan| {
            plan.query_map((tenant.id.0, ContactId::BUSINESS.0), |row| row.get(3))?.collect()
        })
        .expect("a plan");
    assert_eq!(plan, ["SEARCH events USING PRIMARY KEY (tenant=? AND contact>?)"]);
}

#[test]
fn the_copy_known_earlier_stays() {
    let folder = folder();
    let (mut store, tenant) = store(&folder);
    let known_at = |ms| Event { available_at: TimestampMs(ms), ..opt_in(1, 1_000) };
    for ms in [5_000, 2_000, 9_000] {
        store.insert_events(&tenant, [known_at(ms)]).expect("inserted");
    }
    assert_eq!(store.events_of(tenant.id, ContactId([1; 16])).expect("read"), [known_at(2_000)]);
}

#[test]
fn tenants_share_nothing() {
    let folder = folder();
    let (mut store, one) = store(&folder);
    let two = store.tenant_or_create("two").expect("a new tenant");
    assert_ne!(one.key, two.key);
    let event = opt_in(1, 1_000);
    store.insert_events(&one, [&event]).expect("inserted");
    assert_eq!(log(&store, &two), []);
    assert_eq!(store.insert_events(&two, [&event]).expect("inserted").new, 1);
    store.erase_contact(&two, event.contact_id, TimestampMs(2_000)).expect("erased");
    assert_eq!(log(&store, &one).len(), 1);
    assert!(
        matches!(store.tenant("three"), Err(StoreError::NoTenant { known, .. }) if known == ["t", "two"])
    );
}

#[test]
fn what_was_erased_never_comes_back_but_new_dealings_do() {
    let folder = folder();
    let (mut store, tenant) = store(&folder);
    let (old, new) = (opt_in(1, 1_000), opt_in(1, 3_000));
    store.insert_events(&tenant, [&old]).expect("inserted");
    let erased = store.erase_contact(&tenant, old.contact_id, TimestampMs(2_000)).expect("erased");
    assert_eq!((erased.events, erased.log_emptied), (1, true));
    let again = store.insert_events(&tenant, [&old, &new]).expect("inserted");
    assert_eq!(again, Inserted { new: 1, duplicate: 0, erased: 1 });
    assert_eq!(log(&store, &tenant), [(new.contact_id, vec![new])]);
}

#[test]
fn a_batch_that_is_not_committed_leaves_no_trace() {
    let folder = folder();
    let (mut store, tenant) = store(&folder);
    let mut batch = store.batch(&tenant).expect("a batch");
    batch.insert(&opt_in(1, 1_000)).expect("inserted");
    batch
        .set_progress(&[7; 32], &ImportProgress { position: 1, ..Default::default() })
        .expect("set");
    drop(batch);
    assert_eq!(log(&store, &tenant), []);
    assert_eq!(store.import_progress(tenant.id, &[7; 32]).expect("read"), None);
}

#[test]
fn files_that_are_not_ours_are_refused_untouched() {
    let folder = folder();
    let path = folder.path().join("x.db");
    assert!(matches!(Store::open(&path), Err(StoreError::NoDatabase { .. })));
    std::fs::write(&path, "this is a letter, not a database, and long enough to be looked at")
        .expect("written");
    assert!(matches!(Store::open(&path), Err(StoreError::NotADatabase)));
    let other = folder.path().join("other.db");
    Connection::open(&other)
        .and_then(|c| c.execute_batch("CREATE TABLE t (x)"))
        .expect("another program's database");
    let before = std::fs::read(&other).expect("read");
    assert!(matches!(Store::open(&other), Err(StoreError::Foreign)));
    assert_eq!(std::fs::read(&other).expect("read"), before);
}

#[test]
fn an_inspected_database_keeps_its_schema() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.db");
    let store = Store::open_or_create(&path).expect("made");
    let known = store.schema_versions().expect("read").1;
    let older = "DELETE FROM schema_migrations WHERE version > 2";
    store.connection.execute_batch(older).expect("written");
    drop(store);
    let inspected = Store::inspect(&path).expect("opened");
    assert_eq!(inspected.schema_versions().expect("read"), (2, known));
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = folder();
    let (store, _) = store(&folder);
    store
        .connection
        .execute("INSERT INTO schema_migrations VALUES (9999, 'future')", [])
        .expect("inserted");
    let path = store.path().to_owned();
    drop(store);
    assert!(matches!(Store::open(&path), Err(StoreError::NewerSchema { found: 9999, .. })));
    assert!(matches!(Store::inspect(&path), Err(StoreError::NewerSchema { found: 9999, .. })));
}

/// A consent event of contact `contact` at `ms`.
fn opt_in(contact: u8, ms: i64) -> Event {
    let mut id = [contact; 16];
    id[8..].copy_from_slice(&ms.to_be_bytes());
    Event {
        event_id: EventId(id),
        contact_id: ContactId([contact; 16]),
        occurred_at: TimestampMs(ms),
        available_at: TimestampMs(ms),
        utc_offset: UtcOffsetMin(0),
        source: Source::Api,
        conversation_id: None,
        campaign_id: None,
        agent_id: None,
        kind: EventKind::Consent(chatsignal_core::event::ConsentKind::OptIn),
    }
}

/// A store of tangled events, with states that are begun, refreshed and read in between.
mod kept_states {
    use super::*;
    use crate::store::{StateOrigin, StateRead};

    proptest! {
        #![proptest_config(cases(48))]

        #[test]
        fn a_kept_state_is_the_fold_of_the_log_at_every_moment(
            events in tangled_events(),
            steps in vec((0u8..4, 0u8..6, 1usize..12), 1..24),
            as_of in any::<prop::sample::Index>(),
        ) {
            let folder = folder();
            let (mut store, tenant) = store(&folder);
            let mut half_done = Vec::new();
            let mut rest = &events[..];
            for (step, contact, count) in steps {
                let contact = ContactId([contact; 16]);
                match step {
                    0 => {
                        store.begin_state(tenant.id, contact).expect("begun");
                    }
                    1 => half_done.extend(store.refresh_state(tenant.id, contact).expect("read")),
                    2 => {
                        // Kept late, and perhaps after a newer one.
                        if let Some(refreshed) = half_done.pop() {
                            store.keep_state(tenant.id, &refreshed).expect("written");
                        }
                    }
                    _ => {
                        let (now, later) = rest.split_at(count.min(rest.len()));
                        store.insert_events(&tenant, now).expect("inserted");
                        rest = later;
                    }
                }
                for n in 0..6 {
                    let contact = ContactId([n; 16]);
                    let log = store.events_of(tenant.id, contact).expect("readable");
                    let instants: Vec<_> = log.iter().map(|event| event.available_at).collect();
                    let earlier = if instants.is_empty() { TimestampMs(0) } else { *as_of.get(&instants) };
                    for as_of in [TimestampMs::MAX, earlier] {
                        let read = store.state_at(tenant.id, contact, as_of).expect("readable");
                        prop_assert_eq!(read.is_some(), !log.is_empty());
                        if let Some(read) = read {
                            prop_assert!(read.state == ContactState::at(&log, as_of));
                        }
                    }
                }
            }
        }
    }

    fn keep(store: &mut Store, tenant: &Tenant, contact: ContactId) -> bool {
        let refreshed = store.refresh_state(tenant.id, contact).expect("read");
        refreshed.is_some_and(|it| store.keep_state(tenant.id, &it).expect("written"))
    }

    fn read(store: &Store, tenant: &Tenant, contact: ContactId) -> StateRead {
        store.state_at(tenant.id, contact, TimestampMs::MAX).expect("read").expect("known")
    }

    #[test]
    fn a_tail_grows_is_folded_in_and_ends_when_it_is_too_long() {
        let folder = folder();
        let (mut store, tenant) = store(&folder);
        let contact = ContactId([1; 16]);
        assert!(!store.begin_state(tenant.id, contact).expect("nothing to keep"));
        let at = |from: i64, count: i64| (from..from + count).map(|ms| opt_in(1, ms));
        store.insert_events(&tenant, at(1, 900)).expect("inserted");
        assert_eq!(read(&store, &tenant, contact).origin, StateOrigin::Log { events: 900 });
        assert!(store.begin_state(tenant.id, contact).expect("begun"));
        store.insert_events(&tenant, at(1_000, 3)).expect("inserted");
        assert!(keep(&mut store, &tenant, contact));
        assert!(!keep(&mut store, &tenant, contact), "nothing new");
        assert_eq!(read(&store, &tenant, contact).origin, StateOrigin::Kept { tail: 0 });
        store.insert_events(&tenant, at(2_000, 5)).expect("inserted");
        store.insert_events(&tenant, at(2_000, 5)).expect("known");
        assert_eq!(read(&store, &tenant, contact).origin, StateOrigin::Kept { tail: 5 });
        assert!(keep(&mut store, &tenant, contact));
        let most = limits::STATE_TAIL_MAX;
        store.insert_events(&tenant, at(3_000, most)).expect("inserted");
        assert_eq!(read(&store, &tenant, contact).origin, StateOrigin::Kept { tail: most as u64 });
        store.insert_events(&tenant, at(9_000, 1)).expect("inserted");
        let events = 900 + 3 + 5 + most as u64 + 1;
        assert_eq!(read(&store, &tenant, contact).origin, StateOrigin::Log { events });
    }

    #[test]
    fn erasure_takes_the_kept_state_along() {
        let folder = folder();
        let (mut store, tenant) = store(&folder);
        let contact = ContactId([1; 16]);
        let canary = EventId(*b"an event's own i");
        let event =
            Event { event_id: canary, kind: EventKind::Csat { rating: 5 }, ..opt_in(1, 1_000) };
        store.insert_events(&tenant, [&event]).expect("inserted");
        store.begin_state(tenant.id, contact).expect("begun");
        assert!(keep(&mut store, &tenant, contact));
        store.insert_events(&tenant, [opt_in(1, 2_000)]).expect("inserted");
        store.erase_contact(&tenant, contact, TimestampMs(3_000)).expect("erased");
        assert!(store.state_at(tenant.id, contact, TimestampMs::MAX).expect("read").is_none());
        drop(store);
        for entry in std::fs::read_dir(folder.path()).expect("a folder") {
            let bytes = std::fs::read(entry.expect("an entry").path()).expect("read");
            assert!(!bytes.windows(16).any(|window| window == canary.0));
        }
    }
}
