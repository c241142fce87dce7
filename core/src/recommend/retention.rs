//! What to do about a customer who may leave.

use alloc::vec::Vec;

use super::rule::{Action, Channel, Condition, Recommendation, Rule, Subject, at_least, at_most};
use crate::artifact::ModelKind;
use crate::contact::Consent;

/// Recommendations per customer.
pub const RETENTION_COUNT: usize = 4;

const fn rule(
    action: Action,
    channel: Channel,
    urgency: u8,
    conditions: &'static [Condition],
    triggers: &'static [&'static str],
) -> Rule {
    Rule { action, channel, tiers: &[], conditions, triggers, urgency }
}

/// The rules; the last four always apply, so that there are always four.
pub static RETENTION_RULES: &[Rule] = &[
    rule(
        Action::CallWithin24h,
        Channel::Agent,
        90,
        &[at_least("open_conversation_age_h", 24.0)],
        &["open_conversation_age_h"],
    ),
    rule(
        Action::RecoverService,
        Channel::Agent,
        80,
        &[at_most("worst_session_sentiment_90d", -0.4)],
        &["worst_session_sentiment_90d", "anger_disgust_share_90d", "sentiment_mean_30d"],
    ),
    rule(
        Action::AskWhatWentWrong,
        Channel::Agent,
        65,
        &[at_most("csat_mean_180d", 3.0)],
        &["csat_mean_180d"],
    ),
    rule(
        Action::ReviewRefunds,
        Channel::Agent,
        60,
        &[at_least("refunds_365d", 1.0)],
        &["refunds_365d"],
    ),
    rule(
        Action::AssignAccountManager,
        Channel::Agent,
        58,
        &[at_least("revenue_365d", 5.0)],
        &["revenue_365d", "avg_order_value_365d"],
    ),
    rule(
        Action::SpeedUpSupport,
        Channel::Internal,
        55,
        &[at_least("first_response_median_min_90d", 240.0)],
        &["first_response_median_min_90d", "resolution_median_h_90d"],
    ),
    rule(
        Action::WinBackOffer,
        Channel::Marketing,
        50,
        &[at_least("days_since_last_purchase", 60.0)],
        &["days_since_last_purchase", "p_alive", "revenue_trend_90d"],
    ),
    rule(
        Action::FixRootCause,
        Channel::Internal,
        48,
        &[at_least("reopened_share_180d", 0.3)],
        &["reopened_share_180d"],
    ),
    rule(
        Action::ReorderReminder,
        Channel::Marketing,
        45,
        &[at_least("purchases_365d", 2.0), at_most("p_alive", 0.7)],
        &["p_alive", "interpurchase_mean_days", "days_since_last_purchase"],
    ),
    rule(
        Action::ServiceMessagesOnly,
        Channel::Internal,
        42,
        &[at_least("marketing_opted_out", 1.0)],
        &["marketing_opted_out"],
    ),
    rule(
        Action::ReduceCampaigns,
        Channel::Internal,
        40,
        &[at_most("campaign_read_rate_90d", 0.3)],
        &["campaign_read_rate_90d", "campaign_reply_rate_90d", "days_since_campaign_response"],
    ),
    rule(
        Action::OnboardingCheckIn,
        Channel::Agent,
        35,
        &[at_most("customer_age_days", 30.0)],
        &["customer_age_days"],
    ),
    rule(
        Action::PersonalCheckIn,
        Channel::Agent,
        30,
        &[],
        &["days_since_last_inbound", "days_since_last_seen", "inactivity_ratio", "inbound_trend"],
    ),
    rule(
        Action::AskForFeedback,
        Channel::Chat,
        20,
        &[],
        &["sentiment_mean_90d", "sentiment_slope_90d", "csat_mean_180d"],
    ),
    rule(
        Action::LoyaltyBenefit,
        Channel::Marketing,
        15,
        &[],
        &["purchases_365d", "revenue_365d", "revenue_90d"],
    ),
    rule(
        Action::UsefulContent,
        Channel::Marketing,
        10,
        &[],
        &["campaign_reply_rate_90d", "active_days_90d", "sessions_90d"],
    ),
];

/// Exactly [`RETENTION_COUNT`] ranked recommendations for a customer with feature vector `row`.
/// `contributions` are those of the churn model in the order of the catalogue; empty when they
/// were not computed, which leaves the rank to the urgencies.
#[must_use]
pub fn retention(row: &[f32], contributions: &[f64], consent: Consent) -> Vec<Recommendation> {
    Subject { kind: ModelKind::Churn, tier: None, row, contributions, consent }
        .recommend(RETENTION_RULES, RETENTION_COUNT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::position;
    use alloc::vec;
    use proptest::prelude::*;

    fn at(name: &str) -> usize {
        position(ModelKind::Churn, name).expect("in the catalogue")
    }

    #[test]
    fn rules_name_features_of_the_catalogue_and_end_with_four_general_ones() {
        for rule in RETENTION_RULES {
            rule.triggers.iter().for_each(|name| assert!(at(name) < 32));
            rule.conditions.iter().for_each(|c| assert!(at(c.feature) < 32));
        }
        let general = RETENTION_RULES.iter().rev().take_while(|r| r.conditions.is_empty());
        assert_eq!(general.count(), RETENTION_COUNT);
    }

    #[test]
    fn an_unresolved_complaint_is_called_about_first() {
        let mut row = vec![f32::NAN; 32];
        row[at("open_conversation_age_h")] = 52.0;
        let list = retention(&row, &[], Consent::default());
        assert_eq!(list[0].action, Action::CallWithin24h);
        assert_eq!(list[0].reason, "A conversation has been unresolved for 2 days");
        assert!(list[0].allowed && list[0].estimated_effect.is_none());
    }

    #[test]
    fn what_weighs_in_the_explanation_comes_first() {
        let mut row = vec![f32::NAN; 32];
        row[at("refunds_365d")] = 2.0;
        row[at("csat_mean_180d")] = 2.0;
        let first =
            |contributions: &[f64]| retention(&row, contributions, Consent::default())[0].action;
        assert_eq!(first(&[]), Action::AskWhatWentWrong);
        let mut contributions = vec![0.0; 32];
        contributions[at("refunds_365d")] = 0.8;
        contributions[at("csat_mean_180d")] = 0.1;
        assert_eq!(first(&contributions), Action::ReviewRefunds);
    }

    proptest! {
        #[test]
        fn there_are_always_four_and_none_forbidden_before_an_allowed_one(
            row in proptest::collection::vec(proptest::num::f32::ANY, 32),
            contributions in proptest::collection::vec(-1.0f64..1.0, 32),
            opted_out: bool,
        ) {
            let consent = Consent { opted_out, ..Consent::default() };
            let list = retention(&row, &contributions, consent);
            prop_assert_eq!(list.len(), RETENTION_COUNT);
            prop_assert!(list.windows(2).all(|pair| pair[0].allowed >= pair[1].allowed));
            for (at, item) in list.iter().enumerate() {
                prop_assert_eq!(usize::from(item.rank), at + 1);
                prop_assert!(!item.reason.is_empty());
                prop_assert!(item.channel != Channel::Marketing || item.allowed != opted_out);
            }
        }
    }
}
