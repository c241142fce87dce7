//! Predictions for every row by a model that did not see it.

use crate::dataset::Dataset;
use crate::error::FitError;
use crate::learner::Fitted;
use crate::split::Fold;

/// Fits on each fold's training rows and predicts its test rows.
///
/// Returns one prediction and one margin per row of `data`, in row order; NaN for a row that is in
/// no test set.
///
/// # Errors
/// What `fit` says of a fold, e.g. that a class is missing in it.
pub fn out_of_fold(
    data: &Dataset,
    folds: &[Fold],
    mut fit: impl FnMut(&Dataset, usize) -> Result<Fitted, FitError>,
) -> Result<OutOfFold, FitError> {
    let mut predictions = vec![f64::NAN; data.rows()];
    let mut margins = predictions.clone();
    for (number, fold) in folds.iter().enumerate() {
        let fitted = fit(&data.select(&fold.train), number)?;
        let held_out = fitted.margins(&data.select(&fold.test));
        for (&row, margin) in fold.test.iter().zip(held_out) {
            margins[row] = margin;
            predictions[row] = fitted.postprocessor.apply(margin);
        }
    }
    Ok(OutOfFold { predictions, margins })
}

/// What [`out_of_fold`] gives, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfFold {
    /// Postprocessed margins.
    pub predictions: Vec<f64>,
    /// Margins.
    pub margins: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Task;
    use crate::learner::testing::table;
    use crate::learner::{Fit, GbmParams};
    use crate::split::StratifiedKFold;

    #[test]
    fn no_row_is_predicted_by_a_model_that_saw_it() {
        let mut data = table(200, Task::Binary, 1);
        // Noise that only memory could predict.
        let y = table(200, Task::Binary, 9).y;
        data.y = y;
        let folds = StratifiedKFold::new(4, 1).unwrap().split(&data.y).unwrap();
        let params = GbmParams { min_child_weight: 0.0, lambda: 0.0, ..Default::default() };
        let valid = params.check().unwrap();
        let fit = |rows: &Dataset, _| valid.fit(rows, &Fit::new(Task::Binary, 1));
        let auc = |p: &[f64]| crate::metric::auc(&data.y, p).unwrap();
        let held_out = out_of_fold(&data, &folds, fit).unwrap();
        assert!((auc(&held_out.predictions) - 0.5).abs() < 0.15);
        assert!(auc(&fit(&data, 0).unwrap().predict(&data)) > 0.99);
        let one = out_of_fold(&data, &folds[..1], fit).unwrap();
        let missing = one.predictions.iter().filter(|p| p.is_nan()).count();
        assert_eq!(missing, folds[0].train.len());
    }
}
