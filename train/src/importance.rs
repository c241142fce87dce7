//! What a whole model owes to each feature.

use chatsignal_core::explain::Explainer;
use chatsignal_core::model::Model;
use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::learner::Fitted;
use crate::random;

/// Mean absolute SHAP contribution of each feature over the rows, in units of the margin; 0 for
/// every feature without rows.
#[must_use]
pub fn mean_abs_shap(model: &Model, data: &Dataset) -> Vec<f64> {
    let explainer = Explainer::new(model);
    let width = data.schema.len();
    // Fixed chunks, summed in order: equal bits for any number of threads.
    let parts: Vec<Vec<f64>> = data
        .x
        .par_chunks(256 * width.max(1))
        .map(|rows| {
            let mut contributions = vec![0.0; rows.len()];
            explainer.explain_rows(rows, &mut contributions);
            let mut sums = vec![0.0; width];
            for row in contributions.chunks_exact(width) {
                sums.iter_mut().zip(row).for_each(|(sum, c)| *sum += c.abs());
            }
            sums
        })
        .collect();
    let mut sums = vec![0.0; width];
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    sums.iter().map(|sum| sum / data.rows().max(1) as f64).collect()
}

/// How much `loss` of the predictions rises when a feature's values are shuffled between the rows
/// (Breiman 2001): mean over `repeats` shuffles. `loss` takes targets and predictions; `None` if it
/// is not defined on these rows.
#[must_use]
pub fn permutation(
    fitted: &Fitted,
    data: &Dataset,
    loss: fn(&[f64], &[f64]) -> Option<f64>,
    repeats: usize,
    seed: u64,
) -> Option<Vec<f64>> {
    let width = data.schema.len();
    let base = loss(&data.y, &fitted.predict(data))?;
    (0..width)
        .map(|feature| {
            let mut shuffled = data.clone();
            let mut order: Vec<usize> = (0..data.rows()).collect();
            let mut rise = 0.0;
            for repeat in 0..repeats.max(1) {
                let stream = (feature * repeats + repeat) as u64;
                random::shuffle(&mut random::generator(seed, stream), &mut order);
                for (row, &from) in order.iter().enumerate() {
                    shuffled.x[row * width + feature] = data.x[from * width + feature];
                }
                rise += loss(&data.y, &fitted.predict(&shuffled))? - base;
            }
            Some(rise / repeats.max(1) as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Task;
    use crate::learner::testing::table;
    use crate::learner::{Fit, GbmParams};
    use crate::metric;

    #[test]
    fn both_rank_the_features_that_matter_first() {
        let data = table(600, Task::Regression, 1);
        let params = GbmParams { n_estimators: 30, max_depth: 3, ..Default::default() };
        let fitted = params.check().unwrap().fit(&data, &Fit::new(Task::Regression, 1)).unwrap();
        let shap = mean_abs_shap(&fitted.model, &data);
        let shuffled = permutation(&fitted, &data, metric::rmse, 2, 1).unwrap();
        for importance in [shap, shuffled] {
            assert!(importance[0] > importance[3] && importance[3] > importance[2] * 5.0);
        }
        assert_eq!(mean_abs_shap(&fitted.model, &data.select(&[])), [0.0; 4]);
        assert_eq!(permutation(&fitted, &data.select(&[]), metric::rmse, 2, 1), None);
    }
}
