//! Scoring in browsers, Node and Workers: conversion between JavaScript and chatsignal-core; no
//! business rules.
//!
//! Numbers cross as typed arrays, names as arrays of strings: no serialisation format, so the
//! module stays small (`docs/sizes.txt`). It holds neither the catalogue of the features nor the
//! words of reasons: those are in `wasm/js` and in `chatsignal-wasm-advice`. Every input is checked
//! here; after that nothing can trap.
#![cfg_attr(all(target_arch = "wasm32", not(feature = "serde")), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod allocator;
mod facts;
#[cfg(feature = "serde")]
mod object;
#[cfg(all(target_arch = "wasm32", not(feature = "serde")))]
mod panic;
#[cfg(feature = "serde")]
mod record;
mod scorer;

#[cfg(feature = "serde")]
pub use object::ObjectScorer;
pub use scorer::Scorer;
