//! Writing so that a crash at any instant leaves the old state or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::error::{At, RegistryError};

/// Writes a file that does not exist yet and syncs it.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), RegistryError> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).at(path)?;
    file.write_all(bytes).at(path)?;
    file.sync_all().at(path)
}

/// Syncs a folder, so that renames into it survive a power cut.
pub(super) fn sync_dir(path: &Path) -> Result<(), RegistryError> {
    File::open(path).and_then(|dir| dir.sync_all()).at(path)
}

/// Moves a finished file or folder into place and syncs the folder that it went to.
pub(super) fn move_into(from: &Path, to: &Path) -> Result<(), RegistryError> {
    fs::rename(from, to).at(to)?;
    to.parent().map_or(Ok(()), sync_dir)
}

/// Makes a folder and its parents, and syncs the ones that a new entry appeared in.
pub(super) fn make_dir(path: &Path) -> Result<(), RegistryError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_dir(parent)?;
        match fs::create_dir(path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(error).at(path)?
            }
            _ => {}
        }
        return sync_dir(parent);
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error).at(path),
        _ => Ok(()),
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A JSON document with the checksum of its body.
#[derive(Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<T> {
    sha256: String,
    body: T,
}

/// Writes `body` as JSON with its checksum.
pub(super) fn seal<T: Serialize>(body: &T) -> Vec<u8> {
    let sealed = Sealed { sha256: checksum(body), body };
    let mut bytes = serde_json::to_vec_pretty(&sealed).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Reads a sealed document and compares its checksum.
pub(super) fn unseal<T: Serialize + DeserializeOwned>(
    path: &Path,
    bytes: &[u8],
) -> Result<T, RegistryError> {
    let damaged = |reason: String| RegistryError::Damaged { path: path.to_owned(), reason };
    let sealed: Sealed<T> = serde_json::from_slice(bytes).map_err(|e| damaged(e.to_string()))?;
    if checksum(&sealed.body) == sealed.sha256 {
        Ok(sealed.body)
    } else {
        Err(damaged("its checksum does not match".to_owned()))
    }
}

/// The checksum is of the compact form: fields have one order, so that equal bodies have equal
/// text.
fn checksum<T: Serialize>(body: &T) -> String {
    sha256(&serde_json::to_vec(body).unwrap_or_default())
}
