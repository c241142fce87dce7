//! Feature values by name.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most features of one request: more than any model has.
const FEATURES_MAX: usize = 256;

/// Feature values by name, each name once, in the order in which they came; null = missing.
///
/// All names lie in one text: a request of 24 features takes two allocations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    text: String,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    /// Where the name begins and ends in the text.
    from: usize,
    until: usize,
    /// See [`sum`]: names with different sums differ.
    sum: u64,
    value: Option<f64>,
}

/// A number by which two names are told apart in most cases without comparing their text: length,
/// first and last letters.
fn sum(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let four = |part: Option<&[u8]>| {
        let part = part.and_then(|part| <[u8; 4]>::try_from(part).ok());
        part.map_or(0, u32::from_le_bytes)
    };
    let (first, last) =
        (four(bytes.get(..4)), four(bytes.len().checked_sub(4).map(|at| &bytes[at..])));
    u64::from(first) << 32 ^ u64::from(last).rotate_left(bytes.len() as u32)
}

impl Features {
    /// Number of features.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Names and values in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        self.entries.iter().map(|entry| (self.name(*entry), entry.value))
    }

    /// The names in the order in which they came.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// The value of a feature: `None` when it was not given, `Some(None)` when it is null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Option<f64>> {
        self.iter().find_map(|(found, value)| (found == name).then_some(value))
    }

    fn name(&self, entry: Entry) -> &str {
        self.text.get(entry.from..entry.until).unwrap_or_default()
    }
}

impl<S: AsRef<str>> FromIterator<(S, Option<f64>)> for Features {
    /// Of a name that is there twice, the first value counts.
    fn from_iter<I: IntoIterator<Item = (S, Option<f64>)>>(pairs: I) -> Self {
        let mut features = Self::default();
        for (name, value) in pairs {
            if features.get(name.as_ref()).is_none() {
                let from = features.text.len();
                features.text.push_str(name.as_ref());
                let (until, sum) = (features.text.len(), sum(name.as_ref()));
                features.entries.push(Entry { from, until, sum, value });
            }
        }
        features
    }
}

impl Serialize for Features {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Features {
    /// A name that is there twice is an error.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Map)
    }
}

/// Appends a name to the text.
struct Name<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a feature")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        self.0.push_str(name);
        Ok(())
    }
}

/// Sums that were met, as a set of 256 bits: what is not in it was not met.
#[derive(Default)]
struct Sums([u64; 4]);

impl Sums {
    /// Whether it may have been met before; from now on it has.
    fn note(&mut self, sum: u64) -> bool {
        // The high bits of a product mix all bits (Fibonacci hashing, Knuth 6.4).
        let place = (sum.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize;
        let (word, bit) = (&mut self.0[place / 64], 1 << (place % 64));
        let met = *word & bit != 0;
        *word |= bit;
        met
    }
}

struct Map;

impl<'de> Visitor<'de> for Map {
    type Value = Features;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of feature names and numbers or nulls")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Features, A::Error> {
        let mut text = String::with_capacity(768);
        let mut entries: Vec<Entry> = Vec::with_capacity(32);
        let mut seen = Sums::default();
        loop {
            let from = text.len();
            if map.next_key_seed(Name(&mut text))?.is_none() {
                return Ok(Features { text, entries });
            }
            let until = text.len();
            let name = &text[from..];
            let sum = sum(name);
            let same = |entry: &Entry| entry.sum == sum && text[entry.from..entry.until] == *name;
            if seen.note(sum) && entries.iter().any(same) {
                return Err(A::Error::custom("the feature is there twice"));
            }
            if entries.len() == FEATURES_MAX {
                return Err(A::Error::custom("there are more features than any model has"));
            }
            entries.push(Entry { from, until, sum, value: map.next_value()? });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn names_keep_their_order_and_stand_once() {
        let json = r#"{"b":1.5,"a":null,"\u00e4":-0.25}"#;
        let features: Features = serde_json::from_str(json).expect("features");
        assert_eq!(features.keys().collect::<Vec<_>>(), ["b", "a", "ä"]);
        assert_eq!(features.get("b"), Some(Some(1.5)));
        assert_eq!(features.get("a"), Some(None));
        assert_eq!(features.get("c"), None);
        let written = serde_json::to_string(&features).expect("writes");
        assert_eq!(written, r#"{"b":1.5,"a":null,"ä":-0.25}"#);
        let pairs = [("b", Some(1.5)), ("a", None), ("ä", Some(-0.25)), ("a", Some(9.0))];
        assert_eq!(Features::from_iter(pairs), features);
        assert!(serde_json::from_str::<Features>(r#"{"a":1,"b":2,"\u0061":3}"#).is_err());
    }

    #[test]
    fn there_is_an_end_to_them() {
        let many: Vec<String> = (0..300).map(|i| format!("\"f{i}\":0")).collect();
        let of = |count: usize| format!("{{{}}}", many[..count].join(","));
        assert!(serde_json::from_str::<Features>(&of(256)).is_ok());
        assert!(serde_json::from_str::<Features>(&of(257)).is_err());
    }
}
