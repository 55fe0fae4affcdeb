//! The language of an article: as the page declares it, else by its letters and their triples (`whatlang`). Articles of one scraped text
//! have each its own, where their words tell it apart.

use crate::clean::{WordSet, ascii, word_hashes};

/// Bytes of text that are looked at; more changes nothing.
const READ_BYTES_MAX: usize = 3000;

/// Of two texts in one language one word in so many of the one stands in the other: on composed pages 7 % of the texts in the page's
/// language have fewer, and 3 % of those in others have more.
const SHARED: usize = 5;
/// Texts whose triples are counted, a page.
const LANGUAGES_MAX: usize = 8;

/// So many letters thorn, and one in so many characters, are no names in a text of another language.
const THORNS_MIN: usize = 3;
const THORN_CHARS: usize = 250;

/// A text of at least so many words has a small word of English among twelve, if it is English: a template's `en` stands over texts of
/// all languages.
const ENGLISH_WORDS_MIN: usize = 40;

/// The language as BCP 47 and the confidence in it. A declaration counts as certain, unless the script contradicts it, or the
/// words where it says English.
pub(super) fn of(declared: Option<&str>, text: &str) -> Option<(String, f32)> {
    let text = beginning(text);
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

/// The languages of the articles of scraped text, which may be of several sites. Triples are counted for the first text and for those whose words are not those of a text
/// before, a few at most: it costs more than all else that is done with a short text.
pub(super) struct Languages {
    page: Option<(String, f32)>,
    /// Words of texts whose language is known.
    known: Vec<(WordSet, Option<(String, f32)>)>,
}

impl Languages {
    /// As [`of`] for the page's main article.
    pub(super) fn of_page(declared: Option<&str>, text: &str) -> Languages {
        let page = of(declared, text);
        Languages { known: vec![(WordSet::new(word_hashes(beginning(text))), page.clone())], page }
    }

    /// The language of one of its articles: the page's, unless the article's words say clearly that it is another.
    pub(super) fn of(&mut self, text: &str) -> Option<(String, f32)> {
        let text = beginning(text);
        let words: Vec<u64> = word_hashes(text).collect();
        let is_like = |known: &WordSet| words.iter().filter(|w| known.contains(**w)).count() * SHARED >= words.len();
        if let Some((_, language)) = self.known.iter().find(|(known, _)| is_like(known)) {
            return language.clone();
        }
        if self.known.len() >= LANGUAGES_MAX {
            return self.page.clone();
        }
        let found = whatlang::detect(text).filter(whatlang::Info::is_reliable).and_then(|found| named(text, &found));
        let is_other = |found: &(String, f32)| self.page.as_ref().is_none_or(|page| !same(&page.0, &found.0));
        let language = found.filter(is_other).or_else(|| self.page.clone());
        self.known.push((WordSet::new(words.into_iter()), language.clone()));
        language
    }
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(READ_BYTES_MAX)]
}

/// What was found in the text by its code; the detector does not know Icelandic, the one living language with the letter thorn.
fn named(text: &str, found: &whatlang::Info) -> Option<(String, f32)> {
    let thorns = text.matches(['þ', 'Þ']).count();
    if found.lang() != whatlang::Lang::Eng && thorns >= THORNS_MIN && thorns * THORN_CHARS >= text.chars().count() {
        return Some(("is".to_owned(), 1.0));
    }
    Some((code(found.lang())?.to_owned(), found.confidence() as f32))
}

/// `en_us` and ` ENG-us ` to `en-US`; nothing where it is no tag.
fn tag(declared: &str) -> Option<String> {
    let mut parts = declared.trim().split(['-', '_', ',', ';']);
    let language = parts.next()?.to_lowercase();
    let language = two_letters(&language).map_or(language, str::to_owned);
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

/// ISO 639-1 for what the detector knows.
fn code(lang: whatlang::Lang) -> Option<&'static str> {
    two_letters(lang.code())
}

