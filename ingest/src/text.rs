//! The numbers that stand for a text in the log.

/// What the log keeps of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextFacts {
    /// Characters (Unicode scalar values).
    pub chars: u32,
    /// Whether it has a question mark: U+003F, U+FF1F, U+061F or U+037E.
    pub has_question: bool,
}

impl TextFacts {
    /// Counts `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self {
            chars: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
            has_question: text
                .chars()
                .any(|c| matches!(c, '?' | '\u{ff1f}' | '\u{061f}' | '\u{037e}')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(TextFacts::of("Olá ✓"), TextFacts { chars: 5, has_question: false });
        for question in ["ok?", "なに？", "لماذا؟", "τι\u{037e}"] {
            assert!(TextFacts::of(question).has_question, "{question}");
        }
    }
}
