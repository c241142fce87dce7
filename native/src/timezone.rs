//! Offsets of local time, from the time-zone database that is built in.
//!
//! The system's database and the variable `TZ` play no part: an import gives the same events on
//! every machine.

use std::cell::RefCell;
use std::collections::HashMap;

use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_ingest::LocalTime;
use chatsignal_ingest::country::Country;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Reads an IANA time-zone name.
///
/// # Errors
/// When the name is unknown, in words.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZoneDatabase::bundled()
        .get(name)
        .map_err(|_| format!("{name:?} is no IANA time zone; write it like Europe/Berlin or UTC"))
}

/// The offset of a zone at an instant, in whole minutes (towards zero).
#[must_use]
pub fn offset(zone: &TimeZone, at: TimestampMs) -> UtcOffsetMin {
    let seconds = Timestamp::from_millisecond(at.0).map_or(0, |t| zone.to_offset(t).seconds());
    i16::try_from(seconds / 60).map_or(UtcOffsetMin(0), UtcOffsetMin)
}

/// Local time in one zone.
#[derive(Clone, Copy, Debug)]
pub struct Zone<'a>(pub &'a TimeZone);

impl LocalTime for Zone<'_> {
    fn offset_at(&self, at: TimestampMs) -> UtcOffsetMin {
        offset(self.0, at)
    }
}

/// Local time of a tenant's contacts: the country's zone where a country has one only, else the
/// tenant's.
#[derive(Debug)]
pub struct TenantTime {
    tenant: TimeZone,
    countries: RefCell<HashMap<Country, Option<TimeZone>>>,
}

impl TenantTime {
    /// With the tenant's (or the imported file's) own zone.
    #[must_use]
    pub fn new(tenant: TimeZone) -> Self {
        Self { tenant, countries: RefCell::default() }
    }
}

impl LocalTime for TenantTime {
    fn offset_at(&self, at: TimestampMs) -> UtcOffsetMin {
        offset(&self.tenant, at)
    }

    fn offset_of(&self, country: Option<Country>, at: TimestampMs) -> UtcOffsetMin {
        let Some(country) = country else { return self.offset_at(at) };
        let mut known = self.countries.borrow_mut();
        let own = known
            .entry(country)
            .or_insert_with(|| country.single_zone().and_then(|name| zone(name).ok()));
        offset(own.as_ref().unwrap_or(&self.tenant), at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JANUARY: TimestampMs = TimestampMs(1_768_000_000_000);
    const JULY: TimestampMs = TimestampMs(1_783_600_000_000);

    fn offset_in(name: &str, at: TimestampMs) -> i16 {
        zone(name).map_or(i16::MIN, |zone| offset(&zone, at).0)
    }

    #[test]
    fn offsets_follow_the_seasons() {
        assert_eq!(offset_in("Europe/Berlin", JANUARY), 60);
        assert_eq!(offset_in("Europe/Berlin", JULY), 120);
        assert_eq!(offset_in("Asia/Kathmandu", JULY), 345);
        assert_eq!(offset_in("America/St_Johns", JANUARY), -210);
        assert_eq!(offset_in("Pacific/Apia", JANUARY), 780);
    }

    #[test]
    fn a_country_of_one_zone_goes_before_the_tenant() {
        let time = TenantTime::new(zone("America/New_York").unwrap_or(TimeZone::UTC));
        assert_eq!(time.offset_of(Country::new("DE"), JULY).0, 120);
        // The United States have several: the tenant's.
        assert_eq!(time.offset_of(Country::new("US"), JULY).0, -240);
        assert_eq!(time.offset_of(None, JANUARY).0, -300);
    }

    #[test]
    fn every_single_zone_is_in_the_database() {
        for a in b'A'..=b'Z' {
            for b in b'A'..=b'Z' {
                let code = [a, b];
                let country = std::str::from_utf8(&code).ok().and_then(Country::new);
                if let Some(name) = country.and_then(Country::single_zone) {
                    assert!(zone(name).is_ok(), "{name}");
                }
            }
        }
    }
}
