//! From the objective to the link.

use alloc::format;
use alloc::string::String;

use chatsignal_core::model::{Calibration, Postprocessor};

use crate::ImportError;

/// What turns margins into predictions.
pub(super) type Link = (Postprocessor, Calibration);

/// The link of an objective as LightGBM writes it: a name, then `key:value` pairs.
pub(super) fn link(objective: &str, outputs: usize) -> Result<Link, ImportError> {
    let refused = || ImportError::unsupported("objective", shortened(objective));
    let mut words = objective.split_ascii_whitespace();
    let name = words.next().ok_or_else(refused)?;
    let (mut sigmoid, mut sqrt, mut classes) = (None, false, None);
    for word in words {
        match word.split_once(':') {
            None if word == "sqrt" => sqrt = true,
            Some(("sigmoid", k)) => sigmoid = Some(k.parse::<f64>().map_err(|_| refused())?),
            Some(("num_class", k)) => classes = Some(k.parse::<usize>().map_err(|_| refused())?),
            // They shape the training, not the prediction.
            Some(("alpha" | "c" | "fair_c" | "tweedie_variance_power" | "max_position", _)) => {}
            _ => return Err(refused()),
        }
    }
    let joint = matches!(name, "multiclass" | "multiclassova");
    let fits = if joint { classes.is_none_or(|k| k == outputs) } else { outputs == 1 };
    if !fits {
        let found = format!("{} with num_tree_per_iteration={outputs}", shortened(objective));
        return Err(ImportError::unsupported("objective", found));
    }
    if sqrt && !matches!(name, "regression" | "regression_l1" | "fair" | "quantile" | "mape") {
        return Err(refused());
    }
    let plain = |postprocessor| Ok((postprocessor, Calibration::None));
    match name {
        "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape" => {
            plain(if sqrt { Postprocessor::SignedSquare } else { Postprocessor::Identity })
        }
        "lambdarank" | "rank_xendcg" => plain(Postprocessor::Identity),
        "poisson" | "gamma" | "tweedie" => plain(Postprocessor::Exponential),
        "cross_entropy" => plain(Postprocessor::Sigmoid),
        "cross_entropy_lambda" => plain(Postprocessor::Softplus),
        // One class alone has probability 1 whatever its margin.
        "multiclass" if outputs > 1 => plain(Postprocessor::Softmax),
        "binary" | "multiclassova" => {
            let a = sigmoid.unwrap_or(1.0);
            if !(a > 0.0 && a.is_finite()) {
                return Err(refused());
            }
            let scaled =
                if a == 1.0 { Calibration::None } else { Calibration::Platt { a, b: 0.0 } };
            Ok((Postprocessor::Sigmoid, scaled))
        }
        _ => Err(refused()),
    }
}

fn shortened(objective: &str) -> String {
    objective.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_those_of_the_objectives() {
        let of = |objective, outputs| link(objective, outputs).map(|(link, _)| link);
        assert_eq!(of("regression", 1), Ok(Postprocessor::Identity));
        assert_eq!(of("regression sqrt", 1), Ok(Postprocessor::SignedSquare));
        assert_eq!(of("tweedie tweedie_variance_power:1.5", 1), Ok(Postprocessor::Exponential));
        assert_eq!(of("multiclass num_class:3", 3), Ok(Postprocessor::Softmax));
        assert_eq!(of("multiclassova num_class:3 sigmoid:1", 3), Ok(Postprocessor::Sigmoid));
        let (_, calibration) = link("binary sigmoid:0.7", 1).unwrap();
        assert_eq!(calibration, Calibration::Platt { a: 0.7, b: 0.0 });
    }

    #[test]
    fn others_are_refused_by_name() {
        for (objective, outputs) in [
            ("", 1),
            ("xyz", 1),
            ("binary sigmoid:0", 1),
            ("binary sigmoid:nan", 1),
            ("binary sigmoid:1", 2),
            ("poisson sqrt", 1),
            ("multiclass num_class:3", 2),
            ("multiclass num_class:1", 1),
            ("regression new:1", 1),
        ] {
            let error = link(objective, outputs).unwrap_err();
            assert!(matches!(error, ImportError::Unsupported { .. }), "{objective}: {error:?}");
        }
    }
}
