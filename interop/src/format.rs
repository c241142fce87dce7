//! Which library wrote a file.

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `Booster.save_model("m.json")` of XGBoost 1.6 and later.
    XgboostJson,
    /// `Booster.save_model("m.ubj")`: the same document in UBJSON.
    XgboostUbj,
    /// `Booster.save_model("m.txt")` of LightGBM 3 and later.
    Lightgbm,
    /// The JSON that the script `sklearn_dump.py` writes of a scikit-learn model.
    Sklearn,
    /// An ONNX file of `ai.onnx.ml` tree ensembles or linear models.
    Onnx,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] =
        [Self::XgboostJson, Self::XgboostUbj, Self::Lightgbm, Self::Sklearn, Self::Onnx];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::XgboostJson => "xgboost-json",
            Self::XgboostUbj => "xgboost-ubj",
            Self::Lightgbm => "lightgbm",
            Self::Sklearn => "sklearn",
            Self::Onnx => "onnx",
        }
    }

    /// Whether its trees come in iterations of which the first may be taken alone.
    #[must_use]
    pub fn has_iterations(self) -> bool {
        matches!(self, Self::XgboostJson | Self::XgboostUbj | Self::Lightgbm)
    }

    /// The format that the first bytes look like. The reader still checks everything.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let text = bytes.trim_ascii_start();
        let start = &text[..text.len().min(256)];
        let has = |needle: &[u8]| start.windows(needle.len()).any(|window| window == needle);
        if start.starts_with(b"tree\n") || start.starts_with(b"tree\r\n") {
            return Some(Self::Lightgbm);
        }
        if start.starts_with(b"{") {
            // UBJSON writes the length of a key before it (`L` or a smaller integer type).
            let after = start[1..].trim_ascii_start().first().copied()?;
            let key = start[1..].trim_ascii_start();
            return match after {
                // Attributes of an XGBoost model may have any name.
                _ if key.starts_with(b"\"learner\"") || key.starts_with(b"\"version\"") => {
                    Some(Self::XgboostJson)
                }
                b'"' if has(b"\"format\"") => Some(Self::Sklearn),
                b'"' => Some(Self::XgboostJson),
                _ => Some(Self::XgboostUbj),
            };
        }
        // Protocol buffers: field 1 (ir_version) as a varint.
        start.starts_with(&[0x08]).then_some(Self::Onnx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_format() {
        assert_eq!(Format::detect(b"tree\nversion=v4\n"), Some(Format::Lightgbm));
        assert_eq!(Format::detect(b" {\"learner\":{"), Some(Format::XgboostJson));
        assert_eq!(Format::detect(b"{L\0\0\0\0\0\0\0\x07learner"), Some(Format::XgboostUbj));
        let attribute = b"{\"learner\":{\"attributes\":{\"format\":\"mine\"}";
        assert_eq!(Format::detect(attribute), Some(Format::XgboostJson));
        let sklearn = b"{\"format\": \"sklearn-forest\"";
        assert_eq!(Format::detect(sklearn), Some(Format::Sklearn));
        assert_eq!(Format::detect(&[0x08, 0x08, 0x12]), Some(Format::Onnx));
        assert_eq!(Format::detect(b"PK\x03\x04"), None);
        assert_eq!(Format::detect(b""), None);
    }
}
