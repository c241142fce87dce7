//! The tenant's week: weekend and opening hours.

use crate::event::ValueError;

/// Minutes in a day.
const DAY_MINUTES: u16 = 1_440;

/// A set of weekdays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays(u8);

impl Default for Weekdays {
    /// Saturday and Sunday.
    fn default() -> Self {
        Self(0b110_0000)
    }
}

impl Weekdays {
    /// From bits: bit 0 is Monday, bit 6 Sunday; `None` when a higher bit is set.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits < 1 << 7).then_some(Self(bits))
    }

    /// As bits: bit 0 is Monday, bit 6 Sunday.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Whether a weekday (0 = Monday) is in the set.
    #[must_use]
    pub fn contains(self, weekday: u8) -> bool {
        weekday < 7 && self.0 >> weekday & 1 == 1
    }
}

/// Opening hours of a week in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningHours([(u16, u16); 7]);

impl OpeningHours {
    /// One interval a weekday from Monday, in minutes from local midnight: open from the first,
    /// closed from the second on. A day is closed when both are equal.
    ///
    /// # Errors
    /// When a minute is above 1440 or a day closes before it opens.
    pub fn new(days: [(u16, u16); 7]) -> Result<Self, ValueError> {
        if days.iter().all(|(open, close)| open <= close && *close <= DAY_MINUTES) {
            Ok(Self(days))
        } else {
            Err(ValueError { rule: "opening hours are minutes of the day, the opening first" })
        }
    }

    /// The intervals, from Monday.
    #[must_use]
    pub fn days(&self) -> [(u16, u16); 7] {
        self.0
    }

    /// Whether the business is open at a minute (from local midnight) of a weekday (0 = Monday).
    #[must_use]
    pub fn is_open(&self, weekday: u8, minute: u16) -> bool {
        self.0
            .get(usize::from(weekday))
            .is_some_and(|(open, close)| (*open..*close).contains(&minute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_half_open_and_checked() {
        let hours = OpeningHours::new([(540, 1_080); 7]).expect("valid");
        assert!(hours.is_open(0, 540) && hours.is_open(6, 1_079));
        assert!(!hours.is_open(0, 539) && !hours.is_open(0, 1_080) && !hours.is_open(7, 600));
        assert!(OpeningHours::new([(10, 9); 7]).is_err());
        assert!(OpeningHours::new([(0, 1_441); 7]).is_err());
    }

    #[test]
    fn the_weekend_is_saturday_and_sunday() {
        let weekend = Weekdays::default();
        assert_eq!((0..8).filter(|d| weekend.contains(*d)).collect::<std::vec::Vec<_>>(), [5, 6]);
        assert_eq!(Weekdays::from_bits(128), None);
    }
}
