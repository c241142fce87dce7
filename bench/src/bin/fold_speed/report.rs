//! The results, for machines and for people.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::import::Imported;
use crate::memory::Growth;
use crate::rivals::Rival;
use crate::stages::Stage;

/// All that was measured.
pub(crate) struct Report {
    pub(crate) events: usize,
    pub(crate) contacts: usize,
    pub(crate) turns: usize,
    pub(crate) stages: Vec<Stage>,
    pub(crate) rivals: Vec<Rival>,
    pub(crate) memory: Vec<Growth>,
    pub(crate) import: Imported,
}

/// Writes `fold.json` and `fold.md` and prints the latter.
pub(crate) fn write(report: &Report) -> Result<()> {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    let text = markdown(report)?;
    print!("{text}");
    std::fs::write(results.join("fold.md"), text)?;
    let json = serde_json::to_string_pretty(&json(report))? + "\n";
    Ok(std::fs::write(results.join("fold.json"), json)?)
}

fn json(report: &Report) -> serde_json::Value {
    let rate = |cpu_s: f64| (report.events as f64 / cpu_s).round();
    json!({
        "command": "cargo run --release -p chatsignal-bench --bin fold_speed",
        "simulated": true,
        "events": report.events,
        "contacts": report.contacts,
        "turns": report.turns,
        "stages": report.stages.iter().map(|stage| json!({
            "stage": stage.name, "cpu_s": stage.cpu_s, "events_per_s": rate(stage.cpu_s),
        })).collect::<Vec<_>>(),
        "rivals": report.rivals.iter().map(|rival| json!({
            "name": rival.name, "features": 3, "cpu_s": rival.cpu_s,
            "events_per_s": rate(rival.cpu_s),
        })).collect::<Vec<_>>(),
        "memory": report.memory.iter().map(|growth| json!({
            "events": growth.events, "contacts": growth.contacts, "growth_bytes": growth.bytes,
        })).collect::<Vec<_>>(),
        "import": {
            "events": report.import.events, "bytes": report.import.bytes,
            "cpu_s": report.import.cpu_s, "wall_s": report.import.wall_s,
        },
    })
}

fn markdown(report: &Report) -> Result<String> {
    let mut out = String::new();
    let million = |cpu_s: f64| report.events as f64 / cpu_s / 1e6;
    writeln!(
        out,
        "# From the event log to feature rows\n\n\
         `cargo run --release -p chatsignal-bench --bin fold_speed`\n\n\
         {} SIMULATED events of {} contacts in SQLite, the file in the page cache, one thread, CPU \
         seconds, best of {} turns.\n\n\
         | stage | CPU s | M events/s | |\n|---|---|---|---|",
        report.events, report.contacts, report.turns
    )?;
    for stage in &report.stages {
        let (name, about, cpu_s) = (stage.name, stage.about, stage.cpu_s);
        writeln!(out, "| {name} | {cpu_s:.3} | {:.2} | {about} |", million(cpu_s))?;
    }
    for rival in &report.rivals {
        let (name, cpu_s) = (&rival.name, rival.cpu_s);
        writeln!(
            out,
            "| {name} | {cpu_s:.3} | {:.2} | three of the features by one SQL query over a sorted \
             table of numbers |",
            million(cpu_s)
        )?;
    }
    writeln!(out, "\nGrowth of resident memory by the fold with all features:\n")?;
    writeln!(out, "| events | contacts | MB |\n|---|---|---|")?;
    for growth in &report.memory {
        let megabytes = growth.bytes as f64 / 1e6;
        writeln!(out, "| {} | {} | {megabytes:.1} |", growth.events, growth.contacts)?;
    }
    let import = &report.import;
    writeln!(
        out,
        "\nImport of the same events as NDJSON ({:.0} MB, in order of time): {:.1} CPU s, {:.1} s \
         of wall clock, {:.0} events a CPU second.",
        import.bytes as f64 / 1e6,
        import.cpu_s,
        import.wall_s,
        import.events as f64 / import.cpu_s
    )?;
    Ok(out)
}
