//! `linfa-logistic` as a solver of logistic regression.

use chatsignal_core::model::LogisticModel;
use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};

use crate::error::FitError;
use crate::learner::LogisticParams;
use crate::preprocess::Design;

const NAME: &str = "linfa-logistic";

/// Most cells of the dense table that the crate needs.
const CELLS_MAX: usize = 1 << 27;

/// Fits a design. The gradient tolerance is the crate's own, `tol` times the rows.
pub(crate) fn fit(
    params: &LogisticParams,
    design: &Design,
    y: &[f64],
    weight: &[f64],
) -> Result<LogisticModel, FitError> {
    if weight.iter().any(|&w| w != 1.0) {
        let reason = "it takes no weights of rows or classes; use the solver `newton`";
        return Err(FitError::Unsupported { learner: NAME, reason });
    }
    let found = y.len().saturating_mul(design.width);
    if found > CELLS_MAX {
        let what = "values with one column per category (use the solver `newton`)";
        return Err(FitError::TooLarge { what, found, limit: CELLS_MAX });
    }
    let mut records = Array2::<f64>::zeros((y.len(), design.width));
    for (i, mut row) in records.rows_mut().into_iter().enumerate() {
        if let Some(row) = row.as_slice_mut() {
            design.row(i).add_to(row, 1.0, |x| x);
        }
    }
    let targets: Array1<bool> = y.iter().map(|&y| y > 0.5).collect();
    let fitted = LogisticRegression::default()
        .alpha(1.0 / params.c)
        .max_iterations(params.max_iter as u64)
        .gradient_tolerance((params.tol * y.len() as f64).max(1e-8))
        .fit(&DatasetBase::new(records, targets))
        .map_err(|error| FitError::Backend { learner: NAME, reason: error.to_string() })?;
    // Its positive class is the more frequent label, not `true`.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let columns: Vec<f64> = fitted.params().iter().map(|w| sign * w).collect();
    let model = design.model(&columns, sign * fitted.intercept());
    model
        .check()
        .map_err(|error| FitError::Backend { learner: NAME, reason: error.to_string() })?;
    Ok(model)
}
