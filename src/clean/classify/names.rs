//! The features of blocks in words, in the features' order.
//!
//! What holds: one name for each feature; a test counts them, and looks some up by their value.

use super::cues::{CUES, Cue};
use super::features::{FIRST, SECOND, SHARES, TAGS};
use crate::clean::why::{Name, Show};

const KINDS: &[&str] =
    &["paragraph", "list item", "quote", "code", "table", "caption", "h1", "h2", "h3", "h4", "h5", "h6"];
const KINSHIP: &[&str] = &["elsewhere", "sibling", "same element"];

/// The names of [`TAGS`].
const TAG_NAMES: [&str; TAGS.len()] = {
    let mut names = [""; TAGS.len()];
    let mut i = 0;
    while i < TAGS.len() {
        names[i] = TAGS[i].name();
        i += 1;
    }
    names
};

const OWN: [(&str, Show); 22] = [
    ("words", Show::Number),
    ("ends of sentences", Show::Number),
    ("commas per word", Show::Number),
    ("digits among its characters", Show::Share),
    ("capital letters among its characters", Show::Share),
    ("words with a capital", Show::Share),
    ("separators like | or ·", Show::Number),
    ("quotation marks", Show::Number),
    ("ends like a sentence", Show::Flag),
    ("has a © sign", Show::Flag),
    ("characters of scripts without spaces", Show::Share),
    ("text in links", Show::Share),
    ("blocks with this very text", Show::Number),
    ("words of the page's title in it", Show::Share),
    ("its words in the page's title", Show::Share),
    ("markup", Show::OneOf(KINDS)),
    ("its words in the structured data's article", Show::Share),
    ("right after a picture", Show::Flag),
    ("words of accounts and consent", Show::Number),
    ("words of picture credits", Show::Number),
    ("words of adverts", Show::Number),
    ("words of share bars, menus and imprints", Show::Number),
];

const PLACE: [(&str, Show); 28] = [
    ("element", Show::OneOf(&TAG_NAMES)),
    ("element around it", Show::OneOf(&TAG_NAMES)),
    ("depth", Show::Number),
    ("in an article element", Show::Flag),
    ("in a main element", Show::Flag),
    ("in an aside element", Show::Flag),
    ("in a nav element", Show::Flag),
    ("in a footer element", Show::Flag),
    ("in a form", Show::Flag),
    ("in a figure", Show::Flag),
    ("in a section element", Show::Flag),
    ("hidden", Show::Flag),
    ("in another article element than the headline", Show::Flag),
    ("blocks since the headline", Show::Number),
    ("place on the page", Show::Share),
    ("blocks before it", Show::Number),
    ("blocks from it to the end", Show::Number),
    ("page's words before it", Show::Share),
    ("words on the page", Show::Number),
    ("words of prose on the page", Show::Number),
    ("prose among the page's words", Show::Share),
    ("words in links on the page", Show::Share),
    ("blocks on the page", Show::Number),
    ("words per block on the page", Show::Number),
    ("page has an article element", Show::Flag),
    ("page's prose in p elements", Show::Share),
    ("page's characters of scripts without spaces", Show::Share),
    ("page's prose before it", Show::Share),
];

const MAIN: [(&str, Show); 9] = [
    ("how far above the main text the element around both is", Show::Number),
    ("how far below the element around both it is", Show::Number),
    ("in the same tags as the main text", Show::Flag),
    ("blocks since the main text's first", Show::Number),
    ("blocks to the main text's last", Show::Number),
    ("blocks to the next one of the main text", Show::Number),
    ("page's prose in the element around it and the main text", Show::Share),
    ("words in links there", Show::Share),
    ("page's prose in the main text", Show::Share),
];

const SINCE_HEADLINE: [(&str, Show); 6] = [
    ("headings since the headline", Show::Number),
    ("bylines and dates since the headline", Show::Number),
    ("blocks like the headline since it", Show::Number),
    ("furniture since the headline", Show::Number),
    ("page has a headline", Show::Flag),
    ("its words in the page's description", Show::Share),
];

