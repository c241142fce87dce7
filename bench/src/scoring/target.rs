//! What is to be reached, and whether it is.

use std::fmt;

use super::name;
use super::plan::Group;
use super::report::Comparison;

/// A bound on a ratio of rows a second, or on the time of one row.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// At least so many times the rival's rows a second.
    Times(f64),
    /// More rows a second than the rival.
    Faster,
    /// Less time a row, seconds.
    Below(f64),
}

/// A target that was compared with a measurement.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Our side and the rival, or ours alone.
    pub what: String,
    /// Smallest, median and largest found over the rounds: a ratio, or seconds a row.
    pub found: (f64, f64, f64),
    /// What was asked for.
    pub bound: Bound,
}

impl Outcome {
    /// Whether the median meets the bound.
    #[must_use]
    pub fn held(&self) -> bool {
        match self.bound {
            Bound::Times(times) => self.found.1 >= times,
            Bound::Faster => self.found.1 > 1.0,
            Bound::Below(seconds) => self.found.1 < seconds,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "at least {times} x"),
            Self::Faster => write!(f, "faster"),
            Self::Below(seconds) => write!(f, "below {} us", seconds * 1e6),
        }
    }
}

/// The targets of one comparison. Batch scoring: 4 times XGBoost and faster than all others;
/// WebAssembly 2.5 times native XGBoost. One row: below a microsecond (the smaller models).
/// Contributions: 10 times the two libraries at depth 6, 5 times at depth 8.
#[must_use]
pub fn outcomes(comparison: &Comparison) -> Vec<Outcome> {
    let deep = comparison.model.ends_with("x8");
    let mut outcomes = Vec::new();
    let mut times = |ours: &str, rival: &str, bound: Bound| {
        if let (Some(mine), Some(other)) = (comparison.side(ours), comparison.side(rival)) {
            let what = format!("{ours} against {rival}");
            outcomes.push(Outcome { what, found: mine.ratio(other), bound });
        }
    };
    match comparison.group {
        Group::Batch => {
            times(name::SCORER, name::XGBOOST, Bound::Times(4.0));
            times(name::WASM_MARGINS, name::XGBOOST, Bound::Times(2.5));
            for (rival, _) in &comparison.sides {
                if !name::is_ours(rival) && rival != name::XGBOOST {
                    times(name::SCORER, rival, Bound::Faster);
                }
            }
        }
        Group::Single if !deep => {
            if let Some(side) = comparison.side(name::SCORER) {
                let (low, median, high) = side.rate_spread();
                let found = (1.0 / high, 1.0 / median, 1.0 / low);
                let what = name::SCORER.to_owned();
                outcomes.push(Outcome { what, found, bound: Bound::Below(1e-6) });
            }
        }
        Group::Shap => {
            let bound = Bound::Times(if deep { 5.0 } else { 10.0 });
            for ours in [name::EXPLAIN_ROWS, name::EXPLAIN] {
                times(ours, name::XGBOOST_SHAP, bound);
                times(ours, name::LIGHTGBM_SHAP, bound);
            }
        }
        Group::Single | Group::Interactions => {}
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::side::Turns;

    #[test]
    fn targets_are_about_medians_of_ratios() {
        let turns = |seconds: [f64; 3]| Turns { rows: 10, seconds: seconds.to_vec() };
        let sides = vec![
            (name::SCORER.to_owned(), turns([1.0, 1.0, 1.0])),
            (name::XGBOOST.to_owned(), turns([4.0, 3.0, 5.0])),
            ("another".to_owned(), turns([0.5, 0.5, 2.0])),
        ];
        let comparison = Comparison {
            group: Group::Batch,
            model: "xgb_100x6".into(),
            about: String::new(),
            threads: 1,
            sides,
            left_out: Vec::new(),
        };
        let outcomes = outcomes(&comparison);
        let held: Vec<bool> = outcomes.iter().map(Outcome::held).collect();
        assert_eq!(held, [true, false]);
        assert_eq!(outcomes[0].found, (3.0, 4.0, 5.0));
    }
}
