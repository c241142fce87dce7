//! The card as Markdown.

use std::fmt::Write;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::catalogue;
use chatsignal_core::time::DAY_MS;

use crate::evaluation::{Estimate, Evaluation, Metrics};
use crate::gate::GateReport;
use crate::promote::{Decision, Verdict};

pub(super) fn render(
    kind: ModelKind,
    evaluation: &Evaluation,
    gate: &GateReport,
    decision: &Decision,
    plots: &[(String, String)],
) -> String {
    let mut out = String::new();
    let name = evaluation.kind.as_str();
    let _ = writeln!(out, "# Model card: {name}\n");
    if evaluation.simulated {
        out += "**Trained and judged on SIMULATED data.** The figures say nothing about a real \
                business.\n\n";
    }
    facts(&mut out, evaluation, gate, decision);
    figures(&mut out, evaluation);
    validation(&mut out, evaluation);
    if let Some(send_hour) = &evaluation.send_hour {
        hours(&mut out, send_hour);
    }
    parts(&mut out, kind, evaluation);
    out += "\n## Plots\n\n";
    for (file, _) in plots {
        let _ = writeln!(out, "![{}]({file})", file.trim_end_matches(".svg").replace('-', " "));
    }
    limits(&mut out, kind, evaluation);
    out
}

fn facts(out: &mut String, evaluation: &Evaluation, gate: &GateReport, decision: &Decision) {
    let counts = &evaluation.counts;
    let verdict = match decision.verdict {
        Verdict::Promote => "serves now",
        Verdict::Shadow => "runs in the shadow of the serving model for at least 7 days",
        Verdict::Keep => "is kept aside; the serving model stays",
    };
    let outcomes: Vec<String> =
        counts.outcomes.iter().map(|(name, rows)| format!("{name} {rows}")).collect();
    let rows = [
        ("Label", counts.definition.clone()),
        ("State", format!("{}; {}", evaluation.state, gate.reason)),
        ("Decision", format!("{verdict}: {}", decision.reason)),
        (
            "Data",
            format!(
                "{} to {}, {} contacts, {} of them with labels",
                date(counts.data_from_ms),
                date(counts.data_until_ms),
                counts.contacts,
                counts.contacts_labelled
            ),
        ),
        (
            "Rows",
            format!(
                "{} of {} that could be labelled ({})",
                counts.rows,
                counts.candidates,
                outcomes.join(", ")
            ),
        ),
        ("Base rate", format!("{:.1} % positive", 100.0 * evaluation.base_rate)),
        ("Learner", format!("{}, calibrated by {}", evaluation.learner, evaluation.calibration)),
    ];
    out.push_str("| | |\n|---|---|\n");
    for (name, value) in rows {
        let _ = writeln!(out, "| {name} | {value} |");
    }
}

fn figures(out: &mut String, evaluation: &Evaluation) {
    let _ = writeln!(
        out,
        "\n## Figures\n\nOn {} held-out rows of {} contacts, {:.1} % of them positive. Brackets are \
         95 % intervals of a bootstrap by contact. F1 is taken at a threshold chosen on other \
         held-out rows.\n",
        evaluation.rows_held_out,
        evaluation.contacts_held_out,
        100.0 * evaluation.base_rate_held_out
    );
    let mut columns: Vec<(&str, &Metrics)> = vec![("model", &evaluation.metrics)];
    columns.extend(evaluation.baselines.iter().map(|b| (b.name.as_str(), &b.metrics)));
    if let Some(bound) = &evaluation.upper_bound {
        columns.push(("true probability (upper bound)", bound));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let _ = writeln!(out, "| | {} |", names.join(" | "));
    let _ = writeln!(out, "|---|{}", "---|".repeat(names.len()));
    for (metric, _) in evaluation.metrics.named() {
        let cells: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(i, (_, metrics))| cell(metrics, metric, i == 0))
            .collect();
        let _ = writeln!(out, "| {metric} | {} |", cells.join(" | "));
    }
    out.push('\n');
    for baseline in &evaluation.baselines {
        let gain = baseline.auc_gain.map_or(String::new(), |gain| {
            format!(" The model's AUC is {} higher.", bracketed(gain, 3))
        });
        let _ = writeln!(out, "* `{}`: {}.{gain}", baseline.name, baseline.description);
    }
    if let Some(interval) = &evaluation.interval {
        let _ = writeln!(
            out,
            "* Interval of the score ({}): nominal coverage {:.0} %, measured on other contacts \
             {:.1} %, mean width {:.1} points.",
            interval.method,
            100.0 * interval.nominal,
            100.0 * interval.measured,
            interval.mean_width
        );
    }
}

fn cell(metrics: &Metrics, name: &str, with_interval: bool) -> String {
    let found = metrics.named().into_iter().find(|(key, _)| *key == name);
    match found {
        None => "-".to_owned(),
        Some((_, estimate)) if with_interval => bracketed(estimate, 3),
        Some((_, estimate)) => format!("{:.3}", estimate.value),
    }
}

