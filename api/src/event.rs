//! Events inside a request.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

/// One canonical event, a JSON object in the format of `docs/EVENTS.md`.
///
/// The format has a reader of its own (crate `ingest`), so this type only holds the place: it takes
/// any JSON and keeps nothing of it. A server that reads events puts its own type in the requests'
/// parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventObject;

impl<'de> Deserialize<'de> for EventObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}
