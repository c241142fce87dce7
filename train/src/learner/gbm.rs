//! Second-order gradient boosting on histograms (Chen and Guestrin 2016; Ke et al. 2017).

use chatsignal_core::model::{
    Aggregation, Dialect, FeatureKind, Model, Postprocessor, Tree, TreeEnsemble,
};
use rayon::prelude::*;

use crate::dataset::{Dataset, Task};
use crate::error::FitError;
use crate::progress::wanted;
use crate::random;

use super::best_split::SplitRules;
use super::bins::{Bin, Binned, FeatureBins, find_bins};
use super::grow::{Grower, Leaf};
use super::histogram::{ROWS_MAX, quantize};
use super::objective::{base_score, gradients, mean_loss, row_weights};
use super::params::{GbmParams, Valid};
use super::tree_builder::sum_covers;
use super::{Fit, Fitted};

impl Valid<GbmParams> {
    /// Trains. Equal data, parameters and seed give an equal model for any number of threads.
    ///
    /// # Errors
    /// [`FitError`]: what is wrong with the data, or a parameter that does not suit it.
    pub fn fit(&self, data: &Dataset, fit: &Fit<'_>) -> Result<Fitted, FitError> {
        check_trees_input(data, fit)?;
        let params = &self.0;
        if let Some(rows) = params.early_stopping_rounds
            && fit.validation.is_none()
        {
            return Err(FitError::Parameter {
                name: "early_stopping_rounds",
                value: rows.to_string(),
                expected: "left out where there are no validation rows",
            });
        }
        let monotone = monotone_directions(params, data)?;
        let weight = row_weights(data, fit.task, params.class_weight, params.scale_pos_weight)?;
        let bins = find_bins(data, &weight, params.max_bins);
        let boosting = Boosting { params, data, fit, weight, monotone };
        let fitted = if bins.iter().all(|b| b.len() <= 255) {
            boosting.run::<u8>(bins)
        } else {
            boosting.run::<u16>(bins)
        };
        wanted(fit.progress).map(|()| fitted)
    }
}

/// Checks that hold for all tree learners.
pub(crate) fn check_trees_input(data: &Dataset, fit: &Fit<'_>) -> Result<(), FitError> {
    data.check(fit.task)?;
    if data.rows() > ROWS_MAX {
        return Err(FitError::TooLarge { what: "rows", found: data.rows(), limit: ROWS_MAX });
    }
    let Some(validation) = fit.validation else { return Ok(()) };
    if validation.schema != data.schema {
        let (expected, found) = (data.schema.len(), validation.schema.len());
        return Err(FitError::Shape { what: "features of the validation rows", expected, found });
    }
    validation.check_rows(fit.task)?;
    let found = (0..validation.rows()).filter(|&i| validation.weight(i) > 0.0).count();
    if found == 0 {
        return Err(FitError::TooFewRows { found, required: 1 });
    }
    Ok(())
}

fn monotone_directions(params: &GbmParams, data: &Dataset) -> Result<Vec<i8>, FitError> {
    let mut directions = vec![0; data.schema.len()];
    for (feature, &direction) in &params.monotone {
        let fail = |reason| FitError::ParameterFeature {
            name: "monotone",
            feature: feature.clone(),
            reason,
        };
        let position = data.schema.position(feature).ok_or_else(|| fail("is not in the data"))?;
        if data.schema.features[position].kind != FeatureKind::Numeric {
            return Err(fail("has categories, which have no order to follow"));
        }
        directions[position] = direction;
    }
    Ok(directions)
}

/// One training run.
struct Boosting<'a> {
    params: &'a GbmParams,
    data: &'a Dataset,
    fit: &'a Fit<'a>,
    weight: Vec<f64>,
    monotone: Vec<i8>,
}

