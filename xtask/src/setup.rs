//! `cargo xtask setup`: installs what a fresh machine lacks.

use anyhow::{Result, bail};

use crate::step::{self, command};

/// Targets besides the host: the browser and edge, and a machine without std.
pub const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "x86_64-unknown-none"];

/// Installs the targets and reports on optional tools.
pub fn run() -> Result<()> {
    targets()?;
    for (tool, what) in [
        ("node", "WebAssembly tests and `cargo xtask parity`"),
        ("python3", "comparisons with other libraries (`bench`)"),
        ("postgres", "tests of import from PostgreSQL"),
    ] {
        let found = if step::has(tool) { "found" } else { "not found" };
        println!("{tool}: {found} (for {what})");
    }
    Ok(())
}

/// Adds the targets that are missing.
pub fn targets() -> Result<()> {
    let sysroot = command("rustc").args(["--print", "sysroot"]).output()?;
    let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
    let installed = |t: &&str| step_dir(&sysroot, t).is_dir();
    let missing: Vec<&str> = TARGETS.into_iter().filter(|t| !installed(t)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !step::has("rustup") {
        bail!("install the Rust targets {} with your system's packages", missing.join(" and "));
    }
    let mut add = command("rustup");
    add.args(["target", "add"]).args(missing);
    step::run(add)
}

fn step_dir(sysroot: &str, target: &str) -> std::path::PathBuf {
    std::path::Path::new(sysroot).join("lib/rustlib").join(target).join("lib")
}
