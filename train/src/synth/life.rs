//! Runs one contact day by day: the chain moves, then the day's events are drawn from the state.

use chatsignal_core::event::{
    AcquisitionSource, Author, ConsentKind, Currency, EventKind, LeadStep, MessageKind, Money,
    PurchaseStatus,
};
use chatsignal_core::time::{DAY_MS, TimestampMs};

use super::campaign::{self, PlannedSend};
use super::log::Log;
use super::marks::Marks;
use super::rng::{Draws, Stream};
use super::state::{Chain, Mood, State};
use super::team;
use super::traits::{Origin, SILENT_PURCHASE, Traits};
use super::truth::{ContactTruth, SendTruth};
use super::{SimulatedContact, World};

pub(super) const DAY_S: i64 = 86_400;
/// Daily chance that an agent writes to an open lead who has been silent for two days.
const NUDGE: f64 = 0.25;

/// One contact in the making.
pub(super) struct Life<'a> {
    pub(super) world: &'a World,
    pub(super) traits: Traits,
    pub(super) log: Log,
    pub(super) draws: Draws,
    pub(super) agent: usize,
    /// Whether the business has answered yet.
    pub(super) answered: bool,
    /// From the first message of today's conversation to its end, seconds of Unix time.
    pub(super) talk: Option<(i64, i64)>,
    /// The sends made so far.
    pub(super) sends: Vec<SendTruth>,
    /// Day since which marketing is off.
    pub(super) opted_out: Option<i32>,
    /// Campaign sends planned, by day.
    plan: Vec<PlannedSend>,
    /// Notices that follow purchases.
    pub(super) notices: Vec<PlannedSend>,
    /// Days on which the contact wrote or bought, in order.
    pub(super) active_days: Vec<i32>,
}

/// Simulates the contact with number `index`.
pub(super) fn simulate(world: &World, index: u64) -> SimulatedContact {
    let mut draws = Draws::new(world.seed, index, Stream::Traits);
    let traits = Traits::draw(&mut draws, &world.params, index, world.first_day, world.days);
    let plan = campaign::plan(
        &mut draws,
        &world.campaigns,
        traits.country,
        traits.person.language,
        traits.arrival,
    );
    let chain = Chain::new(&world.params, traits.pace);
    let agent = draws.below(world.team.len() as u32) as usize;
    let mut life = Life {
        world,
        log: Log::new(world.seed, index, traits.country),
        draws: Draws::new(world.seed, index, Stream::Life),
        agent,
        answered: false,
        talk: None,
        sends: Vec::new(),
        opted_out: None,
        plan,
        notices: Vec::new(),
        active_days: Vec::new(),
        traits,
    };
    let last = world.first_day + world.days;
    let mut state = life.arrive();
    let mut states = vec![state.index() as u8];
    for day in life.traits.arrival + 1..last {
        let row = chain.next(state.index());
        let weights: Vec<f64> = row.iter().map(|(_, p)| *p).collect();
        let before = state;
        state = State::from_index(row[life.draws.weighted(&weights)].0);
        states.push(state.index() as u8);
        life.live(day, before, state);
    }
    let Life { log, traits, mut sends, opted_out, plan, notices, active_days, .. } = life;
    sends.sort_by_key(|send| send.message_id);
    let id = log.contact;
    let events = log.finish(TimestampMs(i64::from(last) * DAY_MS));
    let person = traits.person.clone();
    let params = world.params.clone();
    let campaigns = plan;
    let truth = ContactTruth {
        params,
        traits,
        chain,
        states,
        campaigns,
        notices,
        sends,
        opted_out,
        active_days,
    };
    SimulatedContact { id, person, events, truth }
}

