//! Losses: their gradients, their best constant, their mean.

use chatsignal_core::num;
use rayon::prelude::*;

use crate::dataset::{Dataset, Task};
use crate::error::FitError;

use super::params::ClassWeight;

/// Least hessian of a row of weight 1 (XGBoost's).
const HESSIAN_MIN: f64 = 1e-16;

/// Weight of each row: its own times its class's times `positive` for targets of 1.
pub(crate) fn row_weights(
    data: &Dataset,
    task: Task,
    class_weight: ClassWeight,
    positive: f64,
) -> Result<Vec<f64>, FitError> {
    let mut weight: Vec<f64> = (0..data.rows()).map(|i| data.weight(i)).collect();
    if class_weight == ClassWeight::None && positive == 1.0 {
        return Ok(weight);
    }
    if task == Task::Regression {
        return Err(FitError::Unsupported {
            learner: "regression",
            reason: "only a binary target has classes to weigh; give row weights instead",
        });
    }
    let factors = match class_weight {
        ClassWeight::None => (1.0, 1.0),
        ClassWeight::Weights { negative, positive } => (negative, positive),
        ClassWeight::Balanced => {
            let all: f64 = weight.iter().sum();
            let ones: f64 = weight.iter().zip(&data.y).map(|(w, y)| w * y).sum();
            (all / (2.0 * (all - ones)), all / (2.0 * ones))
        }
    };
    for (w, &y) in weight.iter_mut().zip(&data.y) {
        *w *= if y > 0.5 { factors.1 * positive } else { factors.0 };
    }
    Ok(weight)
}

/// Margin of the best constant: the mean, or its log-odds.
pub(crate) fn base_score(task: Task, y: &[f64], weight: &[f64]) -> f64 {
    let total: f64 = weight.iter().sum();
    let mean = y.iter().zip(weight).map(|(y, w)| y * (w / total)).sum::<f64>();
    match task {
        Task::Regression => mean,
        // Weights far apart may round the mean to 0 or 1.
        Task::Binary => num::logit(mean.clamp(1e-15, 1.0 - 1e-15)),
    }
}

/// First and second derivative of each row's loss by its margin, times its weight.
pub(crate) fn gradients(
    task: Task,
    margins: &[f64],
    y: &[f64],
    weight: &[f64],
    out: &mut Vec<(f64, f64)>,
) {
    margins
        .par_iter()
        .with_min_len(4_096)
        .zip(y)
        .zip(weight)
        .map(|((&margin, &y), &w)| match task {
            Task::Regression => (w * (margin - y), w),
            Task::Binary => {
                let p = num::sigmoid(margin);
                (w * (p - y), w * (p * (1.0 - p)).max(HESSIAN_MIN))
            }
        })
        .collect_into_vec(out);
}

/// Weighted mean loss: squared error, or log loss in nats.
pub(crate) fn mean_loss(task: Task, margins: &[f64], data: &Dataset) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (i, (&margin, &y)) in margins.iter().zip(&data.y).enumerate() {
        let w = data.weight(i);
        total += w;
        sum += w * match task {
            Task::Regression => (margin - y) * (margin - y),
            Task::Binary => margin.max(0.0) - y * margin + num::ln_1p(num::exp(-margin.abs())),
        };
    }
    sum / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_match_differences_of_the_loss() {
        let data = |y| Dataset { y: vec![y], ..Default::default() };
        for task in [Task::Regression, Task::Binary] {
            for (margin, y) in [(0.3, 1.0), (-1.7, 0.0), (2.5, 1.0)] {
                let loss = |m: f64| mean_loss(task, &[m], &data(y));
                let d = 1e-4;
                let slope = (loss(margin + d) - loss(margin - d)) / (2.0 * d);
                let curve = (loss(margin + d) - 2.0 * loss(margin) + loss(margin - d)) / (d * d);
                let mut out = Vec::new();
                gradients(task, &[margin], &[y], &[1.0], &mut out);
                // Squared error is taken without its factor of 2.
                let factor = if task == Task::Regression { 2.0 } else { 1.0 };
                assert!((out[0].0 * factor - slope).abs() < 1e-6);
                assert!((out[0].1 * factor - curve).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn balanced_classes_weigh_the_same() {
        let data = Dataset { y: vec![1.0, 0.0, 0.0, 0.0], ..Default::default() };
        let weight = row_weights(&data, Task::Binary, ClassWeight::Balanced, 1.0).unwrap();
        assert_eq!(weight, [2.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
        assert!(base_score(Task::Binary, &data.y, &weight).abs() < 1e-12);
        assert!(row_weights(&data, Task::Regression, ClassWeight::Balanced, 1.0).is_err());
    }
}
