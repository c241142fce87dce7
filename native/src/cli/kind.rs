//! The three models by name, as arguments spell them.

use chatsignal_core::artifact::ModelKind;

/// Which model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Leads: how likely they are to buy.
    Lead,
    /// Customers: how likely they are to leave.
    Churn,
    /// Sends: how likely they are to be answered, by hour.
    Engagement,
}

impl Kind {
    /// The kind of artifact.
    pub(crate) fn model(self) -> ModelKind {
        match self {
            Self::Lead => ModelKind::Lead,
            Self::Churn => ModelKind::Churn,
            Self::Engagement => ModelKind::Engagement,
        }
    }
}
