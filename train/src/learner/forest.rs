//! Random forest (Breiman 2001) on binned features, answering averaged class fractions.

use chatsignal_core::model::{Aggregation, Dialect, Model, Postprocessor, Tree, TreeEnsemble};
use chatsignal_core::num;
use rayon::prelude::*;

use crate::dataset::{Dataset, Task};
use crate::error::FitError;
use crate::progress::wanted;
use crate::random;

use super::best_split::SplitRules;
use super::bins::{Bin, Binned, FeatureBins, find_bins};
use super::forest_tree::{Bag, ForestTable};
use super::gbm::check_trees_input;
use super::histogram::quantize;
use super::objective::row_weights;
use super::params::{DEPTH_MAX, ForestParams, MaxFeatures, Valid};
use super::{Fit, Fitted};

/// Trees grown between two reports of progress; bounds the memory of their out-of-bag answers.
const BATCH: usize = 16;

impl Valid<ForestParams> {
    /// Trains. Equal data, parameters and seed give an equal model for any number of threads.
    ///
    /// # Errors
    /// [`FitError`]: what is wrong with the data, or a parameter that does not suit it.
    pub fn fit(&self, data: &Dataset, fit: &Fit<'_>) -> Result<Fitted, FitError> {
        check_trees_input(data, fit)?;
        let weight = row_weights(data, fit.task, self.0.class_weight, 1.0)?;
        let bins = find_bins(data, &weight, self.0.max_bins);
        let forest = Forest { params: &self.0, data, fit, weight };
        let fitted = if bins.iter().all(|b| b.len() <= 255) {
            forest.run::<u8>(bins)
        } else {
            forest.run::<u16>(bins)
        };
        wanted(fit.progress).map(|()| fitted)
    }
}

/// One training run.
struct Forest<'a> {
    params: &'a ForestParams,
    data: &'a Dataset,
    fit: &'a Fit<'a>,
    weight: Vec<f64>,
}

/// What growing one tree gives.
struct Grown {
    tree: Tree,
    gain: Vec<f64>,
    /// Answers for the rows outside its bag.
    out_of_bag: Vec<(u32, f64)>,
}

