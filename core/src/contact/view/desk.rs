//! Support conversations: those of the desk, and sessions that belong to none of them.

use alloc::vec::Vec;

use super::turns::Session;
use super::{Turn, View, median};
use crate::contact::record::Step;
use crate::event::ConversationStep;
use crate::feature::Rate;

/// Support as the contact met it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Desk {
    /// Conversations opened, 90 days.
    pub(crate) opened: u32,
    /// First step of the oldest open conversation after its last resolution.
    pub(crate) open_since: Option<i64>,
    /// Median time to the first reply, 90 days.
    pub(crate) first_response_median: Option<i64>,
    /// Median time to a resolution, 90 days.
    pub(crate) resolution_median: Option<i64>,
    /// Reopenings of resolutions, 180 days.
    pub(crate) reopened: Rate,
}

impl View<'_> {
    /// Support conversations; `sessions` are all of the contact's.
    pub(crate) fn desk(&self, sessions: &[Session]) -> Desk {
        let mut steps: Vec<&Step> = self.state.steps.iter().collect();
        // Stable: the steps of a conversation stay in order.
        steps.sort_by_key(|step| step.conversation);
        let mut desk = Desk::default();
        let mut resolutions: Vec<i64> = Vec::new();
        // Instant and local day of each opening.
        let mut openings: Vec<(i64, i32)> = Vec::new();
        for conversation in steps.chunk_by(|a, b| a.conversation == b.conversation) {
            self.add_conversation(conversation, &mut desk, &mut openings, &mut resolutions);
        }
        desk.reopened.k = desk.reopened.k.min(desk.reopened.n);
        let derived = sessions.iter().filter(|session| !session.in_conversation);
        openings.extend(derived.map(|session| (session.began_at, session.day)));
        openings.sort_unstable();
        let in_window = openings.iter().filter(|(_, day)| self.within(*day, 90));
        desk.opened = in_window.count() as u32;
        desk.first_response_median = median(self.first_responses(&openings));
        desk.resolution_median = median(resolutions);
        desk
    }

    fn add_conversation(
        &self,
        steps: &[&Step],
        desk: &mut Desk,
        openings: &mut Vec<(i64, i32)>,
        resolutions: &mut Vec<i64>,
    ) {
        let mut opened_at: Option<i64> = None;
        let mut open_since: Option<i64> = None;
        for Step { stamp, step, .. } in steps {
            let recent = self.within(stamp.day, 180);
            if *step == ConversationStep::Resolved {
                open_since = None;
                desk.reopened.n += u32::from(recent);
                if let Some(opened_at) = opened_at.filter(|_| self.within(stamp.day, 90)) {
                    resolutions.push(stamp.at - opened_at);
                }
                continue;
            }
            open_since = open_since.or(Some(stamp.at));
            if *step == ConversationStep::Reopened {
                desk.reopened.k += u32::from(recent);
            } else if opened_at.is_none() {
                opened_at = Some(stamp.at);
                openings.push((stamp.at, stamp.day));
            }
        }
        if let Some(since) = open_since {
            desk.open_since = Some(desk.open_since.map_or(since, |oldest| oldest.min(since)));
        }
    }

    /// Time to the first reply of each conversation of the last 90 days that had one before the
    /// next opened.
    fn first_responses(&self, openings: &[(i64, i32)]) -> Vec<i64> {
        let replies: Vec<i64> = self
            .chat
            .iter()
            .filter(|item| item.turn == Turn::Reply)
            .map(|item| item.stamp.at)
            .collect();
        let next = openings.iter().skip(1).map(|(at, _)| *at).chain([i64::MAX]);
        openings
            .iter()
            .zip(next)
            .filter(|((_, day), _)| self.within(*day, 90))
            .filter_map(|((opened_at, _), next_at)| {
                let reply = *replies.get(replies.partition_point(|at| at < opened_at))?;
                (reply < next_at).then_some(reply - opened_at)
            })
            .collect()
    }
}
