//! Throughput of the fold (events a second on one core) and cost of extraction.
//! `cargo bench -p chatsignal-bench --bench fold`

use chatsignal_core::contact::ContactState;
use chatsignal_core::event::Event;
use chatsignal_core::feature::{ChurnRaw, EngagementRaw, FeatureContext, LeadRaw, SendCandidate};
use chatsignal_core::time::{HOUR_MS, TimestampMs, UtcOffsetMin};
use chatsignal_tests::corpus::corpus;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn end(events: &[Event]) -> TimestampMs {
    events.iter().map(|event| event.available_at).max().unwrap_or_default()
}

fn fold(c: &mut Criterion) {
    let logs: Vec<Vec<Event>> = corpus(200, 1).map(|(_, log)| log).collect();
    let events: usize = logs.iter().map(Vec::len).sum();
    let mut group = c.benchmark_group("fold");
    group.throughput(Throughput::Elements(events as u64));
    group.bench_function("as events arrive, 200 contacts", |b| {
        b.iter(|| {
            for log in &logs {
                black_box(ContactState::at(black_box(log), TimestampMs::MAX));
            }
        });
    });
    let mut sorted = logs.clone();
    sorted.iter_mut().for_each(|log| log.sort_by(Event::cmp_in_contact));
    group.bench_function("sorted, 200 contacts", |b| {
        b.iter(|| {
            for log in &sorted {
                black_box(ContactState::at(black_box(log), TimestampMs::MAX));
            }
        });
    });
    group.finish();
}

fn extraction(c: &mut Criterion) {
    let context = FeatureContext::default();
    let logs = corpus(2_000, 2).map(|(_, log)| log);
    let log = logs.into_iter().find(|log| (100..=150).contains(&log.len())).unwrap_or_default();
    let as_of = end(&log);
    let state = ContactState::at(&log, as_of);
    c.bench_function("lead vector, 100 to 150 events", |b| {
        b.iter(|| LeadRaw::extract(black_box(&state), as_of).vector(&context));
    });
    c.bench_function("churn vector, 100 to 150 events", |b| {
        b.iter(|| ChurnRaw::extract(black_box(&state), as_of).vector(&context));
    });
    c.bench_function("engagement, 24 hours, 100 to 150 events", |b| {
        b.iter(|| {
            let raw = EngagementRaw::extract(black_box(&state), as_of);
            let hour = |h: i64| SendCandidate::at(as_of.plus_ms(h * HOUR_MS), UtcOffsetMin(60));
            (0..24).map(|h| raw.vector(&hour(h), &context)[6]).sum::<f32>()
        });
    });
}

criterion_group!(benches, fold, extraction);
criterion_main!(benches);
