//! Draws of the simulator: ChaCha8, integers and `core::num` only, so that the bytes are equal on
//! every machine.

use chatsignal_core::num;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A stream of draws.
#[derive(Clone, Debug)]
pub(super) struct Draws(ChaCha8Rng);

/// What a stream is for; streams of one contact never share draws.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Stream {
    /// The campaigns of the business.
    Campaigns = 1,
    /// Fixed traits and the plan of sends of one contact.
    Traits = 2,
    /// What happens to one contact.
    Life = 3,
    /// Ids of events, messages and conversations.
    Ids = 4,
}

impl Draws {
    /// The stream of `index` under `seed`.
    pub(super) fn new(seed: u64, index: u64, stream: Stream) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&index.to_le_bytes());
        key[16] = stream as u8;
        key[24..].copy_from_slice(b"chat-sim");
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in `[0, 1)`, 53 bits.
    pub(super) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Uniform integer below `n` (0 when `n` is 0).
    pub(super) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// Uniform integer in `low..=high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::from(self.below(u32::try_from(high - low + 1).unwrap_or(1)))
    }

    /// Index drawn by weight (the weights need not add up to 1).
    pub(super) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        for (i, &w) in weights.iter().enumerate() {
            left -= w;
            if left < 0.0 {
                return i;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Standard normal (Marsaglia's polar method).
    pub(super) fn normal(&mut self) -> f64 {
        loop {
            let u = 2.0 * self.uniform() - 1.0;
            let v = 2.0 * self.uniform() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * num::sqrt(-2.0 * num::ln(s) / s);
            }
        }
    }

    /// `median * e^(sd * normal)`.
    pub(super) fn log_normal(&mut self, median: f64, sd: f64) -> f64 {
        median * num::exp(sd * self.normal())
    }

    /// Exponential of the given mean.
    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * num::ln_1p(-self.uniform())
    }

    /// Poisson of a small mean (Knuth's product method).
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        let limit = num::exp(-mean);
        let mut product = self.uniform();
        let mut count = 0;
        while product > limit && count < 64 {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    /// Sixteen bytes for an id.
    pub(super) fn id(&mut self) -> [u8; 16] {
        let mut bytes = [0u8; 16];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_right_and_streams_differ() {
        let mut draws = Draws::new(7, 3, Stream::Life);
        let n = 20_000;
        let mean = |f: &mut dyn FnMut() -> f64| (0..n).map(|_| f()).sum::<f64>() / f64::from(n);
        assert!((mean(&mut || draws.uniform()) - 0.5).abs() < 0.01);
        assert!(mean(&mut || draws.normal()).abs() < 0.03);
        assert!((mean(&mut || draws.exponential(5.0)) - 5.0).abs() < 0.2);
        assert!((mean(&mut || f64::from(draws.poisson(1.5))) - 1.5).abs() < 0.05);
        assert!((mean(&mut || draws.weighted(&[1.0, 3.0]) as f64) - 0.75).abs() < 0.02);
        assert_ne!(
            Draws::new(7, 3, Stream::Life).id(),
            Draws::new(7, 3, Stream::Traits).id(),
            "streams of one contact share no draws"
        );
        assert_eq!(Draws::new(7, 3, Stream::Life).id(), Draws::new(7, 3, Stream::Life).id());
    }
}
