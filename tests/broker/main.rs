//! What is tested on real brokers. One binary, so that all tests share one broker and wait side by side.
//!
//! A test mostly waits: for a session to end, a commit interval, a broker. So more of them run at once than there are cores:
//! `tests/run` says how many. What holds between them is said in `support`.

#[path = "../support/mod.rs"]
mod support;

mod deaths;
mod demo;
mod gaps;
mod harness;
mod lanes;
mod late_end;
mod leaderless;
mod lost_topics;
mod pipeline;
mod protocol;
mod remedies;
mod rights;
mod starts;
mod takeover;
mod tools_dedup;
mod tools_dlq;
mod tools_verify;
