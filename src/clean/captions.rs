//! Which lines of an HTML page are captions, and under which of its pictures they stand.
//!
//! What holds: a line belongs to one picture at most; a picture drawn by the page itself takes no other's line.

use super::block::{Figure, PathId};
use super::letters::words_of;
use super::text::list::{WordList, Words};
use super::tree::ancestors;
use super::{BlockKind, Class, Document, Tag, ascii, image};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::ops::RangeInclusive;

/// With no picture near, so few words are no caption.
const CAPTION_WORDS: usize = 3;
/// A card holds no more blocks on either side of a line.
const CARD_BLOCKS: usize = 8;
/// Outside of a `figure` element so many blocks may stand between a picture and its caption.
const BETWEEN: usize = 1;

/// What pages write by a picture that is to do something, or leads elsewhere, in lower case.
static BUTTONS: WordList = WordList::new(|| {
    Words::of(
        "advertisement|advert|anzeige|werbung|publicidad|publicité|pubblicità|related|related articles|read more|read also|read next|see also|learn more|\
    lest auch|lesen sie auch|mehr zum thema|mehr erfahren|auch interessant|weiterlesen|ein angebot von|lire aussi|à lire aussi|leer más|lee también|\
    leggi anche|leggi di più|lees ook|lees meer|les også|läs också|læs også|zobacz również|zobacz też|czytaj też|czytaj również|leia também|leia mais|saiba mais|\
    share on pinterest|pin|pin it|share|tweet|save|next|previous|prev|close|enlarge|enlarge image|enlarge this image|view image|view images|view gallery|\
    open image in new window|new window|click to enlarge|click image to enlarge|zum vergrößern anklicken|bild vergrößern|vergrößern|loading|laden|lädt|wird geladen|\
    schließen|agrandir|ampliar|ingrandisci|vis mer|download|watch|play|play video|video abspielen|toggle caption|hide caption|caption|\
    image|picture|open|print",
    )
});

/// What stands on a line by itself before whoever is credited, in lower case.
static CUES: WordList = WordList::new(|| {
    Words::of(
        "photo|photos|foto|fotos|bild|bilder|bildquelle|quelle|source|credit|credits|photo credit|photographer|fotograf|crédit|crédits",
    )
});

/// Whether a block that reads like a caption is one: no button, no line of a table, no quotation's source, no file's name, no imprint, no title of
/// another page, no word or two with no picture near.
pub(crate) fn is_caption(document: &Document, i: usize) -> bool {
    document.blocks[i].class == Class::Caption
        && document.text_of(i).contains(char::is_alphanumeric)
        && !is_button(document.text_of(i))
        && !is_imprint(document, i)
        && !is_pictureless(document, i)
        && !is_title(document, i)
}

/// Whether a line says what to do rather than what a picture shows, or only that a credit follows: such words, and nothing else but signs.
fn is_button(line: &str) -> bool {
    let line = line.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    BUTTONS.has(&line) || CUES.has(&line)
}

/// Whether a line only says that a credit follows: `Photo:`.
fn is_cue(line: &str) -> bool {
    line.trim_end().strip_suffix(':').is_some_and(|line| CUES.has(&line.trim().to_lowercase()))
}

/// A caption's words, and whether class words or the line before it say that it holds nothing but whom a picture is from.
pub(crate) fn caption_line(document: &Document, i: usize) -> (&str, bool) {
    let words = document.words_of(document.blocks[i].path);
    let credits = ascii::holds_any(words, &["credit", "copyright", "photographer", "urheber"]);
    let follows = i > 0 && is_cue(document.text_of(i - 1)) && image::is_name(document.text_of(i));
    (document.text_of(i), credits && !words.contains("caption") || follows)
}

/// The captions among `blocks` by the picture that each stands under, as places in [`Document::figures`]; in page order. A line right
/// behind another is of the same picture. `is_drawn` tells pictures that the page draws: they have a caption only where their `figure` holds no other.
pub(crate) fn by_picture(
    document: &Document,
    blocks: RangeInclusive<usize>,
    is_drawn: impl Fn(&Figure) -> bool,
) -> Vec<(usize, Vec<usize>)> {
    let mut found: Vec<(usize, Vec<usize>)> = Vec::new();
    let by_element = by_element(document);
    // Asked once of each picture, whatever many lines there are.
    let drawn = vec![OnceCell::new(); document.figures.len()];
    let is_drawn = |n: usize| *drawn[n].get_or_init(|| is_drawn(&document.figures[n]));
    for i in blocks.filter(|i| is_caption(document, *i)) {
        let element = figures_around(document, document.blocks[i].path).next();
        let goes_on = || found.last().filter(|(_, lines)| lines.last().is_some_and(|last| last + 1 == i));
        let picture = match element {
            Some(element) => within(document, by_element.get(&element).map_or(&[], Vec::as_slice), i, is_drawn),
            None => before(document, i, is_drawn).or_else(|| goes_on().map(|(picture, _)| *picture)),
        };
        let Some(picture) = picture else { continue };
        match found.iter_mut().find(|(known, _)| *known == picture) {
            Some((_, lines)) => lines.push(i),
            None => found.push((picture, vec![i])),
        }
    }
    found
}

/// The pictures within each `figure` element.
fn by_element(document: &Document) -> FxHashMap<PathId, Vec<usize>> {
    let mut pictures: FxHashMap<PathId, Vec<usize>> = FxHashMap::default();
    for (n, picture) in document.figures.iter().enumerate() {
        figures_around(document, picture.path).for_each(|element| pictures.entry(element).or_default().push(n));
    }
    pictures
}

