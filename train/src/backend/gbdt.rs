//! The crate `gbdt` as a learner.
//!
//! It takes no missing values, joins values closer than 1e-5, loses track of large numbers in f32,
//! panics on input that it does not expect and has no seed. So it is shown ranks in place of
//! values, categories as columns of 0 and 1, a scaled target and our own starting margin, without
//! sampling; its trees are turned back into core trees, which know the values again.
//!
//! Missing is a rank below all others where a feature misses values in training, and elsewhere the
//! median.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chatsignal_core::model::{
    Aggregation, CategorySet, Dialect, Model, Postprocessor, Tree, TreeEnsemble,
};
use chatsignal_core::num;
use gbdt::config::Config;
use gbdt::decision_tree::{Data, DataVec};
use gbdt::gradient_boost::GBDT;
use serde::Deserialize;

use crate::dataset::{Dataset, Task};
use crate::error::FitError;
use crate::learner::{
    FeatureBins, Fit, Fitted, GbdtParams, Valid, base_score, check_trees_input, find_bins,
    sum_covers,
};

const NAME: &str = "gbdt";

/// Most cells of the table that the crate is given: it holds about 40 bytes for each.
const CELLS_MAX: usize = 1 << 26;

impl Valid<GbdtParams> {
    /// Trains by the crate `gbdt`. It has no seed and needs none: nothing is sampled.
    ///
    /// # Errors
    /// [`FitError`]: what is wrong with the data, or what the backend said.
    pub fn fit(&self, data: &Dataset, fit: &Fit<'_>) -> Result<Fitted, FitError> {
        check_trees_input(data, fit)?;
        let encoding = Encoding::new(data);
        let found = data.rows().saturating_mul(encoding.columns.len());
        if found > CELLS_MAX {
            let what = "values with one column per category (use gbm)";
            return Err(FitError::TooLarge { what, found, limit: CELLS_MAX });
        }
        fit.progress.step(NAME, 0, 1);
        let target = Target::new(data, fit.task);
        let mut rows = encoding.rows(data, &target);
        let config = self.config(encoding.columns.len(), fit.task);
        let trained = catch_unwind(AssertUnwindSafe(|| {
            let mut learner = GBDT::new(&config);
            learner.fit(&mut rows);
            learner
        }))
        .map_err(|_| backend_error("it panicked"))?;
        // Its trees are private, but it can write them down.
        let written: Written = serde_json::to_value(&trained)
            .and_then(serde_json::from_value)
            .map_err(|error| backend_error(error.to_string()))?;
        let factor = target.factor * self.0.learning_rate as f32 as f64;
        let trees = written
            .trees
            .iter()
            .map(|tree| encoding.tree(&tree.tree.tree, factor, data))
            .collect::<Result<_, _>>()?;
        let ensemble = TreeEnsemble {
            trees,
            base_score: target.base_score,
            aggregation: Aggregation::Sum,
            n_features: data.schema.len(),
            dialect: Dialect::default(),
        };
        ensemble.check().map_err(|error| backend_error(error.to_string()))?;
        fit.progress.step(NAME, 1, 1);
        Ok(Fitted {
            model: Model::Trees(ensemble),
            postprocessor: match fit.task {
                Task::Regression => Postprocessor::Identity,
                Task::Binary => Postprocessor::Sigmoid,
            },
            gain: None,
            out_of_bag: None,
            validation_loss: None,
        })
    }

    fn config(&self, columns: usize, task: Task) -> Config {
        let mut config = Config::new();
        config.set_feature_size(columns);
        config.set_iterations(self.0.n_estimators);
        config.set_max_depth(self.0.max_depth as u32);
        config.set_min_leaf_size(self.0.min_samples_leaf);
        config.set_shrinkage(self.0.learning_rate as f32);
        config.set_loss(match task {
            Task::Regression => "SquaredError",
            Task::Binary => "LogLikelyhood",
        });
        config.enabled_initial_guess(true);
        config.set_training_optimization_level(2);
        config
    }
}

fn backend_error(reason: impl Into<String>) -> FitError {
    FitError::Backend { learner: NAME, reason: reason.into() }
}

/// The target as the crate is shown it: -1 and 1, or scaled to mean 0 and deviation 1.
struct Target {
    label: Vec<f32>,
    guess: f32,
    /// What its leaf values are to be multiplied by: its logistic margin is half the log-odds.
    factor: f64,
    base_score: f64,
}

