//! The objective whose link is a model's, and the parameters around it.

use alloc::format;
use alloc::string::{String, ToString};

use chatsignal_core::model::Postprocessor;

use super::ExportError;
use super::writer::{object, quoted};

/// An objective to write.
pub(super) struct Objective {
    name: &'static str,
    link: Postprocessor,
}

impl Objective {
    /// The objective for a link and so many outputs.
    pub(super) fn of(link: Postprocessor, outputs: usize) -> Result<Self, ExportError> {
        let name = match link {
            Postprocessor::Identity | Postprocessor::ClipUnit | Postprocessor::ClipHundred => {
                "reg:squarederror"
            }
            Postprocessor::Sigmoid => "binary:logistic",
            Postprocessor::Exponential => "count:poisson",
            Postprocessor::Softmax => "multi:softprob",
            Postprocessor::ClassIndex => "multi:softmax",
            Postprocessor::Step => "binary:hinge",
            Postprocessor::SignedSquare | Postprocessor::Softplus => {
                let found = format!("the link {link:?}");
                return Err(ExportError::unsupported("postprocessor", found));
            }
        };
        if outputs > 1 && link == Postprocessor::Step {
            return Err(ExportError::unsupported("postprocessor", "a step of several outputs"));
        }
        Ok(Self { name, link })
    }

    /// What its link does not do.
    pub(super) fn note(&self) -> Option<String> {
        let clipped = matches!(self.link, Postprocessor::ClipUnit | Postprocessor::ClipHundred);
        clipped.then(|| "predictions there are not clipped to their range".into())
    }

    /// The margin of all outputs, where it can stand as base score: files hold it in output space,
    /// so only where that is the margin itself.
    pub(super) fn base_as_margin(&self, bases: &[f32]) -> Option<f32> {
        let identity = !matches!(self.link, Postprocessor::Sigmoid | Postprocessor::Exponential);
        let equal = bases.windows(2).all(|pair| pair[0].to_bits() == pair[1].to_bits());
        bases.first().copied().filter(|_| identity && equal)
    }

    /// The base score whose margin is 0.
    pub(super) fn zero(&self) -> String {
        match self.link {
            Postprocessor::Sigmoid => "5e-1",
            Postprocessor::Exponential => "1e0",
            _ => "0e0",
        }
        .into()
    }

    /// `learner_model_param`.
    pub(super) fn learner_param(&self, base: &str, features: usize, outputs: usize) -> String {
        let classes = if self.link.is_joint() { outputs } else { 0 };
        let targets = if self.link.is_joint() { 1 } else { outputs };
        object([
            ("base_score", quoted(base)),
            ("boost_from_average", quoted("0")),
            ("num_class", quoted(&classes.to_string())),
            ("num_feature", quoted(&features.to_string())),
            ("num_target", quoted(&targets.to_string())),
        ])
    }

    /// `objective`.
    pub(super) fn document(&self, outputs: usize) -> String {
        let name = ("name", quoted(self.name));
        let param = |key, value: &str| (key, quoted(value));
        match self.link {
            Postprocessor::Softmax | Postprocessor::ClassIndex => {
                let classes = object([param("num_class", &outputs.to_string())]);
                object([name, ("softmax_multiclass_param", classes)])
            }
            Postprocessor::Exponential => {
                let poisson = object([param("max_delta_step", "7E-1")]);
                object([name, ("poisson_regression_param", poisson)])
            }
            Postprocessor::Step => object([name]),
            _ => {
                let loss = object([param("scale_pos_weight", "1")]);
                object([name, ("reg_loss_param", loss)])
            }
        }
    }
}
