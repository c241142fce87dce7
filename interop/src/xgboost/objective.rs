//! What an objective means for prediction: the link, and the starting margin.

use chatsignal_core::model::Postprocessor;

use super::logf::logf;
use crate::ImportError;

/// How `base_score`, which files hold in output space, becomes a margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BaseLink {
    /// As it is.
    Identity,
    /// `-ln(1 / p - 1)`.
    Logit,
    /// `ln(m)`.
    Ln,
}

/// Objectives, their link and that of their base score.
const OBJECTIVES: &[(&str, Postprocessor, BaseLink)] = &[
    ("reg:squarederror", Postprocessor::Identity, BaseLink::Identity),
    ("reg:linear", Postprocessor::Identity, BaseLink::Identity),
    ("reg:squaredlogerror", Postprocessor::Identity, BaseLink::Identity),
    ("reg:absoluteerror", Postprocessor::Identity, BaseLink::Identity),
    ("reg:pseudohubererror", Postprocessor::Identity, BaseLink::Identity),
    ("reg:quantileerror", Postprocessor::Identity, BaseLink::Identity),
    (EXPECTILE, Postprocessor::Identity, BaseLink::Identity),
    ("rank:pairwise", Postprocessor::Identity, BaseLink::Identity),
    ("rank:ndcg", Postprocessor::Identity, BaseLink::Identity),
    ("rank:map", Postprocessor::Identity, BaseLink::Identity),
    ("reg:logistic", Postprocessor::Sigmoid, BaseLink::Logit),
    ("binary:logistic", Postprocessor::Sigmoid, BaseLink::Logit),
    // Its base score is a margin already.
    ("binary:logitraw", Postprocessor::Identity, BaseLink::Identity),
    ("binary:hinge", Postprocessor::Step, BaseLink::Identity),
    ("multi:softmax", Postprocessor::ClassIndex, BaseLink::Identity),
    ("multi:softprob", Postprocessor::Softmax, BaseLink::Identity),
    ("count:poisson", Postprocessor::Exponential, BaseLink::Ln),
    ("reg:gamma", Postprocessor::Exponential, BaseLink::Ln),
    ("reg:tweedie", Postprocessor::Exponential, BaseLink::Ln),
    ("survival:cox", Postprocessor::Exponential, BaseLink::Ln),
    ("survival:aft", Postprocessor::Exponential, BaseLink::Ln),
];

/// With several expectiles its outputs are differences: not one of our links.
const EXPECTILE: &str = "reg:expectileerror";

/// Since 3.2 a probability is kept this far (`kRtEps`) from 0 and 1 before its logit is taken.
const PROBABILITY_MIN: f32 = 1e-6;

/// The links of an objective.
pub(super) fn links(name: &str, outputs: usize) -> Result<(Postprocessor, BaseLink), ImportError> {
    let known = OBJECTIVES.iter().find(|(objective, ..)| *objective == name);
    match known {
        Some((EXPECTILE, ..)) if outputs > 1 => {
            Err(ImportError::unsupported("objective", "reg:expectileerror of several expectiles"))
        }
        Some((_, link, base)) => Ok((*link, *base)),
        None => Err(ImportError::unsupported("objective", name)),
    }
}

impl BaseLink {
    /// The starting margin, computed in f32 as XGBoost does.
    pub(super) fn margin(self, base_score: f32, version: (u32, u32)) -> Result<f32, ImportError> {
        let margin = match self {
            Self::Identity => Some(base_score),
            // A column of labels that are all equal has 0 or 1.
            Self::Logit if version >= (3, 2) && (0.0..=1.0).contains(&base_score) => {
                let p = base_score.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
                Some(-logf(1.0 / p - 1.0))
            }
            Self::Logit if base_score > 0.0 && base_score < 1.0 => {
                Some(-logf(1.0 / base_score - 1.0))
            }
            Self::Ln if base_score > 0.0 => Some(logf(base_score)),
            Self::Logit | Self::Ln => None,
        };
        margin.filter(|margin| margin.is_finite()).ok_or_else(|| {
            let rule = "must be a number of the range of the objective's predictions";
            ImportError::malformed("learner_model_param.base_score", rule)
        })
    }
}

/// The numbers of a parameter: `5E-1` or `[1.2E0,3E-1]`.
pub(super) fn numbers(text: &str) -> Option<alloc::vec::Vec<f32>> {
    let text = text.trim();
    let inside = text.strip_prefix('[').map_or(Some(text), |rest| rest.strip_suffix(']'))?;
    inside.split(',').map(|number| number.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_scores_of_every_version_are_read() {
        assert_eq!(numbers("5E-1"), Some([0.5].into()));
        assert_eq!(numbers("[1.2E0,3E-1]"), Some([1.2, 0.3].into()));
        assert_eq!(numbers("[1"), None);
        assert_eq!(numbers(""), None);
    }

    #[test]
    fn labels_that_are_all_equal_have_the_margin_of_xgboost_3_2() {
        let margin = |base| BaseLink::Logit.margin(base, (3, 2)).unwrap();
        assert_eq!([margin(0.0), margin(1.0)], [-13.81551, 13.74516]);
    }

    #[test]
    fn a_base_score_outside_its_range_is_refused() {
        for bad in [-0.5, 1.5, f32::NAN, f32::INFINITY] {
            assert!(BaseLink::Logit.margin(bad, (3, 2)).is_err(), "{bad}");
        }
        for bad in [0.0, 1.0, -0.5, f32::NAN, f32::INFINITY] {
            assert!(BaseLink::Logit.margin(bad, (3, 1)).is_err(), "{bad}");
        }
        assert!(BaseLink::Ln.margin(0.0, (3, 2)).is_err());
        assert_eq!(BaseLink::Logit.margin(0.5, (1, 7)), Ok(-0.0));
    }
}
