//! One job a model, leases that fence, and jobs that outlive their workers.

use chatsignal_api::job::JobStatus;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::TimestampMs;

use super::*;
use crate::store::Store;

const LEASE_MS: i64 = 1_000;

struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
    tenant: TenantId,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open_or_create(&folder.path().join("j.db")).expect("a store");
    let tenant = store.tenant_or_create("t").expect("a tenant").id;
    Bench { _folder: folder, store, tenant }
}

fn new(model: ModelKind) -> NewJob {
    NewJob { model, request: "{}".to_owned(), scheduled: false }
}

fn at(ms: i64) -> TimestampMs {
    TimestampMs(ms)
}

fn done() -> Ending {
    Ending { status: JobStatus::Succeeded, outcome: None, error: None }
}

#[test]
fn a_model_has_one_open_job_and_tenants_do_not_meet() {
    let Bench { mut store, tenant, _folder } = bench();
    let other = store.tenant_or_create("other").expect("a tenant").id;
    let lead = new(ModelKind::Lead);
    let first = store.enqueue_job(tenant, &lead, at(1)).expect("enqueues");
    let again = store.enqueue_job(tenant, &lead, at(2)).expect("enqueues");
    assert!(first.created && !again.created);
    assert_eq!(first.job.job_id, again.job.job_id);
    let foreign = store.enqueue_job(other, &lead, at(3)).expect("enqueues");
    assert!(foreign.created);
    assert_eq!(store.job(other, &first.job.job_id).expect("reads"), None);
    assert_eq!(store.cancel_job(other, &first.job.job_id, at(4)).expect("reads"), None);
    let all = [ModelKind::Lead, ModelKind::Churn].map(new);
    let (group, jobs) = store.enqueue_jobs(tenant, &all, at(5)).expect("enqueues");
    assert_eq!(jobs.iter().map(|job| job.created).collect::<Vec<_>>(), [false, true]);
    assert_eq!(store.jobs_of_group(tenant, &group).expect("reads").len(), 2);
    assert_eq!(store.jobs_of_group(other, &group).expect("reads"), []);
}

#[test]
fn groups_over_open_jobs_are_bounded() {
    let Bench { mut store, tenant, _folder } = bench();
    let all = [ModelKind::Lead, ModelKind::Churn].map(new);
    let other = store.tenant_or_create("other").expect("a tenant").id;
    let (foreign, _) = store.enqueue_jobs(other, &all, at(0)).expect("enqueues");
    let kept = GROUP_MEMBERS_MAX as usize / all.len();
    let groups: Vec<String> = (0..kept + 2)
        .map(|_| store.enqueue_jobs(tenant, &all, at(1)).expect("enqueues").0)
        .collect();
    let members = |tenant, group: &String| store.jobs_of_group(tenant, group).expect("reads").len();
    assert_eq!(groups[..2].iter().map(|group| members(tenant, group)).sum::<usize>(), 0);
    assert!(groups[2..].iter().all(|group| members(tenant, group) == 2));
    assert_eq!(members(other, &foreign), 2);
}

#[test]
fn a_lease_that_ended_can_change_nothing() {
    let Bench { mut store, tenant, _folder } = bench();
    store.enqueue_job(tenant, &new(ModelKind::Churn), at(0)).expect("enqueues");
    let old = store.take_job("a", at(10), LEASE_MS).expect("takes").expect("a job");
    assert_eq!(store.take_job("b", at(500), LEASE_MS).expect("takes"), None);
    assert_eq!(store.renew_job(&old, None, at(900), LEASE_MS).expect("renews"), Renewal::Held);
    assert_eq!(store.take_job("b", at(1_500), LEASE_MS).expect("takes"), None);
    let young = store.take_job("b", at(2_000), LEASE_MS).expect("takes").expect("a job");
    assert_eq!((young.job.attempts, young.job.job_id.clone()), (2, old.job.job_id.clone()));
    assert_eq!(store.watch_job(&old).expect("reads"), Renewal::Lost);
    assert_eq!(store.renew_job(&old, None, at(2_001), LEASE_MS).expect("renews"), Renewal::Lost);
    assert!(!store.finish_job(&old, &done(), at(2_002)).expect("writes"));
    assert!(!store.give_back_job(&old, at(2_002), true).expect("writes"));
    assert!(store.finish_job(&young, &done(), at(2_003)).expect("writes"));
    let job = store.job(tenant, &old.job.job_id).expect("reads").expect("a job");
    assert_eq!((job.step.status, job.step.progress), (JobStatus::Succeeded, 1.0));
}

#[test]
fn a_job_that_takes_its_process_down_each_time_fails_in_the_end() {
    let Bench { mut store, tenant, _folder } = bench();
    let job = store.enqueue_job(tenant, &new(ModelKind::Lead), at(0)).expect("enqueues").job;
    let mut now = 10;
    for attempt in 1..=ATTEMPTS_MAX {
        let lease = store.take_job("a", at(now), LEASE_MS).expect("takes").expect("a job");
        assert_eq!(lease.job.attempts, attempt);
        now += LEASE_MS + 1;
    }
    assert_eq!(store.take_job("a", at(now), LEASE_MS).expect("takes"), None);
    let job = store.job(tenant, &job.job_id).expect("reads").expect("a job");
    assert_eq!(job.step.status, JobStatus::Failed);
    assert!(job.error.is_some_and(|error| error.contains("5 times")));
}