impl Forest<'_> {
    fn run<B: Bin>(&self, bins: Vec<FeatureBins>) -> Fitted {
        let (params, data) = (self.params, self.data);
        let width = data.schema.len();
        let binned = Binned::<B>::new(data, bins);
        let table = ForestTable {
            binned: &binned,
            y: &data.y,
            rules: SplitRules {
                lambda: 0.0,
                gamma: 0.0,
                min_child_weight: 0.0,
                min_samples_leaf: params.min_samples_leaf,
                max_cat_to_onehot: 4,
                cat_smooth: 0.0,
                cat_l2: 0.0,
            },
            max_depth: params.max_depth.unwrap_or(DEPTH_MAX),
            max_features: self.max_features(),
        };
        let rows: Vec<u32> =
            (0..data.rows()).filter(|&i| self.weight[i] > 0.0).map(|i| i as u32).collect();
        let mut trees = Vec::with_capacity(params.n_estimators);
        let mut gain = vec![0.0; width];
        let mut answers = vec![(0.0, 0u32); data.rows()];
        while trees.len() < params.n_estimators && !self.fit.progress.is_cancelled() {
            let batch = trees.len()..(trees.len() + BATCH).min(params.n_estimators);
            let grown: Vec<Grown> =
                batch.into_par_iter().map(|number| self.grow(&table, &rows, number)).collect();
            for one in grown {
                gain.iter_mut().zip(&one.gain).for_each(|(sum, gain)| *sum += gain);
                for (row, answer) in one.out_of_bag {
                    answers[row as usize].0 += answer;
                    answers[row as usize].1 += 1;
                }
                trees.push(one.tree);
            }
            self.fit.progress.step("forest", trees.len(), params.n_estimators);
        }
        let out_of_bag = answers.iter().map(|&(sum, n)| sum / f64::from(n)).collect();
        let aggregation = Aggregation::Mean;
        Fitted {
            model: Model::Trees(TreeEnsemble {
                trees,
                base_score: 0.0,
                aggregation,
                n_features: width,
                dialect: Dialect::default(),
            }),
            postprocessor: match self.fit.task {
                Task::Regression => Postprocessor::Identity,
                Task::Binary => Postprocessor::ClipUnit,
            },
            gain: Some(gain),
            out_of_bag: params.bootstrap.then_some(out_of_bag),
            validation_loss: None,
        }
    }

    fn max_features(&self) -> usize {
        let width = self.data.schema.len();
        let default = match self.fit.task {
            Task::Binary => MaxFeatures::Sqrt,
            Task::Regression => MaxFeatures::All,
        };
        let wanted = match self.params.max_features.unwrap_or(default) {
            MaxFeatures::Sqrt => num::sqrt(width as f64) as usize,
            MaxFeatures::All => width,
            MaxFeatures::Share(share) => (share * width as f64) as usize,
            MaxFeatures::Count(count) => count,
        };
        wanted.clamp(1, width)
    }

    /// Grows tree `number`; all its draws come from its own stream of the seed.
    fn grow<B: Bin>(&self, table: &ForestTable<'_, B>, rows: &[u32], number: usize) -> Grown {
        let mut rng = random::generator(self.fit.seed, number as u64);
        let mut weight = self.weight.clone();
        if self.params.bootstrap {
            let mut times = vec![0u32; weight.len()];
            rows.iter().for_each(|_| {
                times[rows[random::below(&mut rng, rows.len())] as usize] += 1;
            });
            weight.iter_mut().zip(&times).for_each(|(w, &n)| *w *= f64::from(n));
        }
        let gradients: Vec<(f64, f64)> =
            weight.iter().zip(&self.data.y).map(|(&w, &y)| (-w * y, w)).collect();
        let mut pairs = Vec::new();
        let scale = quantize(&gradients, &mut pairs);
        let (inside, outside): (Vec<u32>, Vec<u32>) =
            rows.iter().partition(|&&row| weight[row as usize] > 0.0);
        let mut gain = vec![0.0; self.data.schema.len()];
        let bag = Bag { weight: &weight, pairs: &pairs, scale, rows: inside };
        let tree = table.grow(bag, &mut rng, &mut gain);
        let answer = |row: u32| tree.leaf_value[tree.leaf(self.data.row(row as usize))];
        let out_of_bag = outside.into_iter().map(|row| (row, answer(row))).collect();
        Grown { tree, gain, out_of_bag }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::params::ClassWeight;
    use crate::learner::testing::{odd_tables, refused_tables, table};
    use crate::metric;
    use chatsignal_core::explain::Explainer;

    fn fitted(params: ForestParams, data: &Dataset, task: Task) -> Fitted {
        params.check().unwrap().fit(data, &Fit::new(task, 1)).unwrap()
    }

    fn small() -> ForestParams {
        ForestParams { n_estimators: 20, ..ForestParams::default() }
    }

    fn ensemble(fitted: &Fitted) -> &TreeEnsemble {
        match &fitted.model {
            Model::Trees(trees) => trees,
            Model::Logistic(_) => panic!("not trees"),
        }
    }

    #[test]
    fn learns_and_its_out_of_bag_score_is_honest() {
        let (train, test) = (table(2_000, Task::Binary, 1), table(2_000, Task::Binary, 2));
        let model = fitted(ForestParams { n_estimators: 60, ..small() }, &train, Task::Binary);
        let held_out = metric::auc(&test.y, &model.predict(&test)).unwrap();
        let out_of_bag = metric::auc(&train.y, model.out_of_bag.as_ref().unwrap()).unwrap();
        assert!(held_out > 0.9 && (held_out - out_of_bag).abs() < 0.02, "{held_out} {out_of_bag}");
        let (train, test) = (table(2_000, Task::Regression, 1), table(1_000, Task::Regression, 2));
        let model = fitted(small(), &train, Task::Regression);
        assert!(metric::r2(&test.y, &model.predict(&test)).unwrap() > 0.9);
    }

    #[test]
    fn full_trees_without_bootstrap_learn_by_heart() {
        let data = table(300, Task::Binary, 1);
        let params = ForestParams { bootstrap: false, max_bins: 1_000, ..small() };
        let model = fitted(params, &data, Task::Binary);
        assert_eq!(model.predict(&data), data.y);
        assert_eq!(model.out_of_bag, None);
    }

    #[test]
    fn equal_bytes_for_any_number_of_threads() {
        let data = table(800, Task::Binary, 3);
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fitted(small(), &data, Task::Binary))
        };
        assert_eq!(format!("{:?}", fit(1)), format!("{:?}", fit(3)));
        let other = small().check().unwrap().fit(&data, &Fit::new(Task::Binary, 2)).unwrap();
        assert_ne!(other.model, fit(1).model);
    }

    #[test]
    fn limits_of_depth_and_leaves_hold() {
        let data = table(500, Task::Regression, 1);
        let params =
            ForestParams { max_depth: Some(3), min_samples_leaf: 20, bootstrap: false, ..small() };
        for tree in &ensemble(&fitted(params, &data, Task::Regression)).trees {
            assert!(tree.len() <= 15 && (0..tree.len()).all(|n| tree.cover[n] >= 20.0));
        }
    }

    #[test]
    fn balanced_classes_raise_the_rare_one() {
        let mut data = table(1_000, Task::Binary, 1);
        let kept: Vec<usize> = (0..1_000).filter(|&i| data.y[i] == 0.0 || i % 10 == 0).collect();
        data = data.select(&kept);
        let shallow = ForestParams { max_depth: Some(3), ..small() };
        let balanced = ForestParams { class_weight: ClassWeight::Balanced, ..shallow.clone() };
        let mean = |p: ForestParams| {
            fitted(p, &data, Task::Binary).predict(&data).iter().sum::<f64>() / data.rows() as f64
        };
        assert!(mean(balanced) > mean(shallow) + 0.1);
    }

    #[test]
    fn explanations_add_up() {
        let data = table(300, Task::Binary, 1);
        let params = ForestParams { max_depth: Some(6), ..small() };
        let model = fitted(params, &data, Task::Binary);
        let explainer = Explainer::new(&model.model);
        for i in 0..20 {
            let margin = model.model.margin(data.row(i));
            assert!((explainer.explain(data.row(i)).margin() - margin).abs() < 1e-9);
        }
    }

    #[test]
    fn odd_tables_are_fitted_soundly() {
        for task in [Task::Regression, Task::Binary] {
            for (name, data) in odd_tables(task) {
                let model = fitted(small(), &data, task);
                ensemble(&model).check().unwrap_or_else(|e| panic!("{name}: {e}"));
                assert!(model.predict(&data).iter().all(|p| p.is_finite()), "{name}");
            }
            for (name, data) in refused_tables(task) {
                let result = small().check().unwrap().fit(&data, &Fit::new(task, 1));
                assert!(result.is_err(), "{name}");
            }
        }
    }
}
