//! Business-initiated sends: delivery, receipts, answers, opt-outs.

use chatsignal_core::event::{
    Author, ConsentKind, EventKind, InteractionKind, LeadStep, MessageCategory, MessageKind,
    MessageStatus,
};
use chatsignal_core::id::MessageId;

use super::campaign::{self, Content, PlannedSend};
use super::life::{DAY_S, Life};
use super::state::State;
use super::team;
use super::traits::Traits;
use super::truth::SendTruth;

impl Life<'_> {
    /// Makes a planned send, unless marketing is off or a conversation is under way.
    pub(super) fn send(&mut self, day: i32, state: State, planned: &PlannedSend) {
        let content = planned.content;
        let marketing = content.category == MessageCategory::Marketing;
        if marketing && self.opted_out.is_some() {
            return;
        }
        if planned.campaign.is_some() && day - self.last_active() > campaign::SUNSET_DAYS {
            return;
        }
        let at = self.local_time(day, planned.hour, planned.minute);
        if self.talk.is_some_and(|(from, to)| from <= at && at <= to + 600) {
            return;
        }
        let message_id = self.log.message_id();
        let campaign_id = planned.campaign.map(|i| self.world.campaigns[i].id);
        let author = if planned.campaign.is_some() { Author::Campaign } else { Author::App };
        let event = self.log.push(
            at,
            EventKind::MessageOutbound {
                message_id,
                kind: MessageKind::Template,
                author,
                category: Some(content.category),
                template: Some(content.template),
                language: Some(content.language),
                chars: content.chars,
                has_media: content.has_media,
                has_buttons: content.has_buttons,
                propensity: planned.propensity,
            },
        );
        event.campaign_id = campaign_id;
        let category = Some(content.category);
        self.status(at + 1, message_id, MessageStatus::Sent, category);
        if !self.draws.chance(self.traits.delivery(state, content.category)) {
            let code = if marketing { 131_049 } else { 131_026 };
            self.log.push(
                at + 3,
                EventKind::MessageStatus {
                    message_id,
                    status: MessageStatus::Failed,
                    error_code: Some(code),
                    category,
                },
            );
            return;
        }
        let recent = planned.recent;
        let reply = self.traits.reply(&self.world.params, state, planned.hour, &content, recent);
        let already = self.talk.is_some_and(|(from, _)| from < at);
        self.sends.push(SendTruth {
            message_id,
            day,
            second: at - i64::from(day) * DAY_S,
            hour: planned.hour,
            content,
            recent,
            already_wrote: already,
        });
        self.status(at + 2, message_id, MessageStatus::Delivered, category);
        let read_at = at + 5 + self.draws.exponential(2_400.0) as i64;
        let reads = self.marks(state).reads;
        if self.draws.chance(reply) {
            // Everything the contact does in answer stays within the UTC day.
            let left = ((i64::from(day) + 1) * DAY_S - 10 - at).max(4);
            let delay = (self.draws.exponential(2_400.0) as i64 + 10) % left;
            if self.traits.receipts {
                self.status(at + delay.max(3), message_id, MessageStatus::Read, category);
            }
            self.respond(day, at + delay.max(3), state, message_id, &content);
            return;
        }
        if self.traits.receipts && self.draws.chance(reads) {
            self.status(read_at, message_id, MessageStatus::Read, category);
        }
        let opt_out = self.world.params.opt_out[state.mood() as usize];
        if marketing && self.draws.chance(opt_out) {
            self.opted_out = Some(day);
            let kind =
                if self.draws.chance(0.1) { ConsentKind::Objected } else { ConsentKind::OptOut };
            self.log.push(read_at, EventKind::Consent(kind));
        }
    }

    fn respond(&mut self, day: i32, at: i64, state: State, to: MessageId, content: &Content) {
        if !self.draws.chance(Traits::inbound_share(content)) {
            let message_id = self.log.message_id();
            let kind = InteractionKind::LinkClick;
            self.log.push(at, EventKind::Interaction { message_id, kind, reply_to: Some(to) });
            return;
        }
        self.be_seen(day);
        if let State::Lead { .. } = state {
            self.log.push(at, EventKind::Lead(LeadStep::Engaged));
        }
        if content.has_buttons && self.draws.chance(0.65) {
            self.tap(at, Some(to));
        } else {
            self.write(at, state, None, Some(to));
            let read = self.traits.receipts && self.draws.chance(0.8);
            let answer = team::answer_at(at, 600);
            self.answer(answer, None, 90, Author::Agent, MessageKind::Text, read);
        }
    }
}
