//! Seeded draws. Written out here, so that equal seeds give equal bytes whatever the version of a
//! random-number crate does to its distributions.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Independent generator number `stream` of a seed.
pub(crate) fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// Uniform in `0..n` (`n > 0`): the high half of a 64 x 64-bit product (Lemire 2019, without the
/// rejection step: its bias is below `n / 2^64`).
pub(crate) fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// Uniform in `[0, 1)`, 53 bits.
pub(crate) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// Shuffles in place (Fisher-Yates).
pub(crate) fn shuffle<T>(rng: &mut ChaCha8Rng, items: &mut [T]) {
    for i in (1..items.len()).rev() {
        items.swap(i, below(rng, i + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_range_and_streams_differ() {
        let (mut a, mut b) = (generator(7, 0), generator(7, 1));
        let mut seen = [0; 5];
        for _ in 0..1_000 {
            seen[below(&mut a, 5)] += 1;
            assert!((0.0..1.0).contains(&unit(&mut b)));
        }
        assert!(seen.iter().all(|&n| n > 130), "{seen:?}");
        assert_ne!(generator(7, 0).next_u64(), generator(7, 1).next_u64());
    }

    #[test]
    fn shuffle_is_a_permutation_fixed_by_its_seed() {
        let shuffled = |seed| {
            let mut items: Vec<usize> = (0..100).collect();
            shuffle(&mut generator(seed, 0), &mut items);
            items
        };
        let mut sorted = shuffled(1);
        assert_eq!(sorted, shuffled(1));
        assert_ne!(sorted, shuffled(2));
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }
}
