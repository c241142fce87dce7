//! An artifact made ready to predict many rows.

use alloc::vec;
use alloc::vec::Vec;
use core::borrow::Borrow;

use super::{ModelArtifact, Prediction, Predictions};
use crate::model::scorer::rows_held;
use crate::model::{PreparedModel, RowScorer, TreeScorer};

/// An artifact made ready once to predict many rows, with the bits of [`ModelArtifact::predict`].
/// `A` is the artifact, a reference to it or an `Arc` of it; `S` scores trees.
#[derive(Clone, Debug)]
pub struct Predictor<A, S = TreeScorer> {
    artifact: A,
    first: PreparedModel<S>,
    further: Vec<PreparedModel<S>>,
}

impl<A: Borrow<ModelArtifact>> Predictor<A> {
    /// Prepares a checked artifact for the core's own scorer.
    #[must_use]
    pub fn new(artifact: A) -> Self {
        Self::prepare(artifact)
    }
}

impl<A: Borrow<ModelArtifact>, S: RowScorer> Predictor<A, S> {
    /// Prepares a checked artifact for a scorer of trees.
    #[must_use]
    pub fn prepare(artifact: A) -> Self {
        let own = artifact.borrow();
        let first = PreparedModel::new(&own.model);
        let further = own.outputs.further.iter().map(PreparedModel::new).collect();
        Self { artifact, first, further }
    }

    /// The artifact.
    #[must_use]
    pub fn artifact(&self) -> &ModelArtifact {
        self.artifact.borrow()
    }

    /// Margin of one row (of output 0).
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        self.first.margin(row)
    }

    /// Margins of many rows (of output 0): one value for each feature of a row, row after row;
    /// `out` takes one margin a row. Scores as many rows as both hold.
    pub fn margins(&self, rows: &[f32], out: &mut [f64]) {
        self.first.margins(rows, out);
    }

    /// What [`ModelArtifact::predict`] says of one row.
    #[must_use]
    pub fn predict(&self, row: &[f32]) -> Prediction {
        self.artifact().link(self.margin(row))
    }

    /// The same for many rows, row after row.
    #[must_use]
    pub fn predict_rows(&self, rows: &[f32]) -> Vec<Prediction> {
        let count = rows_held(rows, self.artifact().schema.len(), rows.len());
        let mut margins = vec![0.0; count];
        self.margins(rows, &mut margins);
        margins.into_iter().map(|margin| self.artifact().link(margin)).collect()
    }

    /// What [`ModelArtifact::predict_outputs`] says of one row.
    #[must_use]
    pub fn predict_outputs(&self, row: &[f32]) -> Predictions {
        self.artifact().predictions(self.margin(row), || {
            self.further.iter().map(|model| model.margin(row)).collect()
        })
    }

    /// The same for many rows, row after row.
    #[must_use]
    pub fn predict_outputs_rows(&self, rows: &[f32]) -> Vec<Predictions> {
        let count = rows_held(rows, self.artifact().schema.len(), rows.len());
        let margins: Vec<Vec<f64>> = core::iter::once(&self.first)
            .chain(&self.further)
            .map(|model| {
                let mut margins = vec![0.0; count];
                model.margins(rows, &mut margins);
                margins
            })
            .collect();
        (0..count)
            .map(|i| {
                let further = || margins[1..].iter().map(|margins| margins[i]).collect();
                self.artifact().predictions(margins[0][i], further)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;
    use crate::testing::model::{Rng, artifact, row};

    proptest! {
        #![proptest_config(cases(64))]
        #[test]
        fn a_prepared_artifact_predicts_the_same_bits(seed: u64, rows in 0usize..80) {
            let artifact = Arc::new(artifact(seed));
            let rng = &mut Rng(seed);
            let table: Vec<f32> = (0..rows).flat_map(|_| row(rng, &artifact.schema)).collect();
            let predictor = Predictor::new(Arc::clone(&artifact));
            let (all, outputs) =
                (predictor.predict_rows(&table), predictor.predict_outputs_rows(&table));
            prop_assert_eq!((all.len(), outputs.len()), (rows, rows));
            for (i, row) in table.chunks(artifact.schema.len()).enumerate() {
                let bits = |p: Prediction| [p.margin, p.raw, p.value].map(f64::to_bits);
                let plain = artifact.predict(row);
                prop_assert_eq!(bits(predictor.predict(row)), bits(plain));
                prop_assert_eq!(bits(all[i]), bits(plain));
                let plain = artifact.predict_outputs(row);
                prop_assert_eq!(&predictor.predict_outputs(row), &plain);
                prop_assert_eq!(&outputs[i], &plain);
            }
        }
    }
}
