//! What every request passes on its way to a route.

pub(crate) mod edge;
pub(crate) mod guard;
pub(crate) mod headers;
pub(crate) mod hosts;
