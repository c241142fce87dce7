//! Pages: how long, and where the next one begins.

use chatsignal_api::error::ErrorCode;
use chatsignal_core::id::ContactId;
use chatsignal_core::time::TimestampMs;

use crate::service::error::ApiError;
use crate::service::routes::limit::PageSize;
use crate::store::{Place, Position};

/// Items of a page.
pub(super) const SIZE: PageSize = PageSize { default: 50, max: 200 };
/// Contacts of a page: a client that shows all of many thousands loads them in few requests.
pub(super) const CONTACTS: PageSize = PageSize { default: 50, max: 1_000 };

/// A place in a list as text: the order, the bits of the value, the contact. Opaque to clients.
pub(super) fn write(order: &str, place: Place) -> String {
    let value = place.value.map_or("-".to_owned(), |value| format!("{:016x}", value.to_bits()));
    format!("{order}.{value}.{}", place.contact)
}

/// A place in the events of a contact as text.
pub(super) fn write_position(position: Position) -> String {
    let Position { occurred_at, rank, event_id } = position;
    format!("{}.{rank}.{event_id}", occurred_at.0)
}

/// Reads a place in the events of a contact.
pub(super) fn read_position(text: &str) -> Option<Position> {
    let mut parts = text.split('.');
    let (at, rank, id) = (parts.next()?, parts.next()?, parts.next()?);
    let occurred_at = TimestampMs(at.parse().ok()?);
    let position = Position { occurred_at, rank: rank.parse().ok()?, event_id: id.parse().ok()? };
    parts.next().is_none().then_some(position)
}

/// Reads a place of the same order.
pub(super) fn read(order: &str, text: &str) -> Option<Place> {
    let mut parts = text.split('.');
    let (of, value, contact) = (parts.next()?, parts.next()?, parts.next()?);
    if of != order || parts.next().is_some() {
        return None;
    }
    let value = match value {
        "-" => None,
        bits if bits.len() == 16 => Some(f64::from_bits(u64::from_str_radix(bits, 16).ok()?)),
        _ => return None,
    };
    let contact: ContactId = contact.parse().ok()?;
    value.is_none_or(f64::is_finite).then_some(Place { value, contact })
}

/// The error of a cursor that is none.
pub(super) fn no_cursor(code: ErrorCode, at: &str) -> ApiError {
    ApiError::new(code).at(format!("{at}/cursor"), "is not the next_cursor of a page in this order")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_through_text_and_other_texts_are_none() {
        for value in [None, Some(0.0), Some(82.4), Some(-1.5)] {
            let place = Place { value, contact: ContactId([7; 16]) };
            assert_eq!(read("lead", &write("lead", place)), Some(place));
            assert_eq!(read("id", &write("lead", place)), None, "of another order");
        }
        for text in ["", "id", "id..", "id.-.07", "id.zz.0", "id.7ff0000000000000.00", "a.b.c.d"] {
            assert_eq!(read("id", text), None, "{text}");
        }
    }
}
