//! The language of an article: as the page declares it, else by its letters and their triples (`whatlang`).

use crate::clean::ascii;

/// Bytes of text that are looked at; more changes nothing.
const READ_BYTES_MAX: usize = 3000;

/// So many letters thorn are none of a quotation.
const THORNS_MIN: usize = 3;

/// A text of at least so many words has a small word of English among twelve, if it is English: a template's `en` stands over texts of
/// all languages.
const ENGLISH_WORDS_MIN: usize = 40;

/// The language as BCP 47 and the confidence in it. A declaration counts as certain, unless the script contradicts it, or the
/// words where it says English.
pub(super) fn of(declared: Option<&str>, text: &str) -> Option<(String, f32)> {
    let text = &text[..text.floor_char_boundary(READ_BYTES_MAX)];
    let declared = declared.and_then(tag);
    // Triples are counted only where the declaration could be wrong.
    let doubted = |tag: &str| latin(tag) && is_foreign(text) || same(tag, "en") && !may_be_english(text);
    if let Some(tag) = declared.as_ref().filter(|tag| !doubted(tag)) {
        return Some((tag.clone(), 1.0));
    }
    let found = whatlang::detect(text);
    if let Some(tag) = declared {
        let contradicted =
            found.as_ref().is_some_and(|f| f.is_reliable() && code(f.lang()).is_some_and(|c| !same(&tag, c)));
        if !contradicted {
            return Some((tag, 1.0));
        }
    }
    named(text, &found?)
}

/// The language of a text that says enough to tell it from others.
pub(super) fn clearly(text: &str) -> Option<(String, f32)> {
    let text = &text[..text.floor_char_boundary(READ_BYTES_MAX)];
    let found = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
    named(text, &found)
}

/// What was found in the text by its code; the detector does not know Icelandic, the one living language with the letter thorn.
fn named(text: &str, found: &whatlang::Info) -> Option<(String, f32)> {
    if text.matches(['þ', 'Þ']).count() >= THORNS_MIN {
        return Some(("is".to_owned(), 1.0));
    }
    Some((code(found.lang())?.to_owned(), found.confidence() as f32))
}

/// `en_us` and ` EN-us ` to `en-US`; nothing where it is no tag.
fn tag(declared: &str) -> Option<String> {
    let mut parts = declared.trim().split(['-', '_', ',', ';']);
    let language = parts.next()?.to_lowercase();
    if !(2..=3).contains(&language.len()) || !language.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    match parts.next() {
        Some(region) if region.len() == 2 && region.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Some(format!("{language}-{}", region.to_uppercase()))
        }
        _ => Some(language),
    }
}

/// Whether the text is written in a script other than Latin.
fn is_foreign(text: &str) -> bool {
    // Where half of the bytes are letters of ASCII, no other script has as many letters.
    let latin: u32 = text.as_bytes().chunks(ascii::BITS).map(|chunk| ascii::Bits::of(chunk).letters.count_ones()).sum();
    (latin as usize) < text.len() / 2
        && whatlang::detect_script(text).is_some_and(|script| script != whatlang::Script::Latin)
}

fn may_be_english(text: &str) -> bool {
    let mut buffer = [0; 8];
    let (mut words, mut english) = (0, 0);
    for word in text.split_ascii_whitespace().take(4 * ENGLISH_WORDS_MIN) {
        words += 1;
        english += usize::from(word.len() <= 4 && is_small_word(&ascii::lower(word, &mut buffer)));
    }
    words < ENGLISH_WORDS_MIN || english * 12 >= words
}

fn is_small_word(word: &str) -> bool {
    matches!(
        word,
        "the" | "of" | "and" | "to" | "in" | "is" | "that" | "for" | "on" | "with" | "was" | "by" | "as" | "at"
    )
}

fn same(tag: &str, code: &str) -> bool {
    tag.split('-').next() == Some(code)
}

fn latin(tag: &str) -> bool {
    matches!(
        tag.split('-').next(),
        Some("en" | "de" | "fr" | "es" | "it" | "pt" | "nl" | "sv" | "da" | "fi" | "pl" | "cs" | "tr")
    )
}

/// ISO 639-1 for what the detector knows, since BCP 47 wants the shortest code.
fn code(lang: whatlang::Lang) -> Option<&'static str> {
    const CODES: &str = "epo eo|eng en|rus ru|cmn zh|spa es|por pt|ita it|ben bn|fra fr|deu de|ukr uk|kat ka|ara ar|hin hi|\
        jpn ja|heb he|yid yi|pol pl|amh am|jav jv|kor ko|nob nb|dan da|swe sv|fin fi|tur tr|nld nl|hun hu|\
        ces cs|ell el|bul bg|bel be|mar mr|kan kn|ron ro|slv sl|hrv hr|srp sr|mkd mk|lit lt|lav lv|est et|\
        tam ta|vie vi|urd ur|tha th|guj gu|uzb uz|pan pa|aze az|ind id|tel te|pes fa|mal ml|ori or|mya my|\
        nep ne|sin si|khm km|tuk tk|aka ak|zul zu|sna sn|afr af|lat la|slk sk|cat ca|tgl tl|hye hy|cym cy";
    CODES.split('|').filter_map(|c| c.split_once(' ')).find(|(three, _)| *three == lang.code()).map(|(_, two)| two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_or_detected() {
        let english = "The council met on Monday and decided that the old bridge will be repaired before winter comes.";
        assert_eq!(of(Some("en_us"), english).unwrap(), ("en-US".to_owned(), 1.0));
        assert_eq!(of(None, english).unwrap().0, "en");
        assert_eq!(
            of(Some("en"), "Совет собрался в понедельник и решил отремонтировать старый мост до наступления зимы.")
                .unwrap()
                .0,
            "ru"
        );
        let polish = "Rada zebrała się w poniedziałek i postanowiła, że stary most zostanie naprawiony przed zimą. ";
        assert_eq!(of(Some("en"), &polish.repeat(4)).unwrap().0, "pl");
        assert_eq!(of(Some("en-GB"), &english.repeat(4)).unwrap(), ("en-GB".to_owned(), 1.0));
        assert_eq!(of(Some("en"), &"Bell Braun Cole ".repeat(20)).unwrap().0, "en");
        assert_eq!(of(Some("not a tag"), "").map(|l| l.0), None);
        let icelandic =
            "Ráðið kom saman á mánudag og ákvað að gera við gömlu brúna því að þar þurfa þúsundir að komast yfir.";
        assert_eq!((of(None, icelandic).unwrap().0, clearly(english).unwrap().0), ("is".to_owned(), "en".to_owned()));
        assert_eq!(clearly("OK"), None);
        assert_eq!(of(None, "理事会は月曜日に開かれ、古い橋を冬の前に修理することを決めた。").unwrap().0, "ja");
    }

    #[test]
    fn every_language_of_the_detector_has_a_code() {
        for lang in whatlang::Lang::all() {
            assert!(code(*lang).is_some(), "{lang:?}");
        }
    }
}
