//! From a contact's features to a score, a tier and its reasons.
