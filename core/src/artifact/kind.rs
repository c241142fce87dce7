//! What a model is for, and how far it may be trusted.

/// What a model is for. The names are those of JSON, paths and files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ModelKind {
    /// Lead score.
    Lead = 0,
    /// Churn risk.
    Churn = 1,
    /// Probability of a reply to a send.
    Engagement = 2,
    /// A model over the user's own table.
    Custom = 3,
}

impl ModelKind {
    /// Every kind, in order of code.
    pub const ALL: [Self; 4] = [Self::Lead, Self::Churn, Self::Engagement, Self::Custom];

    /// Every kind that is trained from the event log, in order of code.
    pub const TRAINED: [Self; 3] = [Self::Lead, Self::Churn, Self::Engagement];

    /// The name in JSON, paths and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Churn => "churn",
            Self::Engagement => "engagement",
            Self::Custom => "custom",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Reads the code of the file format.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// How much a model may be trusted, by the data that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ModelState {
    /// Shipped; trained on simulated data, not on this tenant's.
    Prior = 0,
    /// Trained on little data, or without time validation.
    Provisional = 1,
    /// Trained and validated.
    Ready = 2,
}

impl ModelState {
    /// Every state, in order of code.
    pub const ALL: [Self; 3] = [Self::Prior, Self::Provisional, Self::Ready];

    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prior => "prior",
            Self::Provisional => "provisional",
            Self::Ready => "ready",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Reads the code of the file format.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}
