//! Lines within the text that are told by their own words, however much they look like its paragraphs: heads of lists that were left
//! out, links to other articles behind a label, appeals to sign up, notices in place of what another site would show, credits under pictures.
//!
//! What holds: a line is asked only where its element, links or place speak against it too; together such lines are a small part of
//! the text, or stay; linear in the page's blocks.

use super::body::is_heading;
use super::phrases::{self, folded};
use super::refine::{LINKED_FURNITURE, is_caption, taken, way, words};
use super::view::View;
use crate::clean::block::BlockKind;
use crate::clean::image;
use crate::clean::text::{advert_line, cross_link_line, date};
use rustc_hash::FxHashMap;

/// What is left out by its words is at most this share of the text's: more is what the page is about.
const FOREIGN_WORDS_MAX: f32 = 0.2;
/// A head of a list of links has so many words at most.
const HEAD_WORDS_MAX: f32 = 10.0;
/// A label of a link stands within so many bytes,
const LABEL_BYTES_MAX: usize = 48;
/// the link behind it has so many at least,
const TITLE_BYTES_MIN: usize = 8;
/// and so many of what stands there may be outside of the link: marks, an arrow.
const UNLINKED_BYTES_MAX: usize = 6;
/// An appeal has so many words at most,
const APPEAL_WORDS_MAX: f32 = 36.0;
/// and a score below this,
const APPEAL_AT_MAX: f32 = 0.8;
/// or this where it may also be advice: `Subscribe to your airline's newsletter.`
const ADVICE_AT_MAX: f32 = 0.7;
/// A notice in place of a video has so many words at most.
const NOTICE_WORDS_MAX: f32 = 70.0;
/// A picture's words and its credit have so many words at most.
const CREDITED_WORDS_MAX: f32 = 45.0;

/// The text has begun with a block of so many words.
const BEGUN_WORDS: f32 = 14.0;
/// A line that says when has so many words at most,
const DATE_WORDS_MAX: f32 = 12.0;
/// and so many digits at least.
const DATE_DIGITS_MIN: u32 = 5;

/// Pictures' words that end or begin with a credit, right behind the picture: their elements say nothing of it.
pub(super) fn credited(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let is_credited = |i: &usize| {
        view.after_figure[*i]
            && is_line(view, *i)
            && !matches!(view.document.blocks[*i].kind, BlockKind::Heading(1..=4))
            && view.measures[*i].words <= CREDITED_WORDS_MAX
            && image::credit(view.document.text_of(*i))
                .is_some_and(|credit| credit.sure && image::is_name(credit.credit))
    };
    few(view, chosen, taken(chosen).filter(is_credited).collect())
}

/// Links to other articles behind a label: `Read also: Harbour fair draws crowds`.
pub(super) fn labelled(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    few(view, chosen, taken(chosen).filter(|i| is_labelled(view, *i)).collect())
}

fn is_labelled(view: &View<'_>, i: usize) -> bool {
    let block = &view.document.blocks[i];
    if block.link_bytes == 0 || matches!(block.kind, BlockKind::Table | BlockKind::Code | BlockKind::ListItem) {
        return false;
    }
    let line = view.document.text_of(i).trim_start_matches(|c: char| !c.is_alphanumeric());
    let head = &line[..line.floor_char_boundary(LABEL_BYTES_MAX)];
    let Some(at) = head.find([':', '|', '：', '»', '>']) else { return false };
    let title = line[at..].trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_linked = block.link_bytes as usize + UNLINKED_BYTES_MAX >= title.len();
    let (label, own) = (line[..at].trim(), folded(&line[..at]));
    let is_loud = || label.chars().all(|c| !c.is_lowercase()) && phrases::CAPITAL_LABELS.contains(&own);
    title.len() >= TITLE_BYTES_MIN && is_linked && (phrases::LABEL_LINES.contains(&own) || is_loud())
}

/// The line that says when the article was published or changed, before the text has begun. Among others that say how long, where and what
/// it is a fact; where there are others in elements alike, as in a chronicle, they head its parts.
pub(super) fn dates(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let begun = taken(chosen).position(|i| view.measures[i].words >= BEGUN_WORDS).unwrap_or(0);
    let lines: Vec<usize> = taken(chosen).take(begun).filter(|i| !is_heading(view, *i)).collect();
    let is_change = |i: usize| date::find(view.document.text_of(i)).is_some_and(|found| found.updated);
    let alike = |i: usize| taken(chosen).filter(move |other| *other != i && way(view, *other) == way(view, i));
    let is_own = |i: &usize| {
        view.document.blocks[*i].kind == BlockKind::Paragraph
            && is_date(view, *i)
            && (lines.len() == 1 || is_change(*i))
            && !alike(*i).any(|other| is_date(view, other))
    };
    lines.iter().copied().filter(is_own).collect()
}

