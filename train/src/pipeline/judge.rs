//! From held-out predictions to the evaluation.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::id::ContactId;

use crate::bootstrap::Clusters;
use crate::evaluation::{
    Baseline, Metrics, Outcomes, Predicted, ReliabilityBin, SendHourValue, cross_decide, gains,
    metrics,
};
use crate::experiment::wilson;
use crate::metric;
use crate::slice::{TierNames, tier_check};
use crate::snapshot::Snapshot;
use crate::truth::GroundTruth;

use super::held_out::{BASELINES, HeldOutRow};
use super::off_policy::OffPolicy;

/// Held-out rows with calibrated probabilities, ready to be judged.
pub(super) struct Bench<'a> {
    pub(super) kind: ModelKind,
    pub(super) rows: &'a [Snapshot],
    pub(super) held_out: &'a [HeldOutRow],
    pub(super) groups: Vec<u8>,
    pub(super) outcomes: Outcomes,
    pub(super) probability: Vec<f64>,
    pub(super) clusters: Clusters,
    pub(super) horizon_days: u32,
}

impl Bench<'_> {
    pub(super) fn snapshot(&self, i: usize) -> &Snapshot {
        &self.rows[self.held_out[i].row]
    }

    /// Figures of any probabilities for the held-out rows.
    pub(super) fn metrics_of(&self, probability: Vec<f64>) -> Metrics {
        let called = cross_decide(&self.outcomes.positive, &probability, &self.groups);
        let predicted = Predicted { probability, called };
        metrics(self.kind, &self.clusters, &self.outcomes, &predicted)
    }

    /// The baselines that apply to every row.
    pub(super) fn baselines(&self) -> Vec<Baseline> {
        let mut out = Vec::new();
        for (index, (name, description)) in BASELINES.iter().enumerate() {
            let all: Option<Vec<f64>> =
                self.held_out.iter().map(|row| row.baselines[index]).collect();
            let Some(mut probability) = all.filter(|all| !all.is_empty()) else { continue };
            let dummy = *name == "dummy";
            if dummy {
                // One number for all: differences between folds would look like a ranking.
                let mean = probability.iter().sum::<f64>() / probability.len() as f64;
                probability.fill(mean);
            }
            let [auc_gain, _] =
                gains(&self.clusters, &self.outcomes, &self.probability, &probability);
            out.push(Baseline {
                name: (*name).to_owned(),
                description: (*description).to_owned(),
                metrics: self.metrics_of(probability),
                auc_gain: auc_gain.filter(|_| !dummy),
            });
        }
        out
    }

    /// Figures of the true probability. Ranking figures of leads use the true probability of
    /// winning, the others the true expected outcome.
    pub(super) fn upper_bound(&self, truth: &dyn GroundTruth) -> Option<Metrics> {
        let days = self.horizon_days;
        let all = |of: &dyn Fn(&Snapshot) -> Option<f64>| -> Option<Vec<f64>> {
            (0..self.held_out.len()).map(|i| of(self.snapshot(i))).collect()
        };
        match self.kind {
            ModelKind::Lead => {
                let value = all(&|row| Some(truth.lead_value(row.contact, row.at, days)? / 100.0))?;
                let won = self.metrics_of(all(&|row| truth.lead_won(row.contact, row.at, days))?);
                let Metrics { auc, pr_auc, f1, lift_at_10, lift_at_20, .. } = won;
                let graded = self.metrics_of(value);
                Some(Metrics { auc, pr_auc, f1, lift_at_10, lift_at_20, ..graded })
            }
            ModelKind::Churn => {
                Some(self.metrics_of(all(&|row| truth.churn(row.contact, row.at, days))?))
            }
            ModelKind::Engagement => {
                let reply = |row: &Snapshot| truth.reply(row.contact, row.send?.message_id);
                Some(self.metrics_of(all(&reply)?))
            }
            ModelKind::Custom => None,
        }
    }

    /// Ten bins of equal mass with Wilson intervals of the outcome.
    pub(super) fn reliability(&self) -> Vec<ReliabilityBin> {
        let bins = metric::reliability(&self.outcomes.outcome, &self.probability, 10);
        let wrap = |bin: metric::ReliabilityBin| {
            let hits = (bin.observed * bin.rows as f64).round() as u64;
            let interval = wilson(hits, bin.rows as u64);
            ReliabilityBin {
                rows: bin.rows,
                predicted: bin.predicted,
                observed: bin.observed,
                low: interval.low.min(bin.observed),
                high: interval.high.max(bin.observed),
            }
        };
        bins.unwrap_or_default().into_iter().map(wrap).collect()
    }

    /// Do tiers order the outcomes?
    pub(super) fn tiers(&self, cutoffs: &[f64], base_rate: f64) -> crate::evaluation::TierCheck {
        let (names, unit) = match self.kind {
            ModelKind::Lead => (&["hot", "warm", "cold", "unqualified"][..], 0.01),
            ModelKind::Churn => (&["critical", "high", "medium", "low"][..], 1.0),
            _ => (&["high", "medium", "low"][..], base_rate),
        };
        let cutoffs: Vec<f64> = cutoffs.iter().map(|cut| cut * unit).collect();
        let names = TierNames { names, cutoffs: &cutoffs };
        tier_check(&names, &self.probability, &self.outcomes.positive, &self.groups)
    }

    /// Value of the hour that the model ranks first, by inverse propensity.
    ///
    /// `calibrate` maps a linked prediction to a probability.
    pub(super) fn send_hour(
        &self,
        truth: Option<&dyn GroundTruth>,
        calibrate: &dyn Fn(f64) -> f64,
    ) -> Option<SendHourValue> {
        if self.kind != ModelKind::Engagement {
            return None;
        }
        let hour_of = |i: usize| {
            let send = self.snapshot(i).send?;
            Some(usize::from(send.utc_offset.local_hour(send.sent_at)))
        };
        let logged: Vec<(usize, usize, f64)> = (0..self.held_out.len())
            .filter_map(|i| {
                let propensity = self.snapshot(i).send?.propensity?.to_f64();
                Some((i, hour_of(i)?, propensity)).filter(|_| propensity > 0.0)
            })
            .collect();
        let mut supported = [false; 24];
        logged.iter().for_each(|(_, hour, _)| supported[*hour] = true);
        let hours_supported = supported.iter().filter(|s| **s).count();
        let allowed = |hour: &usize| hours_supported == 0 || supported[*hour];
        let best = |i: usize| {
            let by_hour = self.held_out[i].by_hour.as_ref()?;
            (0..24)
                .filter(allowed)
                .max_by(|a, b| by_hour[*a].total_cmp(&by_hour[*b]).then(b.cmp(a)))
        };
        let off_policy = OffPolicy::new(&logged, &best, &self.outcomes.positive);
        let contacts: Vec<ContactId> =
            logged.iter().map(|(i, _, _)| self.snapshot(*i).contact).collect();
        let (ips, snips) = off_policy.value(&contacts, &self.clusters);
        let mut value = SendHourValue {
            logged_sends: logged.len(),
            hours_supported,
            logged_rate: off_policy.logged_rate(),
            effective_sample_size: off_policy.effective_sample_size(),
            ips,
            snips,
            refused: off_policy.refusal(),
            true_rate_at_model_hour: None,
            true_rate_at_logged_hour: None,
            true_rate_at_best_hour: None,
            profile: self.profile(calibrate),
        };
        if let Some(truth) = truth {
            let mut sums = [0.0f64; 3];
            let mut count = 0.0f64;
            for i in 0..self.held_out.len() {
                let row = self.snapshot(i);
                let by_hour =
                    row.send.and_then(|send| truth.reply_by_hour(row.contact, send.message_id));
                let (Some(by_hour), Some(best), Some(own)) = (by_hour, best(i), hour_of(i)) else {
                    continue;
                };
                let top = (0..24).filter(allowed).map(|h| by_hour[h]).fold(0.0, f64::max);
                count += 1.0;
                sums.iter_mut().zip([by_hour[best], by_hour[own], top]).for_each(|(s, v)| *s += v);
            }
            let [at_model, at_logged, at_best] = sums.map(|sum| (count > 0.0).then(|| sum / count));
            value.true_rate_at_model_hour = at_model;
            value.true_rate_at_logged_hour = at_logged;
            value.true_rate_at_best_hour = at_best;
        }
        Some(value)
    }

    fn profile(&self, calibrate: &dyn Fn(f64) -> f64) -> Vec<f64> {
        let hours: Vec<&[f64; 24]> =
            self.held_out.iter().filter_map(|row| row.by_hour.as_deref()).collect();
        let mean = |hour: usize| {
            hours.iter().map(|h| calibrate(h[hour])).sum::<f64>() / hours.len().max(1) as f64
        };
        (0..24).map(mean).collect()
    }
}
