//! The model card: what people are shown about a model.

/// A model card in three forms. The bytes are a pure function of the evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelCard {
    /// Markdown; refers to the plots by file name.
    pub markdown: String,
    /// The evaluation as JSON.
    pub json: String,
    /// Plots: file name and SVG text.
    pub plots: Vec<(String, String)>,
}
