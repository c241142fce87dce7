//! Training: what is asked for, and the jobs that do it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::artifact::ModelKind;
use serde::{Deserialize, Serialize};

use crate::monitoring::DriftStatus;
use crate::object::nullable;
use crate::time::Instant;

/// A model that is trained from the log; the names of the older paths are taken as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainedModel {
    /// Lead score.
    #[serde(alias = "lead-scoring")]
    Lead,
    /// Churn risk.
    #[serde(alias = "churn-prediction")]
    Churn,
    /// Probability of a reply.
    #[serde(alias = "engagement-prediction")]
    Engagement,
}

impl TrainedModel {
    /// Every model.
    pub const ALL: [Self; 3] = [Self::Lead, Self::Churn, Self::Engagement];
    /// Every name that is understood.
    pub const NAMES: [&'static str; 6] = [
        "lead",
        "churn",
        "engagement",
        "lead-scoring",
        "churn-prediction",
        "engagement-prediction",
    ];

    /// The model by one of its names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "lead" | "lead-scoring" => Self::Lead,
            "churn" | "churn-prediction" => Self::Churn,
            "engagement" | "engagement-prediction" => Self::Engagement,
            _ => return None,
        })
    }

    /// The kind of its file.
    #[must_use]
    pub fn kind(self) -> ModelKind {
        match self {
            Self::Lead => ModelKind::Lead,
            Self::Churn => ModelKind::Churn,
            Self::Engagement => ModelKind::Engagement,
        }
    }
}

/// The part of the log to learn from. Events outside are as if they had never happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DataWindow {
    /// From this instant on; from the beginning when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// Before this instant; to the end when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Instant>,
}

/// How held-out rows are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ValidationScheme {
    /// Later rows of other contacts.
    #[default]
    Time,
}

/// How the model is validated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ValidationRequest {
    /// How held-out rows are chosen.
    #[serde(default)]
    pub scheme: ValidationScheme,
    /// Most time-forward folds, 1 to 5; 5 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 5))]
    pub folds: Option<u32>,
    /// Days between the last training row and the first held-out one, up to 730. At least the
    /// label's horizon, whatever is given here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 730))]
    pub embargo_days: Option<u32>,
}

/// When a new model replaces the serving one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PromoteWhen {
    /// At once, if it is better by more than half the interval and no slice suffers.
    #[default]
    IfBetter,
    /// If it is better it becomes the challenger; making it champion is left to a person.
    AfterShadow,
    /// Never by itself.
    Never,
}

/// Asks for the training of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrainRequest<P> {
    /// Which model.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::TrainedModelName))]
    pub model: TrainedModel,
    /// The part of the log to learn from; all of it when left out.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    pub data: Option<DataWindow>,
    /// How the model is validated.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    pub validation: Option<ValidationRequest>,
    /// Parameters of the learner by the names of `chatsignal fit --params`; `learner` chooses `gbm`,
    /// `forest`, `logistic` or `gbdt`.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub params: Option<P>,
    /// When the new model replaces the serving one.
    #[serde(default)]
    pub promote: PromoteWhen,
    /// Seed of every draw; 7 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// Asks for the training of several models, each with its usual parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrainAllRequest {
    /// Which models; all three when left out.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<crate::openapi::TrainedModelName>>))]
    pub models: Option<Vec<TrainedModel>>,
    /// The part of the log to learn from; all of it when left out.
    #[serde(default, deserialize_with = "nullable")]
    pub data: Option<DataWindow>,
    /// How the models are validated.
    #[serde(default, deserialize_with = "nullable")]
    pub validation: Option<ValidationRequest>,
    /// When a new model replaces the serving one.
    #[serde(default)]
    pub promote: PromoteWhen,
    /// Seed of every draw; 7 when left out.
    #[serde(default)]
    pub seed: Option<u64>,
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $item:ident = $name:literal;)+) => {
        /// Where a job stands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum JobStatus { $($(#[$doc])* $item,)+ }

        impl JobStatus {
            /// Every status.
            pub const ALL: &'static [Self] = &[$(Self::$item,)+];

            /// The name in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$item => $name,)+ }
            }
        }
    };
}

statuses! {
    /// It waits for a place.
    Queued = "queued";
    /// The log is read.
    Extracting = "extracting";
    /// Models are fitted.
    Training = "training";
    /// The new model is judged on rows that it has not seen.
    Validating = "validating";
    /// It is written to the registry.
    Saving = "saving";
    /// Done; `promoted` says whether the new model serves.
    Succeeded = "succeeded";
    /// It could not be done.
    Failed = "failed";
    /// Too little data; the serving model stays.
    Refused = "refused";
    /// Somebody cancelled it.
    Cancelled = "cancelled";
}

