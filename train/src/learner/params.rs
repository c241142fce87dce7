//! Hyperparameters by their usual names, and the form of them that has been checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use chatsignal_core::limits;

use crate::error::{FitError, require};

/// Parameters that passed [`GbmParams::check`] and its like: the only form that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Valid<P>(pub(crate) P);

impl<P> Valid<P> {
    /// The parameters.
    #[must_use]
    pub fn get(&self) -> &P {
        &self.0
    }
}

/// Weight of the classes of a binary target (scikit-learn's `class_weight`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeight {
    /// 1 each.
    #[default]
    None,
    /// `rows / (2 * rows of the class)`, by weight.
    Balanced,
    /// Given.
    Weights {
        /// Factor of the rows with target 0.
        negative: f64,
        /// Factor of the rows with target 1.
        positive: f64,
    },
}

impl ClassWeight {
    fn check(&self) -> Result<(), FitError> {
        let Self::Weights { negative, positive } = self else { return Ok(()) };
        for weight in [negative, positive] {
            let holds = (1e-6..=1e6).contains(weight);
            require(holds, "class_weight", weight, "from 1e-6 to 1e6")?;
        }
        Ok(())
    }
}

/// Gradient boosting. Names and meanings are XGBoost's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GbmParams {
    /// Trees (boosting rounds), 1 to 10,000.
    pub n_estimators: usize,
    /// Shrinkage of each tree, above 0 up to 1.
    pub learning_rate: f64,
    /// Edges from root to leaf at most, 1 to 64.
    pub max_depth: usize,
    /// Leaves at most; if given, the leaf of greatest gain is split first (leaf-wise growth).
    pub max_leaves: Option<usize>,
    /// Sum of second derivatives (times weight) that each child must have.
    pub min_child_weight: f64,
    /// Rows that each child must have.
    pub min_samples_leaf: usize,
    /// L2 penalty on leaf values.
    pub lambda: f64,
    /// Least gain of a split.
    pub gamma: f64,
    /// Share of rows drawn for each tree.
    pub subsample: f64,
    /// Share of features drawn for each tree.
    pub colsample: f64,
    /// Bins of a feature at most, 2 to 65,535; a feature of no more distinct values is binned
    /// exactly. Up to 255 fit in a byte and train faster.
    pub max_bins: usize,
    /// Categories present in a node up to which each is tried against all others; above, they are
    /// ordered by gradient over hessian and cut in two.
    pub max_cat_to_onehot: usize,
    /// Added to the hessian where categories are ordered (LightGBM's `cat_smooth`).
    pub cat_smooth: f64,
    /// L2 penalty added to `lambda` at splits of ordered categories (LightGBM's `cat_l2`).
    pub cat_l2: f64,
    /// Direction in which the prediction may move with a numeric feature: 1 rising, -1 falling.
    pub monotone: BTreeMap<String, i8>,
    /// Weight of the classes of a binary target.
    pub class_weight: ClassWeight,
    /// Further factor on the weight of rows with target 1.
    pub scale_pos_weight: f64,
    /// With validation rows: stop when the loss has not fallen for so many rounds, and keep the
    /// trees up to the best.
    pub early_stopping_rounds: Option<usize>,
}

impl Default for GbmParams {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            learning_rate: 0.1,
            max_depth: 6,
            max_leaves: None,
            min_child_weight: 1.0,
            min_samples_leaf: 1,
            lambda: 1.0,
            gamma: 0.0,
            subsample: 1.0,
            colsample: 1.0,
            max_bins: 255,
            max_cat_to_onehot: 4,
            cat_smooth: 10.0,
            cat_l2: 10.0,
            monotone: BTreeMap::new(),
            class_weight: ClassWeight::None,
            scale_pos_weight: 1.0,
            early_stopping_rounds: None,
        }
    }
}

