//! Predictions for rows that the model which made them has not seen.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::id::ContactId;
use chatsignal_core::model::PreparedModel;
use chatsignal_core::num;
use chatsignal_core::time::{DAY_MS, HOUR_MS};
use chatsignal_simd::TreeScorer;
use rayon::prelude::*;

use crate::baseline::bg_nbd::no_purchase;
use crate::calibrate::platt;
use crate::dataset::Dataset;
use crate::error::FitError;
use crate::importance;
use crate::label::Survey;
use crate::learner::Fitted;
use crate::metric::brier;
use crate::progress::{Progress, wanted};
use crate::snapshot::{RawFeatures, Snapshot, fit_context};

use super::cross_context::training_table;
use super::folds::Fold;
use super::learn::{Learner, dataset};
use super::{PipelineConfig, blend};

/// Names of the baselines in the order of [`HeldOutRow::baselines`], with what they do.
pub(super) const BASELINES: [(&str, &str); 4] = [
    ("dummy", "the base rate of the training rows for everybody"),
    ("recency", "logistic regression on the time since the contact last did something"),
    ("bgnbd_p_alive", "BG/NBD: one minus the probability of being alive, calibrated"),
    ("bgnbd_no_purchase", "BG/NBD: probability of no purchase in the horizon, calibrated"),
];

/// One held-out row.
#[derive(Clone, Debug)]
pub(super) struct HeldOutRow {
    /// Index of the row.
    pub(super) row: usize,
    /// Group that was held out.
    pub(super) group: u8,
    /// Margin of the fold's model.
    pub(super) margin: f64,
    /// Linked prediction, 0 to 1.
    pub(super) raw: f64,
    /// Probabilities of the baselines; absent where one does not apply.
    pub(super) baselines: [Option<f64>; 4],
    /// Money at stake.
    pub(super) value: f64,
    /// Linked prediction had the send gone out at each local hour (engagement).
    pub(super) by_hour: Option<Box<[f64; 24]>>,
}

/// All that the folds share.
pub(super) struct FoldInput<'a> {
    pub(super) kind: ModelKind,
    pub(super) rows: &'a [Snapshot],
    pub(super) survey: &'a Survey,
    pub(super) config: &'a PipelineConfig,
    pub(super) learner: &'a Learner,
    pub(super) blend: Option<&'a blend::Blend<'a>>,
    pub(super) horizon_days: u32,
}

/// What the folds gave.
pub(super) struct HeldOut {
    /// Held-out rows in order of row.
    pub(super) rows: Vec<HeldOutRow>,
    /// Whether calibration reads the margin.
    pub(super) sigmoid: bool,
    /// By how much the mean squared error rises when a feature is shuffled, mean over the held-out
    /// rows.
    pub(super) permutation: Vec<f64>,
}

/// Held-out rows of one fold that features are shuffled between, at most.
const SHUFFLED_ROWS_MAX: usize = 2_000;
/// Shuffles of each feature.
const SHUFFLES: usize = 2;

/// Runs the folds.
pub(super) fn predict(
    input: &FoldInput<'_>,
    folds: &[Fold],
    progress: &dyn Progress,
) -> Result<HeldOut, FitError> {
    let done = std::sync::atomic::AtomicUsize::new(0);
    let parts: Vec<HeldOut> = folds
        .par_iter()
        .map(|fold| {
            let part = predict_fold(input, fold, progress);
            let finished = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            progress.step("folds", finished, folds.len());
            part
        })
        .collect::<Result<_, _>>()?;
    let sigmoid = parts.first().is_some_and(|part| part.sigmoid);
    let count = parts.iter().map(|part| part.rows.len()).sum::<usize>().max(1) as f64;
    let width = parts.first().map_or(0, |part| part.permutation.len());
    let mut permutation = vec![0.0; width];
    for part in &parts {
        let share = part.rows.len() as f64 / count;
        permutation.iter_mut().zip(&part.permutation).for_each(|(sum, rise)| *sum += share * rise);
    }
    let mut rows: Vec<HeldOutRow> = parts.into_iter().flat_map(|part| part.rows).collect();
    rows.sort_by_key(|row| row.row);
    Ok(HeldOut { rows, sigmoid, permutation })
}

/// Permutation importance of the fold's model on its held-out rows; 0 where it is not defined.
fn permutation(input: &FoldInput<'_>, fitted: &Fitted, table: &Dataset) -> Vec<f64> {
    let stride = table.rows().div_ceil(SHUFFLED_ROWS_MAX).max(1);
    let sample: Vec<usize> = (0..table.rows()).step_by(stride).collect();
    let sample = table.select(&sample);
    // The squared error is finite whatever a learner predicts, and the same for graded targets.
    let rises = importance::permutation(fitted, &sample, brier, SHUFFLES, input.config.seed);
    rises.unwrap_or_else(|| vec![0.0; table.schema.len()])
}