/// Of a `figure` element's `own` pictures the one that a caption stands under: the last before it, else the first; one that stands apart only
/// where there is no other.
fn within(document: &Document, own: &[usize], i: usize, is_drawn: impl Fn(usize) -> bool) -> Option<usize> {
    let (before, behind) = own.split_at(own.partition_point(|n| document.figures[*n].block as usize <= i));
    let nearest = |apart: bool| {
        let is_shown = |n: &usize| document.figures[*n].apart == apart && !is_drawn(*n);
        before.iter().copied().rfind(is_shown).or_else(|| behind.iter().copied().find(is_shown))
    };
    let shown = nearest(false).or_else(|| nearest(true));
    shown.or_else(|| own.first().copied().filter(|_| own.len() == 1))
}

/// The last picture before a line that stands in no `figure` element.
fn before(document: &Document, i: usize, is_drawn: impl Fn(usize) -> bool) -> Option<usize> {
    let block = |n: usize| document.figures[n].block as usize;
    let end = document.figures.partition_point(|figure| figure.block as usize <= i);
    (0..end).rev().take_while(|n| block(*n) + BETWEEN >= i).find(|n| !is_drawn(*n))
}

/// Whether a block stands in a `figure` element.
pub(crate) fn is_in_figure(document: &Document, i: usize) -> bool {
    figures_around(document, document.blocks[i].path).next().is_some()
}

/// The `figure` elements around a path, innermost first.
fn figures_around(document: &Document, path: PathId) -> impl Iterator<Item = PathId> + '_ {
    ancestors(document, path).filter(|path| document.paths[*path as usize].tag == Tag::Figure)
}

/// Whether a line is no picture's: one of a table, who is quoted in a figure, a file's name, or a word or two with no picture near.
fn is_pictureless(document: &Document, i: usize) -> bool {
    let block = &document.blocks[i];
    let text = document.text_of(i).trim_end();
    let tag = |tag: Tag| ancestors(document, block.path).find(|path| document.paths[*path as usize].tag == tag);
    let figure = tag(Tag::Figure);
    let near = |figure: &Figure| (i.saturating_sub(2)..=i + 1).contains(&(figure.block as usize));
    let has_picture = || document.figures.iter().any(near);
    let quotes = || {
        let before = i.checked_sub(1).map(|before| document.blocks[before].kind);
        figure.is_some() && matches!(before, Some(BlockKind::Quote | BlockKind::Table))
    };
    if image::is_file_name(text) || tag(Tag::Caption).is_some() || tag(Tag::Blockquote).is_some() {
        return true;
    }
    let few = figure.is_none() && words_of(text) <= CAPTION_WORDS;
    (few || quotes()) && !has_picture()
}

/// Whether a line under no picture says whose the whole page is.
fn is_imprint(document: &Document, i: usize) -> bool {
    let block = &document.blocks[i];
    let in_figure = is_in_figure(document, i);
    let behind_picture = || document.figures.iter().any(|figure| figure.block as usize == i);
    block.counts.furniture > 0 && block.counts.digits >= 4 && !in_figure && !behind_picture()
}

/// Whether a line is another page's title under its picture: a link of more than a name, but to the picture itself, and not under
/// a picture that leads nowhere.
fn is_title(document: &Document, i: usize) -> bool {
    let (text, credits) = caption_line(document, i);
    let leads = |target: &str| !image::is_file_name(target.trim().split(['?', '#']).next().unwrap_or_default());
    document.blocks[i].is_link()
        && document.target_of(i).is_some_and(leads)
        && words_of(text) > CAPTION_WORDS
        && !credits
        && image::credit(text).is_none()
        && !is_unlinked_pictures(document, i)
}

/// Whether a line stands in a `figure` element without a heading, whose pictures lead nowhere.
fn is_unlinked_pictures(document: &Document, i: usize) -> bool {
    let Some(element) = figures_around(document, document.blocks[i].path).next() else { return false };
    let within = |path: PathId| ancestors(document, path).any(|around| around == element);
    let is_linked = |path: PathId| ancestors(document, path).any(|p| document.paths[p as usize].tag == Tag::A);
    // Near alone: a page may hold any number of such lines, each of which asks.
    let near = i.saturating_sub(CARD_BLOCKS)..(i + CARD_BLOCKS + 1).min(document.blocks.len());
    let is_near = |figure: &&Figure| near.contains(&(figure.block as usize)) && within(figure.path);
    let is_heading = |i: usize| {
        let block = &document.blocks[i];
        matches!(block.kind, BlockKind::Heading(_)) && within(block.path)
    };
    let mut pictures = document.figures.iter().filter(is_near).peekable();
    pictures.peek().is_some() && pictures.all(|picture| !is_linked(picture.path)) && !near.clone().any(is_heading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_behind_a_cue_is_a_credit() {
        let credits = |line| {
            let mut document = Document::of_lines(&[("Photo:", Class::Caption), (line, Class::Caption)]);
            document.paths.push(Default::default());
            caption_line(&document, 1).1
        };
        assert!(credits("Ann Bell/Herald"));
        assert!(!credits("The bridge at dawn, seen from the old mill"));
    }

    #[test]
    fn a_button_is_no_caption() {
        for line in ["Read more", "Anzeige:", "Loading...", "→ Lire aussi", "Pin", "Photo:"] {
            assert!(is_button(line), "{line}");
        }
        for line in ["The pin", "Photo: Ann Bell", "Related by marriage", "Bild 2", "…"] {
            assert!(!is_button(line), "{line}");
        }
        assert!(is_cue("Photo: ") && !is_cue("Photo") && !is_cue("Photo: Ann Bell") && !is_cue("Read more:"));
    }
}