/// Whether a block says when and nothing else.
pub(super) fn is_date(view: &View<'_>, i: usize) -> bool {
    let (line, measure) = (view.document.text_of(i), &view.measures[i]);
    measure.digits >= DATE_DIGITS_MIN
        && measure.words <= DATE_WORDS_MAX
        && matches!(view.document.blocks[i].kind, BlockKind::Paragraph | BlockKind::ListItem)
        && !line.contains('†')
        && date::find(line).is_some_and(|found| found.others == 0)
}

/// Appeals to sign up for what the publisher sends, each with its link; headings that are such.
pub(super) fn appeals(view: &View<'_>, scores: &[f32], chosen: &[bool]) -> Vec<usize> {
    let is_short = |i: &usize| scores[*i] < APPEAL_AT_MAX && view.measures[*i].words <= APPEAL_WORDS_MAX;
    let found: Vec<usize> = taken(chosen).filter(is_short).filter(|i| is_appeal(view, scores, *i)).collect();
    // An article about a newsletter speaks of it.
    let is_about = || view.headline_text().is_some_and(phrases::speaks_of_sent);
    if found.is_empty() || is_about() { Vec::new() } else { few(view, chosen, found) }
}

fn is_appeal(view: &View<'_>, scores: &[f32], i: usize) -> bool {
    let (block, line) = (&view.document.blocks[i], view.document.text_of(i));
    match block.kind {
        _ if !phrases::may_ask(view.hashes.of(i)) => false,
        BlockKind::Table | BlockKind::Code => false,
        BlockKind::Heading(_) => phrases::asks_for_ours(line) && phrases::begins_asking(line),
        _ if block.link_bytes == 0 => false,
        BlockKind::ListItem => phrases::asks_for_ours(line),
        _ => phrases::asks_for_ours(line) || scores[i] < ADVICE_AT_MAX && phrases::begins_asking(line),
    }
}

/// Notices in place of what another site would show, and what a page says in passing to its reader or to programs that read it aloud.
pub(super) fn notices(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    // Of each word for adverts once, which are few.
    let mut between: FxHashMap<u32, bool> = FxHashMap::default();
    let is_notice = |i: &usize| {
        let (line, words) = (view.document.text_of(*i), view.measures[*i].words);
        if !is_line(view, *i) || words > NOTICE_WORDS_MAX {
            return false;
        }
        // A heading may head a part about adverts in each of several.
        let may_be_advert = words <= HEAD_WORDS_MAX && view.repeats[*i] > 1 && !is_heading(view, *i);
        let is_advert = may_be_advert && advert_line(line);
        is_advert && *between.entry(view.text_number[*i]).or_insert_with(|| stands_between_adverts(view, *i))
            || phrases::is_notice(view.hashes.of(*i), line)
    };
    few(view, chosen, taken(chosen).filter(is_notice).collect())
}

/// Whether a word for adverts stands on the page again and again, and is no link. Once it may head a part of a page about adverts, whatever
/// menus say, and so it may where a table of contents leads to it.
fn stands_between_adverts(view: &View<'_>, i: usize) -> bool {
    let copies = || (0..view.links.len()).filter(|other| view.text_number[*other] == view.text_number[i]);
    let is_entry = |copy: usize| view.document.target_of(copy).is_some_and(|target| target.starts_with('#'));
    copies().filter(|copy| view.links[*copy] == 0.0).count() > 1 && !copies().any(is_entry)
}

/// Lines that head a list of links which was left out.
pub(super) fn heads_of_links(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let heads = |i: &usize| {
        let is_short = view.measures[*i].words <= HEAD_WORDS_MAX && is_line(view, *i);
        let mut behind = (*i + 1..chosen.len()).filter(|next| !is_caption(view, *next));
        let is_left = |next: usize| !chosen[next] && view.links[next] >= LINKED_FURNITURE;
        // Behind one link the part of the text may go on that a heading such as `More on tables` is for.
        is_short
            && behind.next().is_some_and(is_left)
            && match head(view.document.text_of(*i)) {
                Some(Head::Whole) => true,
                Some(Head::Named) => behind.next().is_none_or(|next| !chosen[next]),
                None => false,
            }
    };
    few(view, chosen, taken(chosen).filter(heads).collect())
}

/// A head of a list of links,
enum Head {
    /// and nothing else,
    Whole,
    /// or with a name or subject.
    Named,
}

