//! What a feature is: the catalogue's columns, in code. `docs/FEATURES.md` is printed from it.

/// Part of the catalogue that a feature belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeatureCategory {
    /// How fast each side answers.
    Response,
    /// How much the contact does, or how sends were received.
    Engagement,
    /// Mood of the contact's messages.
    Sentiment,
    /// What campaigns brought.
    Campaigns,
    /// How long ago something last happened.
    Recency,
    /// How often things happen.
    Frequency,
    /// Money.
    Monetary,
    /// Support conversations.
    Support,
    /// Hours and weekdays.
    TimePatterns,
    /// The message against the contact's habits.
    Preferences,
}

impl FeatureCategory {
    /// The name in JSON and documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Engagement => "engagement",
            Self::Sentiment => "sentiment",
            Self::Campaigns => "campaigns",
            Self::Recency => "recency",
            Self::Frequency => "frequency",
            Self::Monetary => "monetary",
            Self::Support => "support",
            Self::TimePatterns => "time patterns",
            Self::Preferences => "preferences",
        }
    }
}

/// Which events a feature looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// All that is kept of the contact's life.
    Life,
    /// The state at the as-of instant.
    Now,
    /// The last so many local days, the day of the as-of instant included.
    Days(u16),
    /// The candidate send alone.
    Candidate,
    /// The tenant's training data, frozen in the model.
    Training,
}

/// The value of a feature about which nothing is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Missing {
    /// NaN; models route it by their own rule.
    Nan,
    /// This value.
    Value(f32),
    /// The tenant's rate or mean, frozen in the model.
    Prior,
    /// As the words say.
    Rule(&'static str),
    /// It is always known.
    Never,
}

/// Which way of a feature is better for the business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A lower value.
    Lower,
    /// A higher value.
    Raise,
    /// It depends on the other features.
    Either,
}

/// What a business can do to move a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actionable {
    /// The way to move it.
    pub direction: Direction,
    /// How, in a few words of the imperative.
    pub how: &'static str,
}

/// The exact definition of a feature, in words. Without the crate's feature `definitions` it is
/// empty: modules that only score do not carry the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition(&'static str);

impl Definition {
    pub(super) const fn new(text: &'static str) -> Self {
        Self(if cfg!(feature = "definitions") { text } else { "" })
    }

    /// The words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.0
    }
}

/// One feature of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureSpec {
    /// Name in schemas, JSON and files; unique within its catalogue.
    pub name: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// Part of the catalogue.
    pub category: FeatureCategory,
    /// Unit of the value.
    pub unit: &'static str,
    /// Which events it looks at.
    pub window: Window,
    /// Its value when nothing is known.
    pub missing: Missing,
    /// Smallest and largest value. Computed values outside it are clipped, and said so
    /// ([`super::FeatureVector::clipped`]); values that a caller sends are refused.
    pub range: (f32, f32),
    /// What a business can do about it; absent for facts of the past.
    pub actionable: Option<Actionable>,
    /// The exact definition.
    pub definition: Definition,
}
