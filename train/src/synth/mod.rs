//! A seeded simulator of a business that talks to its customers by WhatsApp, whose true
//! probabilities are known.
//!
//! Everything it makes is SIMULATED and says so wherever it is shown. Each contact has a latent
//! state, a Markov chain in steps of one UTC day (interest and rung of a lead, mood of a
//! customer), and everything visible is drawn from that state by explicit probabilities: when it
//! writes, how it sounds, whether it buys, whether it answers a send at an hour. The chain's own
//! sums give the true probability of every label ([`ContactTruth`]), which is the upper bound that
//! a model's report is printed beside.
//!
//! The same (preset, contacts, seed) gives the same bytes on every machine.

mod calendar;
mod campaign;
mod life;
mod log;
mod marks;
mod oracle;
mod people;
mod preset;
mod rng;
mod send;
mod state;
mod talk;
mod team;
#[cfg(test)]
mod tests;
mod traits;
mod truth;

pub use calendar::{COUNTRIES, Country};
pub use campaign::SimulatedCampaign;
pub use oracle::Oracle;
pub use people::SimulatedPerson;
pub use preset::{Params, Preset};
pub use state::{INTERESTS, MOODS, Mood, RUNGS, State};
pub use team::SimulatedAgent;
pub use truth::{ContactTruth, LeadOdds};

use std::sync::Arc;

use chatsignal_core::event::{Event, LanguageTag};
use chatsignal_core::id::{ContactId, TemplateId};
use chatsignal_core::time::{DAY_MS, TimestampMs};

use crate::source::{EventSource, SourceError};

use rng::{Draws, Stream};

/// First day of every simulated log: Monday, 2025-01-06.
const FIRST_DAY: i32 = 20_094;
/// Length of every simulated log for which nothing else is said.
const DAYS: i32 = 78 * 7;

/// One simulated contact.
#[derive(Clone, Debug)]
pub struct SimulatedContact {
    /// Its id.
    pub id: ContactId,
    /// Invented name and number, for the contact directory.
    pub person: SimulatedPerson,
    /// Its events, in the order of [`Event::cmp_in_contact`].
    pub events: Vec<Event>,
    /// What nobody could see.
    pub truth: ContactTruth,
}

/// What all contacts share.
#[derive(Clone, Debug)]
struct World {
    params: Arc<Params>,
    seed: u64,
    first_day: i32,
    days: i32,
    campaigns: Vec<SimulatedCampaign>,
    team: Vec<SimulatedAgent>,
    notices: Vec<(LanguageTag, TemplateId)>,
}

/// A simulated business.
#[derive(Clone, Debug)]
pub struct Simulator {
    preset: Preset,
    contacts: u32,
    world: World,
}

impl Simulator {
    /// A business with so many contacts in a preset world, in the days for which figures are
    /// quoted.
    #[must_use]
    pub fn new(preset: Preset, contacts: u32, seed: u64) -> Self {
        Self::from_day(preset, contacts, seed, FIRST_DAY, DAYS)
    }

    /// The same with a log that ends at the midnight (UTC) before an instant, so that it looks as if
    /// it were being written now.
    #[must_use]
    pub fn until(preset: Preset, contacts: u32, seed: u64, now: TimestampMs) -> Self {
        Self::lately(preset, contacts, seed, now, DAYS.unsigned_abs())
    }

    /// The same with a log of so many days (at most ten years): in a shorter one the same contacts come
    /// closer together, so that more of them are open leads at its end.
    #[must_use]
    pub fn lately(preset: Preset, contacts: u32, seed: u64, now: TimestampMs, days: u32) -> Self {
        let days = days.clamp(1, 3_650) as i32;
        let today = i32::try_from(now.0.div_euclid(DAY_MS)).unwrap_or(FIRST_DAY + days);
        Self::from_day(preset, contacts, seed, (today - days).max(0), days)
    }

    fn from_day(preset: Preset, contacts: u32, seed: u64, first_day: i32, days: i32) -> Self {
        let campaigns = campaign::draw_campaigns(seed, first_day, days);
        let world = World {
            params: Arc::new(preset.params()),
            seed,
            first_day,
            days,
            campaigns,
            team: team::draw_team(seed),
            notices: campaign::draw_templates(&mut Draws::new(seed, 1, Stream::Campaigns)),
        };
        Self { preset, contacts, world }
    }

    /// Which world it is.
    #[must_use]
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// Number of contacts.
    #[must_use]
    pub fn contact_count(&self) -> u32 {
        self.contacts
    }

    /// The instant the log starts.
    #[must_use]
    pub fn start(&self) -> TimestampMs {
        TimestampMs(i64::from(self.world.first_day) * DAY_MS)
    }

    /// The instant the log ends: "now" of the demo workspace.
    #[must_use]
    pub fn end(&self) -> TimestampMs {
        TimestampMs(i64::from(self.world.first_day + self.world.days) * DAY_MS)
    }

    /// The campaigns, for labels.
    #[must_use]
    pub fn campaigns(&self) -> &[SimulatedCampaign] {
        &self.world.campaigns
    }

    /// The agents, for labels.
    #[must_use]
    pub fn agents(&self) -> &[SimulatedAgent] {
        &self.world.team
    }

    /// The numbers of the world.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.world.params
    }

    /// The true probabilities of every contact.
    #[must_use]
    pub fn oracle(&self) -> Oracle {
        self.contacts().map(|contact| (contact.id, contact.truth)).collect()
    }

    /// The contacts, one at a time.
    pub fn contacts(&self) -> impl Iterator<Item = SimulatedContact> + '_ {
        (0..u64::from(self.contacts)).map(|index| life::simulate(&self.world, index))
    }
}

impl EventSource for Simulator {
    fn for_each_contact(
        &self,
        visit: &mut dyn FnMut(ContactId, &[Event]),
    ) -> Result<(), SourceError> {
        self.contacts().for_each(|contact| visit(contact.id, &contact.events));
        Ok(())
    }
}
