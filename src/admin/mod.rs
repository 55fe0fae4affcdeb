//! What an operator sees of a running process: readiness and liveness ([`health`]), and the port that shows them
//! ([`http`]), with a status page for people (`page`).
//!
//! What holds: nothing here can change what the stages do; a scrape takes no lock that a record waits for.

pub mod health;
pub mod http;
mod page;

pub use health::{Component, Health, Pulse, State};
pub use http::{Admin, Server};
