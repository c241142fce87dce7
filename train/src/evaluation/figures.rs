//! The figures of one predictor on held-out rows, with intervals.

use chatsignal_core::artifact::ModelKind;

use super::{Estimate, Metrics};
use crate::bootstrap::Clusters;
use crate::metric;

/// Number of figures of [`Metrics`], in the order of [`Metrics::named`].
const FIGURES: usize = 12;

/// What happened on the held-out rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcomes {
    /// Outcome from 0 to 1 (leads: graded outcome / 100).
    pub(crate) outcome: Vec<f64>,
    /// 1 where the row is positive.
    pub(crate) positive: Vec<f64>,
    /// Money at stake (churn), 0 elsewhere.
    pub(crate) value: Vec<f64>,
}

/// A predictor: probabilities and cross-fitted decisions of every row.
#[derive(Clone, Debug)]
pub(crate) struct Predicted {
    pub(crate) probability: Vec<f64>,
    pub(crate) called: Vec<bool>,
}

/// Figures with intervals.
pub(crate) fn metrics(
    kind: ModelKind,
    clusters: &Clusters,
    outcomes: &Outcomes,
    predicted: &Predicted,
) -> Metrics {
    let rank = ranks(&predicted.probability);
    let found: [_; FIGURES] = clusters
        .estimate(|rows| Part::new(outcomes, predicted, &in_rank_order(rows, &rank)).figures(kind));
    let [auc, pr_auc, log_loss, brier, ece, f1, lift_at_10, lift_at_20, value, r2, rmse, spearman] =
        found;
    Metrics {
        auc,
        pr_auc,
        log_loss,
        brier,
        ece,
        f1,
        lift_at_10,
        lift_at_20,
        value_captured_at_10: value,
        r2,
        rmse,
        spearman,
    }
}

/// Rank of every row by falling probability, and the row of every rank.
struct Ranks {
    of_row: Vec<u32>,
    row: Vec<usize>,
}

fn ranks(probability: &[f64]) -> Ranks {
    let mut row: Vec<usize> = (0..probability.len()).collect();
    row.sort_by(|&a, &b| probability[b].total_cmp(&probability[a]).then(a.cmp(&b)));
    let mut of_row = vec![0; row.len()];
    (0u32..).zip(&row).for_each(|(rank, &i)| of_row[i] = rank);
    Ranks { of_row, row }
}

/// The same rows by falling probability, without a sort: the figures then find them sorted.
fn in_rank_order(rows: &[usize], ranks: &Ranks) -> Vec<usize> {
    let mut times = vec![0u32; ranks.row.len()];
    rows.iter().for_each(|&i| times[ranks.of_row[i] as usize] += 1);
    let repeat = |(rank, n): (usize, u32)| std::iter::repeat_n(ranks.row[rank], n as usize);
    times.into_iter().enumerate().flat_map(repeat).collect()
}

/// Gain of `model` over `other` on the same rows: AUC, and fall of log loss.
pub(crate) fn gains(
    clusters: &Clusters,
    outcomes: &Outcomes,
    model: &[f64],
    other: &[f64],
) -> [Option<Estimate>; 2] {
    clusters.estimate(|rows| {
        let pick = |values: &[f64]| rows.iter().map(|&i| values[i]).collect::<Vec<_>>();
        let (model, other) = (pick(model), pick(other));
        let (positive, outcome) = (pick(&outcomes.positive), pick(&outcomes.outcome));
        let minus = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
        [
            minus(metric::auc(&positive, &model), metric::auc(&positive, &other)),
            minus(metric::log_loss(&outcome, &other), metric::log_loss(&outcome, &model)),
        ]
    })
}

/// The rows of one bootstrap round.
struct Part {
    outcome: Vec<f64>,
    positive: Vec<f64>,
    value: Vec<f64>,
    probability: Vec<f64>,
    called: Vec<f64>,
}

impl Part {
    fn new(outcomes: &Outcomes, predicted: &Predicted, rows: &[usize]) -> Self {
        let pick = |values: &[f64]| rows.iter().map(|&i| values[i]).collect::<Vec<_>>();
        Self {
            outcome: pick(&outcomes.outcome),
            positive: pick(&outcomes.positive),
            value: pick(&outcomes.value),
            probability: pick(&predicted.probability),
            called: rows.iter().map(|&i| f64::from(u8::from(predicted.called[i]))).collect(),
        }
    }

