//! Scraped plain text to a [`Document`]: lines, repaired and measured, then classed by a small trained model.
//!
//! What holds: the same blocks and classes as HTML gives, with less known of them (no links, no paths); linear in the
//! text's bytes; no rule knows a site.
//!
//! ```text
//! line (split, repair, measure) ──> kicker ──> repeat (doubles) ──> features ──> model, two passes ──> classes, meta
//! ```

mod byline;
mod calendar;
pub(crate) mod date;
#[cfg(test)]
mod date_tests;
mod explain;
mod features;
mod kicker;
mod lexicon;
mod line;
pub(crate) mod list;
mod model;
mod months;
mod names;
mod repeat;

use super::CleanLimits;
use super::block::{Block, BlockCounts, BlockKind, Class, Document};
use super::expected;
use super::forest::{BATCH, Batch, Row};
use crate::split::draft::{Author, DateValue};
use features::{FIRST, Page, SECOND, Scores};
use lexicon::Cue;
use line::{End, Line};

pub(super) use explain::explain;
pub(crate) use lexicon::opens_credit;
pub(crate) use line::is_unspaced;
use model::Question;

/// A line is an article's text from half of the word F1 on that is to be expected of the page's, since that bound gives the greatest
/// (Z. Lipton et al., "Optimal thresholding of classifiers to maximize F1 measure", ECML 2014), which is this at most.
const BODY_AT_MAX: f32 = 0.5;
/// No lower, since a page whose F1 would be lower is most likely no article's.
const BODY_AT_MIN: f32 = 0.3;
/// The bound and the F1 to be expected are found in turn, each from the other; they hardly change after a few rounds
/// (W. Dinkelbach, "On nonlinear fractional programming", 1967).
const BODY_AT_ROUNDS: usize = 6;
/// A line that the second pass gives at least this heads an article.
const HEAD_AT: f32 = 0.5;
/// A page without such a line has the likeliest one that stands before its text for a headline, from this score on,
const LONE_HEAD_AT: f32 = 0.1;
/// if its text has so many words. A shorter line, in words, is not yet its beginning.
const LONE_TEXT_WORDS_MIN: u32 = 40;
const BEGINNING_WORDS_MIN: u32 = 8;
/// Longest headline, words.
const HEADLINE_WORDS_MAX: u32 = 40;
/// Digits of a year.
const YEAR_DIGITS: u32 = 4;
/// Longest caption, words.
const CAPTION_WORDS_MAX: u32 = 90;

/// Reads scraped text into classed blocks. At most `limits.blocks_max` lines are read; `truncated` says if that cut any.
pub fn document(text: &str, limits: &CleanLimits) -> Document {
    let mut page = Lines::read(text, limits.blocks_max);
    let scores = page.scores();
    let (body_at, head_at) = page.bounds(&scores);
    let mut document = Document { truncated: page.truncated, from_text: true, ..Document::default() };
    document.blocks.reserve(page.lines.len());
    document.paths.push(Default::default());
    document.words.push("");
    for (i, line) in page.lines.iter().enumerate() {
        let text = &page.text[line.start as usize..line.end as usize];
        let (class, confidence) =
            class_of(line, text, page.dates[i], [scores.body[i], body_at], [scores.head[i], head_at]);
        document.blocks.push(block(line, class, confidence));
    }
    drop_repeats(&page.lines, &mut document.blocks);
    document.text = std::mem::take(&mut page.text);
    fill_dates(&mut document);
    document
}

fn block(line: &Line, class: Class, confidence: f32) -> Block {
    Block {
        start: line.start,
        end: line.end,
        link_bytes: 0,
        target: None,
        path: 0,
        kind: kind_of(line, class),
        class,
        confidence,
        counts: BlockCounts { digits: line.digits, ..BlockCounts::default() },
    }
}

/// The authors that a byline names.
pub(crate) fn authors(line: &str) -> Vec<Author> {
    byline::authors(line).unwrap_or_default()
}

/// Every phrase that [`Furniture`] counts.
pub(crate) fn furniture_phrases() -> impl Iterator<Item = &'static str> {
    lexicon::phrases()
}

