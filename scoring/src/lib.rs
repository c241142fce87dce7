//! From one contact to the wire types of an answer: what the service, the command line and the
//! browser say alike.
//!
//! No I/O, no clock and no time-zone database: the host gives the instant, the state of the
//! contact ([`Subject`]) and the offsets of local time ([`chatsignal_ingest::LocalTime`]).
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod churn;
mod engagement;
mod explain;
mod fault;
mod lead;
mod optimal_time;
mod origin;
mod population;
mod send;
mod subject;

pub use churn::{churn, churn_counterfactual};
pub use engagement::{Sending, engagement_of_send, message, offset};
pub use explain::{NoSuchLevel, Row, Wanted, explain_churn, explain_engagement, explain_lead};
pub use fault::FieldFault;
pub use lead::{TREND_DAYS, lead, lead_counterfactual};
pub use optimal_time::Decision;
pub use origin::{Version, origin};
pub use population::{is_active_state, is_open_lead_state};
pub use send::{SendPlan, Tenant, best_hour, best_hour_with_level};
pub use subject::{Earlier, Subject};
