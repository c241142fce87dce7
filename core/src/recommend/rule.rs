//! Rules and how they are ranked.

use alloc::string::String;
use alloc::vec::Vec;

use crate::artifact::ModelKind;
use crate::contact::Consent;
use crate::score::{Tier, position, sentence};

macro_rules! actions {
    ($($(#[$doc:meta])* $item:ident = $code:literal, $title:literal;)+) => {
        words! {
            /// What to do.
            Action { $($(#[$doc])* $item = $code,)+ }
        }

        impl Action {
            /// The action in words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$item => $title,)+ }
            }
        }
    };
}

actions! {
    /// Answer now.
    AnswerNow = "answer_now", "Answer now";
    /// Resolve the complaint before selling.
    ResolveComplaint = "resolve_complaint", "Resolve the complaint before selling";
    /// Send a proposal.
    SendProposal = "send_proposal", "Send a proposal";
    /// Assign a senior representative.
    AssignSeniorRep = "assign_senior_rep", "Assign a senior representative";
    /// Answer the open questions in a call.
    AnswerQuestions = "answer_questions", "Answer the open questions in a call";
    /// Follow up with something new.
    FollowUp = "follow_up", "Follow up with something new";
    /// Send an offer.
    SendOffer = "send_offer", "Send an offer";
    /// Ask a qualifying question.
    AskQualifyingQuestion = "ask_qualifying_question", "Ask a qualifying question";
    /// Write once to reactivate.
    Reactivate = "reactivate", "Write once to reactivate";
    /// Add to a nurture campaign.
    NurtureCampaign = "nurture_campaign", "Add to a nurture campaign";
    /// Pause messages for two weeks.
    PauseMessages = "pause_messages", "Pause messages for two weeks";
    /// Spend no time on this lead now.
    Deprioritise = "deprioritise", "Spend no time on this lead now";
    /// Call within 24 hours.
    CallWithin24h = "call_within_24h", "Call within 24 hours";
    /// Apologise and put it right.
    RecoverService = "recover_service", "Apologise and put it right";
    /// Ask what went wrong.
    AskWhatWentWrong = "ask_what_went_wrong", "Ask what went wrong";
    /// Review the refunded orders.
    ReviewRefunds = "review_refunds", "Review the refunded orders";
    /// Assign an account manager.
    AssignAccountManager = "assign_account_manager", "Assign an account manager";
    /// Give this customer's requests priority.
    SpeedUpSupport = "speed_up_support", "Give this customer's requests priority";
    /// Send a win-back offer.
    WinBackOffer = "win_back_offer", "Send a win-back offer";
    /// Find why conversations are reopened.
    FixRootCause = "fix_root_cause", "Find why conversations are reopened";
    /// Remind of a reorder.
    ReorderReminder = "reorder_reminder", "Remind of a reorder";
    /// Write only about their own orders.
    ServiceMessagesOnly = "service_messages_only", "Write only about their own orders";
    /// Send fewer campaigns.
    ReduceCampaigns = "reduce_campaigns", "Send fewer campaigns";
    /// Check that the start went well.
    OnboardingCheckIn = "onboarding_check_in", "Check that the start went well";
    /// Check in personally.
    PersonalCheckIn = "personal_check_in", "Check in personally";
    /// Ask for feedback.
    AskForFeedback = "ask_for_feedback", "Ask for feedback";
    /// Offer a loyalty benefit.
    LoyaltyBenefit = "loyalty_benefit", "Offer a loyalty benefit";
    /// Share something useful.
    UsefulContent = "useful_content", "Share something useful";
}

words! {
    /// How an action reaches the contact.
    Channel {
        /// A person calls or writes in an open conversation.
        Agent = "agent",
        /// A service or utility message.
        Chat = "chat",
        /// A marketing message: needs consent.
        Marketing = "marketing",
        /// Nothing is sent.
        Internal = "internal",
    }
}

/// A test of one feature's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// The value is there and at least this.
    AtLeast(f32),
    /// The value is there and at most this.
    AtMost(f32),
}

/// When a rule applies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    /// Name of the feature.
    pub feature: &'static str,
    /// What its value must be.
    pub test: Test,
}

/// One line of a rule table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// What to do.
    pub action: Action,
    /// How.
    pub channel: Channel,
    /// The tiers of a lead for which it applies; empty = any (and always for customers).
    pub tiers: &'static [Tier],
    /// All of these must hold; none = always applies.
    pub conditions: &'static [Condition],
    /// The features that it answers to; the heaviest gives the reason.
    pub triggers: &'static [&'static str],
    /// 0 to 100 for rules that an explanation may outrank (its share adds up to 100), above 200
    /// for those that always come first.
    pub urgency: u8,
}

