//! What stands before the first tree.

use alloc::format;
use alloc::string::String;

use chatsignal_core::limits;

use super::lines::{Field, Line};
use crate::ImportError;

/// The fields that matter to a prediction.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    /// Trees per iteration: the outputs.
    pub(super) outputs: usize,
    pub(super) n_features: usize,
    /// `None` for a custom objective.
    pub(super) objective: Option<&'a str>,
    /// Whether the trees are averaged (`boosting=rf`).
    pub(super) average: bool,
    pub(super) names: Option<Field<'a>>,
}

impl<'a> Header<'a> {
    /// Reads the lines before the first tree; `next` is left behind the first line for which
    /// `ends` holds, which is given back.
    pub(super) fn read(
        next: &mut impl Iterator<Item = Line<'a>>,
        ends: impl Fn(Line<'_>) -> bool,
    ) -> Result<(Self, Option<Line<'a>>), ImportError> {
        let mut header = Self { outputs: 1, ..Self::default() };
        let (mut version, mut classes) = (None, None);
        let mut last = None;
        for line in next {
            if ends(line) {
                last = Some(line);
                break;
            }
            let field = line.field();
            match field.key {
                "version" => version = Some(field),
                "num_class" => classes = Some(field),
                "num_tree_per_iteration" => header.outputs = field.value()?,
                "max_feature_idx" => {
                    let largest: usize = field.value()?;
                    header.n_features = largest.saturating_add(1);
                }
                "objective" if !matches!(field.text, "" | "custom" | "none") => {
                    header.objective = Some(field.text);
                }
                "average_output" => header.average = true,
                "feature_names" => header.names = Some(field),
                ""
                | "tree"
                | "label_index"
                | "objective"
                | "feature_infos"
                | "tree_sizes"
                | "monotone_constraints" => {}
                key => return Err(ImportError::unsupported(quoted(key), "a field that is new")),
            }
        }
        let version = version.ok_or_else(|| missing("version"))?;
        if !matches!(version.text, "v2" | "v3" | "v4") {
            return Err(ImportError::unsupported("version", version.text));
        }
        if header.n_features == 0 {
            return Err(missing("max_feature_idx"));
        }
        if header.n_features > limits::FEATURES_MAX {
            let found = format!("{} (at most {})", header.n_features - 1, limits::FEATURES_MAX - 1);
            return Err(ImportError::unsupported("max_feature_idx", found));
        }
        if !(1..=limits::OUTPUTS_MAX).contains(&header.outputs) {
            return Err(ImportError::unsupported(
                "num_tree_per_iteration",
                format!("{}", header.outputs),
            ));
        }
        if let Some(classes) = classes.filter(|field| field.text != format!("{}", header.outputs)) {
            return Err(classes.fault("must be equal to num_tree_per_iteration"));
        }
        Ok((header, last))
    }
}

/// A field that is not there.
pub(super) fn missing(key: &str) -> ImportError {
    ImportError::malformed(key, "is missing")
}

/// A key of the file as the name of a field, cut to a readable length.
pub(super) fn quoted(key: &str) -> String {
    key.chars().take(40).collect()
}
