//! The broker's side of the shell: clients, topics, the lane's producer, the changelog's reader, dead letters.
//!
//! What holds: every librdkafka setting that exactly-once relies on is made in [`client`] and nowhere else; errors are read
//! by librdkafka's own flags, never by message text; only [`lane_producer`] begins, commits or aborts a transaction.

pub mod candidates;
pub mod changelog;
pub mod client;
pub mod dead_letters;
pub mod lane_producer;
pub mod member;
pub mod topics;

use rdkafka::message::{Headers, Message, OwnedMessage};

/// Header of a candidate: the event's kind.
pub const KIND_HEADER: &str = "copydesk-kind";
/// Header of a candidate: its page's record time, ms since the epoch.
pub const PAGE_TIME_HEADER: &str = "copydesk-page-time";

/// A record's headers, each name with its value; a value that is not there is empty.
pub fn owned_headers(message: &OwnedMessage) -> Vec<(String, Vec<u8>)> {
    message.headers().map_or_else(Vec::new, |headers| {
        headers.iter().map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect()
    })
}
