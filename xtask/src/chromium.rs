//! The browser in which pages are tested: one that the system has, or Debian's.

use std::path::Path;

use anyhow::{Result, bail};

use crate::step::{self, command, has};

/// Names under which systems have it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Tries to install it.
const ATTEMPTS: u32 = 3;

/// The path of the browser's program; installs Debian's package where there is none and we may.
///
/// # Errors
/// When there is none and it cannot be installed.
pub fn program() -> Result<String> {
    if let Ok(named) = std::env::var("CHATSIGNAL_CHROMIUM") {
        return Ok(named);
    }
    let find = || NAMES.into_iter().find_map(path_of);
    if let Some(found) = find() {
        return Ok(found);
    }
    if has("apt-get") {
        let install = |arguments: &[&str]| {
            let mut run = command("apt-get");
            run.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
            step::run(run)
        };
        // A machine without lists of packages, or with old ones, needs them first.
        for _ in 0..ATTEMPTS {
            if install(&["install", "-y", "-qq", "--no-install-recommends", "chromium"]).is_ok() {
                break;
            }
            install(&["update", "-qq"])?;
        }
    }
    match find() {
        Some(found) => Ok(found),
        None => bail!("install Chromium, or name its program in CHATSIGNAL_CHROMIUM"),
    }
}

/// Where a program lies that the PATH knows.
fn path_of(name: &str) -> Option<String> {
    let folders = std::env::var_os("PATH")?;
    let mut files = std::env::split_paths(&folders).map(|folder| folder.join(name));
    files.find(|file| Path::is_file(file)).map(|file| file.to_string_lossy().into_owned())
}
