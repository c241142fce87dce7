//! JSON, written as it comes: numbers keep their bits.

use alloc::format;
use alloc::string::{String, ToString};

/// An object of values that are JSON already.
pub(super) fn object<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut out = String::from("{");
    for (at, (key, value)) in fields.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&quoted(key));
        out.push(':');
        out.push_str(&value);
    }
    out.push('}');
    out
}

/// An array of values that are JSON already.
pub(super) fn list(values: impl IntoIterator<Item = String>) -> String {
    let mut out = String::from("[");
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&value);
    }
    out.push(']');
    out
}

/// The shortest text that gives the same f32; infinity as XGBoost writes it.
pub(super) fn number(value: f32) -> String {
    if value == f32::INFINITY { "Infinity".into() } else { format!("{value:e}") }
}

/// A text.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
