//! Load on the service: a child process that serves, and a client that asks it over keep-alive
//! connections of its own (no HTTP library on the client's side, so that it costs little).

mod bare;
pub mod connection;
pub mod load;
pub mod rate;
pub mod service;
pub mod subjects;
