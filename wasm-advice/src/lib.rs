//! What to say and do about a score, in browsers, Node and Workers: reasons in words,
//! counterfactuals, interactions of features, send times. Conversion between JavaScript and
//! chatsignal-core; no business rules.
//!
//! A module of its own, which a page loads when it asks for the first of these, so that the scoring
//! module stays small.
#![forbid(unsafe_code)]

mod advisor;
mod answer;
mod kind;
mod send_time;

pub use advisor::Advisor;
