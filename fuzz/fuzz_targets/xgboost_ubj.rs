//! A model of XGBoost in UBJSON is refused, or it can be scored and explained on any row.
#![no_main]

use chatsignal_fuzz::check_import;
use chatsignal_interop::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| check_import(bytes, Format::XgboostUbj));
