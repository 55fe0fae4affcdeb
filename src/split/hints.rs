//! What a page says of its links to programs that read it aloud, `(opens in a new tab)`: no words of the article's.
//!
//! What holds: a hint goes only where it is all that stands in brackets, or the closed phrase behind a comma; linear.

/// The words between brackets, in lower case.
const HINTS: [&str; 34] = [
    "opens in a new tab",
    "opens in new tab",
    "opens in a new window",
    "opens in new window",
    "opens a new tab",
    "opens a new window",
    "opens new tab",
    "opens new window",
    "open in a new tab",
    "opens in a new tab or window",
    "link opens in a new tab",
    "link opens in a new window",
    "opens an external website in a new window",
    "opens an external site in a new window",
    "öffnet in neuem fenster",
    "öffnet in neuem tab",
    "öffnet im neuen fenster",
    "öffnet im neuen tab",
    "öffnet in einem neuen fenster",
    "öffnet in einem neuen tab",
    "öffnet ein neues fenster",
    "öffnet sich in einem neuen fenster",
    "nouvelle fenêtre",
    "nouvel onglet",
    "ouvre un nouvel onglet",
    "s'ouvre dans un nouvel onglet",
    "s'ouvre dans une nouvelle fenêtre",
    "se abre en una nueva ventana",
    "se abre en ventana nueva",
    "abre en nueva ventana",
    "si apre in una nuova finestra",
    "abre em nova janela",
    "opent in nieuw venster",
    "öppnas i nytt fönster",
];
/// Longest hint with its brackets, bytes.
const HINT_BYTES_MAX: usize = 52;
/// A hint without brackets, behind a link's words.
const BEHIND_COMMA: &str = ", opens new tab";

/// A text without hints.
pub(super) fn without(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    // Most texts hold neither.
    while let Some((at, end)) = next(rest) {
        kept.push_str(&rest[..at]);
        rest = &rest[end..];
        // The space on one side goes with it.
        let stands_alone = kept.is_empty() || kept.ends_with(char::is_whitespace);
        if stands_alone
            || rest.strip_prefix(' ').is_some_and(|behind| behind.starts_with(['.', ',', ';', ':', '!', '?']))
        {
            rest = rest.strip_prefix(' ').unwrap_or(rest);
        }
        if rest.is_empty() || rest.starts_with(['.', ',', ';', ':', '!', '?']) {
            kept.truncate(kept.trim_end_matches(' ').len());
        }
    }
    kept.push_str(rest);
    kept
}

/// The next hint in a text, from its first byte to behind its last.
fn next(text: &str) -> Option<(usize, usize)> {
    memchr::memchr2_iter(b'(', b',', text.as_bytes()).find_map(|at| Some((at, at + hint_len(&text[at..])?)))
}

/// Bytes of the hint at the start of `text`, in brackets or behind a comma.
fn hint_len(text: &str) -> Option<usize> {
    if text.starts_with(',') {
        let rest = text.strip_prefix(BEHIND_COMMA)?;
        return (!rest.starts_with(char::is_alphanumeric)).then_some(BEHIND_COMMA.len());
    }
    let head = &text[..text.floor_char_boundary(HINT_BYTES_MAX)];
    let end = head.find(')')?;
    let own = head[1..end].trim().to_lowercase().replace('’', "'");
    HINTS.contains(&own.as_str()).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_no_words_of_the_text() {
        for (text, expected) in [
            ("The mill (opens in a new tab) burned.", "The mill burned."),
            ("The mill(öffnet im neuen Fenster) , he said", "The mill, he said"),
            ("See the plan (Opens in new window).", "See the plan."),
            ("(opens in a new tab) The mill", "The mill"),
            ("The mill (s’ouvre dans un nouvel onglet)", "The mill"),
            ("the works department, opens new tab said on Friday.", "the works department said on Friday."),
            ("(opens in a new tab)", ""),
        ] {
            assert_eq!(without(text), expected, "{text}");
        }
        for text in [
            "A click on the picture (which opens in a new tab) shows it.",
            "The shop (opens in a new town hall)",
            "The link opens in a new tab.",
            "The baker, opens new tables",
            "a (b (c",
            "ünï (öffnet",
        ] {
            assert_eq!(without(text), text);
        }
    }
}
