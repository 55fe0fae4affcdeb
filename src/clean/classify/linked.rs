//! Headings that are links and head a part of the text all the same: anchors to the part itself, and names of what the part is about,
//! each leading to that.
//!
//! What holds: a heading that leads to another page of the site is none, since it may be another article's; linear in the page's blocks.

use super::body::is_heading;
use super::refine::{LINKED_FURNITURE, taken};
use super::view::View;
use crate::clean::block::BlockKind;
use crate::clean::html::Tag;
use crate::clean::sites::site;
use crate::clean::tree;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use url::Url;

/// An element that holds so many paragraphs of the text holds the text, and not a teaser.
const PARAGRAPHS_MIN: usize = 3;
/// A heading's or paragraph's own element is among the innermost so many around its words.
const OWN_LEVELS: usize = 4;

/// So many headings of one level that lead to other sites name what a list is of; one or two may be adverts.
const NAMES_MIN: usize = 3;

/// What of the text stands right in each element.
#[derive(Default)]
pub(super) struct Parts {
    paragraphs: FxHashMap<u32, usize>,
    /// Headings that lead to other sites, by their level.
    names: FxHashMap<(u32, BlockKind), usize>,
    /// The page's own host.
    own: Option<String>,
}

impl Parts {
    pub(super) fn of(view: &View<'_>, chosen: &[bool]) -> Parts {
        let mut parts = Parts::default();
        let may_name = |i: &usize| is_heading(view, *i) && view.links[*i] > LINKED_FURNITURE;
        let headings: Vec<usize> = (0..chosen.len()).filter(may_name).collect();
        // On most pages there are few.
        if headings.len() < NAMES_MIN {
            return parts;
        }
        parts.own = view.document.meta.address.as_deref().and_then(host);
        for element in taken(chosen).filter_map(|i| paragraphs(view, i)) {
            *parts.paragraphs.entry(element).or_default() += 1;
        }
        for i in headings {
            let element = heads(view, i).filter(|element| parts.holds_text(*element));
            if let Some(element) = element.filter(|_| parts.leads_elsewhere(view, i)) {
                *parts.names.entry((element, view.document.blocks[i].kind)).or_default() += 1;
            }
        }
        parts
    }

    fn holds_text(&self, element: u32) -> bool {
        self.paragraphs.get(&element).is_some_and(|held| *held >= PARAGRAPHS_MIN)
    }

    /// Whether a heading that is a link heads the text behind it.
    pub(super) fn has_head(&self, view: &View<'_>, chosen: &[bool], i: usize) -> bool {
        let is_above = chosen.get(i + 1).is_some_and(|next| *next);
        // A note's number, a form to sign up in.
        let names_nothing = || !view.document.text_of(i).contains(char::is_alphabetic) || view.lexicon[i].account > 0;
        if !is_heading(view, i) || !is_above || names_nothing() {
            return false;
        }
        // `#` alone is a button's.
        let part = view.document.target_of(i).and_then(|target| target.trim().strip_prefix('#'));
        if part.is_some_and(|part| !part.is_empty()) {
            return true;
        }
        let Some(element) = heads(view, i).filter(|element| paragraphs(view, i + 1) == Some(*element)) else {
            return false;
        };
        let names = self.names.get(&(element, view.document.blocks[i].kind));
        names.is_some_and(|names| *names >= NAMES_MIN) && self.leads_elsewhere(view, i)
    }

    /// Whether a block's link leads to another site than the page's.
    fn leads_elsewhere(&self, view: &View<'_>, i: usize) -> bool {
        let Some(target) = view.document.target_of(i).map(str::trim) else { return false };
        let absolute =
            if target.starts_with("//") { Cow::Owned(format!("https:{target}")) } else { Cow::Borrowed(target) };
        self.own.as_deref().zip(host(&absolute)).is_some_and(|(own, other)| site(own) != site(&other))
    }
}

/// The element that a heading stands in.
fn heads(view: &View<'_>, i: usize) -> Option<u32> {
    around(view, i, |tag| matches!(tag, Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6))
}

/// The element that a paragraph stands in.
fn paragraphs(view: &View<'_>, i: usize) -> Option<u32> {
    let is_text = view.document.blocks[i].kind == BlockKind::Paragraph && view.links[i] < LINKED_FURNITURE;
    if is_text { around(view, i, |tag| tag == Tag::P) } else { None }
}

