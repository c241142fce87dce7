//! The calibration of a document.

use alloc::string::String;

use chatsignal_core::limits;
use chatsignal_core::model::Calibration;
use serde::Deserialize;

use crate::ImportError;
use crate::column::Column;

/// `{"kind": "platt", "a", "b"}` or `{"kind": "isotonic", "x", "y"}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    kind: String,
    a: Option<f64>,
    b: Option<f64>,
    x: Option<Column<f64>>,
    y: Option<Column<f64>>,
}

impl Document {
    pub(super) fn read(self) -> Result<Calibration, ImportError> {
        match (self.kind.as_str(), self.a, self.b, self.x, self.y) {
            ("platt", Some(a), Some(b), None, None) => Ok(Calibration::Platt { a, b }),
            ("isotonic", None, None, Some(x), Some(y)) => isotonic(x, y),
            ("platt" | "isotonic", ..) => {
                Err(ImportError::malformed("calibration", "must hold a and b, or x and y"))
            }
            (other, ..) => {
                let found: String = other.chars().take(40).collect();
                Err(ImportError::unsupported("calibration.kind", found))
            }
        }
    }
}

/// A curve through points.
pub(super) fn isotonic(x: Column<f64>, y: Column<f64>) -> Result<Calibration, ImportError> {
    if x.len().max(y.len()) > limits::ISOTONIC_POINTS_MAX {
        return Err(ImportError::malformed("x", "at most 65536 points are read"));
    }
    Ok(Calibration::Isotonic { x: x.into_iter().collect(), y: y.into_iter().collect() })
}
