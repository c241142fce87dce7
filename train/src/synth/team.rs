//! The people who answer for the simulated business, and when they do.

use chatsignal_core::id::AgentId;
use chatsignal_core::time::{SECOND_MS, TimestampMs};

use super::calendar::COUNTRIES;
use super::rng::{Draws, Stream};

const DAY_S: i64 = 86_400;
/// Local hours of the business (Monday to Saturday), in the first country's time.
const OPEN: (i64, i64) = (9 * 3_600, 18 * 3_600);

/// One agent.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedAgent {
    /// Its id.
    pub id: AgentId,
    /// Invented name.
    pub label: String,
    /// Mean time to answer while open, minutes.
    pub(super) answer_min: f64,
}

/// The team of a business.
pub(super) fn draw_team(seed: u64) -> Vec<SimulatedAgent> {
    let mut draws = Draws::new(seed, u64::MAX, Stream::Ids);
    [3.0, 6.0, 10.0, 15.0, 25.0, 45.0]
        .iter()
        .enumerate()
        .map(|(i, &answer_min)| SimulatedAgent {
            id: AgentId(draws.id()),
            label: format!("SIMULATED agent {}", i + 1),
            answer_min,
        })
        .collect()
}

/// When an answer that takes `work_s` of opening time is given to a message of `at_s`.
pub(super) fn answer_at(at_s: i64, work_s: i64) -> i64 {
    let offset_s = i64::from(COUNTRIES[0].offset_at(TimestampMs(at_s * SECOND_MS)).0) * 60;
    let mut local = at_s + offset_s;
    let mut left = work_s.max(1);
    loop {
        let midnight = local.div_euclid(DAY_S) * DAY_S;
        // 1970-01-01 was a Thursday: Sundays are the days that leave 3.
        let sunday = local.div_euclid(DAY_S).rem_euclid(7) == 3;
        let from = local.max(midnight + OPEN.0);
        let closes = midnight + OPEN.1;
        if !sunday && from < closes {
            if from + left <= closes {
                return from + left - offset_s;
            }
            left -= closes - from;
        }
        local = midnight + DAY_S;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_wait_for_opening_hours() {
        // 2026-11-23 is a Monday; Germany is at UTC+1.
        let monday = 1_795_392_000;
        let hour = 3_600;
        assert_eq!(answer_at(monday + 9 * hour, 600), monday + 9 * hour + 600);
        assert_eq!(answer_at(monday + 2 * hour, 600), monday + 8 * hour + 600);
        assert_eq!(
            answer_at(monday + 17 * hour - 300, 600),
            monday + 24 * hour + 8 * hour + 300,
            "work goes on the next morning"
        );
        let saturday_evening = monday + 5 * DAY_S + 20 * hour;
        assert_eq!(answer_at(saturday_evening, 60), monday + 7 * DAY_S + 8 * hour + 60);
    }
}