/// ISO 639-1 for a code of three letters, since BCP 47 wants the shortest.
fn two_letters(three: &str) -> Option<&'static str> {
    const CODES: &str = "epo eo|eng en|rus ru|cmn zh|spa es|por pt|ita it|ben bn|fra fr|deu de|ukr uk|kat ka|ara ar|hin hi|\
        jpn ja|heb he|yid yi|pol pl|amh am|jav jv|kor ko|nob nb|dan da|swe sv|fin fi|tur tr|nld nl|hun hu|\
        ces cs|ell el|bul bg|bel be|mar mr|kan kn|ron ro|slv sl|hrv hr|srp sr|mkd mk|lit lt|lav lv|est et|\
        tam ta|vie vi|urd ur|tha th|guj gu|uzb uz|pan pa|aze az|ind id|tel te|pes fa|mal ml|ori or|mya my|\
        nep ne|sin si|khm km|tuk tk|aka ak|zul zu|sna sn|afr af|lat la|slk sk|cat ca|tgl tl|hye hy|cym cy|\
        zho zh|chi zh|ger de|fre fr|dut nl|gre el|cze cs|slo sk|rum ro|fas fa|per fa|nor no|nno nn|isl is|ice is|\
        glg gl|eus eu|gle ga|msa ms|swa sw|sqi sq|bos bs|mlt mt|kaz kk|mon mn|xho xh|may ms|wel cy|geo ka|arm hy|alb sq|baq eu|\
        mac mk|bur my|bod bo|tib bo|tat tt|kur ku|pus ps";
    CODES.split('|').filter_map(|c| c.split_once(' ')).find(|(known, _)| *known == three).map(|(_, two)| two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_or_detected() {
        let english = "The council met on Monday and decided that the old bridge will be repaired before winter comes.";
        assert_eq!(of(Some("en_us"), english).unwrap(), ("en-US".to_owned(), 1.0));
        assert_eq!(of(None, english).unwrap().0, "en");
        assert_eq!(of(Some("eng"), english).unwrap(), ("en".to_owned(), 1.0));
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
        assert_eq!(of(None, icelandic).unwrap().0, "is");
        assert_eq!(of(None, &format!("{english} Þór, Þór and Þór met there.")).unwrap().0, "en");
        assert_eq!(of(None, "理事会は月曜日に開かれ、古い橋を冬の前に修理することを決めた。").unwrap().0, "ja");
    }

    #[test]
    fn an_article_has_the_pages_language_unless_its_words_say_another() {
        let english = "The council met on Monday and decided that the old bridge will be repaired before the winter comes to the valley.";
        let german = "Der Rat kam am Montag zusammen und beschloss, dass die alte Brücke vor dem Winter ausgebessert wird, sagte er.";
        let mut languages = Languages::of_page(None, english);
        let mut of = |text: &str| languages.of(text).unwrap().0;
        assert_eq!(
            [english, german, "OK", "Das Geld ist da, und der Winter kommt."].map(&mut of),
            ["en", "de", "en", "de"]
        );
        let other = |n: usize| format!("{} ", "xyzw".repeat(n)).repeat(9);
        (1..=LANGUAGES_MAX).for_each(|n| assert_eq!(of(&other(n)), "en"));
        let spanish =
            "El consejo se reunió el lunes y decidió que el viejo puente será reparado antes del invierno, dijo ella.";
        assert_eq!(of(spanish), "en", "no more are told apart");
        let mut declared = Languages::of_page(Some("en-GB"), &german.repeat(2));
        assert_eq!(
            declared
                .of("A text of other words, though in the tongue that was said to be the page's own at first.")
                .unwrap()
                .0,
            "en-GB"
        );
    }

    #[test]
    fn every_language_of_the_detector_has_a_code() {
        for lang in whatlang::Lang::all() {
            assert!(code(*lang).is_some(), "{lang:?}");
        }
    }
}
