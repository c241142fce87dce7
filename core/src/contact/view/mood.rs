//! Mood and language of the scored inbound.

use alloc::vec::Vec;

use super::{Turn, View};
use crate::event::LanguageTag;
use crate::feature::{Rate, ScoreSum, SlopeSums};

/// Mood of the inbound of a window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mood {
    pub(crate) score: ScoreSum,
    /// Of the newest message, in steps of 1/32768.
    pub(crate) last: Option<i32>,
    pub(crate) slope: SlopeSums,
    pub(crate) negative: Rate,
    pub(crate) joy_minus_anger: ScoreSum,
    pub(crate) angry_or_disgusted: Rate,
}

impl View<'_> {
    /// Mood of the last `days` days.
    pub(crate) fn mood(&self, days: i32) -> Mood {
        let mut mood = Mood::default();
        for item in self.chat.iter().filter(|item| item.turn == Turn::Inbound) {
            let Some(scored) = item.mood.filter(|_| self.within(item.stamp.day, days)) else {
                continue;
            };
            mood.score.add(scored.score);
            mood.last = Some(scored.score);
            mood.slope.add(item.stamp.day.saturating_sub(self.today), scored.score);
            mood.negative.add(scored.negative);
            if let Some(emotions) = scored.emotions {
                mood.joy_minus_anger.add(emotions.joy_minus_anger);
                mood.angry_or_disgusted.add(emotions.angry_or_disgusted);
            }
        }
        mood
    }

    /// The commonest primary language of the scored inbound; alphabetical order breaks a tie.
    pub(crate) fn language(&self) -> Option<LanguageTag> {
        let mut counts: Vec<(LanguageTag, u32)> = Vec::new();
        for tag in self.chat.iter().filter_map(|item| item.mood?.language) {
            let Ok(primary) = LanguageTag::new(tag.primary()) else { continue };
            match counts.iter_mut().find(|(known, _)| *known == primary) {
                Some((_, count)) => *count += 1,
                None => counts.push((primary, 1)),
            }
        }
        counts
            .into_iter()
            .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.as_str().cmp(a.0.as_str())))
            .map(|(language, _)| language)
    }
}
