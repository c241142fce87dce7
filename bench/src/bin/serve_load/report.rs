//! The results, for machines and for people.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use crate::Args;
use crate::library::Library;
use crate::measure::{BATCH, Measured, Round, Side};

/// All that was measured.
pub(crate) struct Report<'a> {
    pub(crate) args: &'a Args,
    pub(crate) measured: Measured,
    pub(crate) library: Library,
}

/// Median, smallest and largest.
#[derive(Clone, Copy, Debug)]
struct Spread {
    median: f64,
    low: f64,
    high: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let (n, last) = (values.len(), values.len().saturating_sub(1));
        Self { median: (at(last / 2) + at(n / 2)) / 2.0, low: at(0), high: at(last) }
    }

    fn json(self) -> Value {
        json!({ "median": self.median, "min": self.low, "max": self.high })
    }

    fn text(self, decimals: usize) -> String {
        let Self { median, low, high } = self;
        format!("{median:.decimals$} ({low:.decimals$} to {high:.decimals$})")
    }
}

/// Prints the results; writes `serve.json` and `serve.md` where wanted.
pub(crate) fn write(report: &Report<'_>, keep: bool) -> Result<()> {
    let (text, json) = results(report)?;
    print!("{text}");
    if keep {
        let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
        std::fs::create_dir_all(&results)?;
        std::fs::write(results.join("serve.md"), text)?;
        std::fs::write(results.join("serve.json"), serde_json::to_string_pretty(&json)? + "\n")?;
    }
    Ok(())
}

fn results(report: &Report<'_>) -> Result<(String, Value)> {
    let Measured { batch_ms, batch_p99_ms, batch_max_ms, .. } = &report.measured;
    let [echo, echo_json, bare, plain, factors] = Side::ALL.map(|side| report.measured.of(side));
    let between = |side: &[Round], other: &[Round], value: fn(&Round) -> f64| {
        Spread::of(side.iter().zip(other).map(|(one, other)| value(one) / value(other)))
    };
    let ratio = |side: &[Round], value: fn(&Round) -> f64| between(side, echo, value);
    let of = |side: &[Round], value: fn(&Round) -> f64| Spread::of(side.iter().map(value));
    let added =
        Spread::of(factors.iter().zip(plain).map(|(with, without)| with.cpu_us - without.cpu_us));
    let library = report.library;
    let added_ratio = added.median / library.added_us();
    let batch = Spread::of(batch_ms.iter().copied());
    let sides = [
        ("echo", echo),
        ("echo of JSON", echo_json),
        ("bare score", bare),
        ("score", plain),
        ("score with factors", factors),
    ];
    let (rate, p99, cpu) = (
        (|round: &Round| round.per_s) as fn(&Round) -> f64,
        (|round: &Round| round.p99_us) as fn(&Round) -> f64,
        (|round: &Round| round.cpu_us) as fn(&Round) -> f64,
    );
    let Args { rounds, seconds, connections, threads, .. } = report.args;
    let mut out = format!(
        "# What the service costs on top of HTTP\n\n\
         `cargo run --release -p chatsignal-bench --bin serve_load`\n\n\
         `POST lead-scoring/predict` with 24 features beside `POST /echo`, which answers its body \
         unread, `POST /echo-json`, which reads it as JSON and writes it again, and `POST /bare`, a \
         prototype: JSON, score, JSON and nothing else. The same program, accept loop and settings, \
         in two processes, each with {threads} thread(s). {connections} keep-alive connections with one request at a time, from \
         the same machine; {rounds} rounds of {seconds} s a side, in turns. Key, validation, log and \
         metrics are on. The contacts are SIMULATED, the model is the shipped one. Median (smallest \
         to largest round); ratios are formed within a round.\n\n\
         | side | answers/s | p99, us | CPU of the service, us an answer |\n|---|---|---|---|\n"
    );
    for (name, side) in sides {
        let (rate, p99, cpu) = (of(side, rate), of(side, p99), of(side, cpu));
        writeln!(out, "| {name} | {} | {} | {} |", rate.text(0), p99.text(0), cpu.text(1))?;
    }
    writeln!(
        out,
        "\n| figure | value | wanted |\n|---|---|---|\n\
         | answers/s of score / echo | {} | at least 0.8 |\n\
         | p99 of score / echo | {} | at most 1.5 |\n\
         | answers/s of score / echo of JSON | {} | |\n\
         | p99 of score / echo of JSON | {} | |\n\
         | answers/s of bare score / echo | {} | |\n\
         | answers/s of bare score / echo of JSON | {} | |\n\
         | answers/s of score / bare score | {} | |\n\
         | answers/s of score with factors / echo | {} | |\n\
         | p99 of score with factors / echo | {} | |\n\
         | CPU that five factors add, us | {} | |\n\
         | the same in the library alone (reasons, wire type, JSON), us | {:.1} | |\n\
         | first / second | {added_ratio:.2} | at most 1.2 |\n\
         | batch of {BATCH} without factors, ms | {}; p99 of all {batch_p99_ms:.1}, longest {batch_max_ms:.1} | under 10 |\n\
         | the library alone: one answer without, with factors, us | {:.1}, {:.1} | |",
        ratio(plain, rate).text(3),
        ratio(plain, p99).text(2),
        between(plain, echo_json, rate).text(3),
        between(plain, echo_json, p99).text(2),
        ratio(bare, rate).text(3),
        between(bare, echo_json, rate).text(3),
        between(plain, bare, rate).text(3),
        ratio(factors, rate).text(3),
        ratio(factors, p99).text(2),
        added.text(1),
        library.added_us(),
        batch.text(2),
        library.plain_us,
        library.factors_us,
    )?;
    let of_side = |side: &[Round]| {
        json!({
            "answers_per_s": of(side, rate).json(), "p99_us": of(side, p99).json(),
            "cpu_us": of(side, cpu).json(), "answers_per_s_to_echo": ratio(side, rate).json(),
            "p99_to_echo": ratio(side, p99).json(),
        })
    };
    let json = json!({
        "command": "cargo run --release -p chatsignal-bench --bin serve_load",
        "simulated": true,
        "rounds": rounds, "seconds": seconds, "connections": connections, "threads": threads,
        "echo": of_side(echo), "echo_json": of_side(echo_json), "bare_score": of_side(bare),
        "score": of_side(plain), "score_with_factors": of_side(factors),
        "score_to_echo_json": {
            "answers_per_s": between(plain, echo_json, rate).json(),
            "p99": between(plain, echo_json, p99).json(),
        },
        "score_to_bare_score": between(plain, bare, rate).json(),
        "factors_added_cpu_us": added.json(),
        "library_us": { "plain": library.plain_us, "factors": library.factors_us },
        "factors_added_to_library": added_ratio,
        "batch": { "items": BATCH, "ms": batch.json(), "p99_ms": batch_p99_ms, "longest_ms": batch_max_ms },
    });
    Ok((out, json))
}