impl GbmParams {
    /// # Errors
    /// [`FitError::Parameter`] names the first parameter that is out of range.
    pub fn check(self) -> Result<Valid<Self>, FitError> {
        check_trees(self.n_estimators)?;
        check_depth(self.max_depth)?;
        check_bins(self.max_bins)?;
        check_share("learning_rate", self.learning_rate)?;
        check_share("subsample", self.subsample)?;
        check_share("colsample", self.colsample)?;
        if let Some(leaves) = self.max_leaves {
            let holds = (2..=limits::TREE_NODES_MAX / 2).contains(&leaves);
            require(holds, "max_leaves", leaves, "from 2 to 524,288")?;
        }
        for (name, value) in [
            ("min_child_weight", self.min_child_weight),
            ("lambda", self.lambda),
            ("gamma", self.gamma),
            ("cat_smooth", self.cat_smooth),
            ("cat_l2", self.cat_l2),
        ] {
            require((0.0..=1e15).contains(&value), name, value, "from 0 to 1e15")?;
        }
        check_leaf("min_samples_leaf", self.min_samples_leaf)?;
        for (feature, direction) in &self.monotone {
            if !(-1..=1).contains(direction) {
                let (name, feature) = ("monotone", feature.clone());
                let reason = "has a direction other than -1, 0 or 1";
                return Err(FitError::ParameterFeature { name, feature, reason });
            }
        }
        self.class_weight.check()?;
        let holds = (1e-6..=1e6).contains(&self.scale_pos_weight);
        require(holds, "scale_pos_weight", self.scale_pos_weight, "from 1e-6 to 1e6")?;
        if let Some(rounds) = self.early_stopping_rounds {
            check_leaf("early_stopping_rounds", rounds)?;
        }
        Ok(Valid(self))
    }
}

/// How many features a forest's split looks at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaxFeatures {
    /// Square root of their number.
    Sqrt,
    /// All.
    All,
    /// A share of them, above 0 up to 1.
    Share(f64),
    /// So many.
    Count(usize),
}

/// Random forest. Names and meanings are scikit-learn's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForestParams {
    /// Trees, 1 to 10,000.
    pub n_estimators: usize,
    /// Edges from root to leaf at most, 1 to 64 (`None`: 64).
    pub max_depth: Option<usize>,
    /// Rows that each child must have.
    pub min_samples_leaf: usize,
    /// Features that each split looks at (`None`: the square root for a binary target, all for
    /// regression, as in scikit-learn).
    pub max_features: Option<MaxFeatures>,
    /// Whether each tree learns from a bootstrap sample; needed for out-of-bag predictions.
    pub bootstrap: bool,
    /// Bins of a feature at most, 2 to 65,535.
    pub max_bins: usize,
    /// Weight of the classes of a binary target.
    pub class_weight: ClassWeight,
}

impl Default for ForestParams {
    fn default() -> Self {
        Self {
            n_estimators: 100,
            max_depth: None,
            min_samples_leaf: 1,
            max_features: None,
            bootstrap: true,
            max_bins: 255,
            class_weight: ClassWeight::None,
        }
    }
}

impl ForestParams {
    /// # Errors
    /// [`FitError::Parameter`] names the first parameter that is out of range.
    pub fn check(self) -> Result<Valid<Self>, FitError> {
        check_trees(self.n_estimators)?;
        check_depth(self.max_depth.unwrap_or(1))?;
        check_leaf("min_samples_leaf", self.min_samples_leaf)?;
        check_bins(self.max_bins)?;
        match self.max_features {
            Some(MaxFeatures::Share(share)) => check_share("max_features", share)?,
            Some(MaxFeatures::Count(count)) => check_leaf("max_features", count)?,
            _ => {}
        }
        self.class_weight.check()?;
        Ok(Valid(self))
    }
}

/// Who solves the logistic regression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogisticSolver {
    /// Our own Newton's method; takes weights.
    #[default]
    Newton,
    /// The crate `linfa-logistic` (L-BFGS); no weights.
    Linfa,
}

/// L2-regularised logistic regression. Names and meanings are scikit-learn's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticParams {
    /// Inverse of the L2 penalty: the loss is `sum of log losses + |coefficients|^2 / (2 C)`.
    #[serde(rename = "C")]
    pub c: f64,
    /// Weight of the classes.
    pub class_weight: ClassWeight,
    /// Steps at most.
    pub max_iter: usize,
    /// Stop when no component of the mean gradient exceeds this.
    pub tol: f64,
    /// Solver.
    pub solver: LogisticSolver,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            class_weight: ClassWeight::None,
            max_iter: 200,
            tol: 1e-7,
            solver: LogisticSolver::Newton,
        }
    }
}

