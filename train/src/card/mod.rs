//! The model card: what people are shown about a model (Mitchell et al., "Model Cards for Model
//! Reporting", 2019).

mod markdown;
mod svg;

use chatsignal_core::artifact::ModelKind;
use serde::Serialize;

use crate::evaluation::Evaluation;
use crate::gate::GateReport;
use crate::promote::Decision;

/// Most features in the plot of importances.
const BARS_MAX: usize = 12;

/// A model card in three forms. The bytes are a pure function of the evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelCard {
    /// Markdown; refers to the plots by file name.
    pub markdown: String,
    /// Evaluation, gate and decision as one JSON document.
    pub json: String,
    /// Plots: file name and SVG text.
    pub plots: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Document<'a> {
    evaluation: &'a Evaluation,
    gate: &'a GateReport,
    decision: &'a Decision,
}

/// Renders the card.
#[must_use]
pub fn render(
    kind: ModelKind,
    evaluation: &Evaluation,
    gate: &GateReport,
    decision: &Decision,
) -> ModelCard {
    let name = kind.as_str();
    let flag = if evaluation.simulated { " (simulated data)" } else { "" };
    let bars = &evaluation.importance[..evaluation.importance.len().min(BARS_MAX)];
    let mut plots = vec![
        (
            format!("{name}-reliability.svg"),
            svg::reliability(
                &format!("Reliability of the {name} model{flag}"),
                &evaluation.reliability,
            ),
        ),
        (
            format!("{name}-importance.svg"),
            svg::importance(&format!("Weight of the features of the {name} model{flag}"), bars),
        ),
    ];
    if let Some(send_hour) = &evaluation.send_hour {
        let title = format!("Predicted reply probability by local hour{flag}");
        plots.push((format!("{name}-hours.svg"), svg::hours(&title, &send_hour.profile)));
    }
    let document = Document { evaluation, gate, decision };
    ModelCard {
        markdown: markdown::render(kind, evaluation, gate, decision, &plots),
        json: serde_json::to_string_pretty(&document).unwrap_or_default(),
        plots,
    }
}
