//! The JSON envelope: one object a record, with the page's address and times around its body.
//!
//! Fields: `url`, `fetchedAt`, `status`, `headers`, `contentType`, `charset`, `key`, `crawlId`, `warcRecordId` and one body:
//! `html`, `body` (text), `bodyBase64` (bytes) or `text`; the first of these that is there counts. Others are ignored.

use super::About;
use crate::fault::{Code, Fault};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What an envelope carries.
#[derive(Debug, PartialEq)]
pub enum Body<'a> {
    /// Markup, as text.
    Html(Cow<'a, str>),
    /// Markup or plain text, as text.
    Either(Cow<'a, str>),
    /// Plain text.
    Text(Cow<'a, str>),
    /// Bytes in base64.
    Base64(Cow<'a, str>),
    /// None, and the response's status says that none is due.
    None,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    url: Field<'a>,
    #[serde(borrow)]
    fetched_at: Field<'a>,
    #[serde(borrow)]
    status: Field<'a>,
    headers: Headers,
    #[serde(borrow)]
    content_type: Field<'a>,
    #[serde(borrow)]
    charset: Field<'a>,
    #[serde(borrow)]
    key: Field<'a>,
    #[serde(borrow)]
    crawl_id: Field<'a>,
    #[serde(borrow)]
    warc_record_id: Field<'a>,
    #[serde(borrow)]
    html: Text<'a>,
    #[serde(borrow)]
    body: Text<'a>,
    #[serde(borrow)]
    body_base64: Text<'a>,
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    version: Field<'a>,
}

/// Reads an envelope. What it says goes over what `about` already holds.
///
/// # Errors
/// `envelope_not_json` with the byte where it goes wrong, `envelope_invalid` for JSON of another shape.
pub fn read<'a>(bytes: &'a [u8], about: &mut About) -> Result<Body<'a>, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Fault::new(
            Code::EnvelopeNotJson,
            format!("invalid UTF-8 at byte {at} of the envelope (0x{:02x}); JSON is UTF-8", bytes[at]),
        )
    })?;
    let envelope: Envelope<'a> = serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            Fault::new(Code::EnvelopeInvalid, format!("the envelope has a field of a wrong type: {error}"))
        } else {
            Fault::new(Code::EnvelopeNotJson, format!("the value begins as a JSON object but is not JSON: {error}"))
        }
    })?;
    envelope.told(about);
    envelope.into_body(about)
}

impl<'a> Envelope<'a> {
    fn told(&self, about: &mut About) {
        let text = |field: &Field<'_>| field.0.as_deref().map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned);
        let set = |slot: &mut Option<String>, value: Option<String>| {
            if value.is_some() {
                *slot = value;
            }
        };
        set(&mut about.url, text(&self.url));
        set(&mut about.key, text(&self.key));
        set(&mut about.crawl_id, text(&self.crawl_id));
        set(&mut about.warc_record_id, text(&self.warc_record_id));
        set(&mut about.fetched_at, text(&self.fetched_at));
        set(&mut about.status, text(&self.status));
        set(&mut about.content_language, self.headers.content_language.clone());
        // These three describe the record until here, and the page from here on.
        about.content_type = text(&self.content_type).or_else(|| self.headers.content_type.clone());
        about.content_encoding = self.headers.content_encoding.clone();
        about.charset = text(&self.charset);
    }

    fn into_body(self, about: &About) -> Result<Body<'a>, Fault> {
        let body = self.html.0.map(Body::Html).or(self.body.0.map(Body::Either));
        if let Some(body) = body.or(self.body_base64.0.map(Body::Base64)).or(self.text.0.map(Body::Text)) {
            return Ok(body);
        }
        if about.http_status().is_some_and(|status| status == 204 || status >= 300) {
            return Ok(Body::None);
        }
        if self.version.0.is_some_and(|version| version.starts_with("https://jsonfeed.org/")) {
            return Err(Fault::new(Code::UnsupportedContent, "the content is a JSON feed, which is not read yet"));
        }
        Err(Fault::new(
            Code::EnvelopeInvalid,
            "the envelope has no body: expected one of `body`, `bodyBase64`, `html`, `text`",
        ))
    }
}

/// A string, or a number as its digits; `null` is absent.
#[derive(Default)]
struct Field<'a>(Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor).map(Field)
    }
}

/// What serde can't lend, as text of its own.
fn owned<'a, E>(value: impl ToString) -> Result<Option<Cow<'a, str>>, E> {
    Ok(Some(Cow::Owned(value.to_string())))
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a number")
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        owned(value)
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        owned(value)
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        owned(value)
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        owned(value)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// A string that may be long: borrowed where it holds no escapes. Lone surrogates, which JSON can spell and text cannot
/// hold, become U+FFFD: a page with one is still a page. `null` is absent.
#[derive(Default)]
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(TextVisitor).map(Text)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
    fn visit_borrowed_bytes<E>(self, value: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Some(String::from_utf8_lossy(value)))
    }
    fn visit_bytes<E>(self, value: &[u8]) -> Result<Self::Value, E> {
        owned(String::from_utf8_lossy(value))
    }
}

/// The response's headers that matter, from an object of strings or of arrays of strings.
#[derive(Default)]
struct Headers {
    content_type: Option<String>,
    content_encoding: Option<String>,
    content_language: Option<String>,
}

impl Headers {
    fn slot(&mut self, name: &str) -> Option<&mut Option<String>> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("content-type") {
            Some(&mut self.content_type)
        } else if name.eq_ignore_ascii_case("content-encoding") {
            Some(&mut self.content_encoding)
        } else if name.eq_ignore_ascii_case("content-language") {
            Some(&mut self.content_language)
        } else {
            None
        }
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeadersVisitor;
        impl<'de> Visitor<'de> for HeadersVisitor {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of headers")
            }
            fn visit_unit<E>(self) -> Result<Headers, E> {
                Ok(Headers::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = Headers::default();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    match headers.slot(&name) {
                        Some(slot) => *slot = map.next_value::<HeaderValue>()?.0.filter(|value| !value.is_empty()),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(headers)
            }
        }
        deserializer.deserialize_any(HeadersVisitor)
    }
}

/// A header's value: a string, or the last of an array of strings.
struct HeaderValue(Option<String>);

impl<'de> Deserialize<'de> for HeaderValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = HeaderValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header's value: a string or an array of strings")
            }
            fn visit_unit<E>(self) -> Result<HeaderValue, E> {
                Ok(HeaderValue(None))
            }
            fn visit_str<E>(self, value: &str) -> Result<HeaderValue, E> {
                Ok(HeaderValue(Some(value.trim().to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<HeaderValue, A::Error> {
                let mut last = None;
                while let Some(value) = seq.next_element::<String>()? {
                    last = Some(value.trim().to_owned());
                }
                Ok(HeaderValue(last))
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}
