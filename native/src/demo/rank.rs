//! Scores every contact of the workspace and picks those worth a look.

use chatsignal_api::churn::ChurnPrediction;
use chatsignal_api::lead::LeadPrediction;
use chatsignal_api::send_time::OptimalTime;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::event::{Event, MessageCategory};
use chatsignal_core::id::ContactId;
use chatsignal_core::score::send_time::Policy;
use chatsignal_core::score::{ChurnPredictor, EngagementPredictor, Explain, LeadScorer};
use chatsignal_core::time::TimestampMs;
use serde::Serialize;

use super::DemoError;
use crate::registry::{ModelRegistry, Served};
use crate::scoring::{self, SendPlan, Subject};
use crate::store::settings::Settings;
use crate::store::{Store, StoreError, Tenant};

/// Reasons shown for each score.
const REASONS: usize = 3;
/// The message whose hour is planned: a marketing template with buttons.
const SEND: SendPlan = SendPlan {
    category: MessageCategory::Marketing,
    has_buttons: true,
    has_media: false,
    policy: Policy::Greedy,
    seed: 0,
};

/// One contact of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// Its id.
    #[serde(skip)]
    pub contact: ContactId,
    /// Invented name, from the directory.
    pub name: String,
    /// It is simulated.
    pub simulated: bool,
    /// Score, for an open lead.
    pub lead: Option<LeadPrediction>,
    /// Risk, for a contact who was active within the model's horizon.
    pub churn: Option<ChurnPrediction>,
    /// When to write.
    pub send_time: OptimalTime,
}

impl Candidate {
    fn score(&self) -> f64 {
        self.lead.as_ref().and_then(|lead| lead.lead_score).unwrap_or(-1.0)
    }

    fn risk(&self) -> f64 {
        self.churn.as_ref().map_or(-1.0, |churn| churn.churn_probability)
    }

    /// Why, in words: of the lead score, else of the churn risk.
    pub fn reasons(&self) -> impl Iterator<Item = &str> {
        let lead = self.lead.as_ref().and_then(|lead| lead.explanation.as_ref());
        let churn = self.churn.as_ref().and_then(|churn| churn.explanation.as_ref());
        let factors = lead.or(churn).map_or(&[][..], |explanation| &explanation.top_factors);
        factors.iter().map(|factor| factor.reason.as_str())
    }
}

/// The table, and how many contacts stand behind it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ranked {
    /// Contacts scored.
    pub contacts: usize,
    /// Open leads among them.
    pub open_leads: usize,
    /// Others who were active within the churn model's horizon.
    pub customers: usize,
    /// Half of the rows the best leads, half the riskiest customers.
    pub rows: Vec<Candidate>,
}

/// Scores every contact at `as_of`.
pub(super) fn rank(
    store: &Store,
    tenant: &Tenant,
    registry: &ModelRegistry,
    as_of: TimestampMs,
    limit: usize,
) -> Result<Ranked, DemoError> {
    let serve = |kind| registry.champion(&tenant.name, kind);
    let served = [serve(ModelKind::Lead)?, serve(ModelKind::Churn)?, serve(ModelKind::Engagement)?];
    let scorers = Scorers::new(&served, store.settings(tenant.id)?)?;
    let mut ranked = Ranked::default();
    let (mut leads, mut customers) = (Vec::new(), Vec::new());
    store.events(tenant.id).visit(|contact, events| {
        let candidate = scorers.score(contact, events, as_of);
        ranked.contacts += 1;
        if candidate.lead.is_some() {
            leads.push(candidate);
        } else if candidate.churn.is_some() {
            customers.push(candidate);
        }
        Ok::<_, StoreError>(())
    })?;
    (ranked.open_leads, ranked.customers) = (leads.len(), customers.len());
    leads.sort_by(|a, b| b.score().total_cmp(&a.score()).then(a.contact.cmp(&b.contact)));
    customers.sort_by(|a, b| b.risk().total_cmp(&a.risk()).then(a.contact.cmp(&b.contact)));
    leads.truncate(limit.div_ceil(2));
    customers.truncate(limit - leads.len());
    ranked.rows = leads.into_iter().chain(customers).collect();
    for row in &mut ranked.rows {
        row.name = store.person(tenant.id, row.contact)?.name.unwrap_or_default();
    }
    Ok(ranked)
}

struct Scorers<'a> {
    served: &'a [Served; 3],
    lead: LeadScorer<'a>,
    churn: ChurnPredictor<'a>,
    engagement: EngagementPredictor<'a>,
    settings: Settings,
}

impl<'a> Scorers<'a> {
    fn new(served: &'a [Served; 3], settings: Settings) -> Result<Self, DemoError> {
        let [lead, churn, engagement] = served.each_ref().map(|served| &served.artifact);
        Ok(Self {
            served,
            lead: LeadScorer::new(lead)?.with_cutoffs(settings.cutoffs(ModelKind::Lead))?,
            churn: ChurnPredictor::new(churn)?.with_cutoffs(settings.cutoffs(ModelKind::Churn))?,
            engagement: EngagementPredictor::new(engagement)?
                .with_cutoffs(settings.cutoffs(ModelKind::Engagement))?,
            settings,
        })
    }

    fn score(&self, contact: ContactId, events: &[Event], as_of: TimestampMs) -> Candidate {
        let subject = Subject::new(contact, events, as_of);
        let explain = Explain::Top(REASONS);
        let [lead, churn, engagement] =
            self.served.each_ref().map(|served| scoring::origin(served, as_of));
        let horizon = self.churn.horizon_days();
        Candidate {
            contact,
            name: String::new(),
            simulated: true,
            lead: scoring::is_open_lead(events, as_of)
                .then(|| scoring::lead(&self.lead, &subject, explain, lead)),
            churn: scoring::is_active_customer(events, as_of, horizon)
                .then(|| scoring::churn(&self.churn, &subject, explain, churn)),
            send_time: scoring::engagement(
                &self.engagement,
                &subject,
                &SEND,
                &self.settings,
                explain,
                engagement,
            ),
        }
    }
}
