//! Words under a picture: what they say and who is credited, `A bridge at dawn / Courtesy of the Harbour Board`.
//!
//! What holds: a credit needs a cue at the line's start or behind a separator, so that a sentence that merely thanks
//! somebody stays a sentence.

use super::letters::seams;
use crate::split::draft::Image;
use rustc_hash::FxHashSet;

/// What opens a credit, lower case, in the languages of the news.
const OPENERS: &str = "courtesy of|photo courtesy of|image courtesy of|photos courtesy of|photo courtesy|image courtesy|\
    photo by|photos by|image by|picture by|photograph by|photography by|photograph:|photo credit:|\
    photo credit|image credit:|image credit|image source:|picture credit:|credit:|photo:|photos:|photo/|\
    image:|picture:|pictures:|file photo:|ap photo/|foto:|fotos:|foto di|foto de|foto av|foto von|bild:|\
    bilder:|bildquelle:|symbolbild:|archivfoto:|archivbild:|grafik:|crédit photo|crédits|crédit :|crédit:|\
    photo :|crédito:|créditos:|fotografía:|fotografia:|imagen:|imagem:|fot.|zdroj:|zdjęcie:|kuva:|fotoğraf:|\
    фото:|фото |снимка:|φωτο:|φωτογραφία:|fotó:|sursa foto:|beeld:|写真：|写真:|撮影：|图片来源：|图源：|摄影：|사진=|사진 =|صورة:|\
    फोटो:|© ";
/// What a credit ends with, where no opener stands before it.
const AGENCIES: &[&str] =
    &["getty images", "shutterstock", "istock", "unsplash", "ap photo", "scanpix", "picture alliance", "imago images"];

/// What opens a credit under a picture alone, lower case: elsewhere it tells where a figure or a sentence is from.
const SOURCES: [&str; 14] = [
    "quelle:",
    "quellen:",
    "source:",
    "source :",
    "sources:",
    "fuente:",
    "fonte:",
    "bron:",
    "kilde:",
    "källa:",
    "symbolfoto:",
    "photographer:",
    "image copyright:",
    "copyright:",
];
/// What opens a credit with nothing but a space before it: `The bridge at dawn Photo: Ann Bell`.
const WITHIN: [&str; 6] = [" Foto: ", " Fotos: ", " Photo: ", " Photos: ", " Photo Credit: ", " Photo credit: "];
/// A caption before such words has so many.
const CAPTION_WORDS_MIN: usize = 3;
/// A credit that is only a name has no more.
const NAME_WORDS_MAX: usize = 8;

/// Longest line that is looked at, bytes.
const LINE_BYTES_MAX: usize = 900;
/// Longest credit, words; more is a sentence.
const CREDIT_WORDS_MAX: usize = 14;

/// A caption and its credit, as parts of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Credit<'a> {
    /// What the picture shows, without the credit.
    pub caption: Option<&'a str>,
    /// Who is credited, without the cue.
    pub credit: &'a str,
    /// True where the line can be nothing else.
    pub sure: bool,
}

/// Takes a line apart, if it carries a credit.
pub(crate) fn credit(line: &str) -> Option<Credit<'_>> {
    apart(line, opener)
}

/// The same of a line that is known to be a caption.
pub(crate) fn of_caption(line: &str) -> Option<Credit<'_>> {
    let more = || apart(line, source).or_else(|| within(line));
    // All that opens a credit here ends in a colon.
    credit(line).or_else(|| if line.contains(':') { more().filter(|found| is_name(found.credit)) } else { None })
}

/// The bytes of what opens a credit under a picture alone.
fn source(rest: &str) -> Option<usize> {
    SOURCES.iter().find(|opener| rest.starts_with(**opener)).map(|opener| opener.len())
}

/// Whether a credit's words are a name's: few, and more than half with capitals where the script has any. `Bild: sehr gut` is a verdict on a
/// screen, `Photo: X100 with 35 mm` a camera.
pub(crate) fn is_name(credit: &str) -> bool {
    let is_small = |word: &&str| word.contains(char::is_lowercase) && !word.contains(char::is_uppercase);
    let words = credit.split_whitespace();
    let count = words.clone().count();
    count <= NAME_WORDS_MAX
        && words.filter(is_small).count() * 2 < count
        && !credit.contains(|c: char| c.is_ascii_digit())
}