fn bracketed(estimate: Estimate, digits: usize) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{value:.digits$} [{low:.digits$}, {high:.digits$}]")
}

fn validation(out: &mut String, evaluation: &Evaluation) {
    let _ = writeln!(out, "\n## Validation\n\n{}.\n", evaluation.validation.statement);
    out.push_str("| learnt from | until | judged on | from | positive |\n|---|---|---|---|---|\n");
    for fold in &evaluation.validation.folds {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            fold.train_rows,
            date(fold.train_until_ms),
            fold.test_rows,
            date(fold.test_from_ms),
            fold.test_positives
        );
    }
    let tiers = &evaluation.tiers;
    out.push_str("\n| tier | rows | positive |\n|---|---|---|\n");
    for tier in &tiers.tiers {
        let _ = writeln!(out, "| {} | {} | {:.1} % |", tier.tier, tier.rows, 100.0 * tier.rate);
    }
    let _ = writeln!(
        out,
        "\nA higher tier has the higher rate: {} overall, in {} of {} folds (tiers of at least 20 \
         rows).",
        if tiers.monotone { "yes" } else { "no" },
        tiers.monotone_folds,
        tiers.folds
    );
}

fn hours(out: &mut String, hours: &crate::evaluation::SendHourValue) {
    let _ = writeln!(
        out,
        "\n## Send hour\n\n{} held-out sends carry the propensity of their hour ({} hours of the \
         day); {:.1} % of them were answered. Effective sample size {:.0}.",
        hours.logged_sends,
        hours.hours_supported,
        100.0 * hours.logged_rate,
        hours.effective_sample_size
    );
    match (&hours.refused, hours.snips, hours.ips) {
        (Some(why), _, _) => {
            let _ = writeln!(out, "No value is claimed for the chosen hour: {why}.");
        }
        (None, Some(snips), Some(ips)) => {
            let _ = writeln!(
                out,
                "Estimated reply rate at the hour that the model ranks first: {} (self-normalised), \
                 {} (inverse propensity).",
                bracketed(snips, 4),
                bracketed(ips, 4)
            );
        }
        _ => {}
    }
    if let (Some(model), Some(logged), Some(best)) = (
        hours.true_rate_at_model_hour,
        hours.true_rate_at_logged_hour,
        hours.true_rate_at_best_hour,
    ) {
        let _ = writeln!(
            out,
            "True mean reply probability (simulated): {model:.4} at the model's hour, {logged:.4} \
             at the hour that was used, {best:.4} at the best hour."
        );
    }
}

fn parts(out: &mut String, kind: ModelKind, evaluation: &Evaluation) {
    if !evaluation.slices.is_empty() {
        out.push_str(
            "\n## Slices\n\n| slice | rows | base rate | AUC | log loss | ECE |\n\
             |---|---|---|---|---|---|\n",
        );
    }
    for slice in &evaluation.slices {
        let auc = slice.auc.map_or("-".to_owned(), |auc| format!("{auc:.3}"));
        let _ = writeln!(
            out,
            "| {} {} | {} | {:.1} % | {auc} | {:.3} | {:.3} |",
            slice.dimension,
            slice.value,
            slice.rows,
            100.0 * slice.base_rate,
            slice.log_loss,
            slice.ece
        );
    }
    out.push_str("\n## Features\n\nMean absolute contribution to the margin.\n\n");
    for item in evaluation.importance.iter().filter(|item| item.mean_abs_shap > 0.0).take(10) {
        let spec = catalogue(kind).iter().find(|spec| spec.name == item.feature);
        let label = spec.map_or(item.feature.as_str(), |spec| spec.label);
        let _ = writeln!(out, "* {label} (`{}`): {:.4}", item.feature, item.mean_abs_shap);
    }
}

fn limits(out: &mut String, kind: ModelKind, evaluation: &Evaluation) {
    let own = match kind {
        ModelKind::Lead => {
            "Scores follow the business's past effort: leads that were worked on convert more. Keep \
             a few per cent of leads routed at random."
        }
        ModelKind::Churn => {
            "Risk is not a reason to act by itself: who is helped by an offer is another question, \
             answered only by a holdout."
        }
        _ => {
            "Reply probability at hours that were never used is extrapolation. Read receipts are no \
             label: they can be switched off."
        }
    };
    out.push_str("\n## Limits\n\n");
    let _ = writeln!(out, "* {own}");
    out.push_str(
        "* No demographic inputs. Message texts, names and numbers are not read.\n\
         * The figures hold for contacts like those of the log and for its period.\n",
    );
    if evaluation.state != "ready" {
        let _ = writeln!(
            out,
            "* The model is {}: treat its scores as a rough order, not as probabilities.",
            evaluation.state
        );
    }
    if !evaluation.validation.time_forward {
        out.push_str("* No time validation: how well it foresees the future is not known.\n");
    }
}

/// ISO date of an instant, UTC (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn date(ms: i64) -> String {
    let z = ms.div_euclid(DAY_MS) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400_000), "2000-02-29");
        assert_eq!(date(1_795_473_000_000), "2026-11-23");
    }
}
