//! Where things are.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use chatsignal_core::artifact::ModelKind;
use sha2::{Digest, Sha256};

use super::durable;
use super::error::{At, RegistryError};
use super::manifest::Manifest;

/// Name of the model inside a version's folder.
pub(super) const MODEL_FILE: &str = "model.csm";
/// Name of the manifest inside a version's folder.
pub(super) const MANIFEST_FILE: &str = "manifest.json";

/// Longest name of a tenant's folder before its name is cut, bytes.
const FOLDER_BYTES_MAX: usize = 200;

/// The models of one kind of one tenant.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    pub(super) dir: PathBuf,
    pub(super) kind: ModelKind,
}

/// The folder of one version.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) version: u32,
    pub(super) dir: PathBuf,
}

/// Every shelf below `root`; none when the folder does not exist.
pub(super) fn shelves(root: &Path) -> Result<Vec<Shelf>, RegistryError> {
    let mut found = Vec::new();
    for tenant in folders(root)? {
        for kind in ModelKind::ALL {
            let dir = tenant.join(kind.as_str());
            if dir.is_dir() {
                found.push(Shelf { dir, kind });
            }
        }
    }
    Ok(found)
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>, RegistryError> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.at(dir)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.at(dir)?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A tenant's name as a folder name: letters, digits, `-` and `_` stay, other bytes become `%xx`.
/// Capitals are escaped too, for file systems that do not tell them apart.
fn folder_name(tenant: &str) -> String {
    let mut name = escaped(tenant);
    // File systems end names at 255 bytes. A longer one ends in a hash, which no escape looks like.
    if name.len() > FOLDER_BYTES_MAX {
        let hash = Sha256::digest(tenant.as_bytes());
        name.truncate(FOLDER_BYTES_MAX);
        name.push_str("%-");
        hash.iter().take(16).for_each(|byte| name.push_str(&format!("{byte:02x}")));
    }
    name
}

fn escaped(tenant: &str) -> String {
    tenant.bytes().fold(String::with_capacity(tenant.len()), |mut name, byte| {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            other => name.push_str(&format!("%{other:02x}")),
        }
        name
    })
}

impl Shelf {
    pub(super) fn new(root: &Path, tenant: &str, kind: ModelKind) -> Self {
        Self { dir: root.join(folder_name(tenant)).join(kind.as_str()), kind }
    }

    pub(super) fn staging(&self) -> PathBuf {
        self.dir.join("staging")
    }

    pub(super) fn versions_dir(&self) -> PathBuf {
        self.dir.join("versions")
    }

    /// Every version, oldest first.
    pub(super) fn versions(&self) -> Result<Vec<Entry>, RegistryError> {
        let mut entries: Vec<Entry> = folders(&self.versions_dir())?
            .into_iter()
            .filter_map(|dir| {
                let number = dir.file_name()?.to_str()?.split_once('-')?.0.parse().ok()?;
                Some(Entry { version: number, dir })
            })
            .collect();
        entries.sort_by_key(|entry| entry.version);
        Ok(entries)
    }

    pub(super) fn version(&self, version: u32) -> Result<Entry, RegistryError> {
        let entries = self.versions()?;
        let known = entries.iter().map(|entry| entry.version).collect();
        entries
            .into_iter()
            .find(|entry| entry.version == version)
            .ok_or(RegistryError::NoVersion { version, known })
    }

    /// Makes the folders and takes the lock; it is released when the file is dropped (or the
    /// process ends, however it ends).
    pub(super) fn lock(&self) -> Result<File, RegistryError> {
        durable::make_dir(&self.staging())?;
        durable::make_dir(&self.versions_dir())?;
        let file = self.lock_file()?;
        file.lock().at(&self.dir)?;
        Ok(file)
    }

    fn lock_file(&self) -> Result<File, RegistryError> {
        let path = self.dir.join("lock");
        OpenOptions::new().write(true).create(true).truncate(false).open(&path).at(&path)
    }

    /// Removes what a killed publication left in `staging`. Nothing is done while another process
    /// holds the lock, or where the folder cannot be written to: what lies there is never read.
    pub(super) fn sweep(&self) {
        let Ok(lock) = self.lock_file() else { return };
        if lock.try_lock().is_err() {
            return;
        }
        let Ok(entries) = fs::read_dir(self.staging()) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            // A folder that cannot be removed now is tried again when the registry opens next.
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
}

impl Entry {
    /// The name of a version's folder.
    pub(super) fn folder(version: u32, model_sha256: &str) -> String {
        format!("{version:06}-{}", model_sha256.get(..16).unwrap_or(model_sha256))
    }

    /// Whether the folder's name is that of this model.
    pub(super) fn may_hold(&self, model_sha256: &str) -> bool {
        self.dir.file_name().and_then(|name| name.to_str())
            == Some(&Self::folder(self.version, model_sha256))
    }

    /// The manifest, checked against the folder's name.
    pub(super) fn manifest(&self) -> Result<Manifest, RegistryError> {
        let path = self.dir.join(MANIFEST_FILE);
        let manifest: Manifest = durable::unseal(&path, &fs::read(&path).at(&path)?)?;
        if manifest.version == self.version && self.may_hold(&manifest.model_sha256) {
            Ok(manifest)
        } else {
            let reason = "it is the manifest of another version".to_owned();
            Err(RegistryError::Damaged { path, reason })
        }
    }

    /// A file of the version, checked against the manifest.
    pub(super) fn read(&self, manifest: &Manifest, name: &str) -> Result<Vec<u8>, RegistryError> {
        let no_file = || RegistryError::NoFile { version: self.version, name: name.to_owned() };
        let entry = manifest.files.iter().find(|file| file.name == name).ok_or_else(no_file)?;
        let path = self.dir.join(name);
        let bytes = fs::read(&path).at(&path)?;
        if durable::sha256(&bytes) == entry.sha256 {
            Ok(bytes)
        } else {
            let reason = "its checksum does not match the manifest".to_owned();
            Err(RegistryError::Damaged { path, reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_cannot_leave_the_folder_or_meet() {
        assert_eq!(folder_name("default"), "default");
        assert_eq!(folder_name("../x"), "%2e%2e%2fx");
        assert_ne!(folder_name("Acme"), folder_name("acme"));
        assert_ne!(folder_name("a%2fb"), folder_name("a/b"));
        let long = ["A", "B"].map(|last| folder_name(&format!("{}{last}", "A".repeat(127))));
        assert!(long.iter().all(|name| name.len() < 255), "{long:?}");
        assert_ne!(long[0], long[1]);
    }
}
