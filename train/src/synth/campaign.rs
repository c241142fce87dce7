//! The campaigns of the simulated business, and the plan of sends to one contact.

use chatsignal_core::event::{LanguageTag, MessageCategory, Q15};
use chatsignal_core::id::{CampaignId, TemplateId};

use super::calendar::Country;
use super::rng::{Draws, Stream};

/// Hours at which a random-hour campaign may arrive, local time.
const RANDOM_HOURS: (i64, i64) = (8, 20);
/// Languages that templates exist in; others get the first.
const TEMPLATE_LANGUAGES: [&str; 4] = ["en", "es", "pt", "de"];
/// Days between two campaigns.
const CAMPAIGN_EVERY_DAYS: (i64, i64) = (6, 10);
/// Share of the contacts that a campaign goes to.
const CAMPAIGN_REACH: f64 = 0.75;

/// Days over which sends tire a contact.
const FATIGUE_DAYS: i32 = 7;
/// Campaigns leave out who has been silent for longer, days.
pub(super) const SUNSET_DAYS: i32 = 60;
/// Days from a purchase to its shipping notice.
const NOTICE_AFTER_DAYS: i32 = 2;

/// One campaign of the business.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedCampaign {
    /// Its id.
    pub id: CampaignId,
    /// What it is called in the workspace.
    pub label: String,
    /// Day, as days since 1970-01-01 (UTC).
    pub day: i32,
    /// The template of each language.
    pub templates: Vec<(LanguageTag, TemplateId)>,
    /// Marketing or utility.
    pub category: MessageCategory,
    /// Characters of the text.
    pub chars: u32,
    /// Whether it carries a picture.
    pub has_media: bool,
    /// Whether it offers buttons.
    pub has_buttons: bool,
    /// Local hour for everybody; `None` = drawn for each contact (and logged as propensity).
    pub fixed_hour: Option<u8>,
}

/// The campaigns of a business from `first_day` on.
pub(super) fn draw_campaigns(seed: u64, first_day: i32, days: i32) -> Vec<SimulatedCampaign> {
    let mut draws = Draws::new(seed, 0, Stream::Campaigns);
    let mut campaigns = Vec::new();
    let mut day = first_day + 10;
    while day < first_day + days {
        let number = campaigns.len() + 1;
        let utility = draws.chance(0.15);
        campaigns.push(SimulatedCampaign {
            id: CampaignId(draws.id()),
            label: format!(
                "SIMULATED {} {number}",
                if utility { "service notice" } else { "offer" }
            ),
            day,
            templates: draw_templates(&mut draws),
            category: if utility { MessageCategory::Utility } else { MessageCategory::Marketing },
            chars: draws.between(60, 420) as u32,
            has_media: draws.chance(0.5),
            has_buttons: draws.chance(0.6),
            fixed_hour: draws.chance(0.3).then(|| if draws.chance(0.5) { 10 } else { 18 }),
        });
        day += draws.between(CAMPAIGN_EVERY_DAYS.0, CAMPAIGN_EVERY_DAYS.1) as i32;
    }
    campaigns
}

/// One send that the business has planned.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlannedSend {
    /// UTC day.
    pub(super) day: i32,
    /// Day since which the plan is known (a shipping notice follows a purchase).
    pub(super) known_from: i32,
    /// Local hour of arrival.
    pub(super) hour: u8,
    /// Minute within the hour.
    pub(super) minute: u8,
    /// Campaign, unless it is a notice of the business's own system.
    pub(super) campaign: Option<usize>,
    /// What is sent.
    pub(super) content: Content,
    /// Probability with which the hour was chosen, where it was drawn.
    pub(super) propensity: Option<Q15>,
    /// Campaign sends planned in the seven days before.
    pub(super) recent: u32,
}

/// The content of a send, as far as the answer depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Content {
    pub(super) category: MessageCategory,
    pub(super) template: TemplateId,
    pub(super) language: LanguageTag,
    pub(super) chars: u32,
    pub(super) has_media: bool,
    pub(super) has_buttons: bool,
}

/// The campaign sends planned for a contact who arrives on `arrival`.
pub(super) fn plan(
    draws: &mut Draws,
    campaigns: &[SimulatedCampaign],
    country: &Country,
    language: &str,
    arrival: i32,
) -> Vec<PlannedSend> {
    let mut sends = Vec::new();
    for (i, campaign) in campaigns.iter().enumerate() {
        // Drawn for every campaign, so that a contact's luck does not depend on its arrival.
        let reached = draws.chance(CAMPAIGN_REACH);
        let day = campaign.day + draws.below(3) as i32;
        let drawn_hour = draws.between(RANDOM_HOURS.0, RANDOM_HOURS.1) as u8;
        let minute = draws.below(60) as u8;
        let allowed = country.marketing || campaign.category != MessageCategory::Marketing;
        if !reached || !allowed || day <= arrival {
            continue;
        }
        let Some((language, template)) = in_language(&campaign.templates, language) else {
            continue;
        };
        let choices = (RANDOM_HOURS.1 - RANDOM_HOURS.0 + 1) as f64;
        sends.push(PlannedSend {
            day,
            known_from: i32::MIN,
            hour: campaign.fixed_hour.unwrap_or(drawn_hour),
            minute,
            campaign: Some(i),
            content: Content {
                category: campaign.category,
                template,
                language,
                chars: campaign.chars,
                has_media: campaign.has_media,
                has_buttons: campaign.has_buttons,
            },
            propensity: match campaign.fixed_hour {
                Some(_) => None,
                None => Q15::new(1.0 / choices).ok(),
            },
            recent: 0,
        });
    }
    sends.sort_by_key(|send| send.day);
    sends.dedup_by_key(|send| send.day);
    for i in 0..sends.len() {
        sends[i].recent = recent(&sends, sends[i].day);
    }
    sends
}

/// Campaign sends planned in the seven days before `day`.
fn recent(sends: &[PlannedSend], day: i32) -> u32 {
    sends.iter().filter(|send| (day - FATIGUE_DAYS..day).contains(&send.day)).count() as u32
}

/// The shipping notice that follows a purchase on `bought`, in a language.
pub(super) fn notice(
    draws: &mut Draws,
    templates: &[(LanguageTag, TemplateId)],
    plan: &[PlannedSend],
    language: &str,
    bought: i32,
) -> Option<PlannedSend> {
    let day = bought + NOTICE_AFTER_DAYS;
    let (language, template) = in_language(templates, language)?;
    let content = Content {
        category: MessageCategory::Utility,
        template,
        language,
        chars: 140,
        has_media: false,
        has_buttons: true,
    };
    Some(PlannedSend {
        day,
        known_from: bought,
        hour: 15,
        minute: draws.below(60) as u8,
        campaign: None,
        content,
        propensity: None,
        recent: recent(plan, day),
    })
}

fn in_language(
    templates: &[(LanguageTag, TemplateId)],
    language: &str,
) -> Option<(LanguageTag, TemplateId)> {
    let own = templates.iter().find(|(tag, _)| tag.primary() == language);
    own.or(templates.first()).copied()
}

/// One template in every language.
pub(super) fn draw_templates(draws: &mut Draws) -> Vec<(LanguageTag, TemplateId)> {
    TEMPLATE_LANGUAGES
        .iter()
        .filter_map(|tag| LanguageTag::new(tag).ok())
        .map(|tag| (tag, TemplateId(draws.id())))
        .collect()
}
