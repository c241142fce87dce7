//! Puts the built dashboard (`web-demo/dist`, made by `cargo xtask web`) into the program. Without one
//! the service shows a page that says how to make it: building needs nothing but Rust.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// A compressed form is kept if it is at most this share of the file.
const WORTH_IT: f64 = 0.9;

fn main() -> io::Result<()> {
    let page = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let page = page.join("../web-demo");
    let dist = page.join("dist");
    println!("cargo::rerun-if-changed=build.rs");
    // A folder that is not there would count as changed at every build: its parent stands in for it.
    let watched = [&dist, &page].into_iter().find(|folder| folder.is_dir());
    if let Some(folder) = watched {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let mut found = Vec::new();
    if dist.is_dir() {
        collect(&dist, &dist, &mut found)?;
        found.sort();
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut table = String::from("&[\n");
    for (at, (path, file)) in found.iter().enumerate() {
        embed(&out, &mut table, at, path, file)?;
    }
    table.push(']');
    fs::write(out.join("dashboard.rs"), table)
}

/// Every file under `folder` with its path in addresses. Source maps and hidden files stay out.
fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        if kind.is_dir() {
            collect(root, &path, found)?;
        } else if kind.is_file() && !name.ends_with(".map") {
            let below = path.strip_prefix(root).map_err(io::Error::other)?;
            let parts = below.iter().map(|part| part.to_string_lossy());
            let address = parts.collect::<Vec<_>>().join("/");
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
            if !address.chars().all(plain) {
                return Err(io::Error::other(format!("{address}: not a plain file name")));
            }
            found.push((address, path));
        }
    }
    Ok(())
}

/// Copies a file to where the compiler takes it from, with its compressed form, and adds its entry.
fn embed(out: &Path, table: &mut String, at: usize, path: &str, file: &Path) -> io::Result<()> {
    let bytes = fs::read(file)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    let gzip = encoder.finish()?;
    let digest = Sha256::digest(&bytes);
    let tag: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let (plain, small) = (out.join(format!("{at}.file")), out.join(format!("{at}.gz")));
    fs::write(&plain, &bytes)?;
    let worth_it = gzip.len() as f64 <= WORTH_IT * bytes.len() as f64;
    let gzip_entry = if worth_it {
        fs::write(&small, &gzip)?;
        format!("Some(include_bytes!({small:?}))")
    } else {
        "None".to_owned()
    };
    writeln!(
        table,
        "File {{ path: {path:?}, tag: {tag:?}, bytes: include_bytes!({plain:?}), gzip: {gzip_entry} }},"
    )
    .map_err(io::Error::other)
}
