//! What to do next with a lead.

use super::rule::{Action, Channel, Condition, Recommendation, Rule, Subject, at_least, at_most};
use crate::artifact::ModelKind;
use crate::contact::Consent;
use crate::score::Tier;

const PROMISING: &[Tier] = &[Tier::Hot, Tier::Warm];
const WEAK: &[Tier] = &[Tier::Cold, Tier::Unqualified];

const fn rule(
    action: Action,
    channel: Channel,
    urgency: u8,
    tiers: &'static [Tier],
    conditions: &'static [Condition],
    triggers: &'static [&'static str],
) -> Rule {
    Rule { action, channel, tiers, conditions, triggers, urgency }
}

/// The rules. Every tier has one without conditions whose channel is not marketing, so that there
/// is always an action that consent allows.
pub static NEXT_ACTION_RULES: &[Rule] = &[
    rule(
        Action::AnswerNow,
        Channel::Agent,
        255,
        PROMISING,
        &[at_least("open_wait_hours", 0.25)],
        &["open_wait_hours"],
    ),
    rule(
        Action::ResolveComplaint,
        Channel::Agent,
        250,
        &[],
        &[at_most("sentiment_last", -0.5)],
        &["sentiment_last", "negative_share_30d", "joy_minus_anger_30d"],
    ),
    rule(
        Action::AnswerNow,
        Channel::Agent,
        245,
        WEAK,
        &[at_least("open_wait_hours", 1.0)],
        &["open_wait_hours"],
    ),
    rule(
        Action::PauseMessages,
        Channel::Internal,
        240,
        WEAK,
        &[at_least("unanswered_outbound_streak", 4.0)],
        &["unanswered_outbound_streak"],
    ),
    rule(
        Action::SendProposal,
        Channel::Agent,
        75,
        &[Tier::Hot],
        &[at_least("high_intent_actions_30d", 3.0)],
        &["high_intent_actions_30d"],
    ),
    rule(
        Action::AssignSeniorRep,
        Channel::Agent,
        70,
        &[Tier::Hot],
        &[],
        &["lead_reply_rate_30d", "inbound_msgs_30d", "active_days_30d", "lead_reply_median_min"],
    ),
    rule(
        Action::AnswerQuestions,
        Channel::Agent,
        65,
        PROMISING,
        &[at_least("questions_30d", 2.0)],
        &["questions_30d"],
    ),
    rule(
        Action::FollowUp,
        Channel::Agent,
        60,
        PROMISING,
        &[at_least("unanswered_outbound_streak", 1.0)],
        &["unanswered_outbound_streak", "hours_since_last_inbound"],
    ),
    rule(
        Action::SendOffer,
        Channel::Marketing,
        50,
        &[Tier::Warm],
        &[],
        &["campaign_reply_rate_90d", "campaign_read_rate_90d", "high_intent_actions_30d"],
    ),
    rule(
        Action::AskQualifyingQuestion,
        Channel::Agent,
        45,
        &[Tier::Warm],
        &[],
        &["inbound_msgs_30d", "lead_reply_rate_30d", "inbound_trend_7d"],
    ),
    rule(
        Action::Reactivate,
        Channel::Marketing,
        42,
        &[Tier::Cold],
        &[at_least("hours_since_last_inbound", 336.0)],
        &["hours_since_last_inbound", "inbound_trend_7d"],
    ),
    rule(
        Action::NurtureCampaign,
        Channel::Marketing,
        40,
        &[Tier::Cold],
        &[],
        &["campaign_read_rate_90d", "campaign_reply_rate_90d", "days_since_campaign_response"],
    ),
    rule(
        Action::Deprioritise,
        Channel::Internal,
        10,
        WEAK,
        &[],
        &["hours_since_last_inbound", "lead_age_days", "inbound_msgs_30d"],
    ),
];

/// The next action for a lead of tier `tier` with feature vector `row`. `contributions` are those
/// of the lead model in the order of the catalogue, or empty.
#[must_use]
pub fn next_action(
    tier: Tier,
    row: &[f32],
    contributions: &[f64],
    consent: Consent,
) -> Option<Recommendation> {
    Subject { kind: ModelKind::Lead, tier: Some(tier), row, contributions, consent }
        .recommend(NEXT_ACTION_RULES, 1)
        .pop()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::position;
    use alloc::vec;

    fn at(name: &str) -> usize {
        position(ModelKind::Lead, name).expect("in the catalogue")
    }

    fn action(tier: Tier, values: &[(&str, f32)], consent: Consent) -> Action {
        let mut row = vec![0.0; 24];
        for (name, value) in values {
            row[at(name)] = *value;
        }
        next_action(tier, &row, &[], consent).expect("every tier has an action").action
    }

    #[test]
    fn rules_name_features_of_the_catalogue() {
        for rule in NEXT_ACTION_RULES {
            rule.triggers.iter().for_each(|name| assert!(at(name) < 24));
            rule.conditions.iter().for_each(|c| assert!(at(c.feature) < 24));
        }
    }

    #[test]
    fn the_table_does_what_it_says() {
        let free = Consent::default();
        assert_eq!(action(Tier::Hot, &[], free), Action::AssignSeniorRep);
        assert_eq!(action(Tier::Hot, &[("open_wait_hours", 1.0)], free), Action::AnswerNow);
        assert_eq!(
            action(Tier::Hot, &[("high_intent_actions_30d", 4.0)], free),
            Action::SendProposal
        );
        assert_eq!(action(Tier::Warm, &[], free), Action::SendOffer);
        assert_eq!(action(Tier::Warm, &[("sentiment_last", -0.8)], free), Action::ResolveComplaint);
        assert_eq!(action(Tier::Cold, &[], free), Action::NurtureCampaign);
        assert_eq!(
            action(Tier::Cold, &[("unanswered_outbound_streak", 5.0)], free),
            Action::PauseMessages
        );
        assert_eq!(action(Tier::Unqualified, &[], free), Action::Deprioritise);
    }

    #[test]
    fn without_consent_no_tier_gets_marketing() {
        let out = Consent { opted_out: true, ..Consent::default() };
        for tier in Tier::ALL {
            let found = next_action(*tier, &[0.0; 24], &[], out).expect("every tier has an action");
            assert!(found.allowed && found.channel != Channel::Marketing, "{tier:?}");
        }
        assert_eq!(action(Tier::Warm, &[], out), Action::AskQualifyingQuestion);
    }
}
