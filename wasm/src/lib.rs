//! Conversion between JavaScript and chatsignal-core; no business rules.
//!
//! Numbers cross as typed arrays, names as arrays of strings: no serialisation format, so the
//! module stays small. Every input is checked here; after that nothing can trap.
#![forbid(unsafe_code)]

mod contact;
mod scorer;

pub use contact::Contact;
pub use scorer::Scorer;
