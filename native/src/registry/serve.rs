//! Which model scores.

use std::fmt;
use std::str::FromStr;

use chatsignal_core::artifact::{ModelArtifact, ModelKind};
use chatsignal_core::model::Fingerprint;
use chatsignal_core::score::{ChurnPredictor, EngagementPredictor, LeadScorer, ScorerError};

use super::alias::Alias;
use super::error::RegistryError;
use super::layout::{Entry, MODEL_FILE, Shelf};
use super::{ModelRegistry, prior};

/// The version of a served model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServedVersion {
    /// A version of the tenant's own.
    Version(u32),
    /// The shipped model, trained on simulated data.
    Prior,
}

impl From<u32> for ServedVersion {
    fn from(version: u32) -> Self {
        Self::Version(version)
    }
}

/// A text that names no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the number of a version, or prior: the shipped model")]
pub struct NoVersionText;

impl FromStr for ServedVersion {
    type Err = NoVersionText;

    /// Reads what [`fmt::Display`] writes: one text for each version, with no sign and no zero in front.
    fn from_str(text: &str) -> Result<Self, NoVersionText> {
        let version = match text {
            "prior" => Self::Prior,
            number => Self::Version(number.parse().map_err(|_| NoVersionText)?),
        };
        let known = version != Self::Version(0) && version.to_string() == text;
        known.then_some(version).ok_or(NoVersionText)
    }
}

impl fmt::Display for ServedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "{version}"),
            Self::Prior => f.write_str("prior"),
        }
    }
}

/// What the caller of a served model should be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryWarning {
    /// A version is damaged and was passed over.
    Damaged {
        /// The alias that points to it.
        alias: Alias,
        /// The version.
        version: u32,
        /// What is wrong with it.
        reason: String,
    },
    /// The aliases are damaged: the newest whole version is served.
    AliasesDamaged {
        /// What is wrong with them.
        reason: String,
    },
}

impl fmt::Display for RegistryWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { alias, version, reason } => {
                write!(f, "{} (version {version}) was passed over: {reason}", alias.as_str())
            }
            Self::AliasesDamaged { reason } => write!(
                f,
                "{reason}; the newest whole version is served: \
                 choose one with `chatsignal models activate`"
            ),
        }
    }
}

/// A model ready to score.
#[derive(Clone, Debug)]
pub struct Served {
    /// The model.
    pub artifact: ModelArtifact,
    /// Its version.
    pub version: ServedVersion,
    /// The alias by which it was found; none for the shipped model and for a version by number.
    pub alias: Option<Alias>,
    /// What went wrong on the way.
    pub warnings: Vec<RegistryWarning>,
    /// Identity of the artifact's feature schema, worked out once.
    pub schema: Fingerprint,
}

impl Served {
    /// A model that was read.
    pub(crate) fn new(
        artifact: ModelArtifact,
        version: ServedVersion,
        alias: Option<Alias>,
        warnings: Vec<RegistryWarning>,
    ) -> Self {
        let schema = Fingerprint(artifact.schema.fingerprint());
        Self { artifact, version, alias, warnings, schema }
    }

    /// Whether the model can score contacts with this build.
    ///
    /// # Errors
    /// Why it cannot: a custom model, or one of other features.
    pub fn can_score(&self) -> Result<(), ScorerError> {
        match self.artifact.kind {
            ModelKind::Lead => LeadScorer::new(&self.artifact).map(drop),
            ModelKind::Churn => ChurnPredictor::new(&self.artifact).map(drop),
            ModelKind::Engagement => EngagementPredictor::new(&self.artifact).map(drop),
            found @ ModelKind::Custom => {
                Err(ScorerError::WrongKind { expected: ModelKind::Lead, found })
            }
        }
    }
}

impl Shelf {
    /// Reads and checks the model of a version.
    pub(super) fn load(&self, entry: &Entry) -> Result<ModelArtifact, RegistryError> {
        let damaged = |reason| RegistryError::Damaged { path: entry.dir.join(MODEL_FILE), reason };
        let bytes = entry.read(&entry.manifest()?, MODEL_FILE)?;
        let artifact = ModelArtifact::decode(&bytes).map_err(|e| damaged(e.to_string()))?;
        if artifact.kind == self.kind {
            Ok(artifact)
        } else {
            Err(damaged(format!("it is a model for {}", artifact.kind.as_str())))
        }
    }

    /// The newest version that is whole.
    fn newest(&self) -> Result<Option<(u32, ModelArtifact)>, RegistryError> {
        let entries = self.versions()?;
        let whole = |entry: &Entry| Some((entry.version, self.load(entry).ok()?));
        Ok(entries.iter().rev().find_map(whole))
    }
}

impl ModelRegistry {
    /// The model that scores: the champion, else the champion before it, else the shipped model
    /// (flagged by its state). What is damaged is passed over with a warning.
    ///
    /// # Errors
    /// When the folder cannot be read, or there is no model at all.
    pub fn champion(&self, tenant: &str, kind: ModelKind) -> Result<Served, RegistryError> {
        let shelf = self.shelf(tenant, kind);
        let mut warnings = Vec::new();
        let aliases = match shelf.aliases() {
            Ok(aliases) => aliases,
            Err(error @ RegistryError::Damaged { .. }) => {
                warnings.push(RegistryWarning::AliasesDamaged { reason: error.to_string() });
                if let Some((version, artifact)) = shelf.newest()? {
                    let version = ServedVersion::Version(version);
                    return Ok(Served::new(artifact, version, None, warnings));
                }
                super::Aliases::default()
            }
            Err(error) => return Err(error),
        };
        // Where no version is to score, the one before is none that stands in for it.
        let previous = aliases.champion.and(aliases.previous);
        let candidates = [(aliases.champion, Alias::Champion), (previous, Alias::Previous)];
        for (version, alias) in candidates {
            let Some(version) = version else { continue };
            match shelf.version(version).and_then(|entry| shelf.load(&entry)) {
                Ok(artifact) => {
                    let version = ServedVersion::Version(version);
                    return Ok(Served::new(artifact, version, Some(alias), warnings));
                }
                Err(error) => {
                    let reason = error.to_string();
                    warnings.push(RegistryWarning::Damaged { alias, version, reason });
                }
            }
        }
        let artifact = prior::artifact(kind)?;
        Ok(Served::new(artifact, ServedVersion::Prior, None, warnings))
    }

    /// The shipped model of a kind, trained on simulated data.
    ///
    /// # Errors
    /// When none is shipped.
    pub fn shipped(kind: ModelKind) -> Result<ModelArtifact, RegistryError> {
        prior::artifact(kind)
    }

    /// A file of the shipped model of a kind: `model.csm`, `card.json` or `card.md`.
    #[must_use]
    pub fn shipped_file(kind: ModelKind, name: &str) -> Option<&'static [u8]> {
        prior::file(kind, name)
    }

    /// One version by number.
    ///
    /// # Errors
    /// When there is no such version or it is damaged.
    pub fn get(
        &self,
        tenant: &str,
        kind: ModelKind,
        version: u32,
    ) -> Result<Served, RegistryError> {
        let shelf = self.shelf(tenant, kind);
        let artifact = shelf.load(&shelf.version(version)?)?;
        let version = ServedVersion::Version(version);
        Ok(Served::new(artifact, version, None, Vec::new()))
    }
}