/// What encloses the block's own element, of such a tag.
fn around(view: &View<'_>, i: usize, is_own: impl Fn(Tag) -> bool) -> Option<u32> {
    let paths = &view.document.paths;
    let mut near = tree::ancestors(view.document, view.document.blocks[i].path).take(OWN_LEVELS);
    near.find(|path| is_own(paths[*path as usize].tag)).map(|path| paths[path as usize].parent)
}

/// The host of an absolute address.
fn host(url: &str) -> Option<String> {
    Url::parse(url).ok()?.domain().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::{body, refine};
    use super::*;
    use crate::clean::{CleanLimits, html};

    /// Whether each heading of this markup is chosen in a text, given what the trees say of it.
    #[track_caller]
    fn check(heading: &str, expected: bool) {
        let paragraph = format!("<p>{}</p>", "word ".repeat(40));
        let part = format!("{heading}{paragraph}");
        check_parts(&format!("<div>{paragraph}{}</div>", part.repeat(3)), 3, expected);
    }

    #[track_caller]
    fn check_parts(parts: &str, headings: usize, expected: bool) {
        let markup = format!("<h1>A bridge</h1>{parts}");
        let (mut document, gathered) = html::read(&markup, &CleanLimits { depth_max: 100, blocks_max: 100 });
        document.meta.address = Some("https://www.herald.example/bridge".to_owned());
        let view = View::new(&document, &gathered);
        let is_linked = |i: usize| i > 0 && is_heading(&view, i);
        let score = |i| {
            if i == 0 {
                0.0
            } else if is_linked(i) {
                0.2
            } else {
                0.9
            }
        };
        let scores: Vec<f32> = (0..document.blocks.len()).map(score).collect();
        let chosen = refine::refine(&view, &scores, &body::select(&view, &scores)).chosen;
        let heads: Vec<bool> = (0..chosen.len()).filter(|i| is_linked(*i)).map(|i| chosen[i]).collect();
        assert_eq!(heads, vec![expected; headings], "{parts}");
    }

    #[test]
    fn a_heading_that_is_a_link_may_head_the_text() {
        check("<h3><a href='https://mill.example/'>The mill by the weir</a></h3>", true);
        check("<h2><span><a href='//mill.example/'>The mill by the weir</a></span></h2>", true);
        check("<h2><a href='#mill'>The mill by the weir</a></h2>", true);
        check("<h2><a href='#'>The mill by the weir</a></h2>", false);
        check("<h3><a href='/mill'>The mill by the weir</a></h3>", false);
        check("<h3><a href='https://herald.example/mill'>The mill by the weir</a></h3>", false);
        check("<h3><a href='https://shop.herald.example/mill'>The mill by the weir</a></h3>", false);
        check("<h3><a href='https://mill.example/'>Share on Facebook</a></h3>", false);
        check("<h3><a href='#mill'>(</a></h3>", false);
        check("<h3><a href='#note-1'>1</a></h3>", false);
        check("<h3><a href='#form'>Sign up for the newsletter</a></h3>", false);
        check("<div><h3><a href='https://mill.example/'>The mill by the weir</a></h3></div>", false);
    }

    #[test]
    fn a_heading_that_leads_elsewhere_names_one_of_several() {
        let paragraph = format!("<p>{}</p>", "word ".repeat(40));
        let name = format!("<h3><a href='https://mill.example/'>The mill by the weir</a></h3>{paragraph}");
        check_parts(&format!("<div>{paragraph}{}</div>", name.repeat(2)), 2, false);
        check_parts(&format!("<div>{paragraph}{}</div>", name.repeat(3)), 3, true);
        let own = format!("<h3><a href='/mill'>The mill by the weir</a></h3>{paragraph}");
        check_parts(&format!("<div>{paragraph}{}{own}</div>", name.repeat(2)), 3, false);
        let teaser = format!("<div>{name}</div>");
        check_parts(&format!("<div>{}{}</div>", paragraph.repeat(3), teaser.repeat(3)), 3, false);
        let part = "<h2><a href='#mill'>The mill by the weir</a></h2>";
        check_parts(&format!("<div>{paragraph}<section>{part}</section>{paragraph}</div>"), 1, true);
    }
}
