//! What a contact allows, as an input of scoring.

use crate::contact::Consent;

words! {
    /// Why there is no score.
    Suppression {
        /// The contact objected to profiling for direct marketing (GDPR Art. 21).
        Objected = "objected",
    }
}

impl Consent {
    /// Why lead and engagement scores must not be computed, if they must not. An opt-out alone
    /// stops sending, not scoring.
    #[must_use]
    pub fn suppression(self) -> Option<Suppression> {
        self.objected.then_some(Suppression::Objected)
    }

    /// Whether marketing messages may be sent. Contacts who have said nothing may be written to
    /// only as far as the tenant's own law allows; that is not decided here.
    #[must_use]
    pub fn allows_marketing(self) -> bool {
        !(self.opted_out || self.objected || self.block_suspected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_objection_suppresses_but_each_blocks_marketing() {
        let free = Consent::default();
        assert!(free.allows_marketing() && free.suppression().is_none());
        let out = Consent { opted_out: true, ..free };
        assert!(!out.allows_marketing() && out.suppression().is_none());
        let blocked = Consent { block_suspected: true, ..free };
        assert!(!blocked.allows_marketing() && blocked.suppression().is_none());
        let objected = Consent { opted_out: true, objected: true, ..free };
        assert!(!objected.allows_marketing());
        assert_eq!(objected.suppression(), Some(Suppression::Objected));
    }
}
