//! The target: numbers, or any two labels.

use std::path::Path;

use super::cell::Cell;
use super::{Row, TableError};

/// How the positive label was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositiveRule {
    /// The caller named it.
    Given,
    /// It is `yes`, `true`, `1` or the like, and the other is not.
    Name,
    /// It is the rarer of the two.
    Rarer,
}

impl PositiveRule {
    /// Name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Name => "name",
            Self::Rarer => "rarer",
        }
    }
}

/// The two labels of a binary target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The label that is 1.
    pub positive: String,
    /// The label that is 0.
    pub negative: String,
    /// Why.
    pub rule: PositiveRule,
}

impl Labels {
    /// 1, 0, or `None` for a label that is neither.
    #[must_use]
    pub fn value(&self, label: &str) -> Option<f64> {
        if label == self.positive { Some(1.0) } else { (label == self.negative).then_some(0.0) }
    }
}

/// Labels that have been met, with their counts, in order of first appearance.
#[derive(Default)]
pub(super) struct LabelCounts {
    counts: Vec<(String, u64)>,
    more: bool,
}

impl LabelCounts {
    /// Counts a label and gives its number: 0 or 1 (or 2 for any further one).
    pub(super) fn add(&mut self, label: &str) -> u8 {
        if let Some(at) = self.counts.iter().position(|(known, _)| known == label) {
            self.counts[at].1 += 1;
            return at as u8;
        }
        if self.counts.len() == 2 {
            self.more = true;
            return 2;
        }
        self.counts.push((label.into(), 1));
        self.counts.len() as u8 - 1
    }

    /// Decides which label is positive.
    pub(super) fn decide(
        self,
        path: &Path,
        column: &str,
        given: Option<&str>,
    ) -> Result<(Labels, u8), TableError> {
        let fail = |problem: String| Err(TableError::new(path, problem).column(column));
        if self.more {
            return fail(
                "has more than two different values: use --task regression, or a column with two"
                    .into(),
            );
        }
        let [(first, first_rows), (second, second_rows)] = &self.counts[..] else {
            return fail("has one value only: a binary target needs two".into());
        };
        let (positive, rule) = match given {
            Some(label) if label == first => (0, PositiveRule::Given),
            Some(label) if label == second => (1, PositiveRule::Given),
            Some(_) => {
                return fail(format!(
                    "its labels are `{first}` and `{second}`: --positive must name one"
                ));
            }
            None => match (sounds_positive(first), sounds_positive(second)) {
                (true, false) => (0, PositiveRule::Name),
                (false, true) => (1, PositiveRule::Name),
                // Equally frequent: the one that sorts last.
                _ if first_rows == second_rows => (u8::from(second > first), PositiveRule::Rarer),
                _ => (u8::from(second_rows < first_rows), PositiveRule::Rarer),
            },
        };
        let (positive_label, negative) =
            if positive == 0 { (first, second) } else { (second, first) };
        let labels = Labels { positive: positive_label.clone(), negative: negative.clone(), rule };
        Ok((labels, positive))
    }
}

fn sounds_positive(label: &str) -> bool {
    let words = ["yes", "y", "true", "t", "1", "1.0", "positive", "pos"];
    words.iter().any(|word| label.eq_ignore_ascii_case(word))
}

/// A number to predict, `None` where it is missing.
pub(super) fn number(row: &Row<'_>, column: usize) -> Result<Option<f64>, TableError> {
    match row.cell(column)? {
        Cell::Missing | Cell::QuestionMark => Ok(None),
        Cell::Number(value) if value.is_finite() => Ok(Some(value)),
        Cell::Number(_) => Err(row.error(column, "is infinite: a target is a finite number")),
        Cell::Text(_) => {
            Err(row.error(column, "is not a number: use --task binary for a target of two labels"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(labels: &[&str], given: Option<&str>) -> Result<(String, PositiveRule), String> {
        let mut counts = LabelCounts::default();
        labels.iter().for_each(|label| {
            counts.add(label);
        });
        let decided = counts.decide(Path::new("t.csv"), "y", given);
        decided.map(|(l, _)| (l.positive, l.rule)).map_err(|e| e.to_string())
    }

    #[test]
    fn the_positive_label_is_given_usual_or_rarer() {
        let ok = |label: &str, rule| Ok((label.to_owned(), rule));
        assert_eq!(decide(&["No", "Yes", "Yes"], None), ok("Yes", PositiveRule::Name));
        assert_eq!(decide(&["No", "Yes"], Some("No")), ok("No", PositiveRule::Given));
        assert_eq!(decide(&["1", "0", "1"], None), ok("1", PositiveRule::Name));
        assert_eq!(decide(&["stay", "stay", "leave"], None), ok("leave", PositiveRule::Rarer));
        assert_eq!(decide(&["b", "a"], None), ok("b", PositiveRule::Rarer));
        assert!(decide(&["a", "b", "c"], None).unwrap_err().contains("more than two"));
        assert!(decide(&["a", "a"], None).unwrap_err().contains("one value"));
        assert!(decide(&["a", "b"], Some("c")).unwrap_err().contains("`a` and `b`"));
    }
}
