//! The first stage: pages to candidates, at least once and deterministic; dedup absorbs what a replay makes again.
//!
//! ```text
//! intake      polls the group and the partitions' queues, within the byte budget; commits
//! headroom    whether extract waits for dedup, before candidates are deleted unread
//! leaders     asks again for partitions of which no broker says where they go on
//! mark        what stands beside a committed offset: dirty or clean, and the page that is suspected
//! serial      one page at a time, after a death
//! pages       the assigned partitions: start offsets, gaps, what may be committed
//! worker      the core on one page; sends its candidates or its dead letter
//! ticket      one page in flight: done when every record that it made is acknowledged
//! window      a partition's pages in flight, and how far it may be committed
//! ```
//!
//! What holds: an offset is committed only when every page below it is done, and a page is done only when the brokers have
//! all its records.

pub mod headroom;
pub mod intake;
pub mod leaders;
pub mod mark;
pub mod pages;
pub mod serial;
pub mod ticket;
pub mod window;
pub mod worker;

pub use intake::run;
