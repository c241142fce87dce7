//! Reviews of challengers that have run in the shadow of the serving model.
//!
//! After [`SHADOW_DAYS`] the two are compared on what came true since the shadow began. Where too few
//! outcomes are known (a lead has ninety days to buy), the challenger, which won on held-out rows when
//! it was trained, must rank the contacts of now much as the serving model does. What is not clear
//! yet is looked at again a day later, for [`PATIENCE_DAYS`] at most.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::time::{DAY_MS, TimestampMs};
use chatsignal_train::metric::spearman;
use chatsignal_train::pipeline::{self, PipelineConfig, PipelineError};
use chatsignal_train::promote::Standing;

use crate::monitoring::{self, MonitoringError};
use crate::registry::{
    ModelRegistry, RegistryError, SHADOW_DAYS, Served, Shadow, ShadowEnd, ShadowVerdict,
    moved_by_hand,
};
use crate::store::settings::Settings;
use crate::store::{Store, Tenant};
use crate::training::{self, TrainingError};

/// Days in the shadow after which a challenger that has not shown itself better is dropped.
pub const PATIENCE_DAYS: i64 = 28;
/// Contacts whom both must have scored before anything is said.
const CONTACTS_MIN: usize = 30;
/// Rank correlation below which two models do not speak of the same thing.
const AGREEMENT_MIN: f64 = 0.5;

/// What a review found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Review {
    /// The shadow has ended.
    Ended(u32, ShadowVerdict, String),
    /// It goes on.
    GoesOn(u32, String),
}

/// Whose models are reviewed.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// Its settings.
    pub settings: &'a Settings,
    /// Which model.
    pub kind: ModelKind,
}

/// Reviews the challenger of a model that is due, and carries out what is found; none when none is.
///
/// # Errors
/// When the registry or the log cannot be read or written.
pub fn review(
    subject: Subject<'_>,
    registry: &ModelRegistry,
    store: &Store,
    now: TimestampMs,
) -> Result<Option<Review>, TrainingError> {
    let Subject { tenant, kind, .. } = subject;
    let name = tenant.name.as_str();
    let shadows = registry.shadows(name, kind)?;
    let Some(shadow) = shadows.into_iter().rev().find(|shadow| shadow.end.is_none()) else {
        return Ok(None);
    };
    let version = shadow.version;
    let names = registry.aliases(name, kind)?;
    let found = match moved_by_hand(&names, version) {
        Some((verdict, reason)) => Found::End(verdict, reason.to_owned()),
        None if now.0 < shadow.review_ms => return Ok(None),
        None => {
            let days = now.since(TimestampMs(shadow.since_ms)) / DAY_MS;
            let found = judge(subject, registry, store, &shadow, now).or_else(|error| {
                // It would be the same at the next look, and at every one after it.
                let lasting = is_lasting(&error);
                if lasting { Ok(Found::Unclear(error.to_string())) } else { Err(error) }
            })?;
            found.after(days)
        }
    };
    match found {
        Found::End(verdict, reason) => {
            let end = ShadowEnd { at_ms: now.0, verdict, reason };
            let end = registry.end_shadow(name, kind, version, end)?;
            Ok(Some(Review::Ended(version, end.verdict, end.reason)))
        }
        Found::Unclear(why) => {
            let later = now.plus_ms(DAY_MS);
            registry.prolong_shadow(name, kind, version, later, why.clone())?;
            Ok(Some(Review::GoesOn(version, why)))
        }
    }
}

/// Whether to try again at once says the same: the files or the data are at fault, not the moment.
fn is_lasting(error: &TrainingError) -> bool {
    match error {
        TrainingError::Registry(error) => !matches!(error, RegistryError::Io { .. }),
        TrainingError::Pipeline(error)
        | TrainingError::Monitoring(MonitoringError::Pipeline(error)) => {
            !matches!(error, PipelineError::Source(_))
        }
        TrainingError::Monitoring(MonitoringError::Store(_)) => false,
        TrainingError::Monitoring(MonitoringError::NoReference) | TrainingError::CannotScore(_) => {
            true
        }
    }
}

/// What a look at one shadow says.
enum Found {
    End(ShadowVerdict, String),
    Unclear(String),
}

impl Found {
    /// What is still unclear after so many days in the shadow ends it.
    fn after(self, days: i64) -> Self {
        match self {
            Self::Unclear(why) if days >= PATIENCE_DAYS => {
                Self::End(ShadowVerdict::Dropped, format!("not shown to be better: {why}"))
            }
            found => found,
        }
    }
}

/// Compares the challenger with the serving model.
fn judge(
    subject: Subject<'_>,
    registry: &ModelRegistry,
    store: &Store,
    shadow: &Shadow,
    now: TimestampMs,
) -> Result<Found, TrainingError> {
    let Subject { tenant, settings, kind } = subject;
    let challenger = registry.get(&tenant.name, kind, shadow.version)?;
    // What cannot serve is not compared: it could not take the place that it wins.
    challenger.can_score()?;
    let champion = registry.champion(&tenant.name, kind)?;
    let facts = training::tenant_facts(settings);
    let config = PipelineConfig { tenant: facts, ..PipelineConfig::default() };
    let since = TimestampMs(shadow.since_ms);
    let (ours, theirs) = (&challenger.artifact, &champion.artifact);
    let events = store.events(tenant.id);
    let outcomes = pipeline::rematch(ours, theirs, &events, &config, since)?;
    let days = now.since(since) / DAY_MS;
    let seen = format!("{days} days in the shadow, {} outcomes", outcomes.rows);
    Ok(match outcomes.standing {
        Some((Standing::Better, figures)) => {
            Found::End(ShadowVerdict::Promoted, format!("{seen}: {figures}"))
        }
        Some((Standing::Worse, figures)) => {
            Found::End(ShadowVerdict::Dropped, format!("{seen}: {figures}"))
        }
        Some((Standing::Unclear, figures)) => Found::Unclear(format!("{seen}: {figures}")),
        None => agreement(subject, &challenger, &champion, store, now, &seen)?,
    })
}

/// Whether the two rank the contacts of now alike.
fn agreement(
    subject: Subject<'_>,
    challenger: &Served,
    champion: &Served,
    store: &Store,
    now: TimestampMs,
    seen: &str,
) -> Result<Found, TrainingError> {
    let models = [&challenger.artifact, &champion.artifact];
    let [ours, theirs] = monitoring::side_by_side(models, store, subject.tenant.id, now)?;
    let contacts = ours.len();
    if contacts < CONTACTS_MIN {
        let why = format!("{seen}; {contacts} contacts to score, {CONTACTS_MIN} are needed");
        return Ok(Found::Unclear(why));
    }
    let Some(agreement) = spearman(&theirs, &ours) else {
        return Ok(Found::Unclear(format!("{seen}; one of the models tells no contacts apart")));
    };
    let figures = format!(
        "{seen} (too few to compare by); the ranks of {contacts} contacts agree by {agreement:.2} \
         with those of the serving model"
    );
    Ok(if agreement >= AGREEMENT_MIN {
        Found::End(ShadowVerdict::Promoted, format!("better when it was trained; {figures}"))
    } else {
        Found::End(ShadowVerdict::Dropped, format!("{figures}, less than {AGREEMENT_MIN:.2}"))
    })
}

const _: () = assert!(SHADOW_DAYS < PATIENCE_DAYS, "there is time for more than one look");
