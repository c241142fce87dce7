//! Support for the integration tests.

pub mod corpus;
pub mod events;
pub mod foreign;
pub mod history;
pub mod models;
pub mod mutants;
pub mod peak;
pub mod webhooks;
pub mod wire;

use std::path::PathBuf;

/// The folder of real data sets, where this machine has it (environment variable
/// `CHATSIGNAL_DATA`, else `../shared/data` beside the repository). Prints why a test skips when
/// it does not.
#[must_use]
pub fn data_dir(test: &str) -> Option<PathBuf> {
    let dir = std::env::var_os("CHATSIGNAL_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!("{test}: skipped, no data sets at {} (set CHATSIGNAL_DATA)", dir.display());
    None
}

/// Number of cases of a campaign: `CHATSIGNAL_CASES` where it is set, else `default`.
#[must_use]
pub fn cases(default: u32) -> u32 {
    std::env::var("CHATSIGNAL_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