impl Target {
    fn new(data: &Dataset, task: Task) -> Self {
        let weight: Vec<f64> = (0..data.rows()).map(|i| data.weight(i)).collect();
        let base = base_score(task, &data.y, &weight);
        match task {
            Task::Binary => {
                let label = data.y.iter().map(|&y| if y > 0.5 { 1.0 } else { -1.0 }).collect();
                let guess = (base / 2.0) as f32;
                Self { label, guess, factor: 2.0, base_score: 2.0 * f64::from(guess) }
            }
            Task::Regression => {
                let total: f64 = weight.iter().sum();
                let squares = data.y.iter().zip(&weight);
                let variance: f64 =
                    squares.map(|(y, w)| (y - base) * (y - base) * (w / total)).sum();
                let factor = num::sqrt(variance).max(f64::MIN_POSITIVE);
                let label = data.y.iter().map(|y| ((y - base) / factor) as f32).collect();
                Self { label, guess: 0.0, factor, base_score: base }
            }
        }
    }
}

/// A column that the crate is shown.
#[derive(Clone, Copy, Debug)]
enum Column {
    /// Ranks of a numeric feature; `missing` stands in for missing values.
    Ranks { feature: usize, missing: usize },
    /// Whether a categorical feature has this code.
    Code { feature: usize, code: usize },
}

/// How the table is shown to the crate.
struct Encoding {
    columns: Vec<Column>,
    /// One bin for each distinct value: bin numbers are ranks.
    bins: Vec<FeatureBins>,
}

/// The parts of the crate's own JSON that are needed.
#[derive(Deserialize)]
struct Written {
    trees: Vec<WrittenTree>,
}

#[derive(Deserialize)]
struct WrittenTree {
    tree: WrittenNodes,
}

#[derive(Deserialize)]
struct WrittenNodes {
    tree: Vec<WrittenNode>,
}

#[derive(Deserialize)]
struct WrittenNode {
    value: WrittenValue,
    left: usize,
    right: usize,
}

#[derive(Deserialize)]
struct WrittenValue {
    feature_index: usize,
    feature_value: f64,
    pred: f64,
    is_leaf: bool,
}

impl Encoding {
    fn new(data: &Dataset) -> Self {
        let weight: Vec<f64> = (0..data.rows()).map(|i| data.weight(i)).collect();
        let bins = find_bins(data, &weight, data.rows() + 1);
        let mut columns = Vec::new();
        for (feature, bins) in bins.iter().enumerate() {
            match bins {
                FeatureBins::Numeric { .. } => {
                    let mut ranks: Vec<usize> =
                        (0..data.rows()).map(|i| bins.bin(data.row(i)[feature])).collect();
                    ranks.sort_unstable();
                    let median = ranks[ranks.len() / 2];
                    let missing = if ranks[0] == 0 { 0 } else { median };
                    columns.push(Column::Ranks { feature, missing });
                }
                FeatureBins::Categorical { codes } => {
                    columns.extend((0..*codes).map(|code| Column::Code { feature, code }));
                }
            }
        }
        Self { columns, bins }
    }

    /// Rows of positive weight, weights scaled so that the smallest is 1 (the crate takes a sum of
    /// weights up to 1 for a single row).
    fn rows(&self, data: &Dataset, target: &Target) -> DataVec {
        let kept = || (0..data.rows()).filter(|&i| data.weight(i) > 0.0);
        let least = kept().map(|i| data.weight(i)).fold(f64::INFINITY, f64::min);
        kept()
            .map(|i| {
                let row = data.row(i);
                let feature = self.columns.iter().map(|column| match *column {
                    Column::Ranks { feature, .. } => self.bins[feature].bin(row[feature]) as f32,
                    Column::Code { feature, code } => {
                        f32::from(u8::from(row[feature] == code as f32))
                    }
                });
                let weight = (data.weight(i) / least).min(1e12) as f32;
                let (label, guess) = (target.label[i], Some(target.guess));
                Data::new_training_data(feature.collect(), weight, label, guess)
            })
            .collect()
    }

