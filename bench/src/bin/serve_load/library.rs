//! What the library itself takes for one answer, on one thread: score, reasons, wire type, JSON.

use std::hint::black_box;

use anyhow::Result;
use chatsignal_bench::clock::thread_timed;
use chatsignal_bench::http::subjects::{lead_answer, lead_rows};
use chatsignal_core::score::{Explain, LeadScorer};
use chatsignal_native::registry::Served;

/// Answers of one turn.
const ANSWERS: usize = 20_000;

/// CPU microseconds of one answer: best of the turns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Library {
    /// Without reasons.
    pub(crate) plain_us: f64,
    /// With the five factors that weigh most.
    pub(crate) factors_us: f64,
}

impl Library {
    /// What the factors add.
    pub(crate) fn added_us(self) -> f64 {
        self.factors_us - self.plain_us
    }
}

pub(crate) fn measure(served: &Served, turns: usize) -> Result<Library> {
    let scorer = LeadScorer::new(&served.artifact)?;
    let rows = lead_rows(&scorer, 64);
    let answer = |at: usize, explain: Explain| {
        serde_json::to_vec(&lead_answer(&scorer, served, &rows[at % rows.len()], explain))
    };
    let best = |explain: Explain| {
        (0..turns).fold(f64::INFINITY, |best, _| {
            let ((), seconds) = thread_timed(|| {
                for at in 0..ANSWERS {
                    black_box(answer(at, black_box(explain))).ok();
                }
            });
            best.min(seconds * 1e6 / ANSWERS as f64)
        })
    };
    Ok(Library { plain_us: best(Explain::None), factors_us: best(Explain::default()) })
}
