//! Hours of the day in which one may write.

use super::Slot;
use crate::time::{HOUR_MS, MINUTE_MS};

/// A span of local time, in minutes after midnight; `from` is inside, `until` is not. A span that
/// ends before it starts runs over midnight; equal ends are the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalWindow {
    /// Start, 0 to 1440.
    pub from: u16,
    /// End, 0 to 1440.
    pub until: u16,
}

impl LocalWindow {
    /// A span between two whole hours.
    #[must_use]
    pub const fn hours(from: u16, until: u16) -> Self {
        Self { from: from * 60, until: until * 60 }
    }

    /// The rest of the day.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self { from: self.until, until: self.from }
    }

    /// Whether minute `minute` (0 to 1439) lies inside.
    #[must_use]
    pub fn contains(self, minute: u16) -> bool {
        if self.from < self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }
}

/// When messages that the contact did not ask for may arrive, in the contact's local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// Allowed span from Monday to Saturday.
    pub allowed: LocalWindow,
    /// Allowed span on Sundays.
    pub allowed_sunday: LocalWindow,
}

impl QuietHours {
    /// The careful rule for countries without an entry of their own: 9 to 20.
    pub const CAREFUL: Self = Self::same(LocalWindow::hours(9, 20));
    /// United States, federal (47 CFR 64.1200(c)(1)): 8 to 21.
    pub const UNITED_STATES: Self = Self::same(LocalWindow::hours(8, 21));
    /// Texas (Business and Commerce Code, chapter 301): 9 to 21, Sundays 12 to 21.
    pub const TEXAS: Self =
        Self { allowed: LocalWindow::hours(9, 21), allowed_sunday: LocalWindow::hours(12, 21) };

    /// The same allowed span on every day.
    #[must_use]
    pub const fn same(allowed: LocalWindow) -> Self {
        Self { allowed, allowed_sunday: allowed }
    }

    /// Quiet from `quiet.from` until `quiet.until`, every day.
    #[must_use]
    pub const fn quiet(quiet: LocalWindow) -> Self {
        Self::same(quiet.complement())
    }

    /// The default for a country (ISO 3166 alpha-2, `US-TX` for Texas). Engineering defaults, not
    /// legal advice.
    #[must_use]
    pub fn for_country(country: Option<&str>) -> Self {
        match country {
            Some("US") => Self::UNITED_STATES,
            Some("US-TX") => Self::TEXAS,
            _ => Self::CAREFUL,
        }
    }

    /// Whether `slot` is allowed even if the contact's clock differs by up to `margin_min` minutes.
    #[must_use]
    pub fn allows(self, slot: Slot, margin_min: u16) -> bool {
        let margin = i64::from(margin_min) * MINUTE_MS;
        [-margin, 0, margin].into_iter().all(|shift| {
            let (weekday, minute) = local(slot, shift);
            let allowed = if weekday == 6 { self.allowed_sunday } else { self.allowed };
            allowed.contains(minute)
        })
    }
}

/// Local weekday (Monday = 0) and minute of the day, `shift_ms` after the slot.
pub(super) fn local(slot: Slot, shift_ms: i64) -> (u8, u16) {
    let at = slot.send_at.plus_ms(shift_ms);
    let of_hour = at.0.saturating_add(i64::from(slot.utc_offset.0) * MINUTE_MS).rem_euclid(HOUR_MS);
    let minute = u16::from(slot.utc_offset.local_hour(at)) * 60 + (of_hour / MINUTE_MS) as u16;
    (slot.utc_offset.local_weekday(at), minute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UtcOffsetMin;

    fn slot(day: i32, hour: usize) -> Slot {
        Slot::of_day(day, UtcOffsetMin(-360))[hour]
    }

    // Day 20,780 is Monday, 2026-11-23; 20,779 the Sunday before.
    #[test]
    fn texas_starts_later_on_sundays() {
        assert!(!QuietHours::TEXAS.allows(slot(20_780, 8), 0));
        assert!(QuietHours::TEXAS.allows(slot(20_780, 9), 0));
        assert!(!QuietHours::TEXAS.allows(slot(20_779, 11), 0));
        assert!(QuietHours::TEXAS.allows(slot(20_779, 12), 0));
        assert!(!QuietHours::TEXAS.allows(slot(20_780, 21), 0));
    }

    #[test]
    fn an_unsure_offset_narrows_the_allowed_span() {
        assert!(!QuietHours::UNITED_STATES.allows(slot(20_780, 8), 60));
        assert!(QuietHours::UNITED_STATES.allows(slot(20_780, 9), 60));
        assert!(!QuietHours::UNITED_STATES.allows(slot(20_780, 20), 60));
    }

    #[test]
    fn quiet_spans_run_over_midnight() {
        let rule = QuietHours::quiet(LocalWindow::hours(21, 8));
        assert_eq!(rule.allowed, LocalWindow::hours(8, 21));
        assert!(!rule.allows(slot(20_780, 23), 0));
        assert!(!rule.allows(slot(20_780, 7), 0));
        assert!(rule.allows(slot(20_780, 8), 0));
    }
}