/// Words of furniture among a text's first words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Furniture {
    /// Of sign-ups, accounts, consent.
    pub(crate) account: u8,
    /// Of picture credits.
    pub(crate) credit: u8,
    /// Of adverts.
    pub(crate) advert: u8,
    /// Of bylines and dates.
    pub(crate) signed: u8,
    /// Of share bars, comments, cross links, menus, imprints.
    pub(crate) other: u8,
    /// Of these, of menus and imprints,
    pub(crate) imprint: u8,
    /// of readers' comments.
    pub(crate) comment: u8,
}

impl Furniture {
    /// Counts them.
    pub(crate) fn of(text: &str) -> Furniture {
        let cues = lexicon::cues(text);
        let sum = |of: &[Cue]| of.iter().fold(0u8, |sum, c| sum.saturating_add(cues[*c as usize]));
        Furniture {
            account: sum(&[Cue::Account, Cue::Consent]),
            credit: sum(&[Cue::Credit]),
            advert: sum(&[Cue::Advert]),
            signed: sum(&[Cue::By, Cue::Published, Cue::Updated, Cue::Ago]),
            other: sum(&[Cue::Share, Cue::Comment, Cue::More, Cue::Menu, Cue::Legal]),
            imprint: sum(&[Cue::Menu, Cue::Legal]),
            comment: sum(&[Cue::Comment]),
        }
    }
}

/// What the model reads of a page, line by line: for the script that trains it.
#[doc(hidden)]
pub fn training_rows(text: &str, scores: Option<(&[f32], &[f32])>) -> (Vec<String>, Vec<f32>) {
    let page = Lines::read(text, usize::MAX);
    let features = Page::new(&page.text, &page.lines, &page.dates);
    let scores = scores.map(|(b, h)| Scores::new(&page.lines, b, h));
    let width = FIRST + if scores.is_some() { SECOND } else { 0 };
    let mut rows = vec![0.0; page.lines.len() * width];
    for (i, row) in rows.chunks_mut(width).enumerate() {
        features.first(i, row);
        if let Some(s) = &scores {
            features.second(i, s, &mut row[FIRST..]);
        }
    }
    let texts = page.lines.iter().map(|l| page.text[l.start as usize..l.end as usize].to_owned()).collect();
    (texts, rows)
}

/// The page's lines, before anything is decided.
struct Lines {
    text: String,
    lines: Vec<Line>,
    /// 0 without a date, 1 with one among other words, 2 nothing but a date.
    dates: Vec<u8>,
    truncated: bool,
}

impl Lines {
    fn read(text: &str, lines_max: usize) -> Lines {
        let mut out = String::with_capacity(text.len());
        let (mut lines, truncated) = line::lines(text, lines_max, &mut out);
        kicker::cut(&out, &mut lines);
        repeat::resolve(&mut lines);
        let dates = lines
            .iter()
            .map(|l| {
                match (l.digits > 0 && l.words <= 24)
                    .then(|| date::find(&out[l.start as usize..l.end as usize]))
                    .flatten()
                {
                    Some(found) if found.others <= 1 => 2,
                    Some(_) => 1,
                    None => 0,
                }
            })
            .collect();
        Lines { text: out, lines, dates, truncated }
    }

    /// Both passes of the model.
    fn scores(&self) -> LineScores {
        let page = Page::new(&self.text, &self.lines, &self.dates);
        let first = self.first_pass(&page);
        let around = Scores::new(&self.lines, &first.body, &first.head);
        self.ask([Question::BodySecond, Question::HeadSecond], |i, row| {
            page.first(i, row);
            page.second(i, &around, &mut row[FIRST..]);
        })
    }

    fn first_pass(&self, page: &Page<'_>) -> LineScores {
        self.ask([Question::BodyFirst, Question::HeadFirst], |i, row| page.first(i, row))
    }