#[test]
fn jobs_given_back_wait_and_do_not_count_the_attempt() {
    let Bench { mut store, tenant, _folder } = bench();
    store.enqueue_job(tenant, &new(ModelKind::Lead), at(0)).expect("enqueues");
    let lease = store.take_job("a", at(1), LEASE_MS).expect("takes").expect("a job");
    assert!(store.give_back_job(&lease, at(50), true).expect("writes"));
    assert_eq!(store.take_job("a", at(49), LEASE_MS).expect("takes"), None);
    let lease = store.take_job("a", at(50), LEASE_MS).expect("takes").expect("a job");
    assert_eq!(lease.job.attempts, 1);
}

#[test]
fn cancelling_ends_what_waits_and_tells_what_runs() {
    let Bench { mut store, tenant, _folder } = bench();
    let waits = store.enqueue_job(tenant, &new(ModelKind::Lead), at(0)).expect("enqueues").job;
    let cancelled = store.cancel_job(tenant, &waits.job_id, at(1)).expect("writes");
    assert_eq!(cancelled.map(|job| job.step.status), Some(JobStatus::Cancelled));
    let runs = store.enqueue_job(tenant, &new(ModelKind::Lead), at(2)).expect("enqueues").job;
    let lease = store.take_job("a", at(3), LEASE_MS).expect("takes").expect("a job");
    let told = store.cancel_job(tenant, &runs.job_id, at(4)).expect("writes").expect("a job");
    assert!(told.cancel && !told.step.status.is_final());
    assert_eq!(store.watch_job(&lease).expect("reads"), Renewal::Cancelled);
    // Its process dies before it hears of it: the job is not begun again.
    assert_eq!(store.take_job("b", at(3 + LEASE_MS + 1), LEASE_MS).expect("takes"), None);
    let job = store.job(tenant, &runs.job_id).expect("reads").expect("a job");
    assert_eq!(job.step.status, JobStatus::Cancelled);
    let unchanged = store.cancel_job(tenant, &runs.job_id, at(9_999)).expect("writes");
    assert_eq!(unchanged, Some(job));
}

#[test]
fn people_go_before_the_schedule_which_comes_due_once() {
    let Bench { mut store, tenant, _folder } = bench();
    let scheduled = NewJob { scheduled: true, ..new(ModelKind::Churn) };
    let period = 100;
    assert!(store.enqueue_due_job(tenant, &scheduled, period, at(0)).expect("writes"));
    assert!(!store.enqueue_due_job(tenant, &scheduled, period, at(1)).expect("writes"));
    assert_eq!(store.open_scheduled_jobs().expect("reads"), 1);
    store.enqueue_job(tenant, &new(ModelKind::Lead), at(5)).expect("enqueues");
    let first = store.take_job("a", at(6), LEASE_MS).expect("takes").expect("a job");
    assert_eq!(first.job.model, ModelKind::Lead);
    let second = store.take_job("a", at(6), LEASE_MS).expect("takes").expect("a job");
    assert!(second.job.scheduled);
    store.finish_job(&first, &done(), at(20)).expect("writes");
    store.finish_job(&second, &done(), at(20)).expect("writes");
    assert!(!store.enqueue_due_job(tenant, &scheduled, period, at(119)).expect("writes"));
    // However long the service was down: once.
    assert!(store.enqueue_due_job(tenant, &scheduled, period, at(99_999)).expect("writes"));
    assert!(!store.enqueue_due_job(tenant, &scheduled, period, at(99_999)).expect("writes"));
    // One that people cancel does not come again before its next turn.
    let waiting = store.take_job("a", at(99_999), LEASE_MS).expect("takes").expect("a job");
    store.give_back_job(&waiting, at(99_999), true).expect("writes");
    let id = waiting.job.job_id;
    store.cancel_job(tenant, &id, at(100_000)).expect("writes").expect("a job");
    assert!(!store.enqueue_due_job(tenant, &scheduled, period, at(100_001)).expect("writes"));
    assert!(store.enqueue_due_job(tenant, &scheduled, period, at(100_100)).expect("writes"));
}

#[test]
fn pages_go_back_in_time_and_the_oldest_are_forgotten() {
    let Bench { mut store, tenant, _folder } = bench();
    let mut ids = Vec::new();
    for n in 0..i64::from(KEPT_MAX) + 10 {
        let job = store.enqueue_job(tenant, &new(ModelKind::Lead), at(n)).expect("enqueues").job;
        store.cancel_job(tenant, &job.job_id, at(n)).expect("writes");
        ids.push(job.job_id);
    }
    let all = store.jobs(tenant, &JobFilter::default(), 10_000).expect("reads").expect("a page");
    assert_eq!(all.len(), KEPT_MAX as usize);
    let newest: Vec<&String> = ids.iter().rev().take(3).collect();
    let filter = JobFilter { before: Some(newest[0]), ..JobFilter::default() };
    let page = store.jobs(tenant, &filter, 2).expect("reads").expect("a page");
    assert_eq!(page.iter().map(|job| &job.job_id).collect::<Vec<_>>(), newest[1..]);
    let filter = JobFilter { before: Some(&ids[0]), ..JobFilter::default() };
    assert_eq!(store.jobs(tenant, &filter, 2).expect("reads"), None, "it is forgotten");
    let filter = JobFilter { status: Some(JobStatus::Queued), ..JobFilter::default() };
    assert_eq!(store.jobs(tenant, &filter, 2).expect("reads"), Some(Vec::new()));
}