    /// A tree over the features themselves.
    fn tree(&self, nodes: &[WrittenNode], factor: f64, data: &Dataset) -> Result<Tree, FitError> {
        let mut tree = Tree::default();
        nodes.iter().for_each(|_| {
            tree.push_leaf(0.0, 0.0);
        });
        for (number, node) in nodes.iter().enumerate() {
            if node.value.is_leaf {
                tree.leaf_value[number] = factor * node.value.pred;
                continue;
            }
            let column = self.columns.get(node.value.feature_index).copied();
            let column = column.ok_or_else(|| backend_error("a split on no feature"))?;
            let (mut left, mut right) = (node.left as u32, node.right as u32);
            match column {
                Column::Ranks { feature, missing } => {
                    // Ranks are whole numbers: those below the value go left.
                    let first_right = num::floor(node.value.feature_value) as usize
                        + usize::from(node.value.feature_value % 1.0 > 0.0);
                    tree.split_feature[number] = feature as u32;
                    tree.threshold[number] =
                        self.bins[feature].threshold(first_right.saturating_sub(1), first_right);
                    tree.default_left[number] = missing < first_right;
                }
                Column::Code { feature, code } => {
                    // Having the code is the larger value, so its right child; a set goes left.
                    std::mem::swap(&mut left, &mut right);
                    tree.split_feature[number] = feature as u32;
                    let mut set = CategorySet::default();
                    set.insert(code);
                    tree.category_sets.push(set);
                    tree.category_set[number] = tree.category_sets.len() as u32;
                }
            }
            let children = number + 1..nodes.len();
            if !children.contains(&node.left) || !children.contains(&node.right) {
                return Err(backend_error("a tree that is none"));
            }
            (tree.left[number], tree.right[number]) = (left, right);
        }
        for i in (0..data.rows()).filter(|&i| data.weight(i) > 0.0) {
            let leaf = tree.leaf(data.row(i));
            tree.cover[leaf] += data.weight(i);
        }
        sum_covers(&mut tree);
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::testing::{odd_tables, refused_tables, table};
    use crate::metric;
    use chatsignal_core::explain::Explainer;

    fn fitted(data: &Dataset, task: Task) -> Fitted {
        let params = GbdtParams {
            n_estimators: 30,
            max_depth: 4,
            learning_rate: 0.2,
            ..GbdtParams::default()
        };
        params.check().unwrap().fit(data, &Fit::new(task, 1)).unwrap()
    }

    #[test]
    fn learns_numbers_missing_values_and_categories() {
        let (train, test) = (table(1_500, Task::Regression, 1), table(1_000, Task::Regression, 2));
        let model = fitted(&train, Task::Regression);
        assert!(metric::r2(&test.y, &model.predict(&test)).unwrap() > 0.93);
        let (train, test) = (table(1_500, Task::Binary, 1), table(1_000, Task::Binary, 2));
        let model = fitted(&train, Task::Binary);
        assert!(metric::auc(&test.y, &model.predict(&test)).unwrap() > 0.9);
        let explainer = Explainer::new(&model.model);
        let margin = model.model.margin(test.row(0));
        assert!((explainer.explain(test.row(0)).margin() - margin).abs() < 1e-9);
    }

    #[test]
    fn predictions_are_those_of_the_crate() {
        let data = table(400, Task::Binary, 1);
        let (encoding, target) = (Encoding::new(&data), Target::new(&data, Task::Binary));
        let params = GbdtParams::default().check().unwrap();
        let mut rows = encoding.rows(&data, &target);
        let mut learner = GBDT::new(&params.config(encoding.columns.len(), Task::Binary));
        learner.fit(&mut rows);
        let theirs = learner.predict(&rows);
        let ours = params.fit(&data, &Fit::new(Task::Binary, 1)).unwrap().predict(&data);
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert!((ours - f64::from(theirs)).abs() < 1e-5, "{ours} {theirs}");
        }
    }

    #[test]
    fn values_closer_than_its_tolerance_are_told_apart() {
        let mut data = table(400, Task::Regression, 1);
        data.x.iter_mut().enumerate().filter(|(i, _)| i % 4 < 3).for_each(|(_, x)| *x *= 1e-20);
        data.y.iter_mut().for_each(|y| *y *= 1e9);
        let model = fitted(&data, Task::Regression);
        assert!(metric::r2(&data.y, &model.predict(&data)).unwrap() > 0.95);
    }

    #[test]
    fn odd_tables_are_fitted_soundly() {
        for task in [Task::Regression, Task::Binary] {
            for (name, data) in odd_tables(task) {
                let predicted = fitted(&data, task).predict(&data);
                assert!(predicted.iter().all(|p| p.is_finite()), "{name}");
            }
            for (name, data) in refused_tables(task) {
                let valid = GbdtParams::default().check().unwrap();
                assert!(valid.fit(&data, &Fit::new(task, 1)).is_err(), "{name}");
            }
        }
    }
}
