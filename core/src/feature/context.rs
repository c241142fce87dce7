//! What the tenant's data say about a contact of whom little is known: frozen in the model file.

/// Priors and tenant facts that turn raw feature amounts into a vector.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureContext {}
