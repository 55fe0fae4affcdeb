//! Scraped plain text to a [`Document`]: lines, repaired and measured, then classed by a small trained model.
//!
//! What holds: the same blocks and classes as HTML gives, with less known of them (no links, no paths); linear in the
//! text's bytes; no rule knows a site.
//!
//! ```text
//! line (split, repair, measure) ──> kicker ──> repeat (doubles) ──> features ──> model, two passes ──> classes ──> themes ──> comments ──> foreign ──> meta
//! ```

mod address;
mod byline;
mod calendar;
mod comments;
pub(crate) mod date;
#[cfg(test)]
mod date_tests;
mod explain;
mod features;
mod foreign;
mod items;
mod kicker;
mod lexicon;
mod line;
pub(crate) mod list;
mod model;
mod months;
mod names;
mod repeat;
#[cfg(test)]
mod tests;
mod themes;

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
const LONE_HEAD_AT: f32 = 0.15;
/// if its text has so many words. A shorter line, in words, is not yet its beginning, nor a sentence of its text.
const LONE_TEXT_WORDS_MIN: u32 = 40;
const BEGINNING_WORDS_MIN: u32 = 8;
/// A line to which the first pass gives less, as body and as a headline, is no body and not asked again (`model/train_text.py` says so too).
const BODY_OPEN_AT: f32 = 0.02;
/// Nor does one head an article to which it gives less as a headline.
const HEAD_OPEN_AT: f32 = 0.002;
/// Longest headline, words.
const HEADLINE_WORDS_MAX: u32 = 40;
/// Digits of a year.
const YEAR_DIGITS: u32 = 4;
/// Longest caption, words.
const CAPTION_WORDS_MAX: u32 = 90;

/// Reads scraped text into classed blocks. At most `limits.blocks_max` lines are read; `truncated` says if that cut any.
pub fn document(text: &str, page_url: Option<&str>, limits: &CleanLimits) -> Document {
    let mut page = Lines::read(text, page_url, limits.blocks_max);
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
    for i in themes::openings(&page.text, &page.lines, &scores.head, &document.blocks) {
        document.blocks[i] = block(&page.lines[i], Class::Headline, scores.head[i]);
    }
    items::complete(&page.text, &page.lines, &scores.body, &mut document.blocks);
    comments::leave_out(&page.lines, &scores.body, &mut document.blocks);
    foreign::leave_out(&page.text, &page.lines, &mut document.blocks);
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

/// Whether a line is a phrase of ways to other articles and nothing else, but for marks around it,
pub(crate) fn cross_link_line(line: &str) -> bool {
    lexicon::whole_phrase(line) == Some(Cue::More)
}

/// or one that announces an advert.
pub(crate) fn advert_line(line: &str) -> bool {
    lexicon::whole_phrase(line) == Some(Cue::Advert)
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

    /// Whether there is any but that of bylines and dates.
    pub(crate) fn is_more_than_signed(&self) -> bool {
        [self.account, self.credit, self.advert, self.other].iter().any(|count| *count > 0)
    }
}

/// What the model reads of a page, line by line: for the script that trains it.
#[doc(hidden)]
pub fn training_rows(text: &str, page_url: Option<&str>, scores: Option<(&[f32], &[f32])>) -> (Vec<String>, Vec<f32>) {
    let page = Lines::read(text, page_url, usize::MAX);
    let features = page.features();
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
struct Lines<'a> {
    text: String,
    lines: Vec<Line>,
    /// 0 without a date, 1 with one among other words, 2 nothing but a date.
    dates: Vec<u8>,
    page_url: Option<&'a str>,
    truncated: bool,
}

impl<'a> Lines<'a> {
    fn read(text: &str, page_url: Option<&'a str>, lines_max: usize) -> Lines<'a> {
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
        Lines { text: out, lines, dates, page_url, truncated }
    }

    /// What the model sees of them.
    fn features(&self) -> Page<'_> {
        Page::new(&self.text, &self.lines, &self.dates, self.page_url)
    }

    /// Both passes of the model.
    fn scores(&self) -> LineScores {
        let page = self.features();
        let first = self.first_pass(&page);
        let around = Scores::new(&self.lines, &first.body, &first.head);
        let fill = |i: usize, row: &mut Row| {
            page.first(i, row);
            page.second(i, &around, &mut row[FIRST..]);
        };
        let (mut body, mut head) = (first.body.clone(), first.head.clone());
        let lines = 0..self.lines.len();
        let body_open = lines.clone().filter(|i| is_open(&first, *i)[0]);
        let head_open = lines.filter(|i| is_open(&first, *i)[1]);
        ask([Question::BodySecond], body_open, fill, |i, [score]| body[i] = score);
        ask([Question::HeadSecond], head_open, fill, |i, [score]| head[i] = score);
        LineScores { body, head }
    }

    fn first_pass(&self, page: &Page<'_>) -> LineScores {
        let n = self.lines.len();
        let (mut body, mut head) = (vec![0.0; n], vec![0.0; n]);
        ask(
            [Question::BodyFirst, Question::HeadFirst],
            0..n,
            |i, row| page.first(i, row),
            |i, scores| {
                body[i] = scores[0];
                head[i] = if may_head(&self.lines[i]) { scores[1] } else { 0.0 };
            },
        );
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
        let is_sentence = |line: &Line| line.ending == End::Stop && line.words >= BEGINNING_WORDS_MIN;
        match best.filter(|best| *best < begins && !is_sentence(&self.lines[*best])) {
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

/// Asks questions of lines, whose features `fill` writes, and tells `hear` each line's answers.
fn ask<const N: usize>(
    questions: [Question; N],
    lines: impl Iterator<Item = usize>,
    fill: impl Fn(usize, &mut Row),
    mut hear: impl FnMut(usize, [f32; N]),
) {
    let (mut rows, mut batch) = (Batch::new(), Vec::with_capacity(BATCH));
    let mut lines = lines.peekable();
    while lines.peek().is_some() {
        batch.clear();
        batch.extend(lines.by_ref().take(BATCH));
        batch.iter().enumerate().for_each(|(place, i)| fill(*i, rows.row(place)));
        let answers = questions.map(|question| model::probabilities(question, &mut rows));
        for (place, i) in batch.iter().enumerate() {
            hear(*i, answers.map(|of_rows| of_rows[place]));
        }
    }
}

/// Whether a line is asked again if it is body, and if it heads an article: the first pass did not rule it out.
fn is_open(first: &LineScores, i: usize) -> [bool; 2] {
    let likeliest = first.body[i].max(first.head[i]);
    [likeliest >= BODY_OPEN_AT, first.head[i] >= HEAD_OPEN_AT]
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
    let may_be_byline = line.words <= 16 && line.cues[Cue::By as usize] > 0 && head < HEAD_AT;
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
        && crate::clean::image::credit(text).is_some_and(|c| line.doubled || c.sure || line.words <= 8)
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
        let Some(found) = date::find(document.text_of(i)).filter(|found| !found.doubtful) else { continue };
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
