//! `chatsignal demo`.

use std::path::PathBuf;
use std::time::Duration;

use chatsignal_train::evaluation::{Estimate, Evaluation, Metrics};
use chatsignal_train::synth::Preset;
use serde_json::{Value, json};

use super::clock;
use super::output::{self, Format};
use super::progress::Bar;
use crate::demo::{self, Candidate, Demo, Options};

/// Make a SIMULATED workspace, train the three models on it, and print its contacts with scores
/// and reasons.
///
/// Every contact is invented; the simulator knows the true probabilities, so each figure is
/// printed beside the score of the truth, which no model can beat. The preset `headline` shows
/// plainly what contacts think; `realistic` is as hard as real CRMs are.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which simulated world.
    #[arg(long, value_name = "PRESET", default_value = "headline", value_parser = preset)]
    preset: Preset,
    /// Number of simulated contacts.
    #[arg(long, value_name = "N", default_value_t = 3_000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    contacts: u32,
    /// Seed of everything that is drawn.
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Database file; the workspace is a tenant of its own inside it.
    #[arg(long, value_name = "FILE", default_value = "chatsignal-demo.db")]
    db: PathBuf,
    /// Most contacts in the table.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Then serve the workspace over HTTP; its log ends today, for what is served is scored as of
    /// now.
    #[cfg(feature = "service")]
    #[arg(long)]
    serve: bool,
    /// Address and port to serve it on.
    #[cfg(feature = "service")]
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", requires = "serve")]
    listen: std::net::SocketAddr,
}

impl Args {
    #[cfg(feature = "service")]
    fn until(&self) -> Option<chatsignal_core::time::TimestampMs> {
        self.serve.then(clock::now)
    }

    #[cfg(not(feature = "service"))]
    fn until(&self) -> Option<chatsignal_core::time::TimestampMs> {
        None
    }
}

fn preset(name: &str) -> Result<Preset, String> {
    Preset::from_name(name).ok_or_else(|| "presets: headline, realistic".to_owned())
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let options = Options {
        preset: args.preset,
        contacts: args.contacts,
        seed: args.seed,
        limit: args.limit,
        until: args.until(),
    };
    let demo = demo::run(&args.db, &options, &Bar::new())?;
    print(&args, &options, &demo)?;
    #[cfg(feature = "service")]
    if args.serve {
        return super::serve::serve(crate::service::Config {
            listen: args.listen,
            db: args.db,
            tenant: demo.tenant,
            ..crate::service::Config::default()
        });
    }
    Ok(())
}

fn print(args: &Args, options: &Options, demo: &Demo) -> anyhow::Result<()> {
    if args.format == Format::Json {
        return output::print_json(&as_json(demo, options));
    }
    let table = args.format == Format::Table;
    if table {
        println!(
            "SIMULATED data: preset {}, {} contacts ({} open leads, {} customers), seed {}, as of \
             {}. Nobody in it exists.\n",
            options.preset.as_str(),
            demo.ranked.contacts,
            demo.ranked.open_leads,
            demo.ranked.customers,
            options.seed,
            clock::utc(demo.as_of),
        );
    }
    let rows: Vec<Vec<Value>> = demo.ranked.rows.iter().map(row).collect();
    output::print_list(args.format, &COLUMNS, &rows)?;
    if table {
        println!("\nHeld-out figures on this SIMULATED data (95 % interval by contact):");
        output::print_list(args.format, &FIGURE_COLUMNS, &figures(&demo.evaluations))?;
        for (kind, why) in &demo.refused {
            println!("{}: not trained, {why}; the shipped model serves", kind.as_str());
        }
        println!("\n{}", timings(demo));
        println!(
            "Go on with: chatsignal score lead --db {} --tenant {}",
            args.db.display(),
            demo.tenant
        );
    }
    Ok(())
}

const COLUMNS: [&str; 6] = ["contact", "lead", "tier", "churn_risk", "best_hour", "reasons"];

