//! Articles of an HTML page: its body blocks make one article, or several where each stands in an `article` element of its
//! own; cards beside them are teasers.

use super::cards::{absolute, date_line, date_shown, is_list, is_list_of_articles, sells_goods, teasers};
use super::description::{description, is_notice, is_of, is_slogan, says_more};
use super::draft::{BodyBlock, BodyBlockKind, Draft, Kind};
use super::{body_block, copies, live, name_main, new_draft};
use crate::clean::block::PathId;
use crate::clean::captions::{caption_line, is_caption};
use crate::clean::letters::{compact, is_invisible, seams, words_of};
use crate::clean::text::date;
use crate::clean::tree::enclosing_articles;
use crate::clean::{BlockKind, Class, Document, folded_words, image};
use crate::page::Page;
use rustc_hash::{FxHashMap, FxHashSet};
use url::Url;

/// An `article` element holds an article of its own from so many words on; less is a card.
const OWN_WORDS_MIN: f32 = 60.0;
/// A page holds an article of its own from this score on: where out of fold articles and other pages are told apart best.
pub(crate) const ARTICLE_AT: f32 = 0.4;
/// From this score on its text is published, as [`Kind::Secondary`] below the other: out of fold, ninety-nine of a hundred articles
/// and half of the other pages are above.
pub(crate) const SECONDARY_AT: f32 = 0.02;
/// A shorter line with a date in it is no standfirst, bytes.
const DATED_BYTES: usize = 80;
/// A word with another element's glued to it has so many characters.
const GLUED_CHARS: usize = 5;
/// Before so many words of the text a heading that says the headline is the headline.
const BEGUN_WORDS: f32 = 60.0;
/// Captions this far outside of the body's first and last block still belong to it.
const CAPTION_BLOCKS: usize = 6;

/// Finds the articles, in page order.
pub(super) fn articles(page: &Page, document: &Document) -> Vec<Draft> {
    let live = live::entries(page, document);
    let is_free = |i: &usize| document.blocks[*i].class == Class::Body && !live.hold(*i);
    let body = copies::without(document, (0..document.blocks.len()).filter(is_free).collect());
    let mut drafts: Vec<(usize, Draft)> = Vec::new();
    let is_live = !live.drafts.is_empty();
    let groups = if is_live { Vec::new() } else { groups(document, &body) };
    // Data that names entries says what the page is.
    let own = if is_live { Some(Kind::Article) } else { own(document, groups.len()) };
    if groups.len() > 1 {
        drafts.extend(groups.iter().filter_map(|g| Some((g.1[0], whole(page, document, Some(g.0), &g.1)?))));
    } else if own.is_some()
        && let Some(first) = body.first()
    {
        drafts.extend(whole(page, document, None, &body).map(|d| (*first, d)));
    }
    if is_live && drafts.is_empty() {
        drafts.extend(live_head(page, document).map(|draft| (0, draft)));
    }
    let keeps_body = own.is_some() || groups.len() > 1;
    drafts.extend(teasers(page, document, keeps_body).into_iter().filter(|(at, _)| !live.hold(*at)));
    drafts.extend(live.drafts);
    drafts.sort_by_key(|(at, _)| *at);
    let mut drafts: Vec<Draft> = drafts.into_iter().map(|(_, d)| d).collect();
    if let Some(kind) = own {
        name_main(document, &mut drafts, kind);
    }
    if is_live {
        let main = drafts.iter().position(|d| matches!(d.kind, Kind::Article | Kind::Secondary));
        drafts.iter_mut().filter(|d| d.kind == Kind::LiveBlogEntry).for_each(|d| d.parent = main);
    }
    drafts
}

/// The article of a live blog that has no text but its entries': what it says of itself.
fn live_head(page: &Page, document: &Document) -> Option<Draft> {
    let mut draft = new_draft(page, document, Kind::Secondary, "blocks");
    draft.headline = Some(document.meta.headline.clone()?);
    draft.section = document.meta.section.clone();
    draft.images = document.meta.images.clone();
    draft.confidence = document.body_score;
    draft.body = document.meta.description.as_deref().map(BodyBlock::paragraph).into_iter().collect();
    Some(draft)
}

/// What the page's own text is: its article, or [`Kind::Secondary`] where the page may be of another kind, unless it sells goods,
/// holds several articles or lists them.
fn own(document: &Document, groups: usize) -> Option<Kind> {
    let score = document.article_score;
    if groups < 2 && is_list_of_articles(document) {
        return None;
    }
    if score >= ARTICLE_AT {
        return Some(Kind::Article);
    }
    let may = score >= SECONDARY_AT && groups < 2;
    (may && !sells_goods(document) && !is_list(document)).then_some(Kind::Secondary)
}