const SECOND_REST: [(&str, Show); 19] = [
    ("score of blocks with the same tags and classes", Show::Share),
    ("score of blocks in the same tags", Show::Share),
    ("how far above the body the element around both is", Show::Number),
    ("how far below the element around it and the body it is", Show::Number),
    ("score of others in the element around it and the body", Show::Share),
    ("page's weight in the element around it and the body", Show::Share),
    ("sure body before it", Show::Share),
    ("sure body from it on", Show::Share),
    ("words of sure body on the page", Show::Number),
    ("sure body among the page's words", Show::Share),
    ("blocks since the last sure body", Show::Number),
    ("blocks to the next sure body", Show::Number),
    ("blocks since the first sure body", Show::Number),
    ("blocks to the last sure body", Show::Number),
    ("blocks of sure body on the page", Show::Number),
    ("sure body among the blocks from its first to its last", Show::Share),
    ("words in doubt on the page", Show::Share),
    ("score of what stands under it", Show::Share),
    ("best score of a block with this very text", Show::Share),
];

fn fixed(list: &[(&str, Show)]) -> impl Iterator<Item = Name> {
    list.iter().map(|(words, show)| Name::new(*words, *show)).collect::<Vec<_>>().into_iter()
}

/// Names of the first pass's features and, behind them, the second's.
pub(super) fn blocks() -> Vec<Name> {
    let mut names = Vec::with_capacity(FIRST + SECOND);
    names.extend(fixed(&OWN));
    names.extend(fixed(&PLACE));
    for up in 1..=4 {
        names.push(Name::new(format!("page's prose in the element {up} up"), Show::Share));
        names.push(Name::new(format!("words in links in the element {up} up"), Show::Share));
        names.push(Name::new(format!("words per block in the element {up} up"), Show::Number));
    }
    for group in ["blocks with the same tags and classes", "blocks in the same tags"] {
        names.push(Name::new(group, Show::Number));
        names.push(Name::new(format!("page's prose in {group}"), Show::Share));
        names.push(Name::new(format!("prose among words of {group}"), Show::Share));
        names.push(Name::new(format!("words in links in {group}"), Show::Share));
        names.push(Name::new(format!("words in each of {group}"), Show::Number));
        names.push(Name::new(format!("page's words in {group}"), Show::Share));
    }
    names.extend(fixed(&MAIN));
    for side in ["before", "after"] {
        names.push(Name::new(format!("words of the block {side}"), Show::Number));
        names.push(Name::new(format!("text in links in the block {side}"), Show::Share));
        names.push(Name::new(format!("markup of the block {side}"), Show::OneOf(KINDS)));
        names.push(Name::new(format!("block {side} ends like a sentence"), Show::Flag));
        names.push(Name::new(format!("block {side} stands"), Show::OneOf(KINSHIP)));
        names.push(Name::new(format!("block {side} has the same tags and classes"), Show::Flag));
    }
    for span in [3, 8, 24] {
        names.push(Name::new(format!("text in links in {span} blocks before"), Show::Share));
        names.push(Name::new(format!("words per block in {span} blocks after"), Show::Number));
        names.push(Name::new(format!("text in links in {span} blocks after"), Show::Share));
    }
    names.extend(CUE_WORDS.map(|(_, cue)| Name::new(format!("class says {cue}"), Show::Up)));
    names.extend(SHARES.map(|cue| Name::new(format!("page's prose where the class says {}", words(cue)), Show::Share)));
    names.extend(fixed(&SINCE_HEADLINE));
    second(&mut names);
    names
}

fn second(names: &mut Vec<Name>) {
    for offset in -5i32..=5 {
        let words = match offset {
            0 => "score of the first look at it".to_owned(),
            -1 => "score of the block before".to_owned(),
            1 => "score of the block after".to_owned(),
            _ => format!("score {} blocks {}", offset.abs(), if offset < 0 { "before" } else { "after" }),
        };
        names.push(Name::new(words, Show::Share));
    }
    for span in [2, 5, 12, 30] {
        for side in ["before", "after"] {
            names.push(Name::new(format!("score of the {span} blocks {side}"), Show::Share));
        }
    }
    for up in 1..=4 {
        names.push(Name::new(format!("score of others in the element {up} up"), Show::Share));
    }
    names.extend(fixed(&SECOND_REST));
}

