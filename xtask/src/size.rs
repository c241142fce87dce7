//! `cargo xtask size`: what a page loads, as a snapshot in docs/sizes.txt.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::step::root;
use crate::wasm::{self, MODULES, SERDE};

/// Largest compressed size of what has a budget, KB of 1000 bytes.
const BUDGETS: [(&str, u64); 5] = [
    ("chatsignal.wasm", 40),
    ("chatsignal-serde.wasm", 70),
    ("models/lead", 100),
    ("models/churn", 100),
    ("models/engagement", 100),
];
/// By how much a compressed size may differ from the snapshot: compilers differ a little.
const TOLERANCE_PERCENT: u64 = 2;

const HEAD: &str = "\
# What a page loads, bytes. Written by `cargo xtask size`; `cargo xtask test` fails when a compressed
# size is off by more than 2 %, or newly above its budget (KB of 1000 bytes).
# what, raw, gzip -9, budget
";

/// One line of the snapshot.
struct Size {
    name: String,
    raw: u64,
    gzip: u64,
}

impl Size {
    fn of(name: impl Into<String>, bytes: &[u8]) -> Result<Self> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes)?;
        let gzip = encoder.finish()?.len() as u64;
        Ok(Self { name: name.into(), raw: bytes.len() as u64, gzip })
    }

    fn budget(&self) -> Option<u64> {
        BUDGETS.iter().find(|(name, _)| *name == self.name).map(|(_, kb)| kb * 1000)
    }

    fn is_over(&self) -> bool {
        self.budget().is_some_and(|budget| self.gzip > budget)
    }

    fn line(&self) -> String {
        let budget = match self.budget() {
            None => "-".to_owned(),
            Some(budget) if self.is_over() => format!("{} KB: missed", budget / 1000),
            Some(budget) => format!("{} KB", budget / 1000),
        };
        format!("{:<24} {:>8} {:>8}  {budget}", self.name, self.raw, self.gzip)
    }
}

fn path() -> PathBuf {
    root().join("docs/sizes.txt")
}

/// Everything that is measured, from a package that [`wasm::build`] has made.
fn measured() -> Result<Vec<Size>> {
    let mut sizes = Vec::new();
    for module in MODULES.iter().chain([&SERDE]) {
        sizes.push(Size::of(format!("{}.wasm", module.name), &read(&module.file())?)?);
    }
    for (name, entry) in [
        ("chatsignal (js)", "browser/index.js"),
        ("chatsignal/ingest (js)", "browser/ingest.js"),
        ("chatsignal/train (js)", "browser/train.js"),
        ("chatsignal/worker (js)", "worker/index.js"),
    ] {
        let mut files = BTreeSet::new();
        reach(&wasm::dist().join("esm").join(entry), &mut files)?;
        let mut bytes = Vec::new();
        for file in &files {
            bytes.extend(read(file)?);
        }
        sizes.push(Size::of(name, &bytes)?);
    }
    for kind in ["lead", "churn", "engagement"] {
        let model = root().join(format!("models/{kind}/1/model.csm"));
        sizes.push(Size::of(format!("models/{kind}"), &read(&model)?)?);
    }
    Ok(sizes)
}

/// A module and all that it imports.
fn reach(file: &Path, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    let file = file.canonicalize().with_context(|| file.display().to_string())?;
    if !files.insert(file.clone()) {
        return Ok(());
    }
    let text = String::from_utf8(read(&file)?)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let imports = |line: &&str| {
        line.starts_with("import ")
            || line.starts_with("export * from ")
            || line.contains("} from ")
    };
    for line in text.lines().filter(imports) {
        let name = line.rsplit('"').nth(1).filter(|name| name.starts_with('.'));
        name.map_or(Ok(()), |name| reach(&folder.join(name), files))?;
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("{}: run `cargo xtask wasm`", file.display()))
}

/// Builds the package and writes the snapshot.
pub fn run() -> Result<()> {
    wasm::build()?;
    let mut page = String::from(HEAD);
    for size in measured()? {
        writeln!(page, "{}", size.line())?;
    }
    print!("{page}");
    fs::write(path(), page)?;
    Ok(())
}

/// Holds the built package against the snapshot.
pub fn check() -> Result<()> {
    let snapshot = fs::read_to_string(path()).context("docs/sizes.txt: run `cargo xtask size`")?;
    let mut faults = Vec::new();
    for size in measured()? {
        let kept = snapshot.lines().find(|line| line.starts_with(&format!("{:<24} ", size.name)));
        let gzip = kept.and_then(|line| line[24..].split_whitespace().nth(1)?.parse::<u64>().ok());
        let Some((kept, gzip)) = kept.zip(gzip) else {
            faults.push(format!("{} is not in docs/sizes.txt", size.name));
            continue;
        };
        if size.gzip.abs_diff(gzip) * 100 > gzip * TOLERANCE_PERCENT {
            faults.push(format!("{}: {gzip} bytes have become {}", size.name, size.gzip));
        }
        if size.is_over() && !kept.ends_with("missed") {
            faults.push(format!("{} is above its budget: {}", size.name, size.line()));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    bail!("sizes have changed (`cargo xtask size` writes them anew):\n  {}", faults.join("\n  "))
}
