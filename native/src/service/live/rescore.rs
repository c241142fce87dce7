//! Scoring contacts again when their events have come.
//!
//! Contacts wait in a set, so that a flood of events of one contact makes few scores. Rows of the
//! history are written by the writer when no events wait. Whoever waits in the database and not in
//! the set (since before the start, or from another process's import) is found by looking; when nobody
//! waits, so are those whose scores are a day old or of other models.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chatsignal_api::stream::{ScoreChange, WithdrawnReason};
use chatsignal_api::time::Instant;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::event::MessageCategory;
use chatsignal_core::id::ContactId;
use chatsignal_core::score::Explain;
use chatsignal_core::score::send_time::Policy;
use chatsignal_core::time::{DAY_MS, TimestampMs};
use serde::Serialize;
use tokio::time::MissedTickBehavior;

use super::Stored;
use crate::registry::{Served, ServedVersion};
use crate::scoring::{self, SendPlan, Subject};
use crate::service::error::ApiError;
use crate::service::models::{ChurnModel, EngagementModel, LeadModel, Model};
use crate::service::state::AppState;
use crate::service::tenants::TenantState;
use crate::store::settings::Settings;
use crate::store::{Round, ScoreRow, Scored, Store, TenantId};

/// How long events may gather before their contacts are scored.
const GATHER: Duration = Duration::from_millis(100);
/// Contacts scored and written together: few, so that no delivery waits long for their rows.
const CONTACTS_MAX: usize = 16;
/// Contacts that are looked up in the database at a time: few, so that those whose events come now
/// need not wait long behind them.
const RECALLED_MAX: usize = 64;
/// Points by which a lead score must move to be a change.
const LEAD_CHANGE_MIN: f64 = 1.0;
/// What a probability must move by to be a change.
const PROBABILITY_CHANGE_MIN: f64 = 0.02;
/// A score that has not changed is noted again after this time, milliseconds.
const NOTE_AGAIN_MS: i64 = DAY_MS;
/// The message that engagement speaks of: a marketing template.
const SEND: SendPlan = SendPlan {
    category: MessageCategory::Marketing,
    has_buttons: false,
    has_media: false,
    policy: Policy::Greedy,
    seed: 0,
};

/// How long to wait when contacts could not be scored, before they are tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// The models of a tenant that can score now.
struct Models {
    lead: Option<Arc<LeadModel>>,
    churn: Option<Arc<ChurnModel>>,
    engagement: Option<Arc<EngagementModel>>,
}

impl Models {
    async fn of(state: &AppState, tenant: &Arc<TenantState>) -> Result<Self, ApiError> {
        let models = tenant.models(&state.registry, &state.metrics).await?;
        Ok(Self {
            lead: models.lead.get().ok(),
            churn: models.churn.get().ok(),
            engagement: models.engagement.get().ok(),
        })
    }

    /// Scoring by these models at an instant.
    fn round(&self, at: TimestampMs) -> Round {
        fn version<M: Model>(model: Option<&Arc<M>>) -> String {
            model.map_or_else(|| "none".to_owned(), |model| model.served().version.to_string())
        }
        let (lead, churn) = (version(self.lead.as_ref()), version(self.churn.as_ref()));
        let engagement = version(self.engagement.as_ref());
        Round { at, models: format!("{lead} {churn} {engagement}").into() }
    }
}

/// A row for the history, and what readers are told of it.
struct Fresh {
    row: ScoreRow,
    change: Option<ScoreChange>,
}

/// Contacts that were scored and whose scores have not changed: it is noted together with the next
/// change, or when nobody waits any more.
type Unchanged = HashMap<TenantId, (Arc<TenantState>, Vec<Scored>)>;