/// A credit that stands behind its caption with nothing but a space between them.
fn within(line: &str) -> Option<Credit<'_>> {
    let (at, opener) = WITHIN.iter().filter_map(|opener| Some((line.rfind(opener)?, opener))).max()?;
    let (caption, name) = (&line[..at], clean_credit(&line[at + opener.len()..]));
    let is_caption = caption.split_whitespace().count() >= CAPTION_WORDS_MIN;
    (is_caption && name.starts_with(char::is_uppercase)).then(|| Credit {
        caption: clean_caption(caption.trim_end_matches([',', ' '])),
        credit: name,
        sure: true,
    })
}

/// Takes a line apart at the first place where a credit opens.
fn apart(line: &str, opener: impl Fn(&str) -> Option<usize>) -> Option<Credit<'_>> {
    if line.len() > LINE_BYTES_MAX {
        return None;
    }
    let lower = line.to_lowercase();
    // Lower case moves bytes in some scripts; then only a line that opens with the cue is read.
    let aligned = lower.len() == line.len();
    let best = std::iter::once(0)
        .chain(lower.char_indices().filter(|(_, c)| aligned && is_separator(*c)).map(|(i, c)| i + c.len_utf8()))
        .chain(seams(line).filter(|_| aligned))
        .find_map(|from| {
            // Of equal length, and yet moved within, where one letter grows and another shrinks.
            let rest = lower.get(from..)?.trim_start();
            Some((lower.len() - rest.len(), opener(rest)?))
        });
    if let Some((at, len)) = best {
        let name = clean_credit(line.get(at + len..)?);
        let words = name.split_whitespace().count();
        if name.is_empty() || words > CREDIT_WORDS_MAX || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let caption = clean_caption(line.get(..at)?);
        return Some(Credit { caption, credit: name, sure: at == 0 && words <= 8 || at > 0 && !line.ends_with('.') });
    }
    agency(line, &lower, aligned)
}

/// `A harbour. Ann Bell/Getty Images`: the last sentence of a line that ends in an agency's name.
fn agency<'a>(line: &'a str, lower: &str, aligned: bool) -> Option<Credit<'a>> {
    let bare = lower.trim_end_matches([')', '.', ' ']);
    if !aligned || !AGENCIES.iter().any(|a| bare.ends_with(a)) {
        return None;
    }
    let at = line
        .trim_end_matches([')', '.', ' '])
        .rfind([':', '(', '|', '.', '—', '–'])
        .map_or(0, |i| i + line[i..].chars().next().map_or(1, char::len_utf8));
    let name = clean_credit(line.get(at..)?);
    let words = name.split_whitespace().count();
    (words > 0 && words <= 8).then(|| Credit { caption: clean_caption(&line[..at]), credit: name, sure: true })
}

/// Bytes of the longest opener that `rest` begins with.
fn opener(rest: &str) -> Option<usize> {
    // A cheap question first: few places in a page begin with such a word.
    if !super::text::opens_credit(rest) {
        return None;
    }
    OPENERS.split('|').filter(|o| rest.starts_with(o)).map(str::len).max()
}

/// Whether a line is the name of a picture's file.
pub(crate) fn is_file_name(line: &str) -> bool {
    const ENDS: [&str; 6] = ["jpg", "jpeg", "png", "gif", "webp", "svg"];
    line.rsplit_once('.').is_some_and(|(_, end)| ENDS.iter().any(|known| known.eq_ignore_ascii_case(end)))
}

fn is_separator(c: char) -> bool {
    matches!(
        c,
        '/' | '('
            | '['
            | '|'
            | '—'
            | '–'
            | '-'
            | '.'
            | ':'
            | ';'
            | '”'
            | '"'
            | '»'
            | '。'
            | '）'
            | '•'
            | '·'
            | '!'
            | ')'
    )
}