impl Life<'_> {
    /// A random instant of a UTC day, by the contact's active hours.
    pub(super) fn active_time(&mut self, day: i32) -> i64 {
        let hour = self.draws.weighted(&self.traits.hours) as u8;
        let minute = self.draws.below(60) as u8;
        self.local_time(day, hour, minute) + i64::from(self.draws.below(60))
    }

    /// The instant of a UTC day at which the contact's clock shows an hour and a minute.
    pub(super) fn local_time(&self, day: i32, hour: u8, minute: u8) -> i64 {
        let start = i64::from(day) * DAY_S;
        start + utc_minute(&self.traits, day, hour, minute) * 60
    }

    /// Notes that the contact wrote or bought.
    pub(super) fn be_seen(&mut self, day: i32) {
        if self.active_days.last() != Some(&day) {
            self.active_days.push(day);
        }
    }

    pub(super) fn last_active(&self) -> i32 {
        self.active_days.last().copied().unwrap_or(self.traits.arrival)
    }

    pub(super) fn marks(&self, state: State) -> Marks {
        Marks::of(&self.world.params, state)
    }

    fn arrive(&mut self) -> State {
        let day = self.traits.arrival;
        let at = self.active_time(day);
        let (source, state) = match self.traits.origin {
            Origin::Lead => {
                let weights = self.world.params.interest_share;
                let interest = self.draws.weighted(&weights) as u8;
                // Ads bring the curious: a mild, visible mark.
                let from_ad = self.draws.chance(0.65 - 0.1 * f64::from(interest));
                let source =
                    if from_ad { AcquisitionSource::Ad } else { AcquisitionSource::Organic };
                (source, State::Lead { rung: 0, interest })
            }
            Origin::Existing => (AcquisitionSource::Import, State::Customer(Mood::Neutral)),
            Origin::NewCustomer => (AcquisitionSource::Qr, State::Customer(Mood::Happy)),
        };
        let ad_click = source == AcquisitionSource::Ad && self.draws.chance(0.8);
        self.log.push(at, EventKind::Acquisition { source, ad_click });
        self.log.push(at, EventKind::Consent(ConsentKind::OptIn));
        if let State::Lead { .. } = state {
            self.log.push(at, EventKind::Lead(LeadStep::Created));
        } else {
            self.buy(day, at, state);
        }
        self.converse(day, at, state);
        state
    }

    fn live(&mut self, day: i32, before: State, state: State) {
        self.talk = None;
        self.step_lead(day, before, state);
        let activity = self.traits.activity(&self.world.params, state, day);
        if self.draws.chance(activity) {
            self.be_active(day, state);
        } else if let State::Lead { .. } = state {
            self.nudge(day, state);
        }
        let notice = self.notices.iter().find(|notice| notice.day == day).cloned();
        let campaign = self.plan.binary_search_by_key(&day, |send| send.day).ok();
        if let Some(send) = notice.or_else(|| campaign.map(|i| self.plan[i].clone())) {
            self.send(day, state, &send);
        }
    }

    /// CRM steps when the chain moved a lead.
    fn step_lead(&mut self, day: i32, before: State, state: State) {
        let State::Lead { rung: from, .. } = before else { return };
        let at = team::answer_at(i64::from(day) * DAY_S + 6 * 3_600, 600);
        let at =
            (at + i64::from(self.draws.below(6 * 3_600))).min((i64::from(day) + 1) * DAY_S - 60);
        let step = match state {
            State::Lead { rung, .. } if rung == from => return,
            State::Lead { rung: 1, .. } => LeadStep::Qualified,
            State::Lead { .. } => LeadStep::Proposal,
            State::Lost => LeadStep::Lost,
            State::Customer(_) => {
                let amount = self.buy(day, at, state);
                LeadStep::Won(Some(amount))
            }
        };
        self.log.push(at, EventKind::Lead(step));
    }

    fn be_active(&mut self, day: i32, state: State) {
        let at = self.active_time(day);
        if let State::Customer(mood) = state
            && self.draws.chance(self.world.params.purchase[mood as usize])
        {
            self.buy(day, at, state);
            if self.draws.chance(SILENT_PURCHASE) {
                return;
            }
        }
        self.converse(day, at, state);
    }

    /// A paid purchase, what may follow it, and its amount.
    fn buy(&mut self, day: i32, at: i64, state: State) -> Money {
        let params = &self.world.params;
        let e4 =
            (self.draws.log_normal(self.traits.order_e4, 0.4) as i64).clamp(10_000, 100_000_000);
        self.be_seen(day);
        let amount = Money { e4: e4 / 100 * 100, currency: Currency::EUR };
        let mood = state.mood() as usize;
        let followed = self.traits.origin != Origin::Existing || day > self.traits.arrival;
        let purchase = |status| EventKind::Purchase { amount, status };
        self.log.push(at, purchase(PurchaseStatus::Paid));
        if self.draws.chance(params.refund[mood]) {
            let days = self.draws.between(1, 8);
            self.log.push(at + days * DAY_S, purchase(PurchaseStatus::Refunded));
        } else if self.draws.chance(0.01) {
            self.log.push(at - 120, purchase(PurchaseStatus::Failed));
        }
        let language = self.traits.person.language;
        let templates = &self.world.notices;
        if followed {
            self.notices.extend(campaign::notice(
                &mut self.draws,
                templates,
                &self.plan,
                language,
                day,
            ));
        }
        amount
    }

    /// An agent writes to a silent lead.
    fn nudge(&mut self, day: i32, state: State) {
        if day - self.last_active() < 2 || !self.draws.chance(NUDGE) {
            return;
        }
        let at = team::answer_at(i64::from(day) * DAY_S + i64::from(self.draws.below(40_000)), 60);
        let read = self.traits.receipts && self.draws.chance(self.marks(state).reads);
        self.answer(at, None, 80, Author::Agent, MessageKind::Text, read);
    }
}

/// Minutes after midnight UTC at which the contact's clock shows an hour and a minute that day.
pub(super) fn utc_minute(traits: &Traits, day: i32, hour: u8, minute: u8) -> i64 {
    let noon = TimestampMs(i64::from(day) * DAY_MS + DAY_MS / 2);
    let offset = i64::from(traits.country.offset_at(noon).0);
    (i64::from(hour) * 60 + i64::from(minute) - offset).rem_euclid(1_440)
}
