//! `bench/results/scoring.{json,md}`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::plan::Group;
use super::side::{LeftOut, Turns};
use super::{name, target};

/// The sides of one group on one model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comparison {
    /// What was measured.
    pub group: Group,
    /// Name of the model.
    pub model: String,
    /// What the model is.
    pub about: String,
    /// Threads of every side.
    pub threads: usize,
    /// Name and turns of each side.
    pub sides: Vec<(String, Turns)>,
    /// Name of each side that could not take part, with the reason.
    pub left_out: LeftOut,
}

impl Comparison {
    /// The turns of a side.
    #[must_use]
    pub fn side(&self, name: &str) -> Option<&Turns> {
        self.sides.iter().find(|(n, _)| n == name).map(|(_, turns)| turns)
    }

    fn key(&self) -> (Group, usize, String) {
        (self.group, self.threads, self.model.clone())
    }
}

/// All that was measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Processor and system.
    pub machine: String,
    /// Versions of compilers and libraries.
    pub versions: Vec<(String, String)>,
    /// The comparisons.
    pub comparisons: Vec<Comparison>,
}

impl Report {
    /// Reads an older report; an empty one when there is none.
    ///
    /// # Errors
    /// It is not a report.
    pub fn read(folder: &Path) -> Result<Self> {
        match std::fs::read(folder.join("scoring.json")) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(_) => Ok(Self::default()),
        }
    }

    /// Puts comparisons in place of older ones of the same group, model and threads.
    pub fn put(&mut self, new: Vec<Comparison>) {
        self.comparisons.retain(|old| !new.iter().any(|new| new.key() == old.key()));
        self.comparisons.extend(new);
        self.comparisons.sort_by_key(Comparison::key);
    }

    /// Writes both files and prints the second.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("scoring.json"), serde_json::to_string_pretty(self)? + "\n")?;
        let text = self.markdown()?;
        println!("{text}");
        Ok(std::fs::write(folder.join("scoring.md"), text)?)
    }

    fn markdown(&self) -> Result<String> {
        let versions: Vec<String> =
            self.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let mut text = format!(
            "# Scoring and explaining beside other libraries\n\nWritten by `cargo run --release -p \
             chatsignal-bench --bin rivals`. All sides score the same rows with the same trees; before \
             it is timed, every side's answers are compared (margins to 1e-5, contributions to 1e-4). \
             The sides take turns. One thread: CPU seconds, every process on the same core; more: wall \
             clock. Figures are medians over the rounds with (smallest to largest); ratios are of the \
             turns of the same round.\n\n{}. {}.\n\n## Targets\n\n",
            self.machine,
            versions.join(", ")
        );
        self.targets(&mut text)?;
        for comparison in &self.comparisons {
            comparison.table(&mut text)?;
        }
        Ok(text)
    }

    fn targets(&self, text: &mut String) -> Result<()> {
        text.push_str(
            "| group | model | threads | what | found | target | held |\n|---|---|---|---|---|---|---|\n",
        );
        for comparison in &self.comparisons {
            for outcome in target::outcomes(comparison) {
                let (low, median, high) = outcome.found;
                let found = match outcome.bound {
                    target::Bound::Below(_) => {
                        format!("{:.2} us ({:.2} to {:.2})", median * 1e6, low * 1e6, high * 1e6)
                    }
                    _ => format!("{median:.2} x ({low:.2} to {high:.2})"),
                };
                writeln!(
                    text,
                    "| {} | {} | {} | {} | {found} | {} | {} |",
                    comparison.group.name(),
                    comparison.about,
                    comparison.threads,
                    outcome.what,
                    outcome.bound,
                    if outcome.held() { "yes" } else { "**no**" },
                )?;
            }
        }
        Ok(())
    }
}

impl Comparison {
    fn table(&self, text: &mut String) -> Result<()> {
        let title = match self.group {
            Group::Batch => "Batch scoring",
            Group::Single => "One row a call",
            Group::Shap => "SHAP contributions",
            Group::Interactions => "SHAP interaction values",
        };
        let threads = if self.threads == 1 { "one thread" } else { "two threads" };
        writeln!(text, "\n## {title}: {}, {threads}\n", self.about)?;
        let first = self.sides.first().filter(|(side, _)| name::is_ours(side));
        text.push_str("| side | rows a call | rows/s | us a row | first side is faster by |\n");
        text.push_str("|---|---|---|---|---|\n");
        for (side, turns) in &self.sides {
            let (low, median, high) = turns.rate_spread();
            let ratio = match first {
                Some((own, turns_of_first)) if own != side => {
                    let (low, median, high) = turns_of_first.ratio(turns);
                    format!("{median:.2} x ({low:.2} to {high:.2})")
                }
                _ => "-".to_owned(),
            };
            writeln!(
                text,
                "| {side} | {} | {} ({} to {}) | {:.2} | {ratio} |",
                turns.rows,
                rate(median),
                rate(low),
                rate(high),
                1e6 / median,
            )?;
        }
        for (side, reason) in &self.left_out {
            writeln!(text, "\nLeft out: {side} ({reason}).")?;
        }
        Ok(())
    }
}

/// Three digits and a thousand or million.
fn rate(rows_s: f64) -> String {
    match rows_s {
        1e6.. => format!("{:.2} M", rows_s / 1e6),
        1e4.. => format!("{:.0} k", rows_s / 1e3),
        1e3.. => format!("{:.2} k", rows_s / 1e3),
        _ => format!("{rows_s:.1}"),
    }
}

/// Processor, cores and system.
#[must_use]
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, key: &str, separator: char| {
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(separator)?.1.trim().trim_matches('"').to_owned())
    };
    let info = read("/proc/cpuinfo");
    let processor = field(&info, "model name", ':').unwrap_or_else(|| "unknown processor".into());
    let family = field(&info, "cpu family", ':').map_or(String::new(), |f| format!(" family {f}"));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let system = field(&read("/etc/os-release"), "PRETTY_NAME", '=')
        .unwrap_or_else(|| std::env::consts::OS.into());
    let level = chatsignal_simd::Level::best();
    format!("{processor}{family}, {cores} cores, {system}; best level {level:?}")
}

/// What `program --version` prints.
#[must_use]
pub fn program_version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().find(|w| w.contains('.'))?;
    Some(version.trim_matches(['v', '(', ')']).to_owned())
}