/// A credit without what stands around it; a bracket that closes one of its own stays, as in `Ann Bell (Getty)`.
fn clean_credit(text: &str) -> &str {
    let edge = |c: char| {
        c.is_whitespace() || matches!(c, ':' | '(' | ')' | '[' | ']' | '/' | '|' | '.' | ',' | '=' | '©' | '：')
    };
    let text = text.trim_start_matches(edge);
    let count = |bracket| text.matches(bracket).count();
    let (open, mut closed) = ([count('('), count('[')], [count(')'), count(']')]);
    let mut end = text.len();
    while let Some(last) = text[..end].chars().next_back().filter(|c| edge(*c)) {
        if let Some(kind) = [')', ']'].iter().position(|bracket| *bracket == last) {
            if closed[kind] <= open[kind] {
                break;
            }
            closed[kind] -= 1;
        }
        end -= last.len_utf8();
    }
    let text = &text[..end];
    ["the ", "The "].iter().find_map(|a| text.strip_prefix(a)).unwrap_or(text)
}

fn clean_caption(text: &str) -> Option<&str> {
    let text = text
        .trim_end_matches(|c: char| {
            c.is_whitespace() || matches!(c, '/' | '(' | '[' | '|' | '—' | '–' | '-' | ':' | ';' | '©')
        })
        .trim();
    text.chars().any(char::is_alphanumeric).then_some(text)
}

/// Gathers captions into images: a line that only credits somebody completes the picture before it, or repeats it. With each
/// line comes whether its element says that it is a credit.
pub(crate) fn collect<'a>(captions: impl Iterator<Item = (&'a str, bool)>) -> Vec<Image> {
    let mut images: Vec<(Option<&str>, Option<&str>)> = Vec::new();
    let (mut known, mut credited) = (FxHashSet::default(), FxHashSet::default());
    for (text, credits) in captions {
        let (caption, credit) = match of_caption(text) {
            Some(c) => (c.caption, Some(c.credit)),
            None if credits && text.split_whitespace().count() <= CREDIT_WORDS_MAX => (None, Some(clean_credit(text))),
            None => (Some(text), None),
        };
        if known.contains(&(caption, credit)) || caption.is_none() && credited.contains(&credit) {
            continue;
        }
        match images.last_mut().filter(|(_, known)| caption.is_none() && known.is_none()) {
            Some(last) => {
                known.remove(last);
                last.1 = credit;
                known.insert(*last);
            }
            None => {
                images.push((caption, credit));
                known.insert((caption, credit));
            }
        }
        credited.insert(credit);
    }
    let image = |(caption, credit): (Option<&str>, Option<&str>)| Image {
        caption: caption.map(str::to_owned),
        credit: credit.map(str::to_owned),
        ..Image::default()
    };
    images.into_iter().map(image).collect()
}

/// Adds what was gathered to the pictures that the page declares. Of words that one of these has already, a credit completes it. Words
/// under no picture that is known by its address stand for one only where there is no other that is.
pub(crate) fn complete(images: &mut Vec<Image>, gathered: Vec<Image>) {
    // What was gathered completes no other that was.
    let declared = images.len();
    let has_pictures = images.iter().any(|image| image.url.is_some());
    for own in gathered {
        match images[..declared].iter_mut().find(|known| known.url.is_some() && is_said_of(known, &own)) {
            Some(known) if own.credit.is_some() => {
                known.caption = own.caption;
                known.credit = known.credit.take().or(own.credit);
            }
            Some(_) => {}
            None if has_pictures => {}
            None => images.push(own),
        }
    }
}