impl Boosting<'_> {
    fn run<B: Bin>(&self, bins: Vec<FeatureBins>) -> Fitted {
        let (params, data, task) = (self.params, self.data, self.fit.task);
        let binned = Binned::<B>::new(data, bins);
        let rules = SplitRules {
            lambda: params.lambda,
            gamma: params.gamma,
            min_child_weight: params.min_child_weight,
            min_samples_leaf: params.min_samples_leaf,
            max_cat_to_onehot: params.max_cat_to_onehot,
            cat_smooth: params.cat_smooth,
            cat_l2: params.cat_l2,
        };
        let (depth, leaves) = (params.max_depth, params.max_leaves);
        let mut grower = Grower::new(&binned, rules, depth, leaves, self.monotone.clone());
        let base_score = base_score(task, &data.y, &self.weight);
        let mut margins = vec![base_score; data.rows()];
        let mut stopping = Stopping::new(self.fit.validation, base_score);
        let mut gain = vec![0.0; data.schema.len()];
        let (mut trees, mut derivatives, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..params.n_estimators {
            if self.fit.progress.is_cancelled() {
                break;
            }
            gradients(task, &margins, &data.y, &self.weight, &mut derivatives);
            let scale = quantize(&derivatives, &mut pairs);
            let (mut rows, features) = self.draw(round);
            let (mut tree, leaves) = grower.grow(&pairs, scale, &mut rows, &features, &mut gain);
            self.set_leaves(&mut tree, &leaves, &rows, &derivatives);
            self.add_to_margins(&tree, &leaves, &rows, &mut margins);
            stopping.add(task, &tree, &gain);
            trees.push(tree);
            self.fit.progress.step("gbm", round + 1, params.n_estimators);
            if params.early_stopping_rounds.is_some_and(|rounds| stopping.is_over(rounds)) {
                trees.truncate(stopping.best + 1);
                gain = stopping.best_gain.clone();
                break;
            }
        }
        let (aggregation, n_features) = (Aggregation::Sum, data.schema.len());
        Fitted {
            model: Model::Trees(TreeEnsemble {
                trees,
                base_score,
                aggregation,
                n_features,
                dialect: Dialect::default(),
            }),
            postprocessor: match task {
                Task::Regression => Postprocessor::Identity,
                Task::Binary => Postprocessor::Sigmoid,
            },
            gain: Some(gain),
            out_of_bag: None,
            validation_loss: self.fit.validation.map(|_| stopping.losses),
        }
    }

    /// Rows and features of a round.
    fn draw(&self, round: usize) -> (Vec<u32>, Vec<usize>) {
        let (width, params) = (self.data.schema.len(), self.params);
        let mut rng = random::generator(self.fit.seed, round as u64);
        let mut drawn =
            |_: &usize| params.subsample >= 1.0 || random::unit(&mut rng) < params.subsample;
        let rows = (0..self.data.rows())
            .filter(|&row| self.weight[row] > 0.0)
            .filter(&mut drawn)
            .map(|row| row as u32)
            .collect();
        let mut features: Vec<usize> = (0..width).collect();
        if params.colsample < 1.0 {
            random::shuffle(&mut rng, &mut features);
            features.truncate(((params.colsample * width as f64) as usize).max(1));
            features.sort_unstable();
        }
        (rows, features)
    }

    /// Leaf values from the f64 derivatives of their rows, and covers from their weights.
    fn set_leaves(
        &self,
        tree: &mut Tree,
        leaves: &[Leaf],
        rows: &[u32],
        derivatives: &[(f64, f64)],
    ) {
        for leaf in leaves {
            let (mut g, mut h, mut cover) = (0.0, 0.0, 0.0);
            for &row in &rows[leaf.start..leaf.end] {
                let row = row as usize;
                g += derivatives[row].0;
                h += derivatives[row].1;
                cover += self.weight[row];
            }
            let h = h + self.params.lambda;
            let value = if h > 0.0 { leaf.bounds.clamp(-g / h) } else { 0.0 };
            tree.leaf_value[leaf.node] = value * self.params.learning_rate;
            tree.cover[leaf.node] = cover;
        }
        sum_covers(tree);
    }

    fn add_to_margins(&self, tree: &Tree, leaves: &[Leaf], rows: &[u32], margins: &mut [f64]) {
        if rows.len() < margins.len() {
            // Some rows were not drawn: every row walks the tree.
            return add_tree(tree, self.data, margins);
        }
        for leaf in leaves {
            let value = tree.leaf_value[leaf.node];
            rows[leaf.start..leaf.end].iter().for_each(|&row| margins[row as usize] += value);
        }
    }
}

