//! [`Draft`](crate::split::draft::Draft)s to [`ArticleEvent`]s: canonical text, content hash, identity, schema.
//!
//! What holds: pure and deterministic; the content hash is that of `docs/content-hash.md`, version 1.
