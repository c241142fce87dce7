//! The service: every route through the whole stack, in process; sockets where sockets matter.

mod auth;
mod bad_bodies;
mod contacts;
mod docs;
mod events;
mod explain;
mod features;
mod feedback;
mod health;
mod hosts;
mod hot_swap;
mod inference;
mod kill;
mod limits;
mod live;
mod logs;
mod openapi;
mod scoring;
mod settings;
mod sockets;
mod support;
mod webhooks;
