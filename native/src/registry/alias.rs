//! Names that point to versions.

use std::fs;

use chatsignal_core::artifact::ModelKind;
use serde::{Deserialize, Serialize};

use super::error::{At, RegistryError};
use super::layout::Shelf;
use super::{ModelRegistry, ServedVersion, durable};

/// A name that points to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alias {
    /// The version that scores.
    Champion,
    /// A version that is tried beside it.
    Challenger,
    /// The champion before the present one.
    Previous,
}

impl Alias {
    /// The name in JSON and arguments.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Champion => "champion",
            Self::Challenger => "challenger",
            Self::Previous => "previous",
        }
    }
}

/// Where the names point. The fields and their order are the file format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aliases {
    /// The version that scores; none where the shipped model does.
    pub champion: Option<u32>,
    /// A version that is tried beside it.
    pub challenger: Option<u32>,
    /// The champion before the present one; none where that was the shipped model.
    pub previous: Option<u32>,
}

impl Aliases {
    /// Which names point to a version.
    #[must_use]
    pub fn of(&self, version: u32) -> Vec<Alias> {
        [
            (self.champion, Alias::Champion),
            (self.challenger, Alias::Challenger),
            (self.previous, Alias::Previous),
        ]
        .into_iter()
        .filter(|(points_to, _)| *points_to == Some(version))
        .map(|(_, alias)| alias)
        .collect()
    }
}

impl Aliases {
    /// The names once another version, or the shipped model, scores.
    pub(super) fn with_champion(&self, version: Option<u32>) -> Self {
        Self {
            champion: version,
            challenger: self.challenger.filter(|challenger| Some(*challenger) != version),
            previous: self.champion,
        }
    }
}

impl Shelf {
    /// Where the names point; nowhere when nothing was activated yet.
    pub(super) fn aliases(&self) -> Result<Aliases, RegistryError> {
        let path = self.dir.join("aliases.json");
        match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Aliases::default()),
            bytes => durable::unseal(&path, &bytes.at(&path)?),
        }
    }

    /// Replaces the aliases in one step. The caller holds the lock.
    pub(super) fn set_aliases(&self, aliases: &Aliases) -> Result<(), RegistryError> {
        self.replace("aliases.json", &durable::seal(aliases))
    }

    /// Replaces a file of the shelf in one step. The caller holds the lock.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), RegistryError> {
        let staged = self.staging().join(name);
        match fs::remove_file(&staged) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at(&staged)?,
            _ => {}
        }
        durable::write_new(&staged, bytes)?;
        durable::move_into(&staged, &self.dir.join(name))
    }

    /// The aliases for a change: a damaged file counts as empty, since it is about to be replaced.
    pub(super) fn aliases_to_change(&self) -> Result<Aliases, RegistryError> {
        match self.aliases() {
            Err(RegistryError::Damaged { .. }) => Ok(Aliases::default()),
            other => other,
        }
    }
}

impl ModelRegistry {
    /// Where the names point.
    ///
    /// # Errors
    /// When the file is damaged or cannot be read.
    pub fn aliases(&self, tenant: &str, kind: ModelKind) -> Result<Aliases, RegistryError> {
        self.shelf(tenant, kind).aliases()
    }

    /// Lets an intact version score, or the shipped model; the champion so far becomes `previous`. A
    /// challenger that becomes champion stops being challenger.
    ///
    /// # Errors
    /// When there is no such version, it is damaged, or the change cannot be written.
    pub fn activate(
        &self,
        tenant: &str,
        kind: ModelKind,
        version: impl Into<ServedVersion>,
    ) -> Result<Aliases, RegistryError> {
        let shelf = self.shelf(tenant, kind);
        let version = match version.into() {
            ServedVersion::Version(version) => {
                shelf.load(&shelf.version(version)?)?;
                Some(version)
            }
            ServedVersion::Prior => None,
        };
        let _lock = shelf.lock()?;
        let before = shelf.aliases_to_change()?;
        if before.champion == version {
            return Ok(before);
        }
        let after = before.with_champion(version);
        shelf.set_aliases(&after)?;
        Ok(after)
    }

    /// Makes an intact version the challenger, or none.
    ///
    /// # Errors
    /// As [`ModelRegistry::activate`].
    pub fn set_challenger(
        &self,
        tenant: &str,
        kind: ModelKind,
        version: Option<u32>,
    ) -> Result<Aliases, RegistryError> {
        let shelf = self.shelf(tenant, kind);
        if let Some(version) = version {
            shelf.load(&shelf.version(version)?)?;
        }
        let _lock = shelf.lock()?;
        let after = Aliases { challenger: version, ..shelf.aliases_to_change()? };
        shelf.set_aliases(&after)?;
        Ok(after)
    }

    /// Lets score what scored before: `previous`, or the shipped model where the champion is the
    /// first. The two change places, so that a second rollback undoes the first.
    ///
    /// # Errors
    /// When nothing was ever activated, the version is damaged, or the change cannot be written.
    pub fn rollback(&self, tenant: &str, kind: ModelKind) -> Result<Aliases, RegistryError> {
        let version = match self.aliases(tenant, kind)? {
            Aliases { previous: Some(version), .. } => ServedVersion::Version(version),
            Aliases { champion: Some(_), .. } => ServedVersion::Prior,
            Aliases { .. } => return Err(RegistryError::NoPrevious(kind.as_str())),
        };
        self.activate(tenant, kind, version)
    }
}
