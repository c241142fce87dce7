//! Traces: W3C Trace Context in and out, spans to a collector.
//!
//! A request's span holds method, route template, status, code of the error and times: nothing that
//! a caller sent but the ids of the trace, which are hexadecimal digits.

mod context;
mod export;
mod otlp;

pub(crate) use context::{HEADER, TraceContext, TraceId};
pub(crate) use export::{Exporter, Exporting};
pub use otlp::Endpoint;
pub(crate) use otlp::Span;
