//! Every side must give the same answers before it is timed.

use anyhow::{Result, ensure};
use chatsignal_core::explain::Explainer;
use chatsignal_core::num;

use super::FEATURES;
use super::model::Loaded;
use super::plan::Group;

/// Largest difference of a margin or probability from the library's own, relative to the larger of
/// 1 and the margin.
const MARGIN_TOLERANCE: f64 = 1e-5;
/// The same of a contribution: the libraries add in f32.
const SHAP_TOLERANCE: f64 = 1e-4;

/// Compares one side's outputs: margins with those of the library that trained the model,
/// contributions with ours, interaction values (summed over the second feature) with our
/// contributions.
///
/// # Errors
/// Too few outputs, or one that differs.
pub fn check(
    group: Group,
    model: &Loaded,
    rows: &[f32],
    outputs: &[f64],
    probability: bool,
) -> Result<()> {
    match group {
        Group::Batch | Group::Single => {
            let link = |m: f64| if probability { num::sigmoid(m) } else { m };
            let expected = model.margins.iter().map(|&m| link(m));
            compare(outputs, expected, outputs.len(), MARGIN_TOLERANCE)
        }
        Group::Shap => compare(outputs, contributions(model, rows), outputs.len(), SHAP_TOLERANCE),
        Group::Interactions => {
            let sums: Vec<f64> = outputs.chunks(FEATURES).map(|c| c.iter().sum()).collect();
            compare(&sums, contributions(model, rows), sums.len(), SHAP_TOLERANCE)
        }
    }
}

fn contributions(model: &Loaded, rows: &[f32]) -> impl Iterator<Item = f64> {
    let explainer = Explainer::new(&model.model);
    rows.chunks_exact(FEATURES).flat_map(move |row| explainer.explain(row).contributions)
}

fn compare(
    outputs: &[f64],
    expected: impl Iterator<Item = f64>,
    count: usize,
    tolerance: f64,
) -> Result<()> {
    ensure!(count > 0, "no output");
    let mut compared = 0;
    for (i, (found, expected)) in outputs.iter().zip(expected).enumerate() {
        let near = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
        ensure!(near, "wrong answers: output {i} is {found:.6} in place of {expected:.6}");
        compared += 1;
    }
    ensure!(compared == count, "{count} outputs for {compared} expected");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_an_error() {
        let expected = || [1.0, 100.0].into_iter();
        assert!(compare(&[1.0, 100.0009], expected(), 2, 1e-5).is_ok());
        assert!(compare(&[1.0, 100.002], expected(), 2, 1e-5).is_err());
        assert!(compare(&[1.0, f64::NAN], expected(), 2, 1e-5).is_err());
        assert!(compare(&[1.0, 100.0, 3.0], expected(), 3, 1e-5).is_err());
        assert!(compare(&[], expected(), 0, 1e-5).is_err());
    }
}
