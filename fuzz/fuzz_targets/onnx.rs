//! An ONNX file is refused, or it is a model that can be stored, scored and explained on any row.
#![no_main]

use chatsignal_interop::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| chatsignal_fuzz::check_import(bytes, Format::Onnx));
