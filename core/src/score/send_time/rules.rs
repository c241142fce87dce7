//! Hard rules about sending.

use alloc::vec::Vec;

use super::Slot;
use super::quiet::{QuietHours, local};
use crate::contact::Consent;
use crate::event::MessageCategory;
use crate::feature::OpeningHours;
use crate::time::{DAY_MS, HOUR_MS, TimestampMs};

words! {
    /// Why an hour is blocked, in the order in which reasons are told.
    Block {
        /// The contact objected to direct marketing.
        Objected = "objected",
        /// The contact opted out of marketing messages.
        OptedOut = "opted_out",
        /// The contact has probably blocked the business.
        BlockSuspected = "block_suspected",
        /// WhatsApp does not deliver marketing templates to +1 numbers of the United States.
        UsMarketing = "us_marketing",
        /// The hour has passed.
        Past = "past",
        /// Quiet hours of the tenant or the country.
        QuietHours = "quiet_hours",
        /// Outside the tenant's opening hours.
        OpeningHours = "opening_hours",
        /// A free-form message outside the 24-hour window.
        WindowClosed = "window_closed",
        /// WhatsApp has limited marketing to this contact lately (error 131049).
        CoolDown = "cool_down",
        /// Too many sends, or too soon after the last.
        FrequencyCap = "frequency_cap",
    }
}

/// How often marketing may reach one contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrequencyCap {
    /// Least hours between two sends.
    pub gap_h: u16,
    /// Most sends within seven days.
    pub sends_7d_max: u16,
}

impl Default for FrequencyCap {
    /// One a day, three a week.
    fn default() -> Self {
        Self { gap_h: 24, sends_7d_max: 3 }
    }
}

/// The rules of a tenant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SendRules {
    /// Quiet hours; they hold for marketing and utility messages. Authentication and free-form
    /// answers are what the contact asked for.
    pub quiet: Option<QuietHours>,
    /// Opening hours, where sends are to keep to them.
    pub opening: Option<OpeningHours>,
    /// Hours without marketing after an error 131049; never below 24.
    pub cool_down_h: u16,
    /// Frequency cap of marketing.
    pub frequency: Option<FrequencyCap>,
}

impl Default for SendRules {
    /// Careful quiet hours, no opening hours, 24 hours of cool-down, the default cap.
    fn default() -> Self {
        Self {
            quiet: Some(QuietHours::CAREFUL),
            opening: None,
            cool_down_h: 24,
            frequency: Some(FrequencyCap::default()),
        }
    }
}

/// The facts about one contact and one message that the rules read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Situation {
    /// When the send is planned.
    pub decision_at: TimestampMs,
    /// Consent of the contact.
    pub consent: Consent,
    /// Category of the message.
    pub category: MessageCategory,
    /// Whether the message is an approved template (free-form otherwise).
    pub is_template: bool,
    /// Whether the contact has a +1 number of the United States.
    pub us_number: bool,
    /// Minutes by which the contact's clock may differ from the slot's offset; widens quiet hours.
    pub offset_margin_min: u16,
    /// The contact's last inbound message.
    pub last_inbound_at: Option<TimestampMs>,
    /// The last failure with error 131049.
    pub last_limited_at: Option<TimestampMs>,
    /// The last business-initiated send.
    pub last_send_at: Option<TimestampMs>,
    /// Business-initiated sends within the seven days before the decision.
    pub sends_7d: u16,
    /// Sends to the contact of whose outcome something is known, 180 days.
    pub evidence_sends: u32,
    /// Inbound messages, 90 days.
    pub evidence_inbound: u32,
}

impl Situation {
    /// Facts about a contact of whom nothing is known, for a marketing template.
    #[must_use]
    pub fn unknown(decision_at: TimestampMs) -> Self {
        Self {
            decision_at,
            consent: Consent::default(),
            category: MessageCategory::Marketing,
            is_template: true,
            us_number: false,
            offset_margin_min: 0,
            last_inbound_at: None,
            last_limited_at: None,
            last_send_at: None,
            sends_7d: 0,
            evidence_sends: 0,
            evidence_inbound: 0,
        }
    }

    /// Whether the 24-hour customer service window is open at `at`.
    #[must_use]
    pub fn window_open(&self, at: TimestampMs) -> bool {
        self.last_inbound_at.is_some_and(|last| at.since(last) < DAY_MS)
    }
}

impl SendRules {
    /// Whether marketing to the contact is cooling down at `at`.
    #[must_use]
    pub fn cooling_down(&self, situation: &Situation, at: TimestampMs) -> bool {
        let span = i64::from(self.cool_down_h.max(24)) * HOUR_MS;
        situation.last_limited_at.is_some_and(|limited| at.since(limited) < span)
    }

    /// Every rule that blocks `slot`, in the order of [`Block::ALL`].
    #[must_use]
    pub fn blocks(&self, situation: &Situation, slot: Slot) -> Vec<Block> {
        Block::ALL.iter().copied().filter(|block| self.holds(*block, situation, slot)).collect()
    }

    fn holds(&self, block: Block, situation: &Situation, slot: Slot) -> bool {
        let at = slot.send_at;
        let marketing = situation.category == MessageCategory::Marketing;
        let unasked = marketing || situation.category == MessageCategory::Utility;
        match block {
            Block::Objected => marketing && situation.consent.objected,
            Block::OptedOut => marketing && situation.consent.opted_out,
            Block::BlockSuspected => marketing && situation.consent.block_suspected,
            Block::UsMarketing => marketing && situation.is_template && situation.us_number,
            Block::Past => at < situation.decision_at,
            Block::QuietHours => {
                unasked && self.quiet.is_some_and(|q| !q.allows(slot, situation.offset_margin_min))
            }
            Block::OpeningHours => self.opening.is_some_and(|opening| {
                let (weekday, minute) = local(slot, 0);
                !opening.is_open(weekday, minute)
            }),
            Block::WindowClosed => !situation.is_template && !situation.window_open(at),
            Block::CoolDown => marketing && self.cooling_down(situation, at),
            Block::FrequencyCap => {
                marketing && self.frequency.is_some_and(|cap| cap.blocks(situation, at))
            }
        }
    }
}

impl FrequencyCap {
    /// The week's count is the one at the decision: sends that age out before the slot are still
    /// counted, which errs on the quiet side.
    fn blocks(self, situation: &Situation, at: TimestampMs) -> bool {
        let gap = i64::from(self.gap_h) * HOUR_MS;
        situation.last_send_at.is_some_and(|last| at.since(last) < gap)
            || situation.sends_7d >= self.sends_7d_max
    }
}
