//! What a rival predicted on a table, kept between runs: fits are repeated only when the bytes of
//! the table, the folds, the parameters or the rival's version are others.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::clock::Seconds;

/// A place for one rival's answer on one table.
#[derive(Clone, Debug)]
pub struct Kept {
    stem: PathBuf,
}

impl Kept {
    /// The place for what is predicted from these files and words.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn at(folder: &Path, files: &[PathBuf], words: &[&str]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for file in files {
            let bytes = fs::read(file).with_context(|| file.display().to_string())?;
            hasher.write_usize(bytes.len());
            hasher.write(&bytes);
        }
        for word in words {
            hasher.write_usize(word.len());
            hasher.write(word.as_bytes());
        }
        fs::create_dir_all(folder)?;
        Ok(Self { stem: folder.join(format!("{:016x}", hasher.finish())) })
    }

    /// File of the predictions.
    #[must_use]
    pub fn predictions(&self) -> PathBuf {
        self.stem.with_extension("f64")
    }

    /// What the fits took, if they were made.
    #[must_use]
    pub fn seconds(&self) -> Option<Seconds> {
        let bytes = fs::read(self.stem.with_extension("json")).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Says that the predictions are whole.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(&self, seconds: Seconds) -> Result<()> {
        Ok(fs::write(self.stem.with_extension("json"), serde_json::to_string(&seconds)?)?)
    }
}
