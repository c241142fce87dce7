//! The marks that a latent state leaves on behaviour, blurred by the preset's noise.

use chatsignal_core::event::Q15;

use super::preset::Params;
use super::rng::Draws;
use super::state::{Mood, State};

/// How a contact behaves in a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Marks {
    /// Mean sentiment of its messages, -1 to 1.
    pub(super) tone: f64,
    /// How much it writes, asks and taps, 0 to 1.
    pub(super) warmth: f64,
    /// Probability that it opens a message.
    pub(super) reads: f64,
}

/// What every mark is pulled towards.
const AVERAGE: Marks = Marks { tone: 0.1, warmth: 0.45, reads: 0.6 };

impl Marks {
    /// The marks of a state.
    pub(super) fn of(params: &Params, state: State) -> Self {
        let plain = match state {
            State::Lead { interest, .. } => {
                let z = f64::from(interest) / 4.0;
                Self { tone: 1.4 * z - 0.65, warmth: z, reads: 0.3 + 0.6 * z }
            }
            State::Lost => Self { tone: -0.2, warmth: 0.1, reads: 0.15 },
            State::Customer(Mood::Happy) => Self { tone: 0.5, warmth: 0.6, reads: 0.9 },
            State::Customer(Mood::Neutral) => Self { tone: 0.15, warmth: 0.45, reads: 0.75 },
            State::Customer(Mood::Unhappy) => Self { tone: -0.6, warmth: 0.5, reads: 0.5 },
            State::Customer(Mood::Dormant) => Self { tone: -0.1, warmth: 0.1, reads: 0.2 },
        };
        let blur = |value: f64, average: f64| average + (1.0 - params.noise) * (value - average);
        Self {
            tone: blur(plain.tone, AVERAGE.tone),
            warmth: blur(plain.warmth, AVERAGE.warmth),
            reads: blur(plain.reads, AVERAGE.reads),
        }
    }
}

/// What a text classifier says of one message whose mood is `tone`: sentiment (positive, neutral,
/// negative) and emotions (joy, sadness, anger, fear, surprise, disgust, neutral).
pub(super) fn enrichment(draws: &mut Draws, tone: f64, sd: f64) -> ([Q15; 3], [Q15; 7]) {
    let score = (tone + sd * draws.normal()).clamp(-0.97, 0.97);
    let neutral = (1.0 - score.abs()) * (0.3 + 0.6 * draws.uniform());
    let positive = (1.0 - neutral + score) / 2.0;
    let negative = (1.0 - neutral - score) / 2.0;
    let anger = 0.3 + 0.4 * draws.uniform();
    let joy = 0.7 + 0.2 * draws.uniform();
    let emotions = [
        positive * joy,
        negative * (1.0 - anger) * 0.5,
        negative * anger,
        negative * (1.0 - anger) * 0.2,
        positive * (1.0 - joy),
        negative * (1.0 - anger) * 0.3,
        neutral,
    ];
    ([positive, neutral, negative].map(q15), emotions.map(q15))
}

/// A probability in Q15 steps; the simulator's own arithmetic keeps it in range up to rounding.
pub(super) fn q15(p: f64) -> Q15 {
    Q15::new(p.clamp(0.0, 1.0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::Preset;
    use crate::synth::rng::Stream;

    #[test]
    fn enrichments_are_distributions_and_follow_the_tone() {
        let mut draws = Draws::new(1, 1, Stream::Life);
        let mut mean = [0.0; 2];
        for _ in 0..500 {
            for (sum, tone) in mean.iter_mut().zip([-0.6, 0.5]) {
                let (sentiment, emotions) = enrichment(&mut draws, tone, 0.25);
                assert!((sentiment.iter().map(|p| p.to_f64()).sum::<f64>() - 1.0).abs() < 1e-3);
                assert!((emotions.iter().map(|p| p.to_f64()).sum::<f64>() - 1.0).abs() < 1e-3);
                *sum += (sentiment[0].to_f64() - sentiment[2].to_f64()) / 500.0;
            }
        }
        assert!((mean[0] + 0.6).abs() < 0.05 && (mean[1] - 0.5).abs() < 0.05);
    }

    #[test]
    fn noise_wipes_marks_out() {
        let mut params = Preset::Headline.params();
        params.noise = 1.0;
        for i in 0..super::super::state::STATES {
            assert_eq!(Marks::of(&params, State::from_index(i)), AVERAGE);
        }
    }
}
