//! Scores the contacts and prints them.

use std::time::Instant;

use anyhow::Context;
use chatsignal_api::churn::ChurnPrediction;
use chatsignal_api::lead::LeadPrediction;
use chatsignal_api::prediction;
use chatsignal_api::send_time::OptimalTime;
use chatsignal_core::event::MessageCategory;
use chatsignal_core::id::ContactId;
use chatsignal_core::score::send_time::Policy;
use chatsignal_core::score::{
    ChurnPredictor, Cutoffs, EngagementPredictor, Explain, LeadOptions, LeadScorer,
};
use chatsignal_core::time::TimestampMs;

use super::{Args, Category, print};
use crate::cli::clock;
use crate::cli::kind::Kind;
use crate::cli::output::Format;
use crate::memory;
use crate::registry::{ModelRegistry, Served};
use crate::scoring::{self, SendPlan, Subject};
use crate::store::settings::Settings;
use crate::store::{Store, StoreError, Tenant};

/// One contact's answer.
pub(super) enum Prediction {
    Lead(LeadPrediction),
    Churn(ChurnPrediction),
    Engagement(Box<OptimalTime>),
}

/// A contact's answer with the name that the directory knows.
pub(super) struct Line {
    pub(super) contact: ContactId,
    pub(super) name: Option<String>,
    pub(super) prediction: Prediction,
}

/// A scorer of one kind.
enum Scorer<'a> {
    Lead(LeadScorer<'a>),
    Churn(ChurnPredictor<'a>),
    Engagement(EngagementPredictor<'a>, SendPlan),
}

struct Run<'a> {
    store: &'a Store,
    tenant: &'a Tenant,
    settings: Settings,
    served: &'a Served,
    scorer: Scorer<'a>,
    as_of: TimestampMs,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let start = Instant::now();
    let (store, tenant) = args.workspace.open()?;
    let registry = ModelRegistry::open(ModelRegistry::beside(store.path()))?;
    let served = registry.champion(&tenant.name, args.kind.model())?;
    for warning in &served.warnings {
        eprintln!("warning: {warning}");
    }
    let newest = store.newest_available(tenant.id)?;
    let settings = store.settings(tenant.id)?;
    let run = Run {
        store: &store,
        tenant: &tenant,
        scorer: scorer(&args, &served, settings.cutoffs(served.artifact.kind))?,
        settings,
        served: &served,
        as_of: args.as_of.or(newest).unwrap_or_else(clock::now),
    };
    let chosen = match args.contact {
        Some(contact) => vec![contact],
        None => run.ranked(limit(&args))?,
    };
    let explain = prediction::Explain::from(args.explain).into();
    let mut lines = Vec::with_capacity(chosen.len());
    for contact in &chosen {
        lines.push(run.line(*contact, explain, args.contact.is_some())?);
    }
    print::print(&args, &served, run.as_of, &lines)?;
    if args.stats {
        let seconds = start.elapsed().as_secs_f64();
        let peak = memory::peak_bytes()
            .map_or_else(|| "unknown".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
        eprintln!("{} contacts printed in {seconds:.2} s, peak memory {peak}", lines.len());
    }
    Ok(())
}

/// How many contacts to print.
fn limit(args: &Args) -> usize {
    match (args.limit, args.format) {
        (Some(0), _) | (None, Format::Json | Format::Csv) => usize::MAX,
        (Some(limit), _) => limit,
        (None, Format::Table) => 25,
    }
}

/// The scorer, whose levels begin at `cutoffs`, or where the model says.
fn scorer<'a>(
    args: &Args,
    served: &'a Served,
    cutoffs: Option<&Cutoffs>,
) -> anyhow::Result<Scorer<'a>> {
    let artifact = &served.artifact;
    let scorer = match args.kind {
        Kind::Lead => LeadScorer::new(artifact)
            .and_then(|scorer| scorer.with_cutoffs(cutoffs))
            .map(Scorer::Lead),
        Kind::Churn => ChurnPredictor::new(artifact)
            .and_then(|scorer| scorer.with_cutoffs(cutoffs))
            .map(Scorer::Churn),
        Kind::Engagement => {
            let send = SendPlan {
                category: match args.category {
                    Category::Marketing => MessageCategory::Marketing,
                    Category::Utility => MessageCategory::Utility,
                },
                has_buttons: args.buttons,
                has_media: false,
                policy: Policy::Greedy,
                seed: 0,
            };
            EngagementPredictor::new(artifact)
                .and_then(|scorer| scorer.with_cutoffs(cutoffs))
                .map(|scorer| Scorer::Engagement(scorer, send))
        }
    };
    scorer.with_context(|| format!("model version {}", served.version))
}

