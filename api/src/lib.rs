//! Wire types: the only types that cross a network or process border.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
