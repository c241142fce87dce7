//! What a contact allows, as an input of scoring.

use crate::event::ConsentKind;

/// What a contact has said about marketing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsentState {
    /// Nothing.
    #[default]
    Unknown,
    /// Opted in, signed up or resumed.
    Granted,
    /// Opted out of marketing messages.
    OptedOut,
    /// Objected to direct marketing and to profiling for it (GDPR Art. 21).
    Objected,
}

/// Consent of one contact at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// What they have said last.
    pub marketing: ConsentState,
    /// Whether they have probably blocked the business since.
    pub block_suspected: bool,
}

words! {
    /// Why there is no score.
    Suppression {
        /// The contact objected to profiling for direct marketing.
        Objected = "objected",
    }
}

impl Consent {
    /// Consent after another consent event; events come in the order in which they happened.
    ///
    /// The latest statement wins, so that an objection lasts until the contact opts in again; a
    /// suspected block lasts until any statement.
    #[must_use]
    pub fn after(self, event: ConsentKind) -> Self {
        let marketing = match event {
            ConsentKind::OptIn | ConsentKind::Resume | ConsentKind::Signup => ConsentState::Granted,
            ConsentKind::Objected => ConsentState::Objected,
            // An objection is wider than an opt-out: a later `stop` does not narrow it.
            ConsentKind::OptOut if self.marketing == ConsentState::Objected => self.marketing,
            ConsentKind::OptOut => ConsentState::OptedOut,
            ConsentKind::BlockSuspected => {
                return Self { block_suspected: true, ..self };
            }
        };
        Self { marketing, block_suspected: false }
    }

    /// Why lead and engagement scores must not be computed, if they must not.
    #[must_use]
    pub fn suppression(self) -> Option<Suppression> {
        (self.marketing == ConsentState::Objected).then_some(Suppression::Objected)
    }

    /// Whether marketing messages may be sent. Contacts who have said nothing may be written to
    /// only as far as the tenant's own law allows; that is not decided here.
    #[must_use]
    pub fn allows_marketing(self) -> bool {
        !self.block_suspected
            && matches!(self.marketing, ConsentState::Unknown | ConsentState::Granted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConsentKind::*;

    fn after(events: &[ConsentKind]) -> Consent {
        events.iter().fold(Consent::default(), |consent, event| consent.after(*event))
    }

    #[test]
    fn objection_suppresses_until_a_new_opt_in() {
        assert_eq!(after(&[OptIn, Objected]).suppression(), Some(Suppression::Objected));
        assert_eq!(after(&[Objected, OptOut]).suppression(), Some(Suppression::Objected));
        assert_eq!(after(&[Objected, OptIn]).suppression(), None);
    }

    #[test]
    fn opt_out_blocks_marketing_but_not_scoring() {
        let consent = after(&[OptIn, OptOut]);
        assert!(!consent.allows_marketing());
        assert_eq!(consent.suppression(), None);
        assert!(after(&[OptOut, Resume]).allows_marketing());
        assert!(!after(&[OptIn, BlockSuspected]).allows_marketing());
        assert!(after(&[BlockSuspected, OptIn]).allows_marketing());
        assert!(Consent::default().allows_marketing());
    }
}