impl Run<'_> {
    /// The contacts that the model speaks about, best first, without reasons: one pass of the log
    /// that keeps an id and a number per contact.
    fn ranked(&self, limit: usize) -> anyhow::Result<Vec<ContactId>> {
        let mut ranked: Vec<(f64, ContactId)> = Vec::new();
        self.store.events(self.tenant.id).visit(|contact, events| {
            let speaks_of = match &self.scorer {
                Scorer::Lead(_) => scoring::is_open_lead(events, self.as_of),
                Scorer::Churn(churn) => {
                    scoring::is_active_customer(events, self.as_of, churn.horizon_days())
                }
                Scorer::Engagement(..) => {
                    events.iter().any(|event| event.available_at <= self.as_of)
                }
            };
            if speaks_of {
                let subject = Subject::new(contact, events, self.as_of);
                ranked.push((self.rank(&subject), contact));
            }
            Ok::<_, StoreError>(())
        })?;
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Ok(ranked.into_iter().take(limit).map(|(_, contact)| contact).collect())
    }

    /// What contacts are ranked by: the number of [`Self::predict`] alone. Suppressed ones come
    /// last.
    fn rank(&self, subject: &Subject<'_>) -> f64 {
        let Subject { state, as_of, .. } = subject;
        match &self.scorer {
            Scorer::Lead(scorer) => {
                let consent = state.consent();
                let options = LeadOptions { consent, previous: None, explain: Explain::None };
                scorer.score(&scorer.features(state, *as_of), &options).score().map(|s| s.value)
            }
            Scorer::Churn(churn) => {
                let features = churn.features(state, *as_of);
                Some(churn.predict(&features, Explain::None).probability)
            }
            Scorer::Engagement(scorer, send) => {
                let origin = scoring::origin(self.served, self.as_of);
                let settings = &self.settings;
                scoring::engagement(scorer, subject, send, settings, Explain::None, origin)
                    .engagement_probability
            }
        }
        .unwrap_or(-1.0)
    }

    fn line(&self, contact: ContactId, explain: Explain, alone: bool) -> anyhow::Result<Line> {
        let events = self.store.events_of(self.tenant.id, contact)?;
        if events.is_empty() {
            return Err(StoreError::NoContact(contact.to_string()).into());
        }
        let person = self.store.person(self.tenant.id, contact)?;
        let mut subject = Subject::new(contact, &events, self.as_of);
        subject.country = person.country;
        let mut prediction = self.predict(&subject, explain);
        // Thousands of rows are scored for one: not for whole lists.
        if alone && explain != Explain::None {
            self.add_counterfactual(&subject, &mut prediction);
        }
        Ok(Line { contact, name: person.name, prediction })
    }

    fn add_counterfactual(&self, subject: &Subject<'_>, prediction: &mut Prediction) {
        match (prediction, &self.scorer) {
            (Prediction::Lead(lead), Scorer::Lead(scorer)) => {
                lead.counterfactual = lead
                    .quality_tier
                    .and_then(|tier| scoring::lead_counterfactual(scorer, subject, tier));
            }
            (Prediction::Churn(churn), Scorer::Churn(scorer)) => {
                churn.counterfactual =
                    scoring::churn_counterfactual(scorer, subject, churn.risk_level);
            }
            _ => {}
        }
    }

    fn predict(&self, subject: &Subject<'_>, explain: Explain) -> Prediction {
        let origin = scoring::origin(self.served, self.as_of);
        match &self.scorer {
            Scorer::Lead(scorer) => {
                Prediction::Lead(scoring::lead(scorer, subject, explain, origin))
            }
            Scorer::Churn(scorer) => {
                Prediction::Churn(scoring::churn(scorer, subject, explain, origin))
            }
            Scorer::Engagement(scorer, send) => {
                let plan =
                    scoring::engagement(scorer, subject, send, &self.settings, explain, origin);
                Prediction::Engagement(Box::new(plan))
            }
        }
    }
}
