//! What the tenant's data say about a contact of whom little is known: frozen in the model file.

use crate::wire::{Reader, WireError, Writer};

/// Priors and tenant facts that turn raw feature amounts into a vector.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureContext {}

impl FeatureContext {
    /// Appends the context to a model file.
    pub fn encode(&self, _out: &mut Writer) {}

    /// Reads what [`FeatureContext::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes are malformed.
    pub fn decode(_input: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {})
    }
}
