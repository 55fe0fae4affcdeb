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
pub mod rights;
pub mod topics;

use rdkafka::message::{Header, Headers, Message};
use rdkafka::topic_partition_list::TopicPartitionList;

use crate::page::RawRecord;

/// Header of a candidate: the event's kind.
pub const KIND_HEADER: &str = "copydesk-kind";
/// Header of a candidate: its page's record time, ms since the epoch.
pub const PAGE_TIME_HEADER: &str = "copydesk-page-time";

/// Most bytes of a header beside its name and value: the lengths of the two.
const HEADER_FRAME_BYTES: usize = 10;

/// What a record weighs before any compression: key, value and headers, as the client and the brokers count them. Bounds on
/// records go by this and not by the value alone.
pub fn record_bytes(message: &impl Message) -> usize {
    let headers = message.headers().map_or(0, |headers| headers.iter().map(|header| header_bytes(&header)).sum());
    message.key().map_or(0, <[u8]>::len) + message.payload().map_or(0, <[u8]>::len) + headers
}

/// What one header of a record weighs.
pub fn header_bytes(header: &Header<'_, &[u8]>) -> usize {
    HEADER_FRAME_BYTES + header.key.len() + header.value.map_or(0, <[u8]>::len)
}

/// A record's headers, each name with its value; a value that is not there is empty.
pub fn owned_headers(message: &impl Message) -> Vec<(String, Vec<u8>)> {
    message.headers().map_or_else(Vec::new, |headers| {
        headers.iter().map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect()
    })
}

/// The record as the core takes it, with its [`owned_headers`].
pub fn raw_record<'a>(message: &'a impl Message, headers: &'a [(String, Vec<u8>)]) -> RawRecord<'a> {
    let time_ms = message.timestamp().to_millis().unwrap_or(0);
    let time = jiff::Timestamp::from_millisecond(time_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    RawRecord { key: message.key(), value: message.payload(), headers, time }
}

/// A list of one partition.
pub fn one(topic: &str, partition: i32) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, partition);
    list
}