fn predict_fold(
    input: &FoldInput<'_>,
    fold: &Fold,
    progress: &dyn Progress,
) -> Result<HeldOut, FitError> {
    wanted(progress)?;
    let pick = |part: &[usize]| part.iter().map(|&i| &input.rows[i]).collect::<Vec<_>>();
    let (train, test) = (pick(&fold.train), pick(&fold.test));
    let in_training = |contact: ContactId| super::folds::group_of(contact) != fold.group;
    let fit = |rows: &[&Snapshot]| {
        let tenant = &input.config.tenant;
        fit_context(input.kind, rows, input.survey, tenant, &in_training, fold.until)
    };
    let context = fit(&train);
    let data = training_table(input.kind, &train, &context, &fit);
    let data = match input.blend {
        Some(blend) => blend.apply(input.kind, &train, data),
        None => data,
    };
    let fitted = input.learner.fit(input.kind, &data, input.config.seed, progress)?;
    let sigmoid = is_sigmoid(&fitted);
    let scale = unit_scale(input.kind);
    let table = dataset(input.kind, &test, &context);
    let baselines = baselines(input, &train, &test, &context);
    let model = PreparedModel::<TreeScorer>::new(&fitted.model);
    let mut margins = vec![0.0; table.rows()];
    model.margins(&table.x, &mut margins);
    let rows = fold
        .test
        .iter()
        .enumerate()
        .map(|(i, &row)| {
            let margin = margins[i];
            let link = |margin: f64| scale * fitted.postprocessor.apply(margin);
            let by_hour = candidates_by_hour(&test[i].raw).map(|candidates| {
                let mut vectors = Vec::new();
                candidates.iter().for_each(|raw| raw.vector_into(&context, &mut vectors));
                let mut margins = [0.0; 24];
                model.margins(&vectors, &mut margins);
                Box::new(margins.map(link))
            });
            HeldOutRow {
                row,
                group: fold.group,
                margin,
                raw: link(margin),
                baselines: baselines[i],
                value: test[i].raw.value(&context),
                by_hour,
            }
        })
        .collect();
    Ok(HeldOut { rows, sigmoid, permutation: permutation(input, &fitted, &table) })
}

/// Whether calibration reads the margin: the link is the sigmoid.
pub(super) fn is_sigmoid(fitted: &Fitted) -> bool {
    fitted.postprocessor == chatsignal_core::model::Postprocessor::Sigmoid
}

/// What turns the linked prediction of a kind into 0 to 1.
pub(super) fn unit_scale(kind: ModelKind) -> f64 {
    if kind == ModelKind::Lead { 0.01 } else { 1.0 }
}

/// The same send at every local hour of its local day.
fn candidates_by_hour(raw: &RawFeatures) -> Option<[RawFeatures; 24]> {
    let RawFeatures::Engagement(raw, send) = raw else { return None };
    let own = i64::from(send.utc_offset.local_hour(send.send_at));
    Some(std::array::from_fn(|hour| {
        let mut other = *send;
        other.send_at = send.send_at.plus_ms((hour as i64 - own) * HOUR_MS);
        RawFeatures::Engagement(raw.clone(), other)
    }))
}

/// Baselines fitted to the training rows, for the test rows.
fn baselines(
    input: &FoldInput<'_>,
    train: &[&Snapshot],
    test: &[&Snapshot],
    context: &chatsignal_core::feature::FeatureContext,
) -> Vec<[Option<f64>; 4]> {
    let scale = unit_scale(input.kind);
    let y: Vec<f64> = train.iter().map(|row| scale * row.target).collect();
    let base = y.iter().sum::<f64>() / y.len().max(1) as f64;
    let recency = |row: &Snapshot| {
        let days = row.raw.idle_ms().max(0) as f64 / DAY_MS as f64;
        Some(num::ln_1p(days))
    };
    let horizon = f64::from(input.horizon_days);
    let dead = |row: &Snapshot| {
        let c = row.raw.buying()?;
        let count = f64::from;
        Some(
            1.0 - context.bg_nbd.p_alive(
                count(c.repeats),
                count(c.recency_days),
                count(c.age_days),
            ),
        )
    };
    let silent = |row: &Snapshot| Some(no_purchase(&context.bg_nbd, row.raw.buying()?, horizon));
    let buyers = train.iter().filter(|row| row.raw.buying().is_some()).count();
    let textbook = input.kind == ModelKind::Churn && 2 * buyers > train.len();
    let by_recency = one_number(train, test, &y, base, &recency);
    let none = || vec![None; test.len()];
    let (by_dead, by_silent) = if textbook {
        (one_number(train, test, &y, base, &dead), one_number(train, test, &y, base, &silent))
    } else {
        (none(), none())
    };
    (0..test.len()).map(|i| [Some(base), by_recency[i], by_dead[i], by_silent[i]]).collect()
}

/// Logistic regression on one number, in the direction that fits; rows without the number get the
/// base rate.
fn one_number(
    train: &[&Snapshot],
    test: &[&Snapshot],
    y: &[f64],
    base: f64,
    number: &dyn Fn(&Snapshot) -> Option<f64>,
) -> Vec<Option<f64>> {
    let (z, known): (Vec<f64>, Vec<f64>) =
        train.iter().zip(y).filter_map(|(row, y)| Some((number(row)?, *y))).unzip();
    let fit = |sign: f64| {
        let signed: Vec<f64> = z.iter().map(|z| sign * z).collect();
        let map = platt(&known, &signed).ok()?;
        let p: Vec<f64> = signed.iter().map(|z| map.apply(*z, *z, true)).collect();
        Some((crate::metric::log_loss(&known, &p)?, sign, map))
    };
    let best = [fit(1.0), fit(-1.0)].into_iter().flatten().min_by(|a, b| a.0.total_cmp(&b.0));
    test.iter()
        .map(|row| {
            let predicted = best.as_ref().and_then(|(_, sign, map)| {
                let z = sign * number(row)?;
                Some(map.apply(z, z, true))
            });
            Some(predicted.unwrap_or(base))
        })
        .collect()
}
