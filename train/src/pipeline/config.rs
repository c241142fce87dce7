//! What a training run is told. Everything has a documented default.

use chatsignal_core::artifact::ModelKind;
use serde::{Deserialize, Serialize};

/// Settings of a training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PipelineConfig {
    /// Seed of every draw (sampling, folds, learners, bootstrap). Default 7.
    pub seed: u64,
    /// Most rows a model learns from; more candidates are sampled, stratified over time. Default
    /// 20,000.
    pub rows_max: usize,
    /// Most time-forward folds. Default 5.
    pub folds_max: usize,
    /// Days between the last training snapshot and the first held-out one. Default and least: the
    /// label's horizon (a shorter one would let labels reach into the held-out rows).
    pub embargo_days: Option<u32>,
    /// Bootstrap rounds behind the 95 % intervals. Default 200.
    pub bootstrap_rounds: usize,
    /// Days at the start of the log that give no snapshot, since features look back. Default 30.
    pub warmup_days: u32,
    /// How late events may arrive, in hours: snapshots younger than horizon + lag are not labelled.
    /// Default 0.
    pub ingest_lag_hours: u32,
    /// Lead labels.
    pub lead: LeadConfig,
    /// Churn labels.
    pub churn: ChurnConfig,
    /// When a challenger replaces the champion.
    pub promotion: PromotionMode,
    /// Learner parameters as JSON, by the names of `chatsignal fit --params`; empty = defaults.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// Facts of the tenant that features need.
    pub tenant: TenantFacts,
    /// The data are simulated although their events do not say so. Events of the simulator always
    /// flag the model.
    pub simulated: bool,
}

impl Default for PipelineConfig {
    fn default() -> Self {
        Self {
            seed: 7,
            rows_max: 20_000,
            folds_max: 5,
            embargo_days: None,
            bootstrap_rounds: 200,
            warmup_days: 30,
            ingest_lag_hours: 0,
            lead: LeadConfig::default(),
            churn: ChurnConfig::default(),
            promotion: PromotionMode::default(),
            params: serde_json::Map::new(),
            tenant: TenantFacts::default(),
            simulated: false,
        }
    }
}

/// How a lead's outcome becomes a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeadConfig {
    /// The outcome is looked for in `(t, t + horizon_days]`. Default 90.
    pub horizon_days: u32,
    /// Value of a won lead. Default 100.
    pub won: f64,
    /// Value of a lead that reached a proposal. Default 70.
    pub proposal: f64,
    /// Value of a qualified lead. Default 40.
    pub qualified: f64,
    /// Value of a lead that answered with interest. Default 15.
    pub engaged: f64,
    /// Only won counts (100 or 0). Default false.
    pub binary: bool,
}

impl Default for LeadConfig {
    fn default() -> Self {
        Self {
            horizon_days: 90,
            won: 100.0,
            proposal: 70.0,
            qualified: 40.0,
            engaged: 15.0,
            binary: false,
        }
    }
}

/// What counts as churn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChurnConfig {
    /// Days of silence that count as churn (30, 60 or 90 are usual). Default: the smallest of
    /// these that is at least the 90th percentile of the gaps between active days, else 90.
    pub horizon_days: Option<u32>,
    /// An opt-out in the horizon is churn too; who has opted out at `t` is left out then. Default
    /// false: opting out is a feature.
    pub opt_out_is_churn: bool,
}

/// When a challenger replaces the champion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromotionMode {
    /// At once, if it is better by the rule.
    #[default]
    IfBetter,
    /// If it is better, after at least seven days of shadow scores.
    AfterShadow,
    /// Never by itself.
    Never,
}

/// Facts of the tenant that features need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantFacts {
    /// Opening time, minutes after local midnight, per weekday from Monday; `None` = closed.
    pub opening: [Option<(u16, u16)>; 7],
    /// Weekend days, Monday first.
    pub weekend: [bool; 7],
    /// Currency (ISO 4217) that counts; default: the commonest of the log's paid purchases.
    pub currency: Option<String>,
}

impl Default for TenantFacts {
    fn default() -> Self {
        let day = Some((9 * 60, 18 * 60));
        Self {
            opening: [day, day, day, day, day, None, None],
            weekend: [false, false, false, false, false, true, true],
            currency: None,
        }
    }
}

impl PipelineConfig {
    /// Checks the settings for one kind of model.
    ///
    /// # Errors
    /// Names the setting and its range.
    pub fn check(&self, kind: ModelKind) -> Result<(), ConfigError> {
        let lead = &self.lead;
        let ladder = [0.0, lead.engaged, lead.qualified, lead.proposal, lead.won, 100.0];
        let rule = match kind {
            ModelKind::Custom => Some("kind: lead, churn and engagement are trained from the log"),
            _ if !(100..=1_000_000).contains(&self.rows_max) => Some("rows_max: 100 to 1000000"),
            _ if !(1..=5).contains(&self.folds_max) => Some("folds_max: 1 to 5"),
            _ if self.embargo_days.is_some_and(|days| days > 730) => Some("embargo_days: 0 to 730"),
            _ if !(20..=10_000).contains(&self.bootstrap_rounds) => {
                Some("bootstrap_rounds: 20 to 10000")
            }
            _ if self.warmup_days > 3_650 => Some("warmup_days: 0 to 3650"),
            _ if self.ingest_lag_hours > 8_760 => Some("ingest_lag_hours: 0 to 8760"),
            ModelKind::Lead if !(1..=730).contains(&lead.horizon_days) => {
                Some("lead.horizon_days: 1 to 730")
            }
            ModelKind::Lead if !ladder.is_sorted() => {
                Some("lead: 0 <= engaged <= qualified <= proposal <= won <= 100")
            }
            ModelKind::Churn
                if self.churn.horizon_days.is_some_and(|days| !(1..=730).contains(&days)) =>
            {
                Some("churn.horizon_days: 1 to 730")
            }
            _ => None,
        };
        rule.map_or(Ok(()), |rule| Err(ConfigError { rule }))
    }
}

/// A setting outside its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("training settings: {rule}")]
pub struct ConfigError {
    /// The setting and its rule.
    pub rule: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_pass_and_bad_settings_are_named() {
        let mut config = PipelineConfig::default();
        for kind in ModelKind::TRAINED {
            assert_eq!(config.check(kind), Ok(()));
        }
        assert!(config.check(ModelKind::Custom).is_err());
        config.lead.qualified = 90.0;
        assert!(config.check(ModelKind::Lead).is_err_and(|e| e.rule.starts_with("lead")));
        assert_eq!(config.check(ModelKind::Churn), Ok(()));
        config.lead.qualified = f64::NAN;
        assert!(config.check(ModelKind::Lead).is_err());
        config.rows_max = 0;
        assert!(config.check(ModelKind::Churn).is_err_and(|e| e.rule.starts_with("rows_max")));
    }

    #[test]
    fn unknown_settings_are_refused() {
        assert!(serde_json::from_str::<PipelineConfig>(r#"{"seed":3}"#).is_ok());
        assert!(serde_json::from_str::<PipelineConfig>(r#"{"sead":3}"#).is_err());
    }
}