impl JobStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Refused | Self::Cancelled)
    }

    /// Reads a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.as_str() == name)
    }
}

/// The job that was made, or the one of the same model that had not ended yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobAccepted {
    /// Identity of the job.
    pub job_id: String,
    /// `lead`, `churn` or `engagement`.
    pub model: String,
    /// Where it stands.
    pub status: JobStatus,
    /// False for a job that was there already: a model has one job at a time.
    pub created: bool,
    /// Where to ask for it.
    pub status_url: String,
    /// Where to follow it (server-sent events).
    pub events_url: String,
}

/// The jobs of several models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobsAccepted {
    /// Identity of them together, for `status_url`.
    pub job_id: String,
    /// Where to ask for all of them.
    pub status_url: String,
    /// One for each model, in the order of the request.
    pub jobs: Vec<JobAccepted>,
}

/// Rows of each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClassRows {
    /// Rows in which it happened (won, churned, replied).
    pub positives: u64,
    /// Rows in which it did not.
    pub negatives: u64,
}

/// What came out of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobOutcome {
    /// Rows that the model learnt from.
    pub rows: Option<u64>,
    /// Figures on held-out rows by name (`auc`, `log_loss`, `r2`...): see docs/EVALUATION.md.
    pub metrics: Option<BTreeMap<String, f64>>,
    /// Its version in the registry.
    pub version: Option<String>,
    /// Whether it serves now.
    pub promoted: Option<bool>,
    /// Why it does or does not, in words.
    pub reason: Option<String>,
    /// Of a refused job: rows of each class that are needed.
    pub required: Option<ClassRows>,
    /// Of a refused job: rows of each class that were found.
    pub found: Option<ClassRows>,
}

/// A training job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrainingJob {
    /// Its identity.
    pub job_id: String,
    /// `lead`, `churn` or `engagement`.
    pub model: String,
    /// Where it stands.
    pub status: JobStatus,
    /// The step within the status, in words; empty before the first.
    pub stage: String,
    /// Share of the work that is done, 0 to 1; it never falls while the job runs.
    pub progress: f64,
    /// Seconds that the rest will take at the present pace, once that can be said.
    pub eta_s: Option<f64>,
    /// Whether the schedule made it.
    pub scheduled: bool,
    /// When it was asked for.
    pub created_at: Instant,
    /// When its present or last attempt began.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub finished_at: Option<Instant>,
    /// Seconds since `started_at`, up to the end.
    pub elapsed_s: Option<f64>,
    /// How many times it was begun.
    pub attempts: u32,
    /// Whether somebody cancelled it; it ends at its next step.
    pub cancel_requested: bool,
    /// What came out.
    #[serde(flatten)]
    pub outcome: JobOutcome,
    /// Why it failed.
    pub error: Option<String>,
}

/// A model as training sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrainedModelStatus {
    /// `lead`, `churn` or `engagement`.
    pub model: String,
    /// The version that scores; `prior` for the shipped model, `none` when none can score.
    pub champion_version: String,
    /// `prior`, `provisional`, `ready` or `unavailable`.
    pub state: String,
    /// When the newest version was published.
    pub last_trained_at: Option<Instant>,
    /// When the schedule trains it again; none without a schedule.
    pub next_due_at: Option<Instant>,
    /// Drift of its inputs, as the newest report of the last five minutes found it
    /// (`GET /api/v1/monitoring/drift`); null when there is none.
    pub drift: Option<DriftStatus>,
}

/// How training stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrainingStatus {
    /// The newest jobs first, at most 50; or those that were asked for.
    pub jobs: Vec<TrainingJob>,
    /// The models.
    pub models: Vec<TrainedModelStatus>,
}

/// One page of jobs, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobsPage {
    /// The jobs.
    pub jobs: Vec<TrainingJob>,
    /// Send it back as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_model_is_read_alike() {
        for name in TrainedModel::NAMES {
            let quoted = alloc::format!("\"{name}\"");
            let read: TrainedModel = serde_json::from_str(&quoted).expect("a name");
            assert_eq!(Some(read), TrainedModel::from_name(name));
        }
        assert!(serde_json::from_str::<TrainedModel>("\"custom\"").is_err());
    }

    #[test]
    fn statuses_are_written_as_they_are_read() {
        for status in JobStatus::ALL {
            let text = serde_json::to_string(status).expect("a name");
            assert_eq!(text.trim_matches('"'), status.as_str());
            assert_eq!(JobStatus::from_name(status.as_str()), Some(*status));
        }
    }
}