    /// Asks two questions of every line, whose features `fill` writes.
    fn ask(&self, [is_body, is_head]: [Question; 2], fill: impl Fn(usize, &mut Row)) -> LineScores {
        let n = self.lines.len();
        let (mut body, mut head) = (Vec::with_capacity(n), Vec::with_capacity(n));
        let mut rows = Batch::new();
        while body.len() < n {
            let begin = body.len();
            let batch = begin..n.min(begin + BATCH);
            batch.clone().for_each(|i| fill(i, rows.row(i - begin)));
            body.extend_from_slice(&model::probabilities(is_body, &mut rows)[..batch.len()]);
            let heads = model::probabilities(is_head, &mut rows);
            head.extend(batch.map(|i| if may_head(&self.lines[i]) { heads[i - begin] } else { 0.0 }));
        }
        LineScores { body, head }
    }

    /// From which scores on a line of this page is an article's text, and heads one.
    fn bounds(&self, scores: &LineScores) -> (f32, f32) {
        let body_at = self.body_at(&scores.body);
        (body_at, self.head_at(scores, body_at))
    }

    /// From which score on a line of this page heads an article.
    fn head_at(&self, scores: &LineScores, body_at: f32) -> f32 {
        let text = || self.lines.iter().enumerate().filter(|(i, _)| scores.body[*i] >= body_at);
        let begins = text().find(|(_, line)| line.words >= BEGINNING_WORDS_MIN).map_or(0, |(i, _)| i);
        let best = (0..self.lines.len()).max_by(|a, b| scores.head[*a].total_cmp(&scores.head[*b]).then(b.cmp(a)));
        match best.filter(|best| *best <= begins) {
            Some(best) if text().map(|(_, line)| line.words).sum::<u32>() >= LONE_TEXT_WORDS_MIN => {
                scores.head[best].clamp(LONE_HEAD_AT, HEAD_AT)
            }
            _ => HEAD_AT,
        }
    }

    /// From which score on a line of this page is an article's text.
    fn body_at(&self, body: &[f32]) -> f32 {
        let pieces = |at: f32| self.lines.iter().zip(body).map(move |(l, p)| (l.words as f32, *p, *p >= at));
        let half = |at: f32| expected::word_f1(pieces(at)) / 2.0;
        (0..BODY_AT_ROUNDS).fold(BODY_AT_MAX, |at, _| half(at)).clamp(BODY_AT_MIN, BODY_AT_MAX)
    }
}

/// What a pass of the model says of each line.
struct LineScores {
    /// How likely it is body.
    body: Vec<f32>,
    /// How likely it heads an article.
    head: Vec<f32>,
}

fn may_head(line: &Line) -> bool {
    line.words <= HEADLINE_WORDS_MAX && line.letters > 3 && !line.kicker
}

fn class_of(line: &Line, text: &str, date: u8, [body, body_at]: [f32; 2], [head, head_at]: [f32; 2]) -> (Class, f32) {
    if line.kicker {
        return (if line.section { Class::Kicker } else { Class::Navigation }, 1.0);
    }
    if date == 2 && line.words <= 14 {
        return (Class::Date, 1.0);
    }
    if is_credit(line, text) {
        return (Class::Caption, 1.0);
    }
    let may_be_byline = line.words <= 16 && line.cues[Cue::By as usize] > 0 && head < head_at;
    if may_be_byline && byline::authors(text).is_some() {
        return (Class::Byline, 1.0);
    }
    if head >= head_at {
        return (Class::Headline, head);
    }
    if body >= body_at && !lexicon::is_phrase(text) {
        return (Class::Body, body);
    }
    (furniture(line), 1.0 - body)
}

/// Words under a picture: they name who is credited, and stand twice, or say little else; what begins as a copyright notice and has
/// a year is the page's.
fn is_credit(line: &Line, text: &str) -> bool {
    let is_notice = line.digits >= YEAR_DIGITS && lexicon::opens_notice(text);
    line.words <= CAPTION_WORDS_MAX
        && !is_notice
        && crate::split::image::credit(text).is_some_and(|c| line.doubled || c.sure || line.words <= 8)
}

