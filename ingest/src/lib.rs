//! Bytes of chat systems in, canonical events and typed rejects out. No store, no clock, no files.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
