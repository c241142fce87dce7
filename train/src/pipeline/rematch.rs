//! Two existing models on what came true after both were trained.

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::time::TimestampMs;

use crate::bootstrap::Clusters;
use crate::evaluation::Outcomes;
use crate::evaluation::gains;
use crate::label::{LabelRules, Survey};
use crate::promote::{Contest, Standing, standing};
use crate::slice::slices;
use crate::snapshot::{Snapshot, collect};
use crate::source::EventSource;

use super::held_out::unit_scale;
use super::values::values;
use super::{PipelineConfig, PipelineError};

/// Fewest rows, and with both outcomes, that decide between two models.
const ROWS_MIN: usize = 100;
/// Most rows of the log that are looked at: the newest are what counts, and they are few.
const ROWS_MAX: usize = 200_000;

/// How two models compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Rematch {
    /// Rows whose outcome is known.
    pub rows: usize,
    /// Positive ones.
    pub positives: usize,
    /// How the challenger stands, with the figures in words; none while too few rows have their
    /// outcome.
    pub standing: Option<(Standing, String)>,
}

/// Compares two models on the rows after `since` and after the data of both.
///
/// # Errors
/// Models of other features than this version extracts, or a log that cannot be read.
pub fn rematch(
    challenger: &ModelArtifact,
    champion: &ModelArtifact,
    source: &dyn EventSource,
    config: &PipelineConfig,
    since: TimestampMs,
) -> Result<Rematch, PipelineError> {
    let kind = challenger.kind;
    let mut config = PipelineConfig { rows_max: ROWS_MAX, ..config.clone() };
    if kind == ModelKind::Churn {
        config.churn.horizon_days = Some(challenger.horizon_days);
    }
    config.check(kind)?;
    let survey = Survey::of(source)?;
    let rules = LabelRules::new(kind, &survey, &config);
    let mut rows = collect(source, &survey, &rules, config.rows_max, config.seed)?.rows;
    let later = since.max(challenger.trained_through).max(champion.trained_through);
    rows.retain(|row| row.at > later);
    let positives = rows.iter().filter(|row| row.positive).count();
    let enough = rows.len() >= ROWS_MIN && positives > 0 && positives < rows.len();
    let standing = enough.then(|| stands(challenger, champion, &rows, &config)).transpose()?;
    Ok(Rematch { rows: rows.len(), positives, standing })
}

fn stands(
    challenger: &ModelArtifact,
    champion: &ModelArtifact,
    rows: &[Snapshot],
    config: &PipelineConfig,
) -> Result<(Standing, String), PipelineError> {
    let scale = unit_scale(challenger.kind);
    let probabilities = |model: &ModelArtifact| {
        let schema = chatsignal_core::feature::schema(model.kind);
        let context = model.context.as_ref().filter(|_| model.schema == schema);
        let context = context.ok_or(PipelineError::OtherFeatures)?;
        let values = values(model, context, rows.iter());
        Ok::<Vec<f64>, PipelineError>(values.into_iter().map(|value| scale * value).collect())
    };
    let (ours, theirs) = (probabilities(challenger)?, probabilities(champion)?);
    let outcomes = Outcomes {
        outcome: rows.iter().map(|row| scale * row.target).collect(),
        positive: rows.iter().map(|row| f64::from(u8::from(row.positive))).collect(),
        value: vec![0.0; rows.len()],
    };
    let contacts: Vec<_> = rows.iter().map(|row| row.contact).collect();
    let clusters = Clusters::new(&contacts, config.bootstrap_rounds, config.seed);
    let [_, gain] = gains(&clusters, &outcomes, &ours, &theirs);
    let keys: Vec<_> = rows.iter().map(|row| row.slices.clone()).collect();
    let of = |p: &[f64]| slices(&keys, &outcomes.outcome, &outcomes.positive, p);
    Ok(standing(&Contest { gain, ours: &of(&ours), theirs: &of(&theirs), fair: true }))
}
