//! Stable draws from ids: groups, holdouts and samples that do not depend on order or on threads.

use chatsignal_core::id::ContactId;

/// Mixes a contact and a salt into 64 evenly spread bits (the finaliser of splitmix64).
#[must_use]
pub fn contact_hash(contact: ContactId, salt: u64) -> u64 {
    let half = |bytes: &[u8]| bytes.iter().fold(0u64, |sum, &b| (sum << 8) | u64::from(b));
    mix(mix(half(&contact.0[..8]) ^ salt).wrapping_add(half(&contact.0[8..])))
}

/// One step of splitmix64: a bijection of 64 bits whose outputs look random.
#[must_use]
pub fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in `[0, 1)` from 64 bits.
#[must_use]
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_depend_on_the_salt() {
        let mut groups = [0usize; 5];
        let mut same = 0;
        for i in 0..5_000u32 {
            let mut id = [7u8; 16];
            id[12..].copy_from_slice(&i.to_be_bytes());
            let contact = ContactId(id);
            groups[(contact_hash(contact, 1) % 5) as usize] += 1;
            same += usize::from(contact_hash(contact, 1) % 5 == contact_hash(contact, 2) % 5);
            assert!((0.0..1.0).contains(&unit(contact_hash(contact, 3))));
        }
        assert!(groups.iter().all(|n| (850..1_150).contains(n)), "{groups:?}");
        assert!((850..1_150).contains(&same), "{same}");
    }
}
