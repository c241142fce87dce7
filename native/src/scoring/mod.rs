//! Scoring the contacts of a store: from the events of one contact to the wire types. What does not
//! need the store is in `chatsignal-scoring`, which the browser shares.

mod population;

use chatsignal_api::model::ComputedOn;
use chatsignal_api::prediction::Origin;
use chatsignal_api::send_time::OptimalTime;
use chatsignal_core::score::send_time::{LocalWindow, QuietHours, SendRules};
use chatsignal_core::score::{EngagementLevel, EngagementPredictor, Explain};
use chatsignal_core::time::TimestampMs;
use chatsignal_scoring::{Tenant, Version};

pub use chatsignal_scoring::{
    Earlier, SendPlan, Subject, TREND_DAYS, churn, churn_counterfactual, is_active_state,
    is_open_lead_state, lead, lead_counterfactual,
};
pub use population::{is_active_customer, is_open_lead};

use crate::registry::Served;
use crate::store::settings::Settings;
use crate::timezone::Zone;

/// Model, instant and place of a prediction.
#[must_use]
pub fn origin(served: &Served, as_of: TimestampMs) -> Origin {
    let version = Version {
        version: served.version.to_string(),
        alias: served.alias.map(|alias| alias.as_str().to_owned()),
        schema: served.schema,
    };
    chatsignal_scoring::origin(&served.artifact, version, ComputedOn::Native, as_of)
}

/// The best hour within the next 24 to send a message, with the reasons at that hour.
#[must_use]
pub fn engagement(
    predictor: &EngagementPredictor<'_>,
    subject: &Subject<'_>,
    send: &SendPlan,
    settings: &Settings,
    explain: Explain,
    origin: Origin,
) -> OptimalTime {
    engagement_with_level(predictor, subject, send, settings, explain, origin).0
}

/// As [`engagement`], and the level of the probability at the best hour.
#[must_use]
pub fn engagement_with_level(
    predictor: &EngagementPredictor<'_>,
    subject: &Subject<'_>,
    send: &SendPlan,
    settings: &Settings,
    explain: Explain,
    origin: Origin,
) -> (OptimalTime, Option<EngagementLevel>) {
    let tenant = Tenant { local: &Zone(&settings.timezone), rules: &send_rules(settings) };
    chatsignal_scoring::best_hour_with_level(predictor, subject, send, tenant, explain, origin)
}

/// The tenant's rules of sending.
#[must_use]
pub fn send_rules(settings: &Settings) -> SendRules {
    let quiet =
        settings.quiet_hours.0.map(|(from, until)| QuietHours::quiet(LocalWindow { from, until }));
    SendRules { quiet, ..SendRules::default() }
}
