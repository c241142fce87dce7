//! A model that answers about contacts.

use chatsignal_api::error::ErrorCode;
use chatsignal_api::model::ComputedOn;
use chatsignal_api::prediction::Origin;
use chatsignal_core::artifact::{ModelArtifact, ModelKind, ModelState};
use chatsignal_core::model::Fingerprint;
use chatsignal_core::score::{
    ChurnPredictor, Cutoffs, EngagementPredictor, LeadScorer, ScorerError,
};
use chatsignal_core::time::TimestampMs;
use chatsignal_scoring::{Version, origin};
use self_cell::self_cell;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::fault::Fault;

/// The scorer of a model, by its kind.
#[derive(Debug)]
pub(crate) enum Scorer<'a> {
    Lead(LeadScorer<'a>),
    Churn(ChurnPredictor<'a>),
    Engagement(EngagementPredictor<'a>),
}

impl<'a> Scorer<'a> {
    fn new(artifact: &'a ModelArtifact, cutoffs: Option<&Cutoffs>) -> Result<Self, ScorerError> {
        match artifact.kind {
            ModelKind::Lead => LeadScorer::new(artifact)?.with_cutoffs(cutoffs).map(Self::Lead),
            ModelKind::Churn => {
                ChurnPredictor::new(artifact)?.with_cutoffs(cutoffs).map(Self::Churn)
            }
            ModelKind::Engagement => {
                EngagementPredictor::new(artifact)?.with_cutoffs(cutoffs).map(Self::Engagement)
            }
            ModelKind::Custom => {
                Err(ScorerError::WrongKind { expected: ModelKind::Lead, found: ModelKind::Custom })
            }
        }
    }
}

self_cell!(
    struct Prepared {
        owner: ModelArtifact,
        #[covariant]
        dependent: Scorer,
    }

    impl {Debug}
);

/// Checks cut-offs between levels that a team chose for a kind of model, as [`AnswerModel::new`] does.
///
/// # Errors
/// Throws when they do not fall or lie outside their range; the message begins with the level.
#[wasm_bindgen(js_name = checkCutoffs)]
pub fn check_cutoffs(kind: &str, falling: &[f64]) -> Result<(), JsError> {
    let kind = ModelKind::from_name(kind)
        .filter(|kind| ModelKind::TRAINED.contains(kind))
        .ok_or_else(|| Fault::field("levels are of lead, churn and engagement"))?;
    Cutoffs::chosen(kind, falling).map_err(Fault::field)?;
    Ok(())
}

/// A lead, churn or engagement model that answers about the contacts of an `EventLog`. Call
/// `free()` when it is no longer needed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct AnswerModel {
    prepared: Prepared,
    version: Version,
}

#[wasm_bindgen]
impl AnswerModel {
    /// Loads the bytes of a model file (`.csm`). `version` is what answers call the model; without
    /// it `prior` for a shipped model and `local` for any other. Levels begin at `cutoffs` (falling: of
    /// the lead score, the probability of churn, or multiples of the base rate of replies), where
    /// the model says without them.
    ///
    /// # Errors
    /// Throws when the file is damaged, is a model of one's own columns or was made for other
    /// features, and when the cut-offs do not fall or lie outside their range.
    #[wasm_bindgen(constructor)]
    pub fn new(
        bytes: &[u8],
        version: Option<String>,
        cutoffs: Option<Vec<f64>>,
    ) -> Result<Self, JsError> {
        let unfit = |detail: String| Fault::new(ErrorCode::ModelUnavailable, detail);
        let artifact = ModelArtifact::decode(bytes).map_err(|error| unfit(error.to_string()))?;
        let prior = artifact.state == ModelState::Prior;
        let version = version.unwrap_or_else(|| if prior { "prior" } else { "local" }.to_owned());
        let schema = Fingerprint(artifact.schema.fingerprint());
        let cutoffs = cutoffs.map(|falling| Cutoffs::chosen(artifact.kind, &falling)).transpose();
        let cutoffs = cutoffs.map_err(Fault::field)?;
        let prepared =
            Prepared::try_new(artifact, |artifact| Scorer::new(artifact, cutoffs.as_ref()))
                .map_err(|error| unfit(error.to_string()))?;
        Ok(Self { prepared, version: Version { version, alias: None, schema } })
    }

    /// What the model is for: `lead`, `churn` or `engagement`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn kind(&self) -> String {
        self.artifact().kind.as_str().to_owned()
    }

    pub(crate) fn artifact(&self) -> &ModelArtifact {
        self.prepared.borrow_owner()
    }

    pub(crate) fn scorer(&self) -> &Scorer<'_> {
        self.prepared.borrow_dependent()
    }

    /// Model, instant and place of an answer.
    pub(crate) fn origin(&self, as_of: TimestampMs) -> Origin {
        origin(self.artifact(), self.version.clone(), ComputedOn::Browser, as_of)
    }

    /// The error of a model that cannot answer the question.
    pub(crate) fn wrong_kind(&self, wanted: &str) -> Fault {
        let kind = self.artifact().kind.as_str();
        let detail = format!("the question is for a model of the kind {wanted}, not {kind}");
        Fault::new(ErrorCode::InvalidParameter, detail)
    }
}
