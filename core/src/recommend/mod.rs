//! What to do about a score: rules as a table.
//!
//! A rule names an action, a channel, the features that it answers to and the values at which it
//! applies. Rules that apply are ranked by their urgency plus the share of the score that their
//! features carry in the explanation; equal ranks keep the order of the table. What an action
//! would change is not known before it has been tried against a holdout: `estimated_effect` is
//! empty until then.

mod next_action;
mod retention;
mod rule;
mod send_advice;

pub use next_action::{NEXT_ACTION_RULES, next_action};
pub use retention::{RETENTION_COUNT, RETENTION_RULES, retention};
pub use rule::{Action, Channel, Condition, Recommendation, Rule, Test};
pub use send_advice::{SendAdvice, send_advice};
