//! The browser in which pages are tested: one that the system has, or Debian's.

use anyhow::{Result, bail};

use crate::step::{self, command, has};

/// Names under which systems have it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// The name of the browser's program; installs Debian's package where there is none and we may.
///
/// # Errors
/// When there is none and it cannot be installed.
pub fn program() -> Result<String> {
    if let Ok(named) = std::env::var("CHATSIGNAL_CHROMIUM") {
        return Ok(named);
    }
    let find = || NAMES.into_iter().find(|name| has(name)).map(str::to_owned);
    if let Some(found) = find() {
        return Ok(found);
    }
    if has("apt-get") {
        let install = |arguments: &[&str]| {
            let mut run = command("apt-get");
            run.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
            step::run(run)
        };
        // A machine without lists of packages needs them first.
        if install(&["install", "-y", "-qq", "--no-install-recommends", "chromium"]).is_err() {
            install(&["update", "-qq"])?;
            install(&["install", "-y", "-qq", "--no-install-recommends", "chromium"])?;
        }
    }
    match find() {
        Some(found) => Ok(found),
        None => bail!("install Chromium, or name its program in CHATSIGNAL_CHROMIUM"),
    }
}
