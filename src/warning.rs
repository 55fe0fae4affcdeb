//! What was repaired or is doubtful about an event: a closed set of words that events, metrics and documents share.
//!
//! A warning costs nothing: the event comes all the same. What costs the page is a [fault](crate::fault).

/// The string form ([`Warning::as_str`]) is part of the contract: it stands in the event's `extraction.warnings` and in a metric's
/// label, so words are added, never renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Warning {
    /// The page is not in the charset that it claims.
    CharsetMismatch,
    /// The page claims a charset that nobody knows.
    CharsetUnknown,
    /// The page's text had been read as windows-1252 or ISO-8859-1 on its way, and is put right.
    MojibakeRepaired,
    /// The same of one or two characters, which stay as they came.
    MojibakeLeft,
    /// Bytes did not decode, here or at the crawler.
    ReplacementCharacters,
    /// `fetchedAt` is no time.
    FetchedAtUnreadable,
    /// `status` is no HTTP status.
    StatusUnreadable,
    /// No headline was found.
    NoHeadline,
    /// No date of publication was found.
    NoDate,
    /// The page may be no article's.
    PageUncertain,
    /// A bound cut the page or the article.
    Truncated,
}

impl Warning {
    /// Every warning, in order.
    pub const ALL: [Warning; 11] = [
        Warning::CharsetMismatch,
        Warning::CharsetUnknown,
        Warning::MojibakeRepaired,
        Warning::MojibakeLeft,
        Warning::ReplacementCharacters,
        Warning::FetchedAtUnreadable,
        Warning::StatusUnreadable,
        Warning::NoHeadline,
        Warning::NoDate,
        Warning::PageUncertain,
        Warning::Truncated,
    ];

    /// The word in events and labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Warning::CharsetMismatch => "charset_mismatch",
            Warning::CharsetUnknown => "charset_unknown",
            Warning::MojibakeRepaired => "mojibake_repaired",
            Warning::MojibakeLeft => "mojibake_left",
            Warning::ReplacementCharacters => "replacement_characters",
            Warning::FetchedAtUnreadable => "fetched_at_unreadable",
            Warning::StatusUnreadable => "status_unreadable",
            Warning::NoHeadline => "no_headline",
            Warning::NoDate => "no_date",
            Warning::PageUncertain => "page_uncertain",
            Warning::Truncated => "truncated",
        }
    }
}
