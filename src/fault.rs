//! What can be wrong with one page: a closed set of codes that dead letters, metrics and documents share.
//!
//! A fault is data about data: it costs one page, never the process. Trouble of the process itself (a broker, a config)
//! has its own types and never turns into a [`Fault`].

use std::fmt;

/// Why a page became a dead letter. The string form ([`Code::as_str`]) is part of the contract: it stands in the
/// `copydesk.error.code` header and in metric labels, so codes are added, never renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The record has no value (a tombstone) or an empty one.
    EmptyValue,
    /// The page is larger than `extract.page_bytes_max`.
    PageTooLarge,
    /// The record looks like a JSON envelope but is not valid JSON.
    EnvelopeNotJson,
    /// Valid JSON without a body field, or with fields of a wrong type.
    EnvelopeInvalid,
    /// `bodyBase64` is not base64.
    BodyNotBase64,
    /// A compressed body that does not decompress.
    DecompressFailed,
    /// A compressed body that grows past its cap.
    DecompressTooLarge,
    /// Bytes that no supported form accepts: an image, an archive, a PDF.
    UnsupportedContent,
    /// The bytes do not decode in the charset that they claim.
    CharsetInvalid,
    /// An event that would be larger than the topic accepts.
    EventTooLarge,
    /// Extraction panicked. A defect of ours; the page is kept for the report.
    Panic,
    /// The page ended the process several times while it was parsed.
    KilledProcess,
    /// A record in the candidates topic that copydesk did not write.
    CandidateInvalid,
}

impl Code {
    /// Every code, for metrics that start at zero and for the documents.
    pub const ALL: [Code; 13] = [
        Code::EmptyValue,
        Code::PageTooLarge,
        Code::EnvelopeNotJson,
        Code::EnvelopeInvalid,
        Code::BodyNotBase64,
        Code::DecompressFailed,
        Code::DecompressTooLarge,
        Code::UnsupportedContent,
        Code::CharsetInvalid,
        Code::EventTooLarge,
        Code::Panic,
        Code::KilledProcess,
        Code::CandidateInvalid,
    ];

    /// The code as headers, labels and documents spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::EmptyValue => "empty_value",
            Code::PageTooLarge => "page_too_large",
            Code::EnvelopeNotJson => "envelope_not_json",
            Code::EnvelopeInvalid => "envelope_invalid",
            Code::BodyNotBase64 => "body_not_base64",
            Code::DecompressFailed => "decompress_failed",
            Code::DecompressTooLarge => "decompress_too_large",
            Code::UnsupportedContent => "unsupported_content",
            Code::CharsetInvalid => "charset_invalid",
            Code::EventTooLarge => "event_too_large",
            Code::Panic => "panic",
            Code::KilledProcess => "killed_process",
            Code::CandidateInvalid => "candidate_invalid",
        }
    }
}

/// One page's fault: the code, and a sentence for the person who reads the dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The closed code.
    pub code: Code,
    /// What happened, to what, and what to do, without the page's content.
    pub message: String,
}

impl Fault {
    /// A fault of `code` with its explanation.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Fault { code, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}
