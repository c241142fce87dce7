//! Figures beside their bounds.

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

/// What was measured, and what was out of bounds.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    figures: Map<String, Value>,
    broken: Vec<String>,
}

impl Verdict {
    /// A figure that only informs.
    pub(crate) fn tell(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        eprintln!("{name}: {value}");
        self.figures.insert(name.to_owned(), value);
    }

    /// A figure with its bound.
    pub(crate) fn judge(&mut self, name: &str, value: f64, bound: &str, holds: bool) {
        eprintln!("{name}: {value:.3} ({bound}){}", if holds { "" } else { " <- OUT OF BOUNDS" });
        let entry = json!({ "value": value, "bound": bound, "holds": holds });
        self.figures.insert(name.to_owned(), entry);
        if !holds {
            self.broken.push(name.to_owned());
        }
    }

    /// Prints everything.
    pub(crate) fn finish(self) -> Result<()> {
        println!("{}", serde_json::to_string_pretty(&self.figures)?);
        ensure!(self.broken.is_empty(), "out of bounds: {}", self.broken.join(", "));
        Ok(())
    }
}
