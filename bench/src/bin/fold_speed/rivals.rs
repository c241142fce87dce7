//! The rivals: three features of the 83 by one SQL query, in SQLite and in DuckDB. They are given a
//! head start: a table of numbers in place of our log, sorted by contact and time (in SQLite its
//! own index), with the local day of each event and of the instant worked out before. Their answers
//! must be ours.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use chatsignal_bench::clock::thread_timed;
use chatsignal_bench::rival::Rivals;
use chatsignal_core::event::EventKind;
use chatsignal_core::feature::{CHURN, FeatureBatch, LEAD};
use chatsignal_core::time::UtcOffsetMin;
use rusqlite::Connection;
use serde_json::Value;

use crate::log::Log;
use crate::stages::features;

const QUERY: &str = include_str!("rivals.sql");

/// CPU seconds of a rival.
pub(crate) struct Rival {
    pub(crate) name: String,
    pub(crate) cpu_s: f64,
}

/// One contact's three features.
type Row = [i64; 3];

/// Measures the rivals and checks their answers.
pub(crate) fn measure(log: &Log, folder: &Path, turns: usize, setup: bool) -> Result<Vec<Rival>> {
    let (store, tenant) = Log::open(&log.path)?;
    let ours = ours(&features(&store, &tenant, log.as_of)?)?;
    write(log, folder)?;
    let mut rivals = vec![sqlite(folder, turns, &ours)?];
    let python = Rivals::here();
    if setup {
        python.set_up()?;
    }
    if python.python().exists() {
        rivals.push(duckdb(&python, folder, turns, &ours)?);
    } else {
        eprintln!("no DuckDB (run with --setup)");
    }
    Ok(rivals)
}

/// Ours, of the contacts that wrote.
fn ours(batch: &FeatureBatch) -> Result<Vec<Row>> {
    let lead = |name| LEAD.iter().position(|spec| spec.name == name).context(name);
    let churn = |name| CHURN.iter().position(|spec| spec.name == name).context(name);
    let columns = [
        &batch.lead[lead("inbound_msgs_30d")?],
        &batch.lead[lead("active_days_30d")?],
        &batch.churn[churn("sessions_90d")?],
    ];
    Ok((0..batch.len()).map(|i| columns.map(|column| column[i] as i64)).collect())
}

/// Writes the rivals' tables.
fn write(log: &Log, folder: &Path) -> Result<()> {
    let (store, tenant) = Log::open(&log.path)?;
    let mut flat = BufWriter::new(File::create(folder.join("flat.csv"))?);
    let mut now = BufWriter::new(File::create(folder.join("now.csv"))?);
    writeln!(flat, "contact,ms,seq,day,inbound")?;
    writeln!(now, "contact,today")?;
    let mut contact = 0u32;
    store.events(tenant.id).visit(|_, events| {
        for (seq, event) in events.iter().enumerate() {
            let (at, inbound) = (event.occurred_at, u8::from(event.kind.is_inbound()));
            let day = event.utc_offset.local_day(at);
            writeln!(flat, "{contact},{},{seq},{day},{inbound}", at.0)?;
        }
        let sign = events.iter().rfind(|event| {
            use EventKind::{Alias, Enrichment, Quality};
            !matches!(event.kind, Quality { .. } | Enrichment { .. } | Alias { .. })
        });
        let offset = sign.map_or(UtcOffsetMin(0), |event| event.utc_offset);
        writeln!(now, "{contact},{}", offset.local_day(log.as_of))?;
        contact += 1;
        Ok::<_, anyhow::Error>(())
    })?;
    flat.flush()?;
    Ok(now.flush()?)
}

fn sqlite(folder: &Path, turns: usize, ours: &[Row]) -> Result<Rival> {
    let path = folder.join("rival.db");
    let _ = std::fs::remove_file(&path);
    let db = Connection::open(&path)?;
    db.execute_batch(
        "PRAGMA journal_mode = off;
         CREATE TABLE flat (contact INTEGER, ms INTEGER, seq INTEGER, day INTEGER,
           inbound INTEGER, PRIMARY KEY (contact, ms, seq)) WITHOUT ROWID;
         CREATE TABLE now (contact INTEGER PRIMARY KEY, today INTEGER);
         BEGIN",
    )?;
    for (table, file) in [("flat", "flat.csv"), ("now", "now.csv")] {
        let mut reader = csv::Reader::from_path(folder.join(file))?;
        let marks = vec!["?"; reader.headers()?.len()].join(", ");
        let mut insert = db.prepare(&format!("INSERT INTO {table} VALUES ({marks})"))?;
        for record in reader.records() {
            let numbers = record?.iter().map(str::parse).collect::<Result<Vec<i64>, _>>()?;
            insert.execute(rusqlite::params_from_iter(numbers))?;
        }
    }
    db.execute_batch("COMMIT")?;
    let mut best = f64::INFINITY;
    let mut answer: Vec<(i64, Row)> = Vec::new();
    let mut query = db.prepare(QUERY)?;
    for _ in 0..turns {
        let (rows, cpu_s) = thread_timed(|| {
            let rows =
                query.query_map([], |r| Ok((r.get(0)?, [r.get(1)?, r.get(2)?, r.get(3)?])))?;
            rows.collect::<Result<_, _>>()
        });
        answer = rows?;
        best = best.min(cpu_s);
    }
    check(&answer, ours)?;
    Ok(Rival { name: format!("SQLite {}", rusqlite::version()), cpu_s: best })
}

fn duckdb(python: &Rivals, folder: &Path, turns: usize, ours: &[Row]) -> Result<Rival> {
    let (query, out) = (folder.join("query.sql"), folder.join("duckdb.csv"));
    std::fs::write(&query, QUERY)?;
    let run = Command::new(python.python())
        .arg(python.script("fold.py"))
        .arg(folder)
        .arg(&query)
        .arg(turns.to_string())
        .arg(&out)
        .output()?;
    if !run.status.success() {
        bail!("{}", String::from_utf8_lossy(&run.stderr));
    }
    let said: Value = serde_json::from_slice(&run.stdout)?;
    let mut answer = Vec::new();
    for record in csv::ReaderBuilder::new().has_headers(false).from_path(&out)?.records() {
        let record = record?;
        let number = |i: usize| -> Result<i64> { Ok(record.get(i).context("a number")?.parse()?) };
        answer.push((number(0)?, [number(1)?, number(2)?, number(3)?]));
    }
    check(&answer, ours)?;
    let version = said["version"].as_str().context("version")?;
    Ok(Rival { name: format!("DuckDB {version}"), cpu_s: said["cpu_s"].as_f64().context("cpu_s")? })
}

/// Contacts that never wrote are not in the answer; all of theirs is 0.
fn check(answer: &[(i64, Row)], ours: &[Row]) -> Result<()> {
    let mut expected = vec![[0; 3]; ours.len()];
    for (contact, row) in answer {
        *expected.get_mut(usize::try_from(*contact)?).context("a contact too many")? = *row;
    }
    let wrong = expected.iter().zip(ours).filter(|(theirs, ours)| theirs != ours).count();
    ensure!(wrong == 0, "{wrong} of {} contacts differ", ours.len());
    Ok(())
}