/// Scores again until the end.
pub(crate) async fn run(state: AppState, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    let mut looks = tokio::time::interval(state.config.reload_ms);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let work = async {
            tokio::select! {
                () = state.touched.wait() => tokio::time::sleep(GATHER).await,
                _ = looks.tick() => {}
            }
            if let Err(error) = drain(&state).await {
                tracing::warn!(code = error.problem.code.as_str(), "contacts that wait");
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::select! {
            () = &mut stop => return,
            () = work => {}
        }
    }
}

/// Scores until nobody waits.
async fn drain(state: &AppState) -> Result<(), ApiError> {
    loop {
        let mut unchanged = Unchanged::new();
        while let Some((tenant, contacts)) = state.touched.take(CONTACTS_MAX) {
            let again: HashSet<ContactId> = contacts.iter().copied().collect();
            if let Err(error) = rescore(state, &tenant, contacts, &mut unchanged).await {
                tracing::warn!(code = error.problem.code.as_str(), "scoring again");
                // The store or the models are out of reach for the moment.
                state.touched.note(&tenant, again);
                tokio::time::sleep(PAUSE).await;
            }
        }
        for (_, (tenant, scored)) in unchanged {
            let write = move |store: &mut Store| {
                store.record_scores(&tenant.tenant, &[], &scored).map(drop)
            };
            state.writer.run(|store| store.without_waiting(write)).await?;
        }
        if !recall(state).await? {
            return recall_outdated(state).await;
        }
    }
}

/// Looks for contacts that wait in the database; whether there are any.
async fn recall(state: &AppState) -> Result<bool, ApiError> {
    let tenants = state.tenants.all();
    let look = move |store: &mut Store| {
        let mut found = Vec::new();
        for tenant in tenants {
            let waiting = store.waiting(tenant.tenant.id, RECALLED_MAX)?;
            if !waiting.is_empty() {
                found.push((tenant, waiting));
            }
        }
        Ok(found)
    };
    let found = state.database.run(look).await?;
    let any = !found.is_empty();
    for (tenant, waiting) in found {
        state.touched.note(&tenant, waiting.into_iter().collect());
    }
    Ok(any)
}

/// Notes some contacts whose scores are outdated, of every tenant where there are any: they come
/// with the next round, so that there is a pause between one such batch and the next.
async fn recall_outdated(state: &AppState) -> Result<(), ApiError> {
    let tenants = state.tenants.all();
    let peopled = move |store: &mut Store| {
        let mut peopled = Vec::new();
        for tenant in tenants {
            if store.has_contacts(tenant.tenant.id)? {
                peopled.push(tenant);
            }
        }
        Ok(peopled)
    };
    for tenant in state.database.run(peopled).await? {
        let round = Models::of(state, &tenant).await?.round(state.clock.now());
        let id = tenant.tenant.id;
        let look = move |store: &mut Store| {
            let before = round.at.plus_ms(-NOTE_AGAIN_MS);
            Ok(store.outdated(id, &round, before, RECALLED_MAX)?)
        };
        let outdated = state.database.run(look).await?;
        state.touched.note(&tenant, outdated.into_iter().collect());
    }
    Ok(())
}

async fn rescore(
    state: &AppState,
    tenant: &Arc<TenantState>,
    contacts: Vec<ContactId>,
    unchanged: &mut Unchanged,
) -> Result<(), ApiError> {
    let models = Models::of(state, tenant).await?;
    let settings = tenant.settings();
    let whose = Arc::clone(tenant);
    let now = state.clock.now();
    let round = models.round(now);
    let scoring = move |store: &mut Store| {
        let (mut fresh, mut to_keep, mut scored) = (Vec::new(), Vec::new(), Vec::new());
        let mut score_one = |contact| -> Result<(), ApiError> {
            let id = whose.tenant.id;
            // First of all: what comes in from now on makes the contact wait again. One that cannot
            // be scored does so only when something new is known of it.
            scored.extend(store.about_to_score(id, contact, &round)?);
            // A contact that was erased meanwhile is not there any more.
            let Some(stored) = Stored::read(store, id, contact, now)? else { return Ok(()) };
            if stored.is_long() || stored.has_long_tail() {
                to_keep.push((stored.contact(), stored.is_long()));
            }
            if stored.state().consent().objected {
                whose.changes.withdraw(stored.contact(), WithdrawnReason::Objected);
                return Ok(());
            }
            let mut subject = stored.subject(now);
            subject.country = store.person(id, contact)?.country;
            for (row, changed_by) in score(&models, &settings, &stored, &subject) {
                fresh.extend(compare(store, &whose, row, changed_by)?);
            }
            Ok(())
        };
        for contact in contacts {
            // One that cannot be read does not keep the others from their scores.
            if let Err(error) = score_one(contact) {
                tracing::warn!(code = error.problem.code.as_str(), "a contact can't be scored");
            }
        }
        Ok((fresh, to_keep, scored))
    };
    let (fresh, to_keep, scored) = state.database.run(scoring).await?;
    let (_, waiting) =
        unchanged.entry(tenant.tenant.id).or_insert_with(|| (Arc::clone(tenant), Vec::new()));
    waiting.extend(scored);
    if !fresh.is_empty() {
        let (whose, scored) = (Arc::clone(tenant), std::mem::take(waiting));
        let write = move |store: &mut Store| {
            let (rows, changes): (Vec<_>, Vec<_>) =
                fresh.into_iter().map(|fresh| (fresh.row, fresh.change)).unzip();
            let kept = store.record_scores(&whose.tenant, &rows, &scored)?;
            // Of who was erased meanwhile nothing is told.
            Ok(changes.into_iter().zip(kept).filter_map(|(change, kept)| change.filter(|_| kept)))
        };
        // Deliveries wait for this thread: scores can be computed again, so that they need not wait
        // for the disk.
        for change in state.writer.run(|store| store.without_waiting(write)).await? {
            tenant.changes.tell(&change);
            state.metrics.rescored();
        }
    }
    for (contact, begin) in to_keep {
        keep(state, tenant, contact, begin).await?;
    }
    Ok(())
}

/// Keeps the state of a contact with a long log.
async fn keep(
    state: &AppState,
    tenant: &Arc<TenantState>,
    contact: ContactId,
    begin: bool,
) -> Result<(), ApiError> {
    let id = tenant.tenant.id;
    if begin {
        let begin = move |store: &mut Store| store.begin_state(id, contact);
        state.writer.run(move |store| store.without_waiting(begin)).await?;
    }
    let refresh = move |store: &mut Store| Ok(store.refresh_state(id, contact)?);
    if let Some(refreshed) = state.database.run(refresh).await? {
        let keep = move |store: &mut Store| store.keep_state(id, &refreshed);
        state.writer.run(move |store| store.without_waiting(keep)).await?;
    }
    Ok(())
}

/// What the models say of a contact who may be scored, where they speak of such contacts: each score
/// with what makes it a change.
fn score(
    models: &Models,
    settings: &Settings,
    stored: &Stored,
    subject: &Subject<'_>,
) -> Vec<(ScoreRow, f64)> {
    let (state, now) = (stored.state(), subject.as_of);
    let mut rows = Vec::new();
    let explain = Explain::default();
    if let Some(model) = models.lead.as_ref().filter(|_| scoring::is_open_lead_state(state)) {
        let origin = scoring::origin(model.served(), now);
        let answer = scoring::lead(model.scorer(), subject, explain, origin);
        if let (Some(value), Some(tier)) = (answer.lead_score, answer.quality_tier) {
            let row = row(subject, model.served(), value, tier.as_str(), &answer);
            rows.extend(row.map(|row| (row, LEAD_CHANGE_MIN)));
        }
    }
    if let Some(model) = &models.churn
        && scoring::is_active_state(state, now, model.scorer().horizon_days())
    {
        let origin = scoring::origin(model.served(), now);
        let answer = scoring::churn(model.scorer(), subject, explain, origin);
        let label = answer.risk_level.as_str();
        let row = row(subject, model.served(), answer.churn_probability, label, &answer);
        rows.extend(row.map(|row| (row, PROBABILITY_CHANGE_MIN)));
    }
    if let Some(model) = &models.engagement {
        let origin = scoring::origin(model.served(), now);
        let predictor = model.scorer();
        let (answer, level) =
            scoring::engagement_with_level(predictor, subject, &SEND, settings, explain, origin);
        if let (Some(value), Some(level)) = (answer.engagement_probability, level) {
            let row = row(subject, model.served(), value, level.as_str(), &answer);
            rows.extend(row.map(|row| (row, PROBABILITY_CHANGE_MIN)));
        }
    }
    rows
}

fn row(
    subject: &Subject<'_>,
    served: &Served,
    value: f64,
    label: &str,
    answer: &impl Serialize,
) -> Option<ScoreRow> {
    Some(ScoreRow {
        contact: subject.contact,
        model: served.artifact.kind,
        computed_at: subject.as_of,
        as_of: subject.as_of,
        version: match served.version {
            ServedVersion::Version(version) => version,
            ServedVersion::Prior => 0,
        },
        value,
        label: label.to_owned(),
        answer: serde_json::to_string(answer).ok()?,
    })
}

/// Whether a score says something new.
fn compare(
    store: &Store,
    tenant: &TenantState,
    row: ScoreRow,
    changed_by: f64,
) -> Result<Option<Fresh>, ApiError> {
    let before = store.scores_of(tenant.tenant.id, row.contact, Some(row.model), None, 1)?.pop();
    let previous = before.as_ref().map(|before| before.value);
    let (changed, due) = match &before {
        None => (true, true),
        Some(before) => (
            (before.value - row.value).abs() >= changed_by || before.label != row.label,
            is_due(before.computed_at, row.computed_at) || before.version != row.version,
        ),
    };
    if !changed && !due {
        return Ok(None);
    }
    let change = changed.then(|| ScoreChange {
        contact_id: row.contact.to_string(),
        model: ModelKind::as_str(row.model).to_owned(),
        value: row.value,
        label: row.label.clone(),
        previous,
        computed_at: Instant(row.computed_at),
    });
    Ok(Some(Fresh { row, change }))
}

fn is_due(before: TimestampMs, now: TimestampMs) -> bool {
    now.since(before) >= NOTE_AGAIN_MS
}
