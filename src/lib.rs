//! copydesk reads raw scraped pages from a Kafka topic, splits them into article events, and publishes every distinct
//! article exactly once.
//!
//! The folders stand in the order of the data's way:
//!
//! ```text
//! page ──> clean ──> split ──> article ──┐                     the pure core: bytes in, events out
//!                                        │
//! stage::extract  ── candidates ──> stage::dedup (dedup, kafka)  the shell: two loops around it
//! ```
//!
//! What holds:
//! - [`page`], [`clean`], [`split`], [`article`] and [`dedup`] know nothing of Kafka, threads, clocks or metrics. The same
//!   bytes and options give the same result on any machine.
//! - [`expand`] is the one chain from a record to its events; the stage and the file mode both call it.
//! - A hash is seen only once its article is committed ([`dedup`] decides, [`stage::dedup::lane`] commits).

pub mod admin;
pub mod article;
pub mod clean;
pub mod config;
pub mod dedup;
pub mod demo;
pub mod expand;
pub mod explain;
pub mod fault;
pub mod files;
pub mod kafka;
mod lock;
pub mod logging;
pub mod metrics;
pub mod page;
pub mod split;
pub mod stage;
pub mod tools;
pub mod warning;
