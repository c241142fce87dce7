//! Conversations: messages, taps, enrichment, support tickets.

use chatsignal_core::event::{
    Author, ConversationStep, EventKind, InteractionKind, LanguageTag, LeadStep, MessageCategory,
    MessageKind, MessageStatus,
};
use chatsignal_core::id::{ConversationId, MessageId};

use super::life::{DAY_S, Life};
use super::marks;
use super::state::{Mood, State};
use super::team;

/// Model version that simulated enrichments carry.
const ENRICHMENT_VERSION: u32 = 1;
/// Most messages of the contact in one conversation.
const MESSAGES_MAX: u32 = 9;

impl Life<'_> {
    /// The contact writes from `start` on; everything it writes stays within the UTC day.
    pub(super) fn converse(&mut self, day: i32, start: i64, state: State) {
        self.be_seen(day);
        let marks = self.marks(state);
        let day_end = (i64::from(day) + 1) * DAY_S - 5;
        let support = matches!(state, State::Customer(_))
            && self.draws.chance(self.world.params.support[state.mood() as usize]);
        let ticket = support.then(|| self.log.conversation_id());
        let is_lead = matches!(state, State::Lead { .. });
        let messages = (1 + self.draws.poisson(4.0 * marks.warmth)).min(MESSAGES_MAX);
        if is_lead && day > self.traits.arrival {
            self.log.push(start, EventKind::Lead(LeadStep::Engaged));
        }
        let mut at = start;
        let mut last = start;
        for i in 0..messages {
            if at >= day_end {
                break;
            }
            if is_lead && self.draws.chance(0.35 * marks.warmth) {
                self.tap(at, None);
            } else {
                self.write(at, state, ticket, None);
            }
            last = at;
            let answered = i + 1 == messages || self.draws.chance(0.5);
            if answered && self.draws.chance(0.95) {
                let answer = self.answer_time(at, state);
                let read =
                    i + 1 == messages && self.traits.receipts && self.draws.chance(marks.reads);
                let chars = 40 + self.draws.below(160);
                self.answer(answer, ticket, chars, Author::Agent, MessageKind::Text, read);
                last = last.max(answer);
                // The keener, the quicker.
                at = answer
                    + 30
                    + self.draws.exponential(240.0 + 3_000.0 * (1.0 - marks.warmth)) as i64;
            } else {
                at += 20 + self.draws.exponential(60.0) as i64;
            }
        }
        self.talk = Some((start, last.min(day_end)));
        if let Some(ticket) = ticket {
            self.support(ticket, start, state);
        }
    }

    /// One message of the contact, with its enrichment.
    pub(super) fn write(
        &mut self,
        at: i64,
        state: State,
        ticket: Option<ConversationId>,
        reply_to: Option<MessageId>,
    ) {
        let marks = self.marks(state);
        let message_id = self.log.message_id();
        let rich = self.draws.chance(0.05 + 0.2 * marks.warmth);
        let kind = match (rich, self.draws.below(3)) {
            (false, _) => MessageKind::Text,
            (true, 0) => MessageKind::Voice,
            (true, 1) => MessageKind::Image,
            (true, _) => MessageKind::Document,
        };
        let text = kind == MessageKind::Text;
        let chars = (self.draws.log_normal(25.0 + 60.0 * marks.warmth, 0.6) as u32).clamp(1, 2_000);
        let asks = self.draws.chance(0.1 + 0.5 * marks.warmth);
        let event = self.log.push(
            at,
            EventKind::MessageInbound {
                message_id,
                kind,
                chars: if text { chars } else { 0 },
                has_question: text && asks,
                reply_to,
                forwarded: false,
            },
        );
        event.conversation_id = ticket;
        if !text {
            return;
        }
        let sd = self.world.params.sentiment_sd;
        let (sentiment, emotions) = marks::enrichment(&mut self.draws, marks.tone, sd);
        let language = LanguageTag::new(self.traits.person.language).ok();
        self.log.push(
            at + 1,
            EventKind::Enrichment {
                message_id,
                sentiment,
                emotions: Some(emotions),
                language,
                model_version: ENRICHMENT_VERSION,
            },
        );
    }

    /// The contact taps instead of writing; without a message it acts upon, an enquiry of a lead.
    pub(super) fn tap(&mut self, at: i64, reply_to: Option<MessageId>) {
        let kind = if reply_to.is_some() {
            InteractionKind::Button
        } else {
            [
                InteractionKind::ProductEnquiry,
                InteractionKind::List,
                InteractionKind::Flow,
                InteractionKind::Order,
            ][self.draws.weighted(&[0.5, 0.3, 0.1, 0.1])]
        };
        let message_id = self.log.message_id();
        self.log.push(at, EventKind::Interaction { message_id, kind, reply_to });
    }

    /// When the business answers a message of `at`.
    fn answer_time(&mut self, at: i64, state: State) -> i64 {
        let agent_min = self.world.team[self.agent].answer_min;
        let first = !self.answered;
        self.answered = true;
        if first && !self.traits.slow_response {
            // Somebody is on call for new contacts.
            return at + 30 + self.draws.exponential(180.0) as i64;
        }
        let mean_min = match state {
            _ if first => 8.0 * agent_min + 60.0,
            State::Customer(Mood::Unhappy) => 2.5 * agent_min,
            _ => agent_min,
        };
        team::answer_at(at, 30 + self.draws.exponential(60.0 * mean_min) as i64)
    }

    /// One free-form message of the business.
    pub(super) fn answer(
        &mut self,
        at: i64,
        ticket: Option<ConversationId>,
        chars: u32,
        author: Author,
        kind: MessageKind,
        read: bool,
    ) {
        let message_id = self.log.message_id();
        let agent = self.world.team[self.agent].id;
        let event = self.log.push(
            at,
            EventKind::MessageOutbound {
                message_id,
                kind,
                author,
                category: Some(MessageCategory::Service),
                template: None,
                language: None,
                chars,
                has_media: false,
                has_buttons: false,
                propensity: None,
            },
        );
        event.agent_id = Some(agent);
        event.conversation_id = ticket;
        if read {
            let delay = 20 + self.draws.exponential(900.0) as i64;
            self.status(at + delay, message_id, MessageStatus::Read, None);
        }
    }

    /// One delivery status.
    pub(super) fn status(
        &mut self,
        at: i64,
        message_id: MessageId,
        status: MessageStatus,
        category: Option<MessageCategory>,
    ) {
        let error_code = None;
        self.log.push(at, EventKind::MessageStatus { message_id, status, error_code, category });
    }

    /// The steps of a ticket.
    fn support(&mut self, ticket: ConversationId, opened: i64, state: State) {
        // Hours to a resolution, chance of none, of opening again, and the mean rating.
        let (hours, never, again, rating) = match state {
            State::Customer(Mood::Happy) => (5.0, 0.02, 0.03, 4.7),
            State::Customer(Mood::Unhappy) => (40.0, 0.25, 0.35, 2.0),
            _ => (9.0, 0.05, 0.08, 4.1),
        };
        let agent = self.world.team[self.agent].id;
        let step = |life: &mut Self, at: i64, step: ConversationStep| {
            let event = life.log.push(at, EventKind::Conversation(step));
            event.conversation_id = Some(ticket);
            event.agent_id = Some(agent);
        };
        step(self, opened, ConversationStep::Opened);
        step(self, opened + 90, ConversationStep::Assigned);
        if self.draws.chance(never) {
            return;
        }
        let mut at =
            team::answer_at(opened, self.draws.exponential(3_600.0 * hours / 3.0) as i64 + 300);
        step(self, at, ConversationStep::Resolved);
        if self.draws.chance(again) {
            at += self.draws.between(3_600, 2 * DAY_S);
            step(self, at, ConversationStep::Reopened);
            at = team::answer_at(at, self.draws.exponential(3_600.0 * hours / 3.0) as i64 + 300);
            step(self, at, ConversationStep::Resolved);
        }
        if self.draws.chance(0.4) {
            let rating = (rating + 0.8 * self.draws.normal()).clamp(1.0, 5.0);
            let event = self.log.push(
                at + 600,
                EventKind::Csat { rating: chatsignal_core::num::round(rating) as u8 },
            );
            event.conversation_id = Some(ticket);
        }
    }
}
