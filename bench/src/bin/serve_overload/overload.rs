//! Rates from half of the capacity to five times as much.
//!
//! The request is a batch of scores by id: the service reads the contacts' logs and folds them, so
//! that its work, not HTTP, is the limit, and a refusal costs much less than an answer.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chatsignal_bench::http::load::closed;
use chatsignal_bench::http::rate::{Rated, rated};
use chatsignal_bench::http::service::{Routes, Service, Workspace};

use crate::verdict::Verdict;

/// Connections of the closed loop that finds the capacity.
const FEW: usize = 4;
/// Connections of the generator.
const MANY: usize = 200;
/// Times that the load comes and goes.
const CYCLES: usize = 5;

pub(crate) async fn run(
    workspace: &Workspace,
    threads: usize,
    seconds: f64,
    verdict: &mut Verdict,
) -> Result<()> {
    let service = Service::start(Routes::Service, workspace, threads)?;
    workspace.settled()?;
    let requests = Arc::new(workspace.batches());
    let capacity = capacity(&service, &requests, seconds / 4.0).await?;
    verdict.tell("capacity_per_s", capacity);
    let of = async |share: f64, seconds: f64| -> Result<Rated> {
        let span = Duration::from_secs_f64(seconds);
        let found = rated(service.address, MANY, &requests, share * capacity, span).await?;
        eprintln!(
            "{share} C: {:.0}/s accepted, {:.1} % refused, p99 {:.1} ms, {} faults, {} unsent",
            found.accepted_per_s(),
            100.0 * found.refused_share(),
            found.p99_us() / 1e3,
            found.faults,
            found.unsent,
        );
        Ok(found)
    };
    let (half, one) = (of(0.5, seconds).await?, of(1.0, seconds).await?);
    // Every thread and connection to the database that full work takes is there now.
    let memory = service.resident_bytes()?;
    let (two, five) = (of(2.0, seconds).await?, of(5.0, seconds).await?);
    let grown = service.resident_bytes()? as f64 / memory as f64 - 1.0;
    // One look before and one after would compare two accidents: a few hundred answers have a p99 of
    // the few that the machine was busy with something else for. So the load comes and goes several
    // times, and the answers before and after it are pooled.
    let span = seconds.min(5.0);
    let [mut before, mut under, mut after] = [(); 3].map(|()| Rated::default());
    for _ in 0..CYCLES {
        before.merge(of(0.5, span).await?);
        under.merge(of(5.0, span).await?);
        tokio::time::sleep(Duration::from_secs(2)).await;
        after.merge(of(0.5, span).await?);
    }
    for pool in [&mut before, &mut under, &mut after] {
        pool.accepted.sort_unstable();
    }

    for (name, rate) in [("0.5C", &half), ("1C", &one), ("2C", &two), ("5C", &five)] {
        verdict.tell(&format!("accepted_per_s_at_{name}"), rate.accepted_per_s());
        verdict.tell(&format!("p99_ms_at_{name}"), rate.p99_us() / 1e3);
        verdict.tell(&format!("refused_share_at_{name}"), rate.refused_share());
    }
    let accepted = five.accepted_per_s() / capacity;
    verdict.judge("accepted_at_5C_of_capacity", accepted, "at least 0.8", accepted >= 0.8);
    let slower = under.p99_us() / before.p99_us();
    verdict.judge("p99_at_5C_of_that_at_0.5C", slower, "at most 3", slower <= 3.0);
    let faults = [&half, &one, &two, &five, &before, &under, &after]
        .iter()
        .map(|rate| rate.faults)
        .sum::<u64>();
    verdict.judge("answers_that_are_neither_200_nor_a_refusal", faults as f64, "0", faults == 0);
    let (p99, longest) = five.refused_us();
    verdict.tell("longest_refusal_ms", longest / 1e3);
    verdict.judge("p99_of_refusals_ms", p99 / 1e3, "under 50", p99 < 50e3);
    verdict.judge("memory_growth", grown, "under 0.1", grown < 0.1);
    let back = after.p99_us() / before.p99_us();
    verdict.judge("p99_two_seconds_after", back, "at most 1.5 of that before", back <= 1.5);
    let refused = after.refused_share();
    verdict.judge("refused_two_seconds_after", refused, "under 0.01", refused < 0.01);
    Ok(())
}

/// Answers in a second that the service gives with little waiting: the highest rate of which less
/// than one in a hundred is refused or late.
async fn capacity(service: &Service, requests: &Arc<Vec<Vec<u8>>>, seconds: f64) -> Result<f64> {
    let span = Duration::from_secs_f64(seconds.clamp(1.0, 5.0));
    let most = closed(service.address, FEW, requests, span).await?.per_s();
    eprintln!("{FEW} connections: {most:.0}/s");
    let mut best = None;
    for share in [0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2] {
        let found = rated(service.address, 16, requests, share * most, span).await?;
        let kept_up = found.accepted_per_s() >= 0.98 * share * most;
        if !kept_up || found.refused_share() > 0.01 {
            break;
        }
        best = Some(share * most);
    }
    best.or(Some(0.5 * most)).context("no capacity")
}
