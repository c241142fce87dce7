//! Why a model was refused.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::ops::Deref;

use crate::say::Piece::{Number, Text};
use crate::say::say;

/// A rule that a model breaks, and where. One pointer wide: most of the code of a check hands such
/// an error on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError(Box<ModelFault>);

impl Deref for ModelError {
    type Target = ModelFault;

    fn deref(&self) -> &ModelFault {
        &self.0
    }
}

/// What a [`ModelError`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFault {
    /// Number of the tree, where the fault is in one.
    pub tree: Option<usize>,
    /// Number of the node, feature, category or point, where the fault is at one.
    pub index: Option<usize>,
    /// The field at fault.
    pub field: &'static str,
    /// The rule that was broken, for people.
    pub rule: &'static str,
    /// The name concerned, where the fault is about one (a repeated feature, say).
    pub name: Option<String>,
}

impl ModelError {
    /// A broken rule about a whole field.
    #[cold]
    #[must_use]
    pub fn new(field: &'static str, rule: &'static str) -> Self {
        Self(Box::new(ModelFault { tree: None, index: None, field, rule, name: None }))
    }

    /// The same, at one node, feature or point.
    #[must_use]
    pub fn at(mut self, index: usize) -> Self {
        self.0.index = Some(index);
        self
    }

    /// The same, in one tree.
    #[must_use]
    pub fn in_tree(mut self, tree: usize) -> Self {
        self.0.tree = Some(tree);
        self
    }

    /// The same, about a name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.0.name = Some(name.into());
        self
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tree) = self.tree {
            say(f, &[Text("tree "), Number(tree as u64), Text(", ")])?;
        }
        f.write_str(self.field)?;
        if let Some(index) = self.index {
            say(f, &[Text("["), Number(index as u64), Text("]")])?;
        }
        if let Some(name) = &self.name {
            say(f, &[Text(" ("), Text(name), Text(")")])?;
        }
        say(f, &[Text(": "), Text(self.rule)])
    }
}

impl core::error::Error for ModelError {}

/// Succeeds when a rule holds.
pub(crate) fn rule(holds: bool, field: &'static str, rule: &'static str) -> Result<(), ModelError> {
    if holds { Ok(()) } else { Err(ModelError::new(field, rule)) }
}

/// Succeeds when every value is finite and at most `limits::MAGNITUDE_MAX` in size.
pub(crate) fn all_moderate(values: &[f64], field: &'static str) -> Result<(), ModelError> {
    match values.iter().position(|&v| !is_moderate(v)) {
        None => Ok(()),
        Some(at) => Err(ModelError::new(field, MODERATE).at(at)),
    }
}

/// Whether a number is finite and at most `limits::MAGNITUDE_MAX` in size.
pub(crate) fn is_moderate(v: f64) -> bool {
    v.abs() <= crate::limits::MAGNITUDE_MAX
}

/// The rule of [`is_moderate`].
pub(crate) const MODERATE: &str = "must be a finite number of at most 1e100 in size";