fn furniture(line: &Line) -> Class {
    let most = |cues: &[Cue]| cues.iter().map(|c| line.cues[*c as usize]).sum::<u8>();
    let candidates = [
        (most(&[Cue::Consent]), Class::Consent),
        (most(&[Cue::Account]), Class::Consent),
        (most(&[Cue::Advert]), Class::Advert),
        (most(&[Cue::Comment]), Class::Comment),
        (most(&[Cue::Menu, Cue::Share, Cue::Legal, Cue::More]), Class::Navigation),
    ];
    match candidates.iter().max_by_key(|c| c.0) {
        Some((count, class)) if *count > 0 => *class,
        _ if line.words <= 4 => Class::Navigation,
        _ => Class::Other,
    }
}

fn kind_of(line: &Line, class: Class) -> BlockKind {
    match class {
        Class::Headline => BlockKind::Heading(1),
        Class::Caption => BlockKind::Caption,
        Class::Body if line.bullet > 0 => BlockKind::ListItem,
        Class::Body if line.words <= 14 && matches!(line.ending, End::Open | End::Question) && line.stops == 0 => {
            BlockKind::Heading(2)
        }
        _ => BlockKind::Paragraph,
    }
}

/// What is there a second time, and lists of what follows, are furniture of the page; what such a list names is text where text follows it.
fn drop_repeats(lines: &[Line], blocks: &mut [Block]) {
    let is_body: Vec<bool> = blocks.iter().map(|block| block.class == Class::Body).collect();
    let found = repeat::find(lines, &is_body);
    for (i, block) in blocks.iter_mut().enumerate().filter(|(i, _)| is_body[*i]) {
        if found.contents[i] {
            block.class = Class::Navigation;
        } else if found.copy[i] {
            block.class = Class::Other;
        }
    }
    for i in (1..blocks.len()).rev() {
        let heading = &blocks[i - 1];
        let is_passed_over = matches!(heading.class, Class::Navigation | Class::Other) && !found.copy[i - 1];
        if found.announced[i - 1] && is_passed_over && blocks[i].class == Class::Body {
            blocks[i - 1].class = Class::Body;
            blocks[i - 1].confidence = 1.0 - blocks[i - 1].confidence;
            blocks[i - 1].kind = kind_of(&lines[i - 1], Class::Body);
        }
    }
}

/// Lines between line `i` and the nearest of the headlines; from the page's top where there is none.
fn nearest(heads: &[usize], i: usize) -> usize {
    let after = heads.partition_point(|h| *h < i);
    let around = [after.checked_sub(1).map(|b| heads[b]), heads.get(after).copied()];
    around.into_iter().flatten().map(|h| h.abs_diff(i)).min().unwrap_or(i)
}

