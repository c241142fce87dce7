//! What training saw: one histogram a feature and one of the scores, kept with the model.

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

/// Most bins of a histogram, beside that of missing values.
const BINS_MAX: usize = 10;

/// Counts of the values of one column, by bins of about equal mass.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Upper ends of all bins but the last, rising; a value belongs to the first bin whose end is
    /// not below it.
    pub ends: Vec<f32>,
    /// Values in each bin: one more than `ends`.
    pub counts: Vec<u64>,
    /// Missing values.
    pub missing: u64,
}

/// The training data as monitoring needs them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Rows.
    pub rows: u64,
    /// Contacts of the rows. Rows of one contact resemble each other, so that this is the size of
    /// the sample that thresholds are made from.
    pub contacts: u64,
    /// Each feature with its values over the rows.
    pub features: Vec<(String, Histogram)>,
    /// Scores of held-out rows: 0 to 100 for leads, else 0 to 1.
    pub scores: Histogram,
}

impl Reference {
    /// The reference of training rows and held-out scores.
    #[must_use]
    pub fn of(data: &Dataset, contacts: usize, scores: &[f32]) -> Self {
        let width = data.schema.len().max(1);
        let column = |feature: usize| -> Vec<f32> {
            data.x.iter().skip(feature).step_by(width).copied().collect()
        };
        let features = data.schema.features.iter().enumerate();
        Self {
            rows: data.rows() as u64,
            contacts: contacts as u64,
            features: features
                .map(|(at, f)| (f.name.clone(), Histogram::of(&column(at))))
                .collect(),
            scores: Histogram::of(scores),
        }
    }

    /// The reference that a model file keeps in its metadata; `None` where there is none, as in
    /// files of earlier versions, or where it is no reference.
    #[must_use]
    pub fn of_metadata(json: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            reference: Option<Reference>,
        }
        let metadata: Metadata = serde_json::from_str(json).ok()?;
        let sound = |reference: &Self| {
            let histograms = reference.features.iter().map(|(_, histogram)| histogram);
            histograms.chain([&reference.scores]).all(Histogram::is_sound)
        };
        metadata.reference.filter(sound)
    }
}

impl Histogram {
    /// The histogram of a column. Bins end at values that occur, so that ties (many zeros, say)
    /// lie in one bin.
    #[must_use]
    pub fn of(values: &[f32]) -> Self {
        let mut present: Vec<f32> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        present.sort_unstable_by(f32::total_cmp);
        let mut ends: Vec<f32> = Vec::new();
        for bin in 1..BINS_MAX {
            let Some(&end) = present.get((present.len() * bin / BINS_MAX).saturating_sub(1)) else {
                break;
            };
            if ends.last().is_none_or(|last| *last < end) {
                ends.push(end);
            }
        }
        // The last bin has no end of its own.
        if ends.last() == present.last() {
            ends.pop();
        }
        let counts = vec![0; ends.len() + 1];
        let mut histogram = Self { ends, counts, missing: 0 };
        histogram.count(values);
        histogram
    }

    /// Another sample in the same bins.
    #[must_use]
    pub fn same_bins(&self, values: &[f32]) -> Self {
        let mut other =
            Self { ends: self.ends.clone(), counts: vec![0; self.ends.len() + 1], missing: 0 };
        other.count(values);
        other
    }

    fn count(&mut self, values: &[f32]) {
        for value in values {
            if value.is_nan() {
                self.missing += 1;
            } else {
                let bin = self.ends.partition_point(|end| end < value);
                self.counts[bin] += 1;
            }
        }
    }

    /// Values, missing ones too.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.missing
    }

    /// Whether it is a histogram at all; one that was read may be anything.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.counts.len() == self.ends.len() + 1
            && self.ends.len() < 1_000
            && self.ends.windows(2).all(|pair| pair[0] < pair[1])
            && self.counts.iter().chain([&self.missing]).all(|count| *count < 1 << 48)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_have_equal_mass_and_ties_stay_together() {
        let rising: Vec<f32> = (0..100).map(|i| i as f32).collect();
        let histogram = Histogram::of(&rising);
        assert_eq!(histogram.counts, [10; 10]);
        assert!(histogram.is_sound());
        let mut zeros = vec![0.0f32; 80];
        zeros.extend([f32::NAN; 5]);
        zeros.extend((1..=15).map(|i| i as f32));
        let histogram = Histogram::of(&zeros);
        assert_eq!((histogram.counts[0], histogram.missing, histogram.total()), (80, 5, 100));
        let other = histogram.same_bins(&[-1.0, 0.0, 99.0, f32::NAN]);
        assert_eq!(
            (other.counts[0], *other.counts.last().expect("a bin"), other.missing),
            (2, 1, 1)
        );
    }

    #[test]
    fn metadata_give_back_the_reference_or_none() {
        let scores = Histogram::of(&[0.1, 0.2, 0.25]);
        let reference = Reference { rows: 3, contacts: 2, features: Vec::new(), scores };
        let json = serde_json::json!({ "kind": "lead", "reference": reference }).to_string();
        assert_eq!(Reference::of_metadata(&json), Some(reference.clone()));
        for damaged in
            ["", "{}", "{\"reference\":{}}", &json.replace("\"counts\":[", "\"counts\":[1,")]
        {
            assert_eq!(Reference::of_metadata(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn constant_and_empty_columns_have_one_bin() {
        for values in [vec![], vec![3.0f32; 7], vec![f32::NAN; 4]] {
            let histogram = Histogram::of(&values);
            assert_eq!(histogram.counts.len(), 1, "{values:?}");
            assert_eq!(histogram.total(), values.len() as u64);
        }
    }
}