fn add_tree(tree: &Tree, data: &Dataset, margins: &mut [f64]) {
    margins
        .par_iter_mut()
        .with_min_len(1_024)
        .enumerate()
        .for_each(|(i, margin)| *margin += tree.leaf_value[tree.leaf(data.row(i))]);
}

/// Loss on the validation rows, round by round.
struct Stopping<'a> {
    validation: Option<&'a Dataset>,
    margins: Vec<f64>,
    losses: Vec<f64>,
    best: usize,
    /// Gains of the features up to the best round.
    best_gain: Vec<f64>,
}

impl<'a> Stopping<'a> {
    fn new(validation: Option<&'a Dataset>, base_score: f64) -> Self {
        let margins = vec![base_score; validation.map_or(0, Dataset::rows)];
        Self { validation, margins, losses: Vec::new(), best: 0, best_gain: Vec::new() }
    }

    fn add(&mut self, task: Task, tree: &Tree, gain: &[f64]) {
        let Some(data) = self.validation else { return };
        add_tree(tree, data, &mut self.margins);
        self.losses.push(mean_loss(task, &self.margins, data));
        let last = self.losses.len() - 1;
        if last == 0 || self.losses[last] < self.losses[self.best] {
            self.best = last;
            self.best_gain = gain.to_vec();
        }
    }