fn row(candidate: &Candidate) -> Vec<Value> {
    let lead = candidate.lead.as_ref();
    let churn = candidate.churn.as_ref();
    let send = &candidate.send_time;
    let hour = send.optimal_hour.zip(send.engagement_probability);
    vec![
        candidate.name.clone().into(),
        lead.and_then(|lead| lead.lead_score).map(|score| format!("{score:.0}")).into(),
        lead.and_then(|lead| lead.quality_tier).map(|tier| tier.as_str()).into(),
        churn
            .map(|risk| {
                format!("{:.0} % {}", 100.0 * risk.churn_probability, risk.risk_level.as_str())
            })
            .into(),
        hour.map(|(hour, p)| format!("{hour:02}:00 ({:.0} %)", 100.0 * p)).into(),
        candidate.reasons().collect::<Vec<_>>().join("; ").into(),
    ]
}

const FIGURE_COLUMNS: [&str; 7] =
    ["model", "figure", "value", "interval", "base_rate", "baselines", "upper_bound"];

/// The figures that each model is known by.
fn figures(evaluations: &[Evaluation]) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for evaluation in evaluations {
        let names: &[&str] = match evaluation.kind.as_str() {
            "lead" => &["r2", "rmse", "auc", "lift_at_10"],
            "churn" => &["f1", "auc", "ece", "lift_at_10"],
            _ => &["auc", "log_loss", "ece"],
        };
        for name in names {
            let Some(estimate) = figure(&evaluation.metrics, name) else { continue };
            let baselines: Vec<String> = evaluation
                .baselines
                .iter()
                .filter_map(|b| Some(format!("{} {:.3}", b.name, figure(&b.metrics, name)?.value)))
                .collect();
            let bound = evaluation.upper_bound.as_ref().and_then(|bound| figure(bound, name));
            rows.push(vec![
                evaluation.kind.clone().into(),
                (*name).into(),
                format!("{:.3}", estimate.value).into(),
                format!("{:.3} to {:.3}", estimate.low, estimate.high).into(),
                format!("{:.3}", evaluation.base_rate_held_out).into(),
                baselines.join(", ").into(),
                bound.map_or(Value::Null, |bound| format!("{:.3}", bound.value).into()),
            ]);
        }
    }
    rows
}

fn figure(metrics: &Metrics, name: &str) -> Option<Estimate> {
    metrics.named().into_iter().find(|(key, _)| *key == name).map(|(_, estimate)| estimate)
}

fn timings(demo: &Demo) -> String {
    let total: Duration = demo.timings.iter().map(|(_, time)| *time).sum();
    let stages: Vec<String> = demo
        .timings
        .iter()
        .map(|(stage, time)| format!("{stage} {:.1} s", time.as_secs_f64()))
        .collect();
    let memory = demo
        .peak_memory_bytes
        .map_or(String::new(), |bytes| format!("; peak memory {} MiB", bytes >> 20));
    format!(
        "{} events ({} new). {} (total {:.1} s){memory}.",
        demo.inserted.new + demo.inserted.duplicate,
        demo.inserted.new,
        stages.join(", "),
        total.as_secs_f64(),
    )
}

fn as_json(demo: &Demo, options: &Options) -> Value {
    let timings: serde_json::Map<String, Value> = demo
        .timings
        .iter()
        .map(|(stage, time)| (stage.clone(), time.as_secs_f64().into()))
        .collect();
    json!({
        "simulated": true,
        "preset": options.preset.as_str(),
        "seed": options.seed,
        "tenant": demo.tenant,
        "as_of": clock::utc(demo.as_of),
        "events": demo.inserted,
        "scores": demo.ranked,
        "evaluations": demo.evaluations,
        "refused": demo.refused.iter().map(|(kind, why)| json!({
            "kind": kind.as_str(), "reason": why,
        })).collect::<Vec<_>>(),
        "timings_s": timings,
        "peak_memory_bytes": demo.peak_memory_bytes,
    })
}