/// Dates of the page, of lines that are nothing else: that of publication nearest to a headline, the first one of a change.
fn fill_dates(document: &mut Document) {
    let heads: Vec<usize> =
        (0..document.blocks.len()).filter(|i| document.blocks[*i].class == Class::Headline).collect();
    let mut published: Option<(usize, DateValue)> = None;
    for i in 0..document.blocks.len() {
        if document.blocks[i].class != Class::Date {
            continue;
        }
        let Some(found) = date::find(document.text_of(i)) else { continue };
        let value = DateValue { value: found.day(), raw: document.text_of(i).to_owned(), source: "text" };
        if found.updated {
            document.meta.date_modified.get_or_insert(value);
            continue;
        }
        let far = nearest(&heads, i);
        if published.as_ref().is_none_or(|(best, _)| far < *best) {
            published = Some((far, value));
        }
    }
    document.meta.date_published = published.map(|(_, value)| value);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bound of a page of lines with these words and scores.
    #[track_caller]
    fn check_bound(lines: &[(usize, f32)], expected: std::ops::Range<f32>) {
        let text: String =
            lines.iter().enumerate().map(|(i, (words, _))| format!("{i}{}\n", " word".repeat(words - 1))).collect();
        let scores: Vec<f32> = lines.iter().map(|(_, score)| *score).collect();
        let page = Lines::read(&text, usize::MAX);
        assert_eq!(page.lines.len(), lines.len());
        let at = page.body_at(&scores);
        assert!(expected.contains(&at), "{at} for {lines:?}");
    }

    #[test]
    fn a_sure_page_asks_for_surer_lines_than_a_doubtful_one() {
        check_bound(&[(50, 1.0), (40, 1.0), (3, 0.0)], 0.5..0.501);
        // All of it: 2 * 36 / (100 + 36) is to be expected; of the first line alone 2 * 24 / (60 + 36).
        check_bound(&[(60, 0.4), (40, 0.3)], 0.3..0.301);
        // The first line alone: 2 * 60 / (100 + 77), since half of that is above what the others have.
        check_bound(&[(100, 0.6), (70, 0.2), (30, 0.1)], 0.338..0.340);
        check_bound(&[(100, 0.01), (70, 0.02)], 0.3..0.301);
    }

    #[test]
    fn no_other_bound_is_expected_to_do_better() {
        let scores = [0.95, 0.9, 0.62, 0.55, 0.48, 0.44, 0.41, 0.36, 0.33, 0.12];
        let words = [20, 35, 8, 14, 40, 9, 30, 25, 12, 60];
        let choice = |at: f32| words.iter().zip(scores).map(move |(words, score)| (*words as f32, score, score >= at));
        let lines: Vec<(usize, f32)> = words.iter().map(|words| *words as usize).zip(scores).collect();
        let best = scores.iter().map(|at| expected::word_f1(choice(*at))).fold(0.0, f32::max);
        check_bound(&lines, best / 2.0 - 1e-4..best / 2.0 + 1e-4);
    }

    /// The bound for headlines of a page of lines with these words and scores as body and as a headline.
    #[track_caller]
    fn check_head_bound(lines: &[(usize, f32, f32)], expected: f32) {
        let text: String =
            lines.iter().enumerate().map(|(i, (words, ..))| format!("{i}{}\n", " word".repeat(words - 1))).collect();
        let page = Lines::read(&text, usize::MAX);
        let (body, head) = lines.iter().map(|(_, body, head)| (*body, *head)).unzip();
        assert_eq!(page.bounds(&LineScores { body, head }).1, expected, "{lines:?}");
    }

    #[test]
    fn the_likeliest_line_before_the_text_is_a_headline_where_none_is_sure() {
        let text = (60, 0.9, 0.0);
        check_head_bound(&[(2, 0.1, 0.1), (6, 0.2, 0.3), text], 0.3);
        // A sure one needs no help, one behind the text's beginning is a heading within it, and an unlikely one is none.
        check_head_bound(&[(2, 0.1, 0.3), (6, 0.2, 0.7), text], HEAD_AT);
        check_head_bound(&[(6, 0.2, 0.2), text, (6, 0.8, 0.3)], HEAD_AT);
        check_head_bound(&[(6, 0.2, 0.05), text], LONE_HEAD_AT);
        // Short lines before it are not its beginning, and a page without text has nothing to head.
        check_head_bound(&[(4, 0.9, 0.0), (6, 0.2, 0.3), text], 0.3);
        check_head_bound(&[(6, 0.2, 0.3), (30, 0.9, 0.0)], HEAD_AT);
    }

    #[test]
    fn a_heading_that_a_table_of_contents_names_is_text_before_text() {
        let heads = ["The old mill", "The new weir", "Who paid for it", "What comes next", "A last word"];
        let sections = heads.map(|head| format!("{head}\nSomething is said of {head}.\n"));
        let text =
            format!("{}\n{}", heads.join("\n"), sections.concat()).replace("Something is said of A last word.\n", "");
        let page = Lines::read(&text, usize::MAX);
        let of = |i: usize| &page.text[page.lines[i].start as usize..page.lines[i].end as usize];
        let class = |i: usize| if of(i).ends_with('.') { Class::Body } else { Class::Other };
        let mut blocks: Vec<Block> = (0..page.lines.len()).map(|i| block(&page.lines[i], class(i), 0.6)).collect();
        drop_repeats(&page.lines, &mut blocks);
        let headings: Vec<(usize, &str)> = (0..blocks.len())
            .filter(|i| blocks[*i].kind == BlockKind::Heading(2) && blocks[*i].class == Class::Body)
            .map(|i| (i, of(i)))
            .collect();
        assert_eq!(headings, [(5, heads[0]), (7, heads[1]), (9, heads[2]), (11, heads[3])]);
    }
}
