//! Predictions as table, JSON lines or CSV.

use std::io::{self, Write};

use chatsignal_api::prediction::{Explanation, Warning};
use chatsignal_api::send_time::OptimalTime;
use chatsignal_core::score::TrendDirection;
use chatsignal_core::time::TimestampMs;
use serde_json::Value;

use super::Args;
use super::run::{Line, Prediction};
use crate::cli::clock;
use crate::cli::kind::Kind;
use crate::cli::output::{self, Format};
use crate::registry::Served;

pub(super) fn print(
    args: &Args,
    served: &Served,
    as_of: TimestampMs,
    lines: &[Line],
) -> anyhow::Result<()> {
    match args.format {
        Format::Json => print_json_lines(lines),
        Format::Csv => {
            let rows: Vec<Vec<Value>> = lines.iter().map(csv_row).collect();
            output::print_list(Format::Csv, csv_columns(args.kind), &rows)
        }
        Format::Table => print_table(args, served, as_of, lines),
    }
}

fn print_json_lines(lines: &[Line]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        match &line.prediction {
            Prediction::Lead(lead) => serde_json::to_writer(&mut out, lead),
            Prediction::Churn(churn) => serde_json::to_writer(&mut out, churn),
            Prediction::Engagement(plan) => serde_json::to_writer(&mut out, plan),
        }
        .map_err(io::Error::from)?;
        writeln!(out)?;
    }
    out.flush()?;
    Ok(())
}

fn print_table(
    args: &Args,
    served: &Served,
    as_of: TimestampMs,
    lines: &[Line],
) -> anyhow::Result<()> {
    let rows: Vec<Vec<Value>> = lines.iter().map(table_row).collect();
    output::print_list(Format::Table, table_columns(args.kind), &rows)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} model, version {} ({}), as of {}",
        served.artifact.kind.as_str(),
        served.version,
        served.artifact.state.as_str(),
        clock::utc(as_of)
    )?;
    if let (Some(_), [line]) = (args.contact, lines) {
        write_details(&mut out, &line.prediction)?;
    }
    out.flush()?;
    Ok(())
}

/// What a table has no room for, about one contact.
fn write_details(out: &mut impl Write, prediction: &Prediction) -> io::Result<()> {
    let explanation = match prediction {
        Prediction::Lead(lead) => &lead.explanation,
        Prediction::Churn(churn) => &churn.explanation,
        Prediction::Engagement(plan) => {
            write_bars(out, plan)?;
            &plan.explanation
        }
    };
    for factor in explanation.iter().flat_map(|e| &e.top_factors) {
        writeln!(out, "{:>+9.3}  {}", factor.contribution, factor.reason)?;
    }
    write_counterfactual(out, prediction)?;
    if let Prediction::Churn(churn) = prediction {
        for item in &churn.retention_recommendations {
            let held = if item.allowed { "" } else { " (not allowed: no consent)" };
            writeln!(out, "{}. {}: {}{held}", item.rank, item.title, item.reason)?;
        }
    }
    Ok(())
}

fn write_counterfactual(out: &mut impl Write, prediction: &Prediction) -> io::Result<()> {
    let counterfactual = match prediction {
        Prediction::Lead(lead) => &lead.counterfactual,
        Prediction::Churn(churn) => &churn.counterfactual,
        Prediction::Engagement(_) => &None,
    };
    let Some(what_if) = counterfactual else { return Ok(()) };
    if !what_if.reachable {
        return writeln!(out, "no change within reach would make it {}", what_if.target);
    }
    writeln!(out, "it would be {} ({:.3}) with", what_if.target, what_if.value)?;
    for change in &what_if.changes {
        let from = change.from.map_or_else(|| "none".to_owned(), |from| format!("{from:.2}"));
        writeln!(out, "  {}: {:.2} instead of {from} ({})", change.label, change.to, change.how)?;
    }
    Ok(())
}

/// One bar per hour, as long as its probability against the best; blocked hours say why.
fn write_bars(out: &mut impl Write, plan: &OptimalTime) -> io::Result<()> {
    let best = plan.hourly.iter().map(|hour| hour.probability).fold(0.0, f64::max);
    for hour in &plan.hourly {
        let share = if best > 0.0 { hour.probability / best } else { 0.0 };
        let bar = "█".repeat((share * 30.0).round() as usize);
        let mark = if Some(hour.hour) == plan.optimal_hour { " <- best" } else { "" };
        let why = hour.blocked_by.map_or_else(String::new, |block| format!(" {}", block.as_str()));
        writeln!(
            out,
            "{:02}:00 {:>5.1} % [{:>5.1} - {:>5.1}] {bar}{mark}{why}",
            hour.hour,
            100.0 * hour.probability,
            100.0 * hour.lower,
            100.0 * hour.upper
        )?;
    }
    Ok(())
}

/// The 24 hours from 0 to 23 as one small chart; a blocked hour is a dot.
fn sparkline(plan: &OptimalTime) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let best = plan.hourly.iter().map(|hour| hour.probability).fold(0.0, f64::max);
    (0..24u8)
        .map(|hour| match plan.hourly.iter().find(|h| h.hour == hour) {
            Some(h) if h.allowed && best > 0.0 => {
                BARS[((h.probability / best * 7.0).round() as usize).min(7)]
            }
            Some(_) => '·',
            None => ' ',
        })
        .collect()
}