    fn figures(&self, kind: ModelKind) -> [Option<f64>; FIGURES] {
        let (y, p) = (&self.positive, &self.probability);
        let graded = |f: fn(&[f64], &[f64]) -> Option<f64>| match kind {
            ModelKind::Lead => f(&self.outcome, p),
            _ => None,
        };
        [
            metric::auc(y, p),
            metric::pr_auc(y, p),
            metric::log_loss(&self.outcome, p),
            metric::brier(&self.outcome, p),
            metric::ece(&self.outcome, p),
            metric::f1(y, &self.called, 0.5),
            metric::lift_at(y, p, 0.1),
            metric::lift_at(y, p, 0.2),
            if kind == ModelKind::Churn { self.value_captured(0.1) } else { None },
            graded(metric::r2),
            graded(metric::rmse).map(|points| 100.0 * points),
            graded(metric::spearman),
        ]
    }

    /// Share of the value of the positives that the top `share` of rows by probability x value
    /// holds; `None` when nothing is at stake.
    fn value_captured(&self, share: f64) -> Option<f64> {
        let at_stake = |i: &usize| self.positive[*i] * self.value[*i].max(0.0);
        let total: f64 = (0..self.value.len()).map(|i| at_stake(&i)).sum();
        let mut order: Vec<(f64, usize)> = self
            .probability
            .iter()
            .zip(&self.value)
            .enumerate()
            .map(|(i, (p, value))| (p * value.max(0.0), i))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let top = (share * order.len() as f64).ceil() as usize;
        let held: f64 = order.iter().take(top).map(|(_, i)| at_stake(i)).sum();
        (total > 0.0).then(|| held / total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{mix, unit};

    fn sample() -> (Clusters, Outcomes, Vec<f64>) {
        let n = 600u64;
        let p: Vec<f64> = (0..n).map(|i| unit(mix(i))).collect();
        let positive: Vec<f64> = p
            .iter()
            .zip(0..n)
            .map(|(p, i)| f64::from(u8::from(unit(mix(i + 99_999)) < *p)))
            .collect();
        let value: Vec<f64> = (0..n).map(|i| (i % 10) as f64).collect();
        let clusters = Clusters::new(&(0..n).collect::<Vec<_>>(), 60, 5);
        (clusters, Outcomes { outcome: positive.clone(), positive, value }, p)
    }

    #[test]
    fn true_probabilities_score_as_theory_says() {
        let (clusters, outcomes, p) = sample();
        let called = p.iter().map(|p| *p >= 0.5).collect();
        let predicted = Predicted { probability: p, called };
        let churn = metrics(ModelKind::Churn, &clusters, &outcomes, &predicted);
        // Uniform true probabilities: AUC 5/6, Brier 1/6, log loss 1/2.
        let near = |e: Option<Estimate>, wanted: f64, within: f64| {
            e.is_some_and(|e| {
                (e.value - wanted).abs() < within && e.low < wanted && wanted < e.high
            })
        };
        assert!(near(churn.auc, 5.0 / 6.0, 0.03), "{:?}", churn.auc);
        assert!(near(churn.brier, 1.0 / 6.0, 0.02), "{:?}", churn.brier);
        assert!(near(churn.log_loss, 0.5, 0.05), "{:?}", churn.log_loss);
        assert!(churn.r2.is_none() && churn.value_captured_at_10.is_some());
        let lead = metrics(ModelKind::Lead, &clusters, &outcomes, &predicted);
        assert!(lead.r2.is_some() && lead.value_captured_at_10.is_none());
        assert_eq!(churn.named().len(), 9);
    }

    #[test]
    fn gains_are_paired() {
        let (clusters, outcomes, p) = sample();
        let [auc, loss] = gains(&clusters, &outcomes, &p, &vec![0.5; p.len()]);
        assert!(auc.is_some_and(|e| e.low > 0.2) && loss.is_some_and(|e| e.low > 0.05));
        let [same, _] = gains(&clusters, &outcomes, &p, &p);
        assert_eq!(same.map(|e| (e.low, e.value, e.high)), Some((0.0, 0.0, 0.0)));
    }

    #[test]
    fn value_captured_counts_money_not_heads() {
        let part = Part {
            outcome: vec![],
            positive: vec![1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            value: vec![90.0, 5.0, 100.0, 1.0, 5.0, 0.0, 0.0, 0.0, 0.0, -3.0],
            probability: vec![0.9; 10],
            called: vec![],
        };
        assert_eq!(part.value_captured(0.1), Some(0.0));
        assert_eq!(part.value_captured(0.2), Some(0.9));
    }
}
