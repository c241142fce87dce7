//! Scoring in browsers, Node and Workers: conversion between JavaScript and chatsignal-core; no
//! business rules.
//!
//! Numbers cross as typed arrays, names as arrays of strings: no serialisation format, so the
//! module stays small (`docs/sizes.txt`). It holds neither the catalogue of the features nor the
//! words of reasons: those are in `wasm/js` and in `chatsignal-wasm-advice`. Every input is checked
//! here; after that nothing can trap.
#![forbid(unsafe_code)]

mod allocator;
mod facts;
mod scorer;

pub use scorer::Scorer;
