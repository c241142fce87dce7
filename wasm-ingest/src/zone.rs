//! Local time from the host's time-zone database.

use std::cell::RefCell;
use std::collections::HashMap;

use chatsignal_core::time::{TimestampMs, UtcOffsetMin};
use chatsignal_ingest::LocalTime;
use chatsignal_ingest::country::Country;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// A JavaScript object that knows time zones.
    #[derive(Clone, Debug)]
    pub type ZoneSource;

    /// The offsets of an IANA time zone: its first offset in minutes, then pairs of an instant
    /// (milliseconds since 1970, rising) and the offset from then on. Empty for an unknown zone.
    #[wasm_bindgen(method)]
    fn offsets(this: &ZoneSource, name: &str) -> Vec<f64>;
}

/// The offsets of one zone.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    first: UtcOffsetMin,
    changes: Vec<(TimestampMs, UtcOffsetMin)>,
}

impl Zone {
    /// Reads a list of [`ZoneSource`]; none when it is empty or holds what is no offset.
    fn parse(list: &[f64]) -> Option<Self> {
        let offset = |minutes: f64| {
            let offset = UtcOffsetMin(minutes as i16);
            (f64::from(offset.0) == minutes && offset.is_valid()).then_some(offset)
        };
        let (first, changes) = list.split_first()?;
        let changes = changes
            .chunks_exact(2)
            .map(|pair| Some((TimestampMs(pair[0] as i64), offset(pair[1])?)))
            .collect::<Option<Vec<_>>>()?;
        let rising = changes.windows(2).all(|pair| pair[0].0 < pair[1].0);
        Some(Self { first: offset(*first)?, changes }).filter(|_| rising)
    }

    /// The zone of this name.
    pub(crate) fn named(source: &ZoneSource, name: &str) -> Option<Self> {
        Self::parse(&source.offsets(name))
    }
}

impl LocalTime for Zone {
    fn offset_at(&self, at: TimestampMs) -> UtcOffsetMin {
        let past = self.changes.partition_point(|(from, _)| *from <= at);
        past.checked_sub(1).and_then(|last| self.changes.get(last)).map_or(self.first, |c| c.1)
    }
}

/// Local time of the log's contacts: the country's zone where a country has one only, else the
/// zone that the page chose. The service decides alike.
#[derive(Debug)]
pub(crate) struct PageTime {
    source: ZoneSource,
    own: Zone,
    countries: RefCell<HashMap<Country, Option<Zone>>>,
}

impl PageTime {
    pub(crate) fn new(source: ZoneSource, own: Zone) -> Self {
        Self { source, own, countries: RefCell::default() }
    }

    pub(crate) fn source(&self) -> &ZoneSource {
        &self.source
    }
}

impl LocalTime for PageTime {
    fn offset_at(&self, at: TimestampMs) -> UtcOffsetMin {
        self.own.offset_at(at)
    }

    fn offset_of(&self, country: Option<Country>, at: TimestampMs) -> UtcOffsetMin {
        let Some(country) = country else { return self.offset_at(at) };
        let mut known = self.countries.borrow_mut();
        let zone = known.entry(country).or_insert_with(|| {
            country.single_zone().and_then(|name| Zone::named(&self.source, name))
        });
        zone.as_ref().unwrap_or(&self.own).offset_at(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_hold_from_their_instant_on() {
        let zone = Zone::parse(&[60.0, 1000.0, 120.0, 2000.0, 60.0]).expect("is a list of offsets");
        let at = |ms| zone.offset_at(TimestampMs(ms)).0;
        assert_eq!([at(0), at(999), at(1000), at(1999), at(2000)], [60, 60, 120, 120, 60]);
    }

    #[test]
    fn what_is_no_list_of_offsets_is_no_zone() {
        for list in [&[][..], &[0.5], &[2000.0], &[0.0, 2.0, 60.0, 1.0, 0.0], &[f64::NAN]] {
            assert!(Zone::parse(list).is_none(), "{list:?}");
        }
    }
}