fn table_columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Lead => &["contact", "name", "score", "tier", "trend", "next action", "why"],
        Kind::Churn => &["contact", "name", "risk", "level", "value at risk", "do first", "why"],
        Kind::Engagement => &["contact", "name", "best hour", "reply", "hours 0-23", "why"],
    }
}

fn table_row(line: &Line) -> Vec<Value> {
    let mut row: Vec<Value> = vec![line.contact.to_string().into(), line.name.clone().into()];
    match &line.prediction {
        Prediction::Lead(lead) => row.extend([
            lead.lead_score.map(|score| format!("{score:.1}")).into(),
            words(lead.quality_tier.map(|t| t.as_str()), lead.suppressed.map(|s| s.as_str())),
            lead.trend
                .map(|trend| match trend.direction {
                    TrendDirection::Up => "up",
                    TrendDirection::Down => "down",
                    TrendDirection::Stable => "stable",
                })
                .into(),
            lead.recommendation.as_ref().map(|item| item.title.clone()).into(),
            why(lead.explanation.as_ref()),
        ]),
        Prediction::Churn(churn) => row.extend([
            format!("{:.0} %", 100.0 * churn.churn_probability).into(),
            churn.risk_level.as_str().into(),
            churn.expected_value_at_risk.map(|value| format!("{value:.2}")).into(),
            churn.retention_recommendations.first().map(|item| item.title.clone()).into(),
            why(churn.explanation.as_ref()),
        ]),
        Prediction::Engagement(plan) => row.extend([
            plan.optimal_hour
                .map_or_else(|| blocked(plan).into(), |hour| Value::from(format!("{hour:02}:00"))),
            plan.engagement_probability.map(|p| format!("{:.1} %", 100.0 * p)).into(),
            sparkline(plan).into(),
            why(plan.explanation.as_ref()),
        ]),
    }
    row
}

/// Why no hour is left.
fn blocked(plan: &OptimalTime) -> String {
    match plan.suppressed {
        Some(why) => why.as_str().to_owned(),
        None => plan
            .hourly
            .iter()
            .find_map(|hour| hour.blocked_by)
            .map_or_else(|| "none".to_owned(), |block| block.as_str().to_owned()),
    }
}

fn words(word: Option<&str>, otherwise: Option<&str>) -> Value {
    word.or(otherwise).into()
}

/// The three reasons that weigh most.
fn why(explanation: Option<&Explanation>) -> Value {
    let reasons: Vec<&str> = explanation
        .iter()
        .flat_map(|e| &e.top_factors)
        .take(3)
        .map(|factor| factor.reason.as_str())
        .collect();
    reasons.join("; ").into()
}

fn csv_columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Lead => &[
            "lead_id",
            "lead_score",
            "quality_tier",
            "confidence",
            "interval_low",
            "interval_high",
            "previous_score",
            "recommended_action",
            "suppressed",
            "reasons",
            "warnings",
        ],
        Kind::Churn => &[
            "customer_id",
            "churn_probability",
            "risk_level",
            "horizon_days",
            "expected_value_at_risk",
            "confidence",
            "recommended_action",
            "reasons",
            "warnings",
        ],
        Kind::Engagement => &[
            "contact_id",
            "optimal_hour",
            "optimal_send_at",
            "engagement_probability",
            "confidence",
            "propensity",
            "fallback_used",
            "suppressed",
            "blocked_by",
            "reasons",
            "warnings",
        ],
    }
}

fn csv_row(line: &Line) -> Vec<Value> {
    let mut row: Vec<Value> = vec![line.contact.to_string().into()];
    match &line.prediction {
        Prediction::Lead(lead) => row.extend([
            lead.lead_score.into(),
            lead.quality_tier.map(|tier| tier.as_str()).into(),
            lead.confidence.into(),
            lead.score_interval.map(|interval| interval[0]).into(),
            lead.score_interval.map(|interval| interval[1]).into(),
            lead.trend.map(|trend| trend.previous).into(),
            lead.recommended_action.map(|action| action.as_str()).into(),
            lead.suppressed.map(|why| why.as_str()).into(),
            why(lead.explanation.as_ref()),
            warnings(&lead.warnings),
        ]),
        Prediction::Churn(churn) => row.extend([
            churn.churn_probability.into(),
            churn.risk_level.as_str().into(),
            churn.horizon_days.into(),
            churn.expected_value_at_risk.into(),
            churn.confidence.into(),
            churn.retention_recommendations.first().map(|item| item.action.as_str()).into(),
            why(churn.explanation.as_ref()),
            warnings(&churn.warnings),
        ]),
        Prediction::Engagement(plan) => row.extend([
            plan.optimal_hour.into(),
            plan.optimal_send_at.map(|at| at.to_string()).into(),
            plan.engagement_probability.into(),
            plan.confidence.into(),
            plan.propensity.into(),
            plan.fallback_used.into(),
            plan.suppressed.map(|why| why.as_str()).into(),
            if plan.optimal_hour.is_none() { blocked(plan).into() } else { Value::Null },
            why(plan.explanation.as_ref()),
            warnings(&plan.warnings),
        ]),
    }
    row
}

fn warnings(list: &[Warning]) -> Value {
    let codes: Vec<String> = list
        .iter()
        .map(|warning| match &warning.feature {
            Some(feature) => format!("{}:{feature}", warning.code),
            None => warning.code.clone(),
        })
        .collect();
    codes.join("; ").into()
}
