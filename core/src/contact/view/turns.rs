//! Turns and sessions of the chat. A gap of 24 hours or more ends either.

use alloc::vec::Vec;

use super::{Item, Turn, View, median};
use crate::feature::{Rate, ScoreSum};
use crate::time::DAY_MS;

/// A run of inbound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) began_at: i64,
    pub(crate) day: i32,
    /// Whether a message of it names a conversation of the support desk.
    pub(crate) in_conversation: bool,
    pub(crate) mood: ScoreSum,
}

/// How the two sides answered each other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turns {
    /// Median reply time of the business over inbound turns of the window.
    pub(crate) agent_reply_median: Option<i64>,
    /// Median reply time of the contact over outbound turns of the window.
    pub(crate) contact_reply_median: Option<i64>,
    /// Outbound turns of the window answered within 24 hours, of those at least 24 hours old.
    pub(crate) contact_reply: Rate,
    /// Outbound turns since the last inbound.
    pub(crate) unanswered: u32,
    /// First inbound after the last reply.
    pub(crate) waiting_since: Option<i64>,
}

impl View<'_> {
    /// Turns of the last `days` days.
    pub(crate) fn turns(&self, days: i32) -> Turns {
        let mut turns = Turns::default();
        self.agent_replies(days, &mut turns);
        self.contact_replies(days, &mut turns);
        turns
    }

    fn agent_replies(&self, days: i32, turns: &mut Turns) {
        // Inbound turns that wait: instant and local day of their first message.
        let mut waiting: Vec<(i64, i32)> = Vec::new();
        let mut last_inbound = i64::MIN;
        let mut times: Vec<i64> = Vec::new();
        for Item { stamp, turn, .. } in &self.chat {
            match turn {
                Turn::Campaign => {}
                Turn::Inbound => {
                    if waiting.is_empty() || stamp.at - last_inbound >= DAY_MS {
                        waiting.push((stamp.at, stamp.day));
                    }
                    last_inbound = stamp.at;
                }
                Turn::Reply => {
                    let answered = waiting.drain(..).filter(|(_, day)| self.within(*day, days));
                    times.extend(answered.map(|(began_at, _)| stamp.at - began_at));
                }
            }
        }
        turns.agent_reply_median = median(times);
        turns.waiting_since = waiting.first().map(|(began_at, _)| *began_at);
    }

    fn contact_replies(&self, days: i32, turns: &mut Turns) {
        let mut times: Vec<i64> = Vec::new();
        // Last message of the outbound turn that is under way: instant and local day.
        let mut open: Option<(i64, i32)> = None;
        let mut end = |turns: &mut Turns, (last_at, day): (i64, i32), answer: Option<i64>| {
            if !self.within(day, days) {
                return;
            }
            let in_time = answer.filter(|time| *time <= DAY_MS);
            times.extend(in_time);
            if self.is_settled(last_at) {
                turns.contact_reply.add(in_time.is_some());
            }
        };
        for Item { stamp, turn, .. } in &self.chat {
            if *turn == Turn::Inbound {
                if let Some(last) = open.take() {
                    end(turns, last, Some(stamp.at - last.0));
                }
                turns.unanswered = 0;
                continue;
            }
            match open {
                Some((last_at, _)) if stamp.at - last_at < DAY_MS => {}
                _ => {
                    if let Some(last) = open {
                        end(turns, last, None);
                    }
                    turns.unanswered += 1;
                }
            }
            open = Some((stamp.at, stamp.day));
        }
        if let Some(last) = open {
            end(turns, last, None);
        }
        turns.contact_reply_median = median(times);
    }

    /// Every session, oldest first.
    pub(crate) fn sessions(&self) -> Vec<Session> {
        let mut sessions: Vec<Session> = Vec::new();
        let mut last_at = i64::MIN;
        for item in self.chat.iter().filter(|item| item.turn == Turn::Inbound) {
            let at = item.stamp.at;
            if sessions.is_empty() || at - last_at >= DAY_MS {
                sessions.push(Session {
                    began_at: at,
                    day: item.stamp.day,
                    in_conversation: false,
                    mood: ScoreSum::default(),
                });
            }
            last_at = at;
            if let Some(session) = sessions.last_mut() {
                session.in_conversation |= item.in_conversation;
                if let Some(mood) = item.mood {
                    session.mood.add(mood.score);
                }
            }
        }
        sessions
    }
}