/// Body blocks by the `article` element around them, if at least two of these hold a whole article with a heading. Elements
/// within elements: the outermost level at which there are several.
fn groups(document: &Document, body: &[usize]) -> Vec<(PathId, Vec<usize>)> {
    for outermost in [true, false] {
        let mut groups: Vec<(PathId, Vec<usize>)> = Vec::new();
        let mut index: FxHashMap<PathId, usize> = FxHashMap::default();
        for &i in body {
            let mut around = enclosing_articles(document, document.blocks[i].path);
            let Some(element) = (if outermost { around.last() } else { around.next() }) else { continue };
            let at = *index.entry(element).or_insert_with(|| {
                groups.push((element, Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(i);
        }
        let grouped: usize = groups.iter().map(|g| g.1.len()).sum();
        groups.retain(|(element, blocks)| {
            has_words(document, blocks, OWN_WORDS_MIN) && stands_alone(document, *element, blocks[0])
        });
        let kept: usize = groups.iter().map(|g| g.1.len()).sum();
        // Text outside of such elements speaks for one article that embeds others.
        if groups.len() > 1 && kept * 5 >= grouped * 4 && kept * 5 >= body.len() * 4 {
            return groups;
        }
    }
    Vec::new()
}

fn has_words(document: &Document, blocks: &[usize], min: f32) -> bool {
    blocks.iter().map(|i| document.blocks[*i].counts.words).sum::<f32>() >= min
}

/// Whether an `article` element could be taken away and read by itself: it has a heading, which leads to a page of its own, is
/// the page's headline, or a date or byline by its head. Sections of one article have none of these.
fn stands_alone(document: &Document, element: PathId, first: usize) -> bool {
    let Some(head) = heading(document, element, first) else { return false };
    let own_page = document.target_of(head).is_some_and(|target| !target.trim_start().starts_with('#'));
    let signed =
        |i: usize| matches!(document.blocks[i].class, Class::Date | Class::Byline) || date_line(document, i).is_some();
    own_page
        || is_headline(document, head)
        || around(document, head).filter(|i| is_inside(document, element, *i)).any(signed)
}

fn is_headline(document: &Document, head: usize) -> bool {
    document.blocks[head].class == Class::Headline || document.meta.headline.as_deref() == Some(document.text_of(head))
}

/// The blocks about a heading in which date and byline stand.
fn around(document: &Document, head: usize) -> std::ops::Range<usize> {
    head.saturating_sub(3)..(head + 8).min(document.blocks.len())
}

fn is_inside(document: &Document, element: PathId, i: usize) -> bool {
    enclosing_articles(document, document.blocks[i].path).any(|e| e == element)
}

/// The heading of an `article` element: the first one at or before its first body block.
fn heading(document: &Document, element: PathId, first: usize) -> Option<usize> {
    let from = first.saturating_sub(12);
    (from..=first)
        .filter(|i| is_inside(document, element, *i))
        .find(|i| matches!(document.blocks[*i].kind, BlockKind::Heading(1..=3)))
}

/// A whole article of these blocks; of one `article` element among several, or of the page.
fn whole(page: &Page, document: &Document, element: Option<PathId>, blocks: &[usize]) -> Option<Draft> {
    let (first, last) = (*blocks.first()?, *blocks.last()?);
    let mut draft = new_draft(page, document, Kind::Secondary, "blocks");
    let from = first.saturating_sub(CAPTION_BLOCKS);
    let range = from..(last + CAPTION_BLOCKS).min(document.blocks.len());
    let inside =
        |i: usize| element.is_none_or(|e| enclosing_articles(document, document.blocks[i].path).any(|x| x == e));
    let of = |class: Class| range.clone().filter(move |i| document.blocks[*i].class == class && inside(*i));
    let head = element.and_then(|e| heading(document, e, first));
    // What the page declares is of the article under its headline.
    match head.filter(|head| !is_headline(document, *head)) {
        Some(head) => {
            draft.headline = Some(document.text_of(head).to_owned());
            let base = page.url.as_deref().and_then(|u| Url::parse(u).ok());
            draft.article_url = document.target_of(head).and_then(|target| absolute(base.as_ref(), target));
            draft.date_published = around(document, head).filter(|i| inside(*i)).find_map(|i| date_shown(document, i));
        }
        None => declare(document, &mut draft, first, of),
    }
    // A caption stands once; the same one comes again where a page has a layout for wide and one for narrow screens.
    let mut seen = FxHashSet::default();
    let captions: Vec<usize> =
        of(Class::Caption).filter(|i| is_caption(document, *i) && seen.insert(document.text_of(*i))).collect();
    image::complete(&mut draft.images, image::collect(captions.iter().map(|i| caption_line(document, *i))));
    draft.body = body(document, blocks, captions.into_iter(), draft.headline.as_deref(), head);
    draft.confidence = document.body_score;
    draft.body.iter().any(|block| words_of(&block.text) > 0).then_some(draft)
}

/// Gives the article under the page's headline, whose text begins at block `first`, what the page declares, and what stands around that
/// headline: its blocks `of` a class.
fn declare<I>(document: &Document, draft: &mut Draft, first: usize, of: impl Fn(Class) -> I)
where
    I: Iterator<Item = usize> + Clone,
{
    let meta = &document.meta;
    let headline = document.blocks.iter().position(|b| b.class == Class::Headline);
    draft.headline = meta.headline.clone().or_else(|| headline.map(|i| document.text_of(i).to_owned()));
    draft.alternative_headline = meta.alternative_headline.clone();
    let kicker = || of(Class::Kicker).map(|i| kicker_of(document, i)).find(|kicker| !is_dated(kicker));
    draft.section = meta.section.clone().or_else(|| kicker().map(str::to_owned));
    let own = draft.headline.as_deref().map(compact);
    let adds = |text: &str| own.as_ref().is_none_or(|headline| says_more(text, headline));
    let declared =
        meta.description.as_deref().filter(|text| adds(text) && !is_slogan(document, text, draft.headline.as_deref()));
    let mut known: FxHashSet<String> = draft.headline.as_deref().into_iter().flat_map(folded_words).collect();
    // What a site declares of itself under each of its pages tells nothing of a line.
    let tells = declared.is_some_and(|text| is_of(text, &known));
    known.extend(declared.into_iter().flat_map(folded_words));
    // Where a page has a title for search engines, the one that it shows may look like a standfirst.
    let is_title = |text: &str| declared.is_some() && meta.titles.contains(&compact(text));
    let says = |text: &str| {
        !is_dated(text) && !is_notice(text) && adds(text) && !is_title(text) && (!tells || is_of(text, &known))
    };
    let standfirsts = of(Class::Standfirst).map(|i| (i, document.text_of(i))).filter(|(_, text)| says(text));
    draft.description = description(standfirsts, headline.unwrap_or(0)..first, declared).map(str::to_owned);
    draft.date_published = meta.date_published.clone();
    draft.images = meta.images.clone();
}

/// A kicker up to where words of the next element were glued to it, by the elements of its line, or where its part stands alone
/// elsewhere; a name like `LinkedIn` is one word.
fn kicker_of(document: &Document, i: usize) -> &str {
    let (line, block) = (document.text_of(i), &document.blocks[i]);
    let is_long = |part: &str| part.rsplit(' ').next().is_some_and(|word| word.chars().count() >= GLUED_CHARS);
    let is_mixed = (1..block.end - block.start).contains(&block.link_bytes);
    let stands_alone = |part: &str| (0..document.blocks.len()).any(|other| document.text_of(other) == part);
    let is_seam = |at: usize| {
        let of_words = || line[at..].contains(' ') && (is_mixed || stands_alone(&line[..at]));
        document.seams_of(i).any(|seam| seam == at) || of_words()
    };
    seams(line).find(|at| is_long(&line[..*at]) && is_seam(*at)).map_or(line, |at| &line[..at])
}

/// Whether a line under a headline says when rather than what.
fn is_dated(line: &str) -> bool {
    line.len() < DATED_BYTES && date::find(line).is_some()
}

/// The blocks in page order with the captions among them, without the headline.
fn body(
    document: &Document,
    blocks: &[usize],
    captions: impl Iterator<Item = usize>,
    headline: Option<&str>,
    head: Option<usize>,
) -> Vec<BodyBlock> {
    let mut order: Vec<usize> = blocks.iter().copied().chain(captions).filter(|i| Some(*i) != head).collect();
    order.sort_unstable();
    if let Some(headline) = headline {
        drop_headline(document, &mut order, headline);
    }
    let blocks = order.into_iter().map(|i| body_block(document, i));
    // Some editors write an empty line as a paragraph of one invisible letter.
    let mut body: Vec<BodyBlock> = blocks.filter(|block| !is_invisible(&block.text)).collect();
    let last = body.iter().rposition(|b| b.kind != BodyBlockKind::Heading && b.kind != BodyBlockKind::Caption);
    // A heading with nothing under it heads something that is not there. Where the page's body ends, its blocks' classes have
    // seen to that; not where one of several articles ends.
    let mut at = 0;
    body.retain(|b| {
        at += 1;
        head.is_none() || b.kind != BodyBlockKind::Heading || last.is_some_and(|l| at - 1 <= l)
    });
    body
}

/// Drops the headline before the text, and headings that say it again where the text has only begun, such as one for narrow screens. Further down it may head a
/// part of the article, as a recipe's name does.
fn drop_headline(document: &Document, order: &mut Vec<usize>, headline: &str) {
    if order.first().is_some_and(|first| document.text_of(*first) == headline) {
        order.remove(0);
    }
    let mut words = 0.0;
    order.retain(|i| {
        let block = &document.blocks[*i];
        let is_again = words < BEGUN_WORDS
            && matches!(block.kind, BlockKind::Heading(_))
            && document.text_of(*i).trim() == headline.trim();
        words += block.counts.words;
        !is_again
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kicker_is_one_elements() {
        let kicker = |line: &str, link_bytes: u32, other: &str, seams: &[u32]| {
            let mut document = Document::of_lines(&[(line, Class::Kicker), (other, Class::Kicker)]);
            document.blocks[0].link_bytes = link_bytes;
            document.seams = seams.to_vec();
            kicker_of(&document, 0).to_owned()
        };
        let line = "PoliticsThe Valley";
        assert_eq!(kicker(line, 10, "Sport", &[]), "Politics", "one element is a link");
        assert_eq!(kicker(line, 0, "Politics", &[]), "Politics", "in a menu");
        assert_eq!(kicker(line, 0, "Politics and more", &[]), line);
        assert_eq!(kicker(line, 18, "Sport", &[]), line, "all of it is one link");
        assert_eq!(kicker(line, 0, "Sport", &[8]), "Politics", "an element begins there");
        assert_eq!(kicker("PoliticsValley", 0, "Sport", &[8]), "Politics");
        assert_eq!(kicker("PoliticsValley", 10, "Sport", &[4]), "PoliticsValley");
        for name in ["Local News", "YouTube Stars", "LinkedIn News", "BusinessWeek Europe"] {
            assert_eq!(kicker(name, 0, "You", &[]), name);
        }
    }

    #[test]
    fn a_title_that_the_page_shows_is_no_standfirst() {
        let lines =
            [("Bridge opens", Class::Headline), ("Old crossing is back", Class::Standfirst), ("Text.", Class::Body)];
        let mut document = Document::of_lines(&lines);
        let description = |document: &Document| {
            whole(&Page::of_html("https://herald.example/7", ""), document, None, &[2]).expect("an article").description
        };
        assert_eq!(description(&document).as_deref(), Some("Old crossing is back"));
        document.meta.titles = vec!["oldcrossingisback".to_owned()];
        assert_eq!(description(&document).as_deref(), Some("Old crossing is back"), "nothing else is declared");
        document.meta.description = Some("All may walk over it.".to_owned());
        assert_eq!(description(&document).as_deref(), Some("All may walk over it."));
    }

    #[test]
    fn an_empty_line_of_an_editor_is_no_text() {
        let texts = |body| -> Vec<String> {
            let lines = [("Old bridge opens", Class::Headline), ("Text.", Class::Body), (body, Class::Body)];
            let page = Page::of_html("https://herald.example/7", "");
            let article = whole(&page, &Document::of_lines(&lines), None, &[1, 2]).expect("an article");
            article.body.into_iter().map(|block| block.text).collect()
        };
        assert_eq!(texts("\u{200d}"), ["Text."]);
        assert_eq!(texts("\u{200d} \u{200d}"), ["Text."]);
        assert_eq!(texts("…"), ["Text.", "…"]);
        assert_eq!(texts("\u{200d}Mill"), ["Text.", "\u{200d}Mill"]);
    }

    #[test]
    fn a_heading_that_says_the_headline_again_is_no_text() {
        let lines = [
            (BlockKind::Paragraph, "The valley waits.", 3.0),
            (BlockKind::Heading(2), "A bridge", 2.0),
            (BlockKind::Paragraph, "A bridge", 60.0),
            (BlockKind::Heading(3), "A bridge", 2.0),
        ];
        let mut document = Document::of_lines(&lines.map(|(_, line, _)| (line, Class::Body)));
        for (block, (kind, _, words)) in document.blocks.iter_mut().zip(lines) {
            block.kind = kind;
            block.counts.words = words;
        }
        let mut order = vec![0, 1, 2, 3];
        drop_headline(&document, &mut order, "A bridge");
        assert_eq!(order, [0, 2, 3]);
        drop_headline(&document, &mut order, "A mill");
        assert_eq!(order, [0, 2, 3]);
    }
}