/// Whether a picture has the words of another already.
fn is_said_of(known: &Image, own: &Image) -> bool {
    match (known.caption.as_deref(), own.caption.as_deref()) {
        (Some(known), Some(own)) => known.starts_with(own),
        (caption, None) => caption == own.credit.as_deref(),
        (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, caption: Option<&str>, name: &str) {
        let got = credit(line).unwrap_or_else(|| panic!("no credit in {line}"));
        assert_eq!((got.caption, got.credit, got.sure), (caption, name, true), "{line}");
    }

    #[test]
    fn credits_in_many_languages() {
        check("A bridge at dawn / Courtesy of the Harbour Board", Some("A bridge at dawn"), "Harbour Board");
        check("Courtesy of the Harbour Board", None, "Harbour Board");
        check("Photo: Ann Bell", None, "Ann Bell");
        check("The mayor speaks. (Photo by Ann Bell)", Some("The mayor speaks."), "Ann Bell");
        check("Die Brücke im Morgenlicht. Foto: Anna Braun/dpa", Some("Die Brücke im Morgenlicht."), "Anna Braun/dpa");
        check("Die Brücke am MorgenBild: Anna Braun/dpa", Some("Die Brücke am Morgen"), "Anna Braun/dpa");
        check("Міст. Фото: Іван Коваль", Some("Міст."), "Іван Коваль");
        check("A harbour. Ann Bell/Getty Images", Some("A harbour."), "Ann Bell/Getty Images");
    }

    #[test]
    fn a_caption_may_say_more_ways_whose_its_picture_is() {
        let read = |line| of_caption(line).map(|found| (found.caption, found.credit));
        assert_eq!(read("The bridge. (Quelle: Ann Bell/Herald)"), Some((Some("The bridge."), "Ann Bell/Herald")));
        assert_eq!(read("Source: Harbour Board"), Some((None, "Harbour Board")));
        assert_eq!(read("The bridge at dawn Foto: Ann Bell"), Some((Some("The bridge at dawn"), "Ann Bell")));
        for line in [
            "Profile Photo: Ann Bell",
            "In the old album is a Photo: of whom, nobody knows",
            "The bridge at dawn Photo: Many came to see it opened, and stayed until the evening",
            "The source: a spring by the mill",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert!(credit("Source: Harbour Board").is_none(), "elsewhere a figure's");
        assert_eq!(read("The bridge. Foto: Ann Bell (Getty)"), Some((Some("The bridge."), "Ann Bell (Getty)")));
        assert_eq!(read("The bridge. (Foto: Ann Bell (Getty).)"), Some((Some("The bridge."), "Ann Bell (Getty)")));
        assert_eq!(clean_credit(&format!("Ann Bell{}", ")".repeat(300_000))), "Ann Bell");
    }

    #[test]
    fn sentences_are_no_credits() {
        for line in [
            "The data came courtesy of the board, which met on Monday.",
            "© 2024 The Bell",
            // Letters whose small forms have more and fewer bytes.
            "ꞪaȺ",
            "He took a photo by the river.",
        ] {
            assert!(credit(line).is_none_or(|c| !c.sure), "{line}");
        }
    }

    /// A line whose element says nothing of it.
    fn plain(line: &str) -> (&str, bool) {
        (line, false)
    }

    #[test]
    fn an_element_may_say_that_its_line_is_a_credit() {
        let sentence =
            "The photographer, who is credited here, went to the bridge at dawn and came home at night, happy.";
        let images = collect([("A bridge", false), ("Ann Bell / The Herald", true), (sentence, true)].into_iter());
        let got: Vec<_> = images.iter().map(|i| (i.caption.as_deref(), i.credit.as_deref())).collect();
        assert_eq!(got, [(Some("A bridge"), Some("Ann Bell / The Herald")), (Some(sentence), None)]);
    }

    #[test]
    fn a_credit_line_completes_or_repeats() {
        let images = collect(
            ["A bridge / Courtesy of the Board", "Courtesy of the Board", "A mill", "Photo: Ann Bell"]
                .map(plain)
                .into_iter(),
        );
        let got: Vec<_> = images.iter().map(|i| (i.caption.as_deref(), i.credit.as_deref())).collect();
        assert_eq!(got, [(Some("A bridge"), Some("Board")), (Some("A mill"), Some("Ann Bell"))]);
    }

    #[test]
    fn a_caption_stands_under_one_picture() {
        let declared = |caption: &str| Image {
            url: Some("p.jpg".to_owned()),
            caption: Some(caption.to_owned()),
            ..Image::default()
        };
        let pier = || collect(["A pier"].map(plain).into_iter());
        let mut alone = Vec::new();
        complete(&mut alone, pier());
        assert_eq!(alone, pier(), "a picture that only its words tell of");
        let mut images = vec![declared("A bridge"), declared("A mill. Photo: Ann Bell"), declared("Carl Dorn")];
        complete(
            &mut images,
            collect(["A bridge", "A mill. Photo: Ann Bell", "Photo: Carl Dorn"].map(plain).into_iter()),
        );
        complete(&mut images, pier());
        let got: Vec<_> = images.iter().map(|i| (i.caption.as_deref(), i.credit.as_deref())).collect();
        assert_eq!(got, [(Some("A bridge"), None), (Some("A mill."), Some("Ann Bell")), (None, Some("Carl Dorn"))]);
    }
}