const PAGE: [(&str, Show); 56] = [
    ("words of prose in the body", Show::Number),
    ("words in the body", Show::Number),
    ("body among the page's words", Show::Share),
    ("prose among the body's words", Show::Share),
    ("words of the body's longest block", Show::Number),
    ("blocks in the body", Show::Number),
    ("words per block of the body", Show::Number),
    ("headings among the body's blocks", Show::Share),
    ("words in links in the body", Show::Share),
    ("ends of sentences per word of the body", Show::Number),
    ("body's blocks with quotation marks", Show::Share),
    ("body among the blocks from its first to its last", Show::Share),
    ("mean score of the body's blocks", Show::Share),
    ("body's blocks in lists", Show::Share),
    ("body's blocks in an article element", Show::Share),
    ("where the body starts", Show::Share),
    ("words on the page", Show::Number),
    ("blocks on the page", Show::Number),
    ("words in links on the page", Show::Share),
    ("prose among the page's words", Show::Share),
    ("h1 headings", Show::Number),
    ("h2 headings among the blocks", Show::Share),
    ("lower headings among the blocks", Show::Share),
    ("currency signs per block", Show::Number),
    ("blocks in the largest group of cards", Show::Share),
    ("words in doubt", Show::Share),
    ("words of the title in the headline", Show::Share),
    ("pictures per block", Show::Number),
    ("structured data says article", Show::Flag),
    ("structured data says product, list or service", Show::Flag),
    ("structured data says website", Show::Flag),
    ("og:type says product", Show::Flag),
    ("structured data says breadcrumbs", Show::Flag),
    ("has a date of publication", Show::Flag),
    ("has a date of change", Show::Flag),
    ("has authors", Show::Flag),
    ("has a byline", Show::Flag),
    ("shows a date", Show::Flag),
    ("has a section", Show::Flag),
    ("structured data has the article's text", Show::Flag),
    ("address is not known", Show::Flag),
    ("parts of the address", Show::Number),
    ("length of the address's last part", Show::Number),
    ("hyphens in the address's last part", Show::Number),
    ("digits in the address's last part", Show::Number),
    ("address has a year", Show::Flag),
    ("address has a word like news or blog", Show::Flag),
    ("address has a word like shop or category", Show::Flag),
    ("address ends in a word like shop or category", Show::Flag),
    ("address has a query", Show::Flag),
    ("links between headline and body", Show::Number),
    ("words of the headline", Show::Number),
    ("words of the headline that stand in the title", Show::Share),
    ("words of the title that stand in the headline", Show::Share),
    ("words of the address's last part that stand in the headline", Show::Share),
    ("words that the address's last part and the headline share", Show::Number),
];

/// Names of a page's features.
pub(super) fn page() -> Vec<Name> {
    let shares =
        super::page::SHARES.map(|cue| Name::new(format!("blocks where the class says {}", words(cue)), Show::Share));
    fixed(&PAGE).chain(shares).collect()
}

/// Cues in words, in the order of their numbers.
pub(super) const CUE_WORDS: [(Cue, &str); CUES] = [
    (Cue::ArticleBody, "article body"),
    (Cue::Article, "article"),
    (Cue::Content, "content"),
    (Cue::Text, "text"),
    (Cue::Headline, "headline"),
    (Cue::Kicker, "kicker"),
    (Cue::Standfirst, "standfirst"),
    (Cue::Byline, "byline"),
    (Cue::Date, "date"),
    (Cue::Caption, "caption"),
    (Cue::Comment, "comment"),
    (Cue::Related, "related"),
    (Cue::Teaser, "teaser"),
    (Cue::Navigation, "navigation"),
    (Cue::Footer, "footer"),
    (Cue::Header, "header"),
    (Cue::Sidebar, "sidebar"),
    (Cue::Share, "share bar"),
    (Cue::Advert, "advert"),
    (Cue::Consent, "consent or account"),
    (Cue::Newsletter, "newsletter"),
    (Cue::Tags, "tags"),
    (Cue::Hidden, "hidden"),
    (Cue::Gallery, "gallery"),
    (Cue::Product, "product"),
    (Cue::List, "list"),
    (Cue::Factbox, "fact box"),
    (Cue::Embed, "embed"),
    (Cue::Bio, "about the author"),
];

fn words(cue: Cue) -> &'static str {
    CUE_WORDS[cue as usize].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_one_name() {
        assert_eq!(blocks().len(), FIRST + SECOND);
        assert_eq!(page().len(), super::super::page::FEATURES);
        assert!(CUE_WORDS.iter().enumerate().all(|(i, (cue, _))| *cue as usize == i));
        for names in [blocks(), page()] {
            let mut words: Vec<String> = names.into_iter().map(|n| n.words).collect();
            words.sort();
            let doubled: Vec<_> = words.windows(2).filter(|w| w[0] == w[1]).collect();
            assert!(doubled.is_empty(), "{doubled:?}");
        }
    }
}
