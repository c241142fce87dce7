//! The model registry: a folder of immutable versions beside the database.
//!
//! ```text
//! <database>.models/<tenant>/<kind>/
//!   versions/000003-9f2c5a7b01e4d8c6/   model.csm, manifest.json, card.md, ...
//!   aliases.json                        champion, challenger, previous
//!   shadows.json                        challengers that run beside the champion, and what came of it
//!   staging/                            half-written things; emptied when the registry opens
//!   lock                                held while something is published or an alias moves
//! ```
//!
//! A version is written aside, synced to disk and renamed into place in one step; it never changes
//! afterwards, and goes when it is one of more than a thousand and nothing points to it. Its name holds the SHA-256 of the model, so that equal bytes are one version. The
//! aliases are one small file that is replaced whole: champion and previous move together.
//! Everything carries a checksum; a damaged champion falls back to the one before it, and says so.

mod alias;
mod durable;
mod error;
mod layout;
mod manifest;
mod prior;
mod publish;
mod serve;
mod shadow;

use std::path::{Path, PathBuf};

use chatsignal_core::artifact::ModelKind;

pub use alias::{Alias, Aliases};
pub use error::RegistryError;
pub use manifest::{FileEntry, Manifest};
pub use publish::Publication;
pub use serve::{NoVersionText, RegistryWarning, Served, ServedVersion};
pub(crate) use shadow::moved_by_hand;
pub use shadow::{SHADOW_DAYS, Shadow, ShadowEnd, ShadowVerdict};

use layout::Shelf;

/// A folder of models.
#[derive(Clone, Debug)]
pub struct ModelRegistry {
    root: PathBuf,
}

/// One version in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionInfo {
    /// Number, from 1.
    pub version: u32,
    /// Which aliases point to it.
    pub aliases: Vec<Alias>,
    /// Its manifest, or why it cannot be read.
    pub manifest: Result<Manifest, String>,
}

impl ModelRegistry {
    /// The registry of a database: the folder `<database>.models` beside it.
    #[must_use]
    pub fn beside(database: &Path) -> PathBuf {
        let mut name = database.as_os_str().to_owned();
        name.push(".models");
        PathBuf::from(name)
    }

    /// Opens a registry; the folder is made by the first publication. What a killed publication
    /// left half-written is removed.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, RegistryError> {
        let registry = Self { root: root.into() };
        for shelf in layout::shelves(&registry.root)? {
            shelf.sweep();
        }
        Ok(registry)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every version of a tenant's models of one kind, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self, tenant: &str, kind: ModelKind) -> Result<Vec<VersionInfo>, RegistryError> {
        self.list_before(tenant, kind, u32::MAX, usize::MAX)
    }

    /// The newest versions below number `before`, at most `limit`, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list_before(
        &self,
        tenant: &str,
        kind: ModelKind,
        before: u32,
        limit: usize,
    ) -> Result<Vec<VersionInfo>, RegistryError> {
        let shelf = self.shelf(tenant, kind);
        let aliases = shelf.aliases().unwrap_or_default();
        let mut versions = shelf.versions()?;
        versions.retain(|entry| entry.version < before);
        let skipped = versions.len().saturating_sub(limit);
        Ok(versions
            .into_iter()
            .skip(skipped)
            .map(|entry| VersionInfo {
                version: entry.version,
                aliases: aliases.of(entry.version),
                manifest: entry.manifest().map_err(|error| error.to_string()),
            })
            .collect())
    }

    /// The content of one file of a version (the card, for example), checked.
    ///
    /// # Errors
    /// When there is no such version or file, or it is damaged.
    pub fn read_file(
        &self,
        tenant: &str,
        kind: ModelKind,
        version: u32,
        name: &str,
    ) -> Result<Vec<u8>, RegistryError> {
        let entry = self.shelf(tenant, kind).version(version)?;
        entry.read(&entry.manifest()?, name)
    }

    fn shelf(&self, tenant: &str, kind: ModelKind) -> Shelf {
        Shelf::new(&self.root, tenant, kind)
    }
}