/// One thing to do, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// 1 = first.
    pub rank: u8,
    /// What to do.
    pub action: Action,
    /// Why: the sentence of the trigger that weighs most.
    pub reason: String,
    /// The features that it answers to.
    pub trigger_features: &'static [&'static str],
    /// How.
    pub channel: Channel,
    /// Whether consent allows it.
    pub allowed: bool,
    /// Change of the outcome that a holdout has shown; none until it has.
    pub estimated_effect: Option<f64>,
}

/// What the rules read.
pub(super) struct Subject<'a> {
    pub(super) kind: ModelKind,
    pub(super) tier: Option<Tier>,
    pub(super) row: &'a [f32],
    /// Contributions in the order of the catalogue; empty when there is no explanation.
    pub(super) contributions: &'a [f64],
    pub(super) consent: Consent,
}

impl Subject<'_> {
    /// The rules that apply, best first, what consent forbids last; at most `count`.
    pub(super) fn recommend(&self, rules: &[Rule], count: usize) -> Vec<Recommendation> {
        let mut ranked: Vec<(bool, f64, &Rule)> = rules
            .iter()
            .filter(|rule| self.applies(rule))
            .map(|rule| (self.allows(rule), self.priority(rule), rule))
            .collect();
        ranked.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
        ranked
            .into_iter()
            .take(count)
            .enumerate()
            .map(|(at, (allowed, _, rule))| Recommendation {
                rank: at as u8 + 1,
                action: rule.action,
                reason: self.reason(rule),
                trigger_features: rule.triggers,
                channel: rule.channel,
                allowed,
                estimated_effect: None,
            })
            .collect()
    }

    fn applies(&self, rule: &Rule) -> bool {
        let tier = self.tier.is_none_or(|t| rule.tiers.is_empty() || rule.tiers.contains(&t));
        tier && rule.conditions.iter().all(|condition| {
            let value = self.value(condition.feature);
            match condition.test {
                Test::AtLeast(limit) => value >= limit,
                Test::AtMost(limit) => value <= limit,
            }
        })
    }

    fn allows(&self, rule: &Rule) -> bool {
        rule.channel != Channel::Marketing || self.consent.allows_marketing()
    }

    /// Urgency plus 100 times the share of the score that the triggers carry.
    fn priority(&self, rule: &Rule) -> f64 {
        if self.contributions.is_empty() {
            return f64::from(rule.urgency);
        }
        let all: f64 = (0..self.contributions.len()).map(|at| self.weight(at)).sum();
        let own: f64 = rule
            .triggers
            .iter()
            .filter_map(|name| position(self.kind, name))
            .map(|at| self.weight(at))
            .sum();
        f64::from(rule.urgency) + if all > 0.0 { 100.0 * own / all } else { 0.0 }
    }

    /// Weight of the feature at `at`: what raises the risk of a customer, what moves the score of
    /// a lead either way.
    fn weight(&self, at: usize) -> f64 {
        let contribution = self.contributions.get(at).copied().unwrap_or(0.0);
        if self.kind == ModelKind::Churn { contribution.max(0.0) } else { contribution.abs() }
    }

    fn reason(&self, rule: &Rule) -> String {
        let heaviest = rule.triggers.iter().fold(None, |best: Option<(&str, f64)>, &name| {
            let weight = position(self.kind, name).map_or(0.0, |at| self.weight(at));
            match best {
                Some(best) if best.1 >= weight => Some(best),
                _ => Some((name, weight)),
            }
        });
        heaviest
            .and_then(|(name, _)| sentence(self.kind, name, self.value(name), None))
            .unwrap_or_default()
    }

    /// NaN when missing, which fails every test.
    fn value(&self, feature: &str) -> f32 {
        position(self.kind, feature).and_then(|at| self.row.get(at).copied()).unwrap_or(f32::NAN)
    }
}

/// A condition on a least value.
pub(super) const fn at_least(feature: &'static str, limit: f32) -> Condition {
    Condition { feature, test: Test::AtLeast(limit) }
}

/// A condition on a greatest value.
pub(super) const fn at_most(feature: &'static str, limit: f32) -> Condition {
    Condition { feature, test: Test::AtMost(limit) }
}
