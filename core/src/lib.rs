//! Events, features, scorers, explanations and the model artifact of chatsignal.
//!
//! `no_std` with `alloc`. The same code turns a chat event log into explained scores in the
//! browser, at the edge and on the server, with equal bits. It does no I/O, reads no clock and
//! draws no random number: time, offsets and seeds are arguments. It does not parse JSON, does
//! not train, and knows no time-zone database.
//!
//! The path of the data: [`event::Event`]s -> [`contact`] (incremental state) -> [`feature`]
//! (vectors of 24, 32 and 27) -> [`model`] (margin, postprocessor, calibration) -> [`explain`]
//! (exact contributions) -> [`score`] (0-100, tiers, risk levels, send times) -> [`recommend`].
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "testing"))]
extern crate std;

#[macro_use]
mod words;

pub mod artifact;
pub mod contact;
pub mod event;
pub mod explain;
pub mod feature;
pub mod id;
pub mod limits;
pub mod model;
pub mod num;
mod order;
pub mod recommend;
pub mod say;
pub mod score;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod time;
pub mod wire;
