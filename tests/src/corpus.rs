//! Seeded event logs, realistic and adversarial: same-instant events, late and missing statuses,
//! repeated records, unknown message ids, changing offsets, refunds, several currencies, extreme
//! amounts and counts. The same seed gives the same bytes on every machine.

use chatsignal_core::event::{
    AcquisitionSource, Author, ConsentKind, ConversationStep, Currency, Event, EventKind,
    InteractionKind, LanguageTag, LeadStep, MessageCategory, MessageKind, MessageStatus, Money,
    PurchaseStatus, Q15, QualityRating, QualitySubject, Source,
};
use chatsignal_core::id::{CampaignId, ContactId, ConversationId, EventId, MessageId, TemplateId};
use chatsignal_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, TimestampMs, UtcOffsetMin};

/// The logs of `contacts` contacts; contact `i` of a seed is the same for any number of contacts.
pub fn corpus(contacts: u32, seed: u64) -> impl Iterator<Item = (ContactId, Vec<Event>)> {
    (0..contacts).map(move |i| {
        let mut dice = Dice(seed ^ u64::from(i).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let events = match dice.below(20) {
            0 => 0,
            1 => 700 + dice.below(900),
            2..=6 => dice.below(12),
            _ => 10 + dice.below(140),
        };
        let log = contact_log(dice.draw(), events as usize);
        (log.first().map_or(ContactId::default(), |event| event.contact_id), log)
    })
}

/// `events` events of one contact, in the order in which they become available, some of them
/// twice.
#[must_use]
pub fn contact_log(seed: u64, events: usize) -> Vec<Event> {
    let mut writer = Writer::new(seed);
    let mut log: Vec<Event> = (0..events).map(|_| writer.event()).collect();
    log.sort_by_key(|event| event.available_at);
    log
}

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound` (above zero).
    pub fn below(&mut self, bound: u32) -> u32 {
        (self.draw() % u64::from(bound.max(1))) as u32
    }

    /// True in `percent` of 100 throws.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// Sixteen bytes.
    pub fn id(&mut self) -> [u8; 16] {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.draw().to_le_bytes());
        id[8..].copy_from_slice(&self.draw().to_le_bytes());
        id
    }

    /// A permutation (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u32 + 1) as usize);
        }
    }
}

struct Writer {
    dice: Dice,
    contact: ContactId,
    now: i64,
    offset: i16,
    /// Numbers of messages so far; ids of both sides are made of these.
    inbound: u32,
    outbound: u32,
    /// The longest gap between events grows with this; 0 is a busy contact.
    pace: u32,
    last: Option<Event>,
}

impl Writer {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let contact = ContactId(dice.id());
        let now = match dice.below(30) {
            0 => 0,
            1 => TimestampMs::MAX.0 - 400 * DAY_MS,
            _ => 1_700_000_000_000 + i64::from(dice.below(1_000_000)) * 1_000,
        };
        let offset = dice.pick(&[0, 60, 120, -300, 330, 345, 840, -1080, 1080]);
        let pace = dice.below(4);
        Self { dice, contact, now, offset, inbound: 0, outbound: 0, pace, last: None }
    }

    fn event(&mut self) -> Event {
        if self.dice.chance(4)
            && let Some(last) = self.last.clone()
        {
            // The source sends it again; we know of it later, or not at all later.
            let later = i64::from(self.dice.below(2)) * HOUR_MS;
            return Event { available_at: clamp(last.available_at.0 + later), ..last };
        }
        self.step();
        let kind = self.kind();
        // Statuses, enrichments and steps may be reported late; a few are dated long ago.
        let ago = match self.dice.below(20) {
            0 => i64::from(self.dice.below(60)) * DAY_MS,
            1..=3 => i64::from(self.dice.below(48)) * HOUR_MS,
            _ => 0,
        };
        let lag = if self.dice.chance(15) { i64::from(self.dice.below(100)) * HOUR_MS } else { 0 };
        let occurred_at = clamp(self.now - ago);
        let mut conversation_id = None;
        if matches!(kind, EventKind::Conversation(_)) || self.dice.chance(5) {
            conversation_id =
                (!self.dice.chance(10)).then(|| ConversationId([self.dice.below(4) as u8; 16]));
        }
        let event = Event {
            event_id: EventId(self.dice.id()),
            contact_id: self.contact,
            occurred_at,
            available_at: clamp(occurred_at.0.max(self.now) + lag),
            utc_offset: UtcOffsetMin(self.offset),
            source: self.dice.pick(Source::ALL),
            conversation_id,
            campaign_id: self.dice.chance(10).then_some(CampaignId([7; 16])),
            agent_id: None,
            kind,
        };
        self.last = Some(event.clone());
        event
    }

    fn step(&mut self) {
        let minutes = |dice: &mut Dice, n| i64::from(dice.below(n)) * MINUTE_MS;
        // A busy contact: the bounds of the state are reached within weeks.
        let hurry = self.pace == 0 && !self.dice.chance(3);
        self.now += match self.dice.below(if hurry { 6 } else { 12 }) {
            0 | 1 => 0,
            2 => 1,
            3..=5 => minutes(&mut self.dice, 90),
            6 => self.dice.pick(&[DAY_MS, DAY_MS - 1, DAY_MS + 1, HOUR_MS]),
            7..=9 => minutes(&mut self.dice, 600 << self.pace),
            10 => minutes(&mut self.dice, 4_000),
            _ => i64::from(self.dice.below(8 << self.pace)) * DAY_MS,
        };
        self.now = clamp(self.now).0;
        if self.dice.chance(3) {
            self.offset = self.dice.pick(&[0, 60, -480, 600, 1080, -1080]);
        }
    }

    /// The id of a message of a side; recent, or not seen yet.
    fn known(&mut self, side: u8, count: u32) -> MessageId {
        let number = (count + 2).saturating_sub(self.dice.below(7));
        message_id(side, number)
    }

    fn reply_to(&mut self) -> Option<MessageId> {
        let outbound = self.outbound;
        self.dice.chance(20).then(|| self.known(1, outbound))
    }

    fn kind(&mut self) -> EventKind {
        match self.dice.below(100) {
            0..=22 => self.message_inbound(),
            23..=29 => {
                self.inbound += 1;
                EventKind::Interaction {
                    message_id: message_id(0, self.inbound),
                    kind: self.dice.pick(InteractionKind::ALL),
                    reply_to: self.reply_to(),
                }
            }
            30..=50 => self.message_outbound(),
            51..=74 => {
                let outbound = self.outbound;
                EventKind::MessageStatus {
                    message_id: self.known(1, outbound),
                    status: self.status(),
                    error_code: self.dice.chance(30).then(|| {
                        self.dice.pick(&[131_049, 131_026, 131_047, 131_050, 1, u32::MAX])
                    }),
                    category: self.dice.chance(40).then(|| self.dice.pick(MessageCategory::ALL)),
                }
            }
            75..=83 => self.enrichment(),
            84..=88 => self.purchase(),
            89..=93 => EventKind::Conversation(self.dice.pick(ConversationStep::ALL)),
            94 => EventKind::Csat { rating: 1 + self.dice.below(5) as u8 },
            95 => EventKind::Consent(self.dice.pick(ConsentKind::ALL)),
            96 => EventKind::Acquisition {
                source: self.dice.pick(AcquisitionSource::ALL),
                ad_click: self.dice.chance(20),
            },
            97 => EventKind::Lead(self.dice.pick(&[
                LeadStep::Created,
                LeadStep::Engaged,
                LeadStep::Qualified,
                LeadStep::Proposal,
                LeadStep::Won(None),
                LeadStep::Lost,
            ])),
            98 => EventKind::Alias { other: ContactId(self.dice.id()) },
            _ => EventKind::Quality {
                subject: self.dice.pick(QualitySubject::ALL),
                rating: self.dice.pick(QualityRating::ALL),
            },
        }
    }

    fn status(&mut self) -> MessageStatus {
        match self.dice.below(12) {
            0..=2 => MessageStatus::Sent,
            3..=6 => MessageStatus::Delivered,
            7..=9 => MessageStatus::Read,
            10 => MessageStatus::Played,
            _ => MessageStatus::Failed,
        }
    }

    fn message_inbound(&mut self) -> EventKind {
        self.inbound += 1;
        let kind =
            if self.dice.chance(60) { MessageKind::Text } else { self.dice.pick(MessageKind::ALL) };
        EventKind::MessageInbound {
            message_id: message_id(0, self.inbound),
            kind,
            chars: self.dice.pick(&[0, 5, 40, 300, u32::MAX]),
            has_question: self.dice.chance(25),
            reply_to: self.reply_to(),
            forwarded: self.dice.chance(2),
        }
    }

    fn message_outbound(&mut self) -> EventKind {
        // Now and then a second record of the same message.
        self.outbound += u32::from(self.outbound == 0 || !self.dice.chance(3));
        let author = match self.dice.below(10) {
            0..=3 => Author::Agent,
            4..=6 => Author::Campaign,
            7 => Author::Bot,
            8 => Author::App,
            _ => Author::Auto,
        };
        let template = self.dice.chance(40);
        EventKind::MessageOutbound {
            message_id: message_id(1, self.outbound),
            kind: if template { MessageKind::Template } else { MessageKind::Text },
            author,
            category: self.dice.chance(50).then(|| self.dice.pick(MessageCategory::ALL)),
            template: self.dice.chance(10).then_some(TemplateId([3; 16])),
            language: self.dice.chance(50).then(|| self.language()),
            chars: self.dice.pick(&[0, 20, 160, u32::MAX]),
            has_media: self.dice.chance(20),
            has_buttons: self.dice.chance(20),
            propensity: None,
        }
    }

    fn language(&mut self) -> LanguageTag {
        let tag = self.dice.pick(&["pt-br", "pt", "en", "de", "x-own"]);
        LanguageTag::new(tag).expect("a tag")
    }

    fn enrichment(&mut self) -> EventKind {
        let inbound = self.inbound;
        EventKind::Enrichment {
            message_id: self.known(0, inbound),
            sentiment: self.probabilities(),
            emotions: self.dice.chance(70).then(|| self.probabilities()),
            language: self.dice.chance(60).then(|| self.language()),
            model_version: 1,
        }
    }

    /// Probabilities with many ties; they need not sum to 1.
    fn probabilities<const N: usize>(&mut self) -> [Q15; N] {
        std::array::from_fn(|_| {
            let raw = match self.dice.below(4) {
                0 => self.dice.pick(&[0, 1 << 14, 1 << 15]),
                _ => self.dice.below((1 << 15) + 1) as u16,
            };
            Q15::from_raw(raw).expect("at most 1")
        })
    }

    fn purchase(&mut self) -> EventKind {
        let e4 = match self.dice.below(12) {
            0 => Money::E4_MAX,
            1 => -Money::E4_MAX,
            2 => 0,
            _ => i64::from(self.dice.below(2_000_000)),
        };
        let currency = self.dice.pick(&["EUR", "EUR", "EUR", "USD", "BRL"]);
        EventKind::Purchase {
            amount: Money { e4, currency: Currency::new(currency).expect("a currency") },
            status: if self.dice.chance(70) {
                PurchaseStatus::Paid
            } else {
                self.dice.pick(PurchaseStatus::ALL)
            },
        }
    }
}

fn clamp(ms: i64) -> TimestampMs {
    TimestampMs(ms).clamp(TimestampMs::MIN, TimestampMs::MAX)
}

fn message_id(side: u8, number: u32) -> MessageId {
    let mut dice = Dice(u64::from(number) << 8 | u64::from(side));
    MessageId(dice.id())
}