fn head(line: &str) -> Option<Head> {
    let own = folded(line);
    // A single word, such as `Explore`, may head a part of the text.
    if phrases::HEAD_LINES.contains(&own) || own.contains(' ') && cross_link_line(line) {
        return Some(Head::Whole);
    }
    phrases::begins(&own, &phrases::HEAD_BEGINNINGS).then_some(Head::Named)
}

/// Whether a block is a paragraph, quotation or heading.
fn is_line(view: &View<'_>, i: usize) -> bool {
    is_heading(view, i) || matches!(view.document.blocks[i].kind, BlockKind::Paragraph | BlockKind::Quote)
}

/// These blocks, if they are a small part of the text.
fn few(view: &View<'_>, chosen: &[bool], found: Vec<usize>) -> Vec<usize> {
    // On most pages there are none.
    if found.is_empty() {
        return found;
    }
    let all: f32 = taken(chosen).map(|i| view.measures[i].words).sum();
    if words(view, &found) <= all * FOREIGN_WORDS_MAX { found } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::super::{body, refine};
    use super::*;
    use crate::clean::{CleanLimits, html};

    /// Whether `lines` are chosen between text of which the trees are sure, given what they say of each.
    #[track_caller]
    fn check(lines: &str, scores: &[f32], expected: &[bool]) {
        let text = format!("<p>{}</p>", "word ".repeat(100));
        let markup = format!("<h1>A bridge</h1>{text}{lines}{text}");
        let (document, gathered) = html::read(&markup, &CleanLimits { depth_max: 100, blocks_max: 100 });
        let view = View::new(&document, &gathered);
        let scores = [&[0.0, 0.9], scores, &[0.9]].concat();
        let chosen = refine::refine(&view, &scores, &body::select(&view, &scores)).chosen;
        assert_eq!(chosen[2..chosen.len() - 1], *expected, "{lines}");
    }

    #[track_caller]
    fn check_line(line: &str, expected: bool) {
        check(line, &[0.7], &[expected]);
    }

    #[test]
    fn a_day_above_the_text_is_no_text() {
        let text = "word ".repeat(30);
        // How many of a page's blocks are chosen, which are these lines with text between and behind them.
        let kept = |first: &str, second: &str| {
            let markup = format!("<h1>A bridge</h1>{first}<p>{text}</p>{second}<p>{text}</p>");
            let (document, gathered) = html::read(&markup, &CleanLimits { depth_max: 100, blocks_max: 100 });
            let view = View::new(&document, &gathered);
            let scores = [vec![0.0], vec![0.9; document.blocks.len() - 1]].concat();
            refine::refine(&view, &scores, &body::select(&view, &scores))
                .chosen
                .iter()
                .filter(|chosen| **chosen)
                .count()
        };
        for line in ["Last updated at 3:21 PM on 15th December 2011", "3 May 2024", "17 января 2012 г. (13:17)"]
        {
            assert_eq!(kept(&format!("<div>{line}</div>"), ""), 2, "{line}");
            assert_eq!(kept("", &format!("<div>{line}</div>")), 3, "{line}, within the text");
            assert_eq!(kept(&format!("<div>{line}</div>"), &format!("<div>{line}</div>")), 4, "{line}, of a chronicle");
            assert_eq!(kept(&format!("<h2>{line}</h2>"), ""), 3, "{line}, a heading");
        }
        assert_eq!(kept("<div>On 3 May 2024 the bridge was closed</div>", ""), 3);
    }

    #[test]
    fn a_link_behind_a_label_is_no_text() {
        for label in ["Read also:", "Читай также:", ">> Lea también |", "MORE:", "延伸閱讀："] {
            check(&format!("<p>{label} <a href=/2>Harbour fair draws crowds</a></p>"), &[0.95], &[false]);
        }
        for line in [
            // What the author reads, and what a label says without a link.
            "<p>Read: <a href=/2>Harbour fair draws crowds</a></p>",
            "<p>Read also: the harbour fair, which is told of elsewhere, and <a href=/2>its crowds</a></p>",
            "<p>Read also: Harbour fair draws crowds</p>",
            "<p>Price: <a href=/2>Harbour fair draws crowds</a></p>",
            "<p>MORE: <a href=/2>All</a></p>",
        ] {
            check(line, &[0.95], &[true]);
        }
    }

    #[test]
    fn an_appeal_to_sign_up_is_no_text() {
        let appeal = "<p>Please sign up for our daily newsletter, The Lenn, <a href=/2>here</a>.</p>";
        check_line(appeal, false);
        check(appeal, &[0.85], &[true]);
        let named = "<p>The Lenn is a weekly newsletter from the river. <a href=/2>Sign up here.</a></p>";
        check(named, &[0.6], &[false]);
        check(named, &[0.75], &[true]);
        check_line("<p>Jede Woche neu: Abonnieren Sie unseren <a href=/2>Newsletter</a>!</p>", false);
        for line in [
            "<p>Write at the end of the page: sign up for our daily newsletter.</p>",
            "<li>Subscribe to the <a href=/2>airline's newsletter</a> and hear of it first.</li>",
            "<p>The town asks those who live there to subscribe to <a href=/2>the department's newsletter</a>.</p>",
            "<h2>Sign up for a newsletter</h2>",
        ] {
            check_line(line, true);
        }
    }

    #[test]
    fn an_article_about_a_newsletter_speaks_of_it() {
        let text = format!("<p>{}</p>", "word ".repeat(100));
        let markup = format!(
            "<title>The Herald begins a newsletter</title><h1>The Herald begins a newsletter</h1>{text}\
             <p><a href=/2>Sign up</a> for our new newsletter.</p>{text}"
        );
        let (document, gathered) = html::read(&markup, &CleanLimits { depth_max: 100, blocks_max: 100 });
        let view = View::new(&document, &gathered);
        assert!(appeals(&view, &[0.7; 4], &[true; 4]).is_empty());
    }

    #[test]
    fn what_a_page_says_in_passing_is_no_text() {
        for line in [
            "<h2>Article content</h2>",
            "<p>Story continues below advertisement</p>",
            "<div>“Start Quote</div>",
            "<p>An dieser Stelle findest du einen externen Inhalt von Beispiel, der den Artikel ergänzt.</p>",
        ] {
            check_line(line, false);
        }
        check_line("<p>The story continues below the advertisement.</p>", true);
        let between = |around: &str| format!("<div>Reklama</div>{around}<div>Reklama</div>");
        check(&between("<p>Angler</p>"), &[0.6, 0.9, 0.6], &[false, true, false]);
        check("<h3>Reklama</h3><p>Angler</p><h3>Reklama</h3><p>Two</p>", &[0.6, 0.9, 0.6, 0.9], &[true; 4]);
        check("<h3>Reklama</h3><p>Angler</p>", &[0.1, 0.9], &[true, true]);
        let contents = "<li><a href=#r>Reklama</a></li>";
        check(&format!("{contents}<h3>Reklama</h3>"), &[0.0, 0.7], &[false, true]);
        check(&format!("{contents}{}", between("<p>Angler</p>")), &[0.0, 0.7, 0.9, 0.7], &[false, true, true, true]);
    }

    #[test]
    fn the_head_of_links_that_were_left_out_goes_too() {
        let links = "<p><a href=/2>Harbour fair draws crowds</a></p>";
        for head in ["<h3>Related articles</h3>", "<p>Lire aussi :</p>", "<h2>相关阅读</h2>"] {
            check(&format!("{head}{links}"), &[0.6, 0.1], &[false, false]);
            check(head, &[0.6], &[true]);
            check(&format!("{head}{links}"), &[0.6, 0.9], &[true, true]);
        }
        let part =
            |heading: &str| check(&format!("{heading}{links}<p>Two</p>"), &[0.6, 0.1, 0.9], &[true, false, true]);
        part("<h3>More on bridges</h3>");
        check(&format!("<h3>More on bridges</h3>{links}{links}"), &[0.6, 0.1, 0.1], &[false; 3]);
        part("<h3>Explore</h3>");
        check(&format!("<h3>Das könnte teuer werden</h3>{links}"), &[0.6, 0.1], &[true, false]);
        let caption = "<figure><img src=/2.jpg><figcaption>A fair</figcaption></figure>";
        check(&format!("<h3>Related articles</h3>{caption}<p>Two</p>"), &[0.6, 0.1, 0.9], &[true, false, true]);
    }

    #[test]
    fn words_with_a_credit_under_a_picture_are_its_caption() {
        let picture = "<div><img src=/pier.jpg width=600 height=400></div>";
        for line in [
            "<p>The pier at noon. Photo: Ann Bell</p>",
            "<p>© Ann Bell</p>",
            "<h6>Foto: picture alliance/Anna Braun</h6>",
        ] {
            check(&format!("{picture}{line}"), &[0.8], &[false]);
            check(line, &[0.8], &[true]);
        }
        check(&format!("{picture}<p>Ann Bell took a photo by the river.</p>"), &[0.8], &[true]);
        check(&format!("{picture}<p>Bild: Sehr gut, mit tiefem Schwarz</p>"), &[0.8], &[true]);
        check(&format!("{picture}<li>Foto: Anna Braun</li>"), &[0.8], &[true]);
        // A gallery's text is its captions.
        let long = format!("{picture}<p>{}Photo: Ann Bell</p>", "word, ".repeat(40));
        check(&long.repeat(3), &[0.8; 3], &[true; 3]);
    }
}
