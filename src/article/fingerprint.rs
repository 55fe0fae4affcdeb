//! The content hash, version 1: SHA-256 of the canonical text. `docs/content-hash.md` states it for everyone else.

use super::canonical;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;

/// What every hash of this version begins with.
pub const PREFIX: &str = "sha256-v1:";

/// A body with fewer words than this is hashed with its headline, so that no two stubs collide.
pub const SHORT_BODY_WORDS: usize = 25;

/// SHA-256 of an article's canonical text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of a text that [`hashed_text`] made.
    pub fn of_canonical(text: &str) -> Self {
        ContentHash(Sha256::digest(text).into())
    }

    /// The first 16 bytes: what the seen table keeps and what records are keyed by.
    pub fn first16(&self) -> [u8; 16] {
        let mut out = [0; 16];
        out.copy_from_slice(&self.0[..16]);
        out
    }

    /// Reads `sha256-v1:` and 64 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?.as_bytes();
        let mut out = [0; 32];
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |b: u8| (b as char).to_digit(16);
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Some(ContentHash(out))
    }
}

/// The hash of an article: of its body, or of headline and body where the body has fewer than
/// [`SHORT_BODY_WORDS`] words.
pub fn content_hash(headline: Option<&str>, body: &str) -> ContentHash {
    ContentHash::of_canonical(&hashed_text(headline, body))
}

/// The canonical text that [`content_hash`] hashes.
pub fn hashed_text(headline: Option<&str>, body: &str) -> String {
    let text = canonical::canonical(body);
    match headline {
        Some(headline) if !canonical::has_words(&text, SHORT_BODY_WORDS) => {
            let mut joined = canonical::canonical(headline);
            canonical::append(&mut joined, &text);
            joined
        }
        _ => text,
    }
}

/// Lower-case hex digits of `bytes`: a record's key is that of the hash's first 16.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)].into());
        out.push(DIGITS[usize::from(byte & 15)].into());
    }
    out
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hex(&self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        ContentHash::parse(&text).ok_or_else(|| D::Error::custom("expected sha256-v1: and 64 hex digits"))
    }
}

impl JsonSchema for ContentHash {
    fn schema_name() -> Cow<'static, str> {
        "ContentHash".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "SHA-256 of the canonical text, version 1: see docs/content-hash.md.",
            "type": "string",
            "pattern": "^sha256-v1:[0-9a-f]{64}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "The council of Quarrow voted on Tuesday to rebuild the old bridge over the river Lenn, which a flood \
                        had carried away in March, and to pay for it with a levy.";

    #[test]
    fn a_long_body_stands_alone_and_a_stub_brings_its_headline() {
        assert_eq!(content_hash(Some("One"), LONG), content_hash(Some("Another"), LONG));
        assert_ne!(content_hash(Some("One"), "Read more."), content_hash(Some("Another"), "Read more."));
        assert_eq!(hashed_text(Some("One"), "Read more."), "one read more");
        assert_eq!(hashed_text(Some("One"), ""), "one");
        assert_eq!(hashed_text(Some("!"), "Read"), "read");
        assert_eq!(hashed_text(None, "Read more."), "read more");
    }

    #[test]
    fn the_limit_is_25_words_and_a_han_character_is_one() {
        let body = |n: usize| vec!["word"; n].join(" ");
        assert!(hashed_text(Some("Headline"), &body(24)).starts_with("headline "));
        assert!(hashed_text(Some("Headline"), &body(25)).starts_with("word"));
        assert!(hashed_text(Some("題"), &"桥".repeat(24)).starts_with("題 "));
        assert!(hashed_text(Some("題"), &"桥".repeat(25)).starts_with("桥"));
    }

    #[test]
    fn the_written_form_reads_back() {
        let hash = content_hash(None, LONG);
        let text = hash.to_string();
        assert_eq!(text.len(), PREFIX.len() + 64);
        assert_eq!(ContentHash::parse(&text), Some(hash));
        assert!(text[PREFIX.len()..].starts_with(&hex(&hash.first16())));
        for wrong in ["", "sha256-v1:", "sha256-v2:00", &text[1..], &text[..text.len() - 1], &text.replace(':', ":g")] {
            assert_eq!(ContentHash::parse(wrong), None, "{wrong}");
        }
    }
}