    fn is_over(&self, rounds: usize) -> bool {
        self.losses.len() > self.best + rounds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::testing::{odd_tables, refused_tables, table};
    use crate::metric;
    use chatsignal_core::explain::Explainer;
    use chatsignal_core::testing::cases;
    use proptest::prelude::*;

    fn params() -> GbmParams {
        GbmParams { n_estimators: 30, max_depth: 4, learning_rate: 0.2, ..GbmParams::default() }
    }

    fn fitted(params: GbmParams, data: &Dataset, task: Task) -> Fitted {
        params.check().unwrap().fit(data, &Fit::new(task, 1)).unwrap()
    }

    fn ensemble(fitted: &Fitted) -> &TreeEnsemble {
        match &fitted.model {
            Model::Trees(trees) => trees,
            Model::Logistic(_) => panic!("not trees"),
        }
    }

    #[test]
    fn learns_numbers_missing_values_and_categories() {
        let (train, test) = (table(3_000, Task::Regression, 1), table(1_000, Task::Regression, 2));
        let model = fitted(params(), &train, Task::Regression);
        assert!(metric::r2(&test.y, &model.predict(&test)).unwrap() > 0.95);
        let gain = model.gain.as_ref().unwrap();
        assert!(gain[2] < gain[0].min(gain[1]).min(gain[3]) / 20.0, "{gain:?}");
        let (train, test) = (table(3_000, Task::Binary, 1), table(1_000, Task::Binary, 2));
        let model = fitted(params(), &train, Task::Binary);
        assert!(metric::auc(&test.y, &model.predict(&test)).unwrap() > 0.9);
    }

    #[test]
    fn equal_bytes_for_any_number_of_threads() {
        let data = table(40_000, Task::Binary, 3);
        let params = GbmParams { subsample: 0.9, colsample: 0.7, n_estimators: 5, ..params() };
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fitted(params.clone(), &data, Task::Binary))
        };
        let one = fit(1);
        for threads in [2, 5] {
            assert_eq!(format!("{one:?}"), format!("{:?}", fit(threads)));
        }
        let other = params.clone().check().unwrap().fit(&data, &Fit::new(Task::Binary, 2));
        assert_ne!(one.model, other.unwrap().model);
    }

    #[test]
    fn bytes_and_words_of_bins_grow_equal_trees() {
        // 200 distinct values fit either way.
        let mut data = table(2_000, Task::Regression, 4);
        data.x.chunks_mut(4).for_each(|r| r[..3].iter_mut().for_each(|x| *x = (*x * 99.0).round()));
        let a = fitted(params(), &data, Task::Regression);
        let more =
            FeatureKind::Categorical { categories: (0..300).map(|c| format!("c{c}")).collect() };
        data.schema.features[3].kind = more;
        let b = fitted(params(), &data, Task::Regression);
        assert_eq!(a, b);
    }

    #[test]
    fn early_stopping_keeps_the_best_rounds() {
        let (train, rows) = (table(300, Task::Binary, 1), table(300, Task::Binary, 2));
        let params = GbmParams { early_stopping_rounds: Some(5), n_estimators: 500, ..params() };
        let valid = params.clone().check().unwrap();
        let fit = Fit::new(Task::Binary, 1);
        assert!(valid.fit(&train, &fit).is_err());
        let model = valid.fit(&train, &fit.validation(&rows)).unwrap();
        let losses = model.validation_loss.as_ref().unwrap();
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        let trees = ensemble(&model).trees.len();
        assert!(trees < 400 && losses.len() == trees + 5);
        assert_eq!(losses[trees - 1], best);
        let loss = mean_loss(Task::Binary, &model.margins(&rows), &rows);
        assert!((loss - best).abs() < 1e-12);
    }

    #[test]
    fn leaf_wise_growth_stops_at_its_leaves() {
        let data = table(2_000, Task::Regression, 1);
        let params = GbmParams { max_leaves: Some(7), max_depth: 20, ..params() };
        let model = fitted(params, &data, Task::Regression);
        for tree in &ensemble(&model).trees {
            assert_eq!((0..tree.len()).filter(|&n| tree.is_leaf(n)).count(), 7);
        }
    }

    #[test]
    fn least_rows_of_a_leaf_hold() {
        let data = table(500, Task::Binary, 1);
        let params = GbmParams { min_samples_leaf: 40, min_child_weight: 0.0, ..params() };
        for tree in &ensemble(&fitted(params, &data, Task::Binary)).trees {
            assert!((0..tree.len()).all(|n| tree.cover[n] >= 40.0));
        }
    }

    #[test]
    fn covers_add_up_and_explanations_too() {
        let data = table(800, Task::Binary, 1);
        let model = fitted(GbmParams { subsample: 0.7, ..params() }, &data, Task::Binary);
        ensemble(&model).check().unwrap();
        let explainer = Explainer::new(&model.model);
        for i in 0..50 {
            let margin = model.model.margin(data.row(i));
            assert!((explainer.explain(data.row(i)).margin() - margin).abs() < 1e-9);
        }
    }

    #[test]
    fn odd_tables_are_fitted_soundly() {
        for task in [Task::Regression, Task::Binary] {
            for (name, data) in odd_tables(task) {
                for lambda in [0.0, 1.0] {
                    let params = GbmParams { lambda, min_child_weight: 0.0, ..params() };
                    let model = fitted(params, &data, task);
                    ensemble(&model).check().unwrap_or_else(|e| panic!("{name}: {e}"));
                    assert!(model.predict(&data).iter().all(|p| p.is_finite()), "{name}");
                }
            }
            for (name, data) in refused_tables(task) {
                let result = params().check().unwrap().fit(&data, &Fit::new(task, 1));
                assert!(result.is_err(), "{name}");
            }
        }
    }

    #[test]
    fn parameters_that_do_not_suit_the_data_are_errors() {
        let data = table(100, Task::Regression, 1);
        for monotone in [("nobody", 1), ("c", 1)] {
            let monotone = [(monotone.0.to_owned(), monotone.1)].into();
            let valid = GbmParams { monotone, ..params() }.check().unwrap();
            assert!(valid.fit(&data, &Fit::new(Task::Regression, 1)).is_err());
        }
        let valid = GbmParams { scale_pos_weight: 2.0, ..params() }.check().unwrap();
        assert!(valid.fit(&data, &Fit::new(Task::Regression, 1)).is_err());
    }

    proptest! {
        #![proptest_config(cases(8))]

        #[test]
        fn monotone_features_are_monotone(seed: u64, falling: bool) {
            let direction = if falling { -1 } else { 1 };
            let data = table(300, Task::Binary, seed);
            let monotone = [("x0".into(), direction), ("x1".into(), -direction)].into();
            let model = fitted(GbmParams { monotone, ..params() }, &data, Task::Binary);
            let mut row = data.row(0).to_vec();
            for (feature, direction) in [(0, direction), (1, -direction)] {
                for i in 0..20 {
                    row.copy_from_slice(data.row(i));
                    let mut last = f64::NEG_INFINITY;
                    for step in -50i16..=50 {
                        row[feature] = f32::from(step) / 40.0;
                        let margin = f64::from(direction) * model.model.margin(&row);
                        prop_assert!(margin >= last);
                        last = margin;
                    }
                }
            }
        }
    }
}
