//! One side of a comparison, and the turns that sides take.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::worker::Worker;
use crate::clock::{Seconds, timed};
use crate::rival::read_f64;

/// What does the work: it writes one call's outputs into the buffer.
pub type Call<'a> = Box<dyn FnMut(&mut Vec<f64>) + 'a>;

/// Names of sides that do not take part, with the reasons.
pub type LeftOut = Vec<(String, String)>;

/// Who does the work.
pub enum Work<'a> {
    /// This process.
    Here(Call<'a>),
    /// A worker, by this request.
    There(Rc<RefCell<Worker>>, Value),
}

/// A side.
pub struct Side<'a> {
    /// Name in the report.
    pub name: String,
    /// Rows of one call.
    pub rows: usize,
    /// What it gives is a probability, not a margin.
    pub probability: bool,
    /// Who does the work.
    pub work: Work<'a>,
}

impl Side<'_> {
    /// The outputs of one call that isn't timed.
    ///
    /// # Errors
    /// A worker that cannot serve.
    pub fn outputs(&mut self, folder: &Path) -> Result<Vec<f64>> {
        match &mut self.work {
            Work::Here(call) => {
                let mut out = Vec::new();
                call(&mut out);
                Ok(out)
            }
            Work::There(worker, request) => {
                let path = folder.join("out.f64");
                let mut request = request.clone();
                request["out"] = json!(path);
                worker.borrow_mut().ask::<Value>(&request)?;
                read_f64(&path)
            }
        }
    }

    fn turn(&mut self, buffer: &mut Vec<f64>) -> Result<Seconds> {
        match &mut self.work {
            Work::Here(call) => Ok(timed(|| call(buffer)).1),
            Work::There(worker, request) => worker.borrow_mut().turn(request),
        }
    }
}

/// What the turns of one side took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Turns {
    /// Rows of one call.
    pub rows: usize,
    /// Seconds of each call, by [`used`].
    pub seconds: Vec<f64>,
}

/// The seconds to compare: CPU time of one thread (a busy machine cannot lengthen it much), wall
/// clock of several.
fn used(seconds: Seconds, threads: usize) -> f64 {
    if threads == 1 { seconds.cpu_s } else { seconds.wall_s }
}

/// Lets the sides take turns: every round starts with the next side.
///
/// # Errors
/// A worker that fails.
pub fn take_turns(sides: &mut [Side<'_>], rounds: usize, threads: usize) -> Result<Vec<Turns>> {
    let mut turns: Vec<Turns> =
        sides.iter().map(|s| Turns { rows: s.rows, seconds: Vec::new() }).collect();
    let mut buffer = Vec::new();
    for round in 0..rounds {
        for i in 0..sides.len() {
            let at = (round + i) % sides.len();
            let seconds = sides[at].turn(&mut buffer)?;
            turns[at].seconds.push(used(seconds, threads));
        }
    }
    Ok(turns)
}

impl Turns {
    /// Rows a second in each round.
    fn rates(&self) -> impl Iterator<Item = f64> {
        self.seconds.iter().map(|s| self.rows as f64 / s)
    }

    /// Median of the rows a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        spread(self.rates().collect()).1
    }

    /// Smallest, median and largest rows a second.
    #[must_use]
    pub fn rate_spread(&self) -> (f64, f64, f64) {
        spread(self.rates().collect())
    }

    /// How many times the other's rows a second: smallest, median and largest over the rounds.
    #[must_use]
    pub fn ratio(&self, other: &Self) -> (f64, f64, f64) {
        spread(self.rates().zip(other.rates()).map(|(ours, theirs)| ours / theirs).collect())
    }
}

/// Smallest, median and largest (NaN of nothing).
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |i: usize| values.get(i).copied().unwrap_or(f64::NAN);
    let n = values.len();
    let median = f64::midpoint(at(n.saturating_sub(1) / 2), at(n / 2));
    (at(0), median, at(n.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_same_round() {
        let ours = Turns { rows: 10, seconds: vec![1.0, 2.0, 4.0] };
        let theirs = Turns { rows: 5, seconds: vec![1.0, 2.0, 1.0] };
        assert_eq!(ours.ratio(&theirs), (0.5, 2.0, 2.0));
        assert_eq!(ours.rate_spread(), (2.5, 5.0, 10.0));
    }

    #[test]
    fn medians_of_even_counts_lie_between() {
        assert_eq!(spread(vec![4.0, 1.0, 2.0, 3.0]), (1.0, 2.5, 4.0));
        assert!(spread(Vec::new()).1.is_nan());
    }
}
