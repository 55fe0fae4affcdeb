//! [`Draft`](crate::split::draft::Draft)s to [`ArticleEvent`]s: canonical text, content hash, identity, schema.
//!
//! What holds: pure and deterministic; the content hash is that of `docs/content-hash.md`, version 1; a page that is read
//! again from the same place gives the same events, byte for byte.

pub mod canonical;
pub mod event;
pub mod fingerprint;
pub mod identity;
pub mod kafka_form;
pub mod schema;

pub use event::{ArticleEvent, Extraction, Source};
pub use fingerprint::ContentHash;
pub use kafka_form::{EncodedEvent, encode, headers};
