//! What an operator sees of a running process: readiness and liveness ([`health`]), and the port that shows them.
//!
//! What holds: nothing here can change what the stages do; a scrape takes no lock that a record waits for.

pub mod health;

pub use health::{Health, Pulse, State};
