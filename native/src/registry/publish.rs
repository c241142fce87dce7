//! Publishing a version.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use chatsignal_core::artifact::{ModelArtifact, ModelKind};

use super::error::{At, RegistryError};
use super::layout::{Entry, MANIFEST_FILE, MODEL_FILE, Shelf};
use super::manifest::{FileEntry, Manifest};
use super::{ModelRegistry, durable};

/// Versions of a model that are kept, beside those that an alias points to.
const VERSIONS_MAX: usize = 1_000;

/// What a version is made of.
#[derive(Clone, Debug, Default)]
pub struct Publication<'a> {
    /// The encoded model.
    pub model: &'a [u8],
    /// Other files (`card.md`, `card.json`, `reliability.svg`...): name and content.
    pub files: Vec<(String, Vec<u8>)>,
}

impl ModelRegistry {
    /// Publishes a model and returns its version. When this returns, the version survives a crash
    /// or power cut. Equal bytes give the version that they already have. No alias moves.
    ///
    /// # Errors
    /// When the bytes are no valid model of this kind, a file name is not allowed, or the disk
    /// refuses; nothing is changed then.
    pub fn publish(
        &self,
        tenant: &str,
        kind: ModelKind,
        publication: &Publication<'_>,
    ) -> Result<u32, RegistryError> {
        let artifact = ModelArtifact::decode(publication.model)?;
        if artifact.kind != kind {
            return Err(RegistryError::WrongKind { expected: kind, found: artifact.kind });
        }
        if let Some((name, _)) = publication.files.iter().find(|(name, _)| !is_file_name(name)) {
            return Err(RegistryError::FileName(name.clone()));
        }
        let shelf = self.shelf(tenant, kind);
        let _lock = shelf.lock()?;
        let sha256 = durable::sha256(publication.model);
        let existing = shelf.versions()?;
        if let Some(version) = find_intact(&existing, &sha256) {
            return Ok(version);
        }
        let version = existing.last().map_or(0, |entry| entry.version).saturating_add(1);
        let staged = shelf.stage(version, &artifact, publication)?;
        let target = shelf.versions_dir().join(Entry::folder(version, &sha256));
        durable::move_into(&staged, &target)?;
        // What cannot be removed now is tried again by the next publication.
        let _ = shelf.prune(&existing, VERSIONS_MAX - 1);
        Ok(version)
    }
}

/// The version with this model, if its files are whole.
fn find_intact(entries: &[Entry], sha256: &str) -> Option<u32> {
    entries
        .iter()
        .rev()
        .filter(|entry| entry.may_hold(sha256))
        .find(|entry| {
            entry.manifest().is_ok_and(|manifest| {
                manifest.model_sha256 == sha256
                    && manifest.files.iter().all(|file| entry.read(&manifest, &file.name).is_ok())
            })
        })
        .map(|entry| entry.version)
}

impl Shelf {
    /// Removes the oldest versions beyond `kept`, but for those that an alias points to. A version
    /// goes in one step: a process that ends in between leaves it whole, or in the folder that is
    /// emptied when the registry opens. The caller holds the lock.
    fn prune(&self, existing: &[Entry], kept: usize) -> Result<(), RegistryError> {
        let aliases = self.aliases()?;
        let surplus = &existing[..existing.len().saturating_sub(kept)];
        for entry in surplus.iter().filter(|entry| aliases.of(entry.version).is_empty()) {
            let aside = self.staging().join("removed");
            if aside.exists() {
                fs::remove_dir_all(&aside).at(&aside)?;
            }
            fs::rename(&entry.dir, &aside).at(&entry.dir)?;
            fs::remove_dir_all(&aside).at(&aside)?;
        }
        Ok(())
    }

    /// Writes a version aside, every file and the folder synced. The caller holds the lock.
    fn stage(
        &self,
        version: u32,
        artifact: &ModelArtifact,
        publication: &Publication<'_>,
    ) -> Result<std::path::PathBuf, RegistryError> {
        let dir = self.staging().join("version");
        if dir.exists() {
            fs::remove_dir_all(&dir).at(&dir)?;
        }
        fs::create_dir(&dir).at(&dir)?;
        let model = [(MODEL_FILE, publication.model)];
        let others = publication.files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..]));
        let mut entries = Vec::new();
        for (name, bytes) in model.into_iter().chain(others) {
            durable::write_new(&dir.join(name), bytes)?;
            entries.push(FileEntry {
                name: name.to_owned(),
                bytes: bytes.len() as u64,
                sha256: durable::sha256(bytes),
            });
        }
        let manifest = Manifest::of(version, artifact, now_ms(), entries);
        durable::write_new(&dir.join(MANIFEST_FILE), &durable::seal(&manifest))?;
        durable::sync_dir(&dir)?;
        Ok(dir)
    }
}

/// Names that are safe on every file system and not ours.
fn is_file_name(name: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    (1..=64).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with('.')
        && name != MODEL_FILE
        && name != MANIFEST_FILE
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Aliases;

    #[test]
    fn the_oldest_versions_go_but_for_those_in_use() {
        let folder = tempfile::tempdir().expect("a folder");
        let registry = ModelRegistry::open(folder.path().to_owned()).expect("a registry");
        let shelf = registry.shelf("t", ModelKind::Lead);
        let _lock = shelf.lock().expect("a lock");
        for version in 1..=5 {
            let dir = shelf.versions_dir().join(Entry::folder(version, &"0".repeat(64)));
            fs::create_dir(dir).expect("a folder");
        }
        let aliases = Aliases { champion: Some(2), ..Aliases::default() };
        shelf.set_aliases(&aliases).expect("written");
        let all = shelf.versions().expect("read");
        shelf.prune(&all, 2).expect("removed");
        let left: Vec<u32> = shelf.versions().expect("read").iter().map(|e| e.version).collect();
        assert_eq!(left, [2, 4, 5]);
        assert_eq!(fs::read_dir(shelf.staging()).expect("a folder").count(), 0);
    }
}
