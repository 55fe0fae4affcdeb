//! An event's id: the same for the same article at the same place of the same page, however often it is read.

use super::event::Source;
use super::fingerprint::{ContentHash, hex};
use sha2::{Digest, Sha256};

/// The first 32 hex digits of SHA-256 over the page's identity, the article's place on it and its content hash, joined
/// by line feeds. The identity is the page's address; a page without one is known by where it was read.
pub fn event_id(url: Option<&str>, source: &Source, ordinal: u32, hash: &ContentHash) -> String {
    let mut digest = Sha256::new();
    match url {
        Some(url) => digest.update(url),
        None => digest.update(source.coordinates()),
    }
    digest.update(format!("\n{ordinal}\n{hash}"));
    hex(&digest.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_page_place_and_content_and_nothing_else() {
        let (a, b) = (ContentHash([1; 32]), ContentHash([2; 32]));
        let here = Source::kafka("pages.raw", 3, 77);
        let there = Source::kafka("pages.raw", 3, 78);
        let id = event_id(Some("https://a.example/1"), &here, 0, &a);
        assert_eq!(id.len(), 32);
        assert_eq!(id, event_id(Some("https://a.example/1"), &there, 0, &a));
        assert_ne!(id, event_id(Some("https://a.example/2"), &here, 0, &a));
        assert_ne!(id, event_id(Some("https://a.example/1"), &here, 1, &a));
        assert_ne!(id, event_id(Some("https://a.example/1"), &here, 0, &b));
        let unnamed = event_id(None, &here, 0, &a);
        assert_eq!(unnamed, event_id(None, &Source { key: Some("k".into()), ..here.clone() }, 0, &a));
        assert_ne!(unnamed, event_id(None, &there, 0, &a));
        assert_ne!(unnamed, event_id(None, &Source::file("a.html", 1), 0, &a));
    }
}