impl LogisticParams {
    /// # Errors
    /// [`FitError::Parameter`] names the first parameter that is out of range.
    pub fn check(self) -> Result<Valid<Self>, FitError> {
        require((1e-9..=1e9).contains(&self.c), "C", self.c, "from 1e-9 to 1e9")?;
        require((1e-12..=1.0).contains(&self.tol), "tol", self.tol, "from 1e-12 to 1")?;
        let holds = (1..=100_000).contains(&self.max_iter);
        require(holds, "max_iter", self.max_iter, "from 1 to 100,000")?;
        self.class_weight.check()?;
        Ok(Valid(self))
    }
}

/// Gradient boosting by the crate `gbdt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GbdtParams {
    /// Trees, 1 to 10,000.
    pub n_estimators: usize,
    /// Shrinkage of each tree, above 0 up to 1.
    pub learning_rate: f64,
    /// Edges from root to leaf at most, 1 to 64.
    pub max_depth: usize,
    /// A node of no more rows than this is not split.
    pub min_samples_leaf: usize,
}

impl Default for GbdtParams {
    fn default() -> Self {
        Self { n_estimators: 100, learning_rate: 0.1, max_depth: 6, min_samples_leaf: 1 }
    }
}

impl GbdtParams {
    /// # Errors
    /// [`FitError::Parameter`] names the first parameter that is out of range.
    pub fn check(self) -> Result<Valid<Self>, FitError> {
        check_trees(self.n_estimators)?;
        check_depth(self.max_depth)?;
        check_share("learning_rate", self.learning_rate)?;
        check_leaf("min_samples_leaf", self.min_samples_leaf)?;
        Ok(Valid(self))
    }
}

fn check_trees(trees: usize) -> Result<(), FitError> {
    let holds = (1..=limits::TREES_MAX).contains(&trees);
    require(holds, "n_estimators", trees, "from 1 to 10,000")
}

/// Deepest tree that learners grow. Models may be deeper (`limits::TREE_DEPTH_MAX`).
pub(super) const DEPTH_MAX: usize = 64;

fn check_depth(depth: usize) -> Result<(), FitError> {
    let holds = (1..=DEPTH_MAX).contains(&depth);
    require(holds, "max_depth", depth, "from 1 to 64")
}

fn check_bins(bins: usize) -> Result<(), FitError> {
    require((2..=65_535).contains(&bins), "max_bins", bins, "from 2 to 65,535")
}

fn check_share(name: &'static str, share: f64) -> Result<(), FitError> {
    require(share > 0.0 && share <= 1.0, name, share, "above 0 and up to 1")
}

fn check_leaf(name: &'static str, count: usize) -> Result<(), FitError> {
    require((1..=1_000_000_000).contains(&count), name, count, "at least 1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid() {
        GbmParams::default().check().unwrap();
        ForestParams::default().check().unwrap();
        LogisticParams::default().check().unwrap();
        GbdtParams::default().check().unwrap();
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let bad = [
            (r#"{"n_estimators": 0}"#, "n_estimators"),
            (r#"{"max_depth": 65}"#, "max_depth"),
            (r#"{"learning_rate": 0}"#, "learning_rate"),
            (r#"{"subsample": 1.5}"#, "subsample"),
            (r#"{"lambda": -1}"#, "lambda"),
            (r#"{"max_bins": 1}"#, "max_bins"),
            (r#"{"monotone": {"age": 2}}"#, "age"),
            (r#"{"class_weight": {"weights": {"negative": 0, "positive": 1}}}"#, "class_weight"),
        ];
        for (json, name) in bad {
            let params: GbmParams = serde_json::from_str(json).unwrap();
            let error = params.check().unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert!(serde_json::from_str::<GbmParams>(r#"{"n_trees": 5}"#).is_err());
        let nan = LogisticParams { c: f64::NAN, ..Default::default() };
        assert!(nan.check().is_err());
    }

    #[test]
    fn usual_names_are_read() {
        let forest: ForestParams = serde_json::from_str(
            r#"{"max_features": {"share": 0.5}, "class_weight": "balanced", "max_depth": 8}"#,
        )
        .unwrap();
        assert_eq!(forest.max_features, Some(MaxFeatures::Share(0.5)));
        assert_eq!(forest.class_weight, ClassWeight::Balanced);
        let logistic: LogisticParams =
            serde_json::from_str(r#"{"C": 0.1, "solver": "linfa"}"#).unwrap();
        assert_eq!((logistic.c, logistic.solver), (0.1, LogisticSolver::Linfa));
    }
}
