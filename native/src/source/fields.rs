//! The fields of each type of event that a column may fill: those of docs/EVENTS.md.

/// How a column's value becomes the field's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or an id.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
    /// An amount of money.
    Amount,
}

/// One field of an event's data.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: true }
}

const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, required: false }
}

/// The types of event that rows can become, whether they need a message id, and their fields.
pub(super) const EVENTS: &[(&str, bool, &[Field])] = &[
    (
        "message.inbound",
        true,
        &[
            must("kind", Kind::Text),
            must("chars", Kind::Integer),
            may("has_question", Kind::Flag),
            may("reply_to", Kind::Text),
            may("forwarded", Kind::Flag),
        ],
    ),
    (
        "message.outbound",
        true,
        &[
            must("kind", Kind::Text),
            must("author", Kind::Text),
            may("category", Kind::Text),
            may("template", Kind::Text),
            may("language", Kind::Text),
            must("chars", Kind::Integer),
            may("has_media", Kind::Flag),
            may("has_buttons", Kind::Flag),
            may("propensity", Kind::Number),
        ],
    ),
    (
        "message.status",
        true,
        &[
            must("status", Kind::Text),
            may("error_code", Kind::Integer),
            may("category", Kind::Text),
        ],
    ),
    ("interaction", true, &[must("kind", Kind::Text), may("reply_to", Kind::Text)]),
    ("acquisition", false, &[must("source", Kind::Text), may("ad_click", Kind::Flag)]),
    ("consent", false, &[must("kind", Kind::Text)]),
    ("conversation", false, &[must("step", Kind::Text)]),
    ("alias", false, &[must("other", Kind::Text)]),
    ("csat", false, &[must("rating", Kind::Integer)]),
    (
        "lead",
        false,
        &[must("step", Kind::Text), may("value", Kind::Amount), may("currency", Kind::Text)],
    ),
    (
        "purchase",
        false,
        &[must("amount", Kind::Amount), may("currency", Kind::Text), may("status", Kind::Text)],
    ),
];

/// The fields of one type of event and whether it needs a message id.
pub(super) fn of(event: &str) -> Option<(bool, &'static [Field])> {
    EVENTS.iter().find(|(name, ..)| *name == event).map(|(_, message, fields)| (*message, *fields))
}
