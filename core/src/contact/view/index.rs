//! Positions of records by message.

use alloc::vec;
use alloc::vec::Vec;

use crate::id::MessageId;

/// Where the record of a message is in a list: open addressing with linear probing. Ids are keyed
/// hashes, so that nobody outside can make them collide; if they did, a lookup would walk a list
/// that is bounded by [`crate::limits`].
pub(super) struct ById {
    /// Position plus one, 0 for none; twice as many as messages, a power of two.
    slots: Vec<u16>,
}

impl ById {
    /// An index for at most `messages` messages (below 2^15: the limits are far lower).
    pub(super) fn new(messages: usize) -> Self {
        Self { slots: vec![0; (2 * messages).next_power_of_two()] }
    }

    /// The position of a message; `id_at` tells the message at a position.
    pub(super) fn get(
        &self,
        id: MessageId,
        id_at: impl Fn(usize) -> Option<MessageId>,
    ) -> Option<usize> {
        let slot = self.find(id, &id_at);
        self.slots.get(slot).and_then(|found| usize::from(*found).checked_sub(1))
    }

    /// The position of a message that is there already; if it is not, notes it as being at `at`.
    pub(super) fn insert(
        &mut self,
        id: MessageId,
        at: usize,
        id_at: impl Fn(usize) -> Option<MessageId>,
    ) -> Option<usize> {
        let slot = self.find(id, &id_at);
        let slot = self.slots.get_mut(slot)?;
        let found = usize::from(*slot).checked_sub(1);
        if found.is_none() {
            *slot = at as u16 + 1;
        }
        found
    }

    /// The slot of a message, or the free one where it would be.
    fn find(&self, id: MessageId, id_at: &impl Fn(usize) -> Option<MessageId>) -> usize {
        let mask = self.slots.len() - 1;
        let [a, b, c, d, e, f, g, h, ..] = id.0;
        // The multiplication is for ids that are no hashes, as in tests (Fibonacci hashing).
        let mixed =
            u64::from_le_bytes([a, b, c, d, e, f, g, h]).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut slot = (mixed >> 32) as usize & mask;
        while let Some(found) = self.slots.get(slot).and_then(|at| usize::from(*at).checked_sub(1))
        {
            if id_at(found) == Some(id) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_position_stays_and_collisions_are_told_apart() {
        let ids: Vec<MessageId> = (0..40u8)
            .map(|n| {
                let mut id = [0; 16];
                // Only the last byte differs: all fall into one slot.
                id[15] = n;
                MessageId(id)
            })
            .collect();
        let id_at = |at: usize| ids.get(at).copied();
        let mut index = ById::new(40);
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(index.get(*id, id_at), None);
            assert_eq!(index.insert(*id, at, id_at), None);
            assert_eq!(index.insert(*id, 39, id_at), Some(at));
        }
        for (at, id) in ids.iter().enumerate() {
            assert_eq!(index.get(*id, id_at), Some(at));
        }
        assert_eq!(ById::new(0).get(MessageId([1; 16]), |_| None), None);
    }
}
