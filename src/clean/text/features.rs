//! What the model sees of a line: itself, its neighbours, its place, and how its words return around it.
//!
//! What holds: linear in the page (windows come from running sums; a word's places are looked up, never searched for);
//! no function of the platform's
//! mathematics library is called, since its last digits differ; the order of features is part of the trained table, so a change here needs a new table.

use super::address;
use super::lexicon::Cue;
use super::line::{End, Line, is_unspaced, mix};
use rustc_hash::FxHashMap;

/// Features of the first pass.
pub(super) const FIRST: usize = 116;
/// Features that the second pass adds: of the first pass's scores, and of the page's address.
pub(super) const SECOND: usize = 46 + address::FEATURES;

/// Lines on either side in which a line's words are looked for.
const COHESION_LINES: usize = 14;
/// Words of a line that are looked up,
const COHESION_WORDS: usize = 24;
/// and how many letters these have at least.
const COHESION_LETTERS_MIN: u32 = 4;

/// The page's lines with the sums that windows need.
pub(super) struct Page<'a> {
    lines: &'a [Line],
    dates: &'a [u8],
    sums: Vec<[f32; SUMS]>,
    cohesion: Vec<[f32; 6]>,
    address: Vec<[f32; address::FEATURES]>,
    indented: bool,
}

const SUMS: usize = 7;

/// Running text: long, and more of it in lower case than not. For scripts without case, long is enough.
fn is_prose(l: &Line) -> bool {
    l.words >= 12 && matches!(l.ending, End::Stop | End::Question | End::Ellipsis | End::Colon) || l.words >= 40
}

impl<'a> Page<'a> {
    /// `dates`: for each line 0 without a date, 1 with one among other words, 2 where it is nothing but a date.
    pub(super) fn new(text: &str, lines: &'a [Line], dates: &'a [u8], page_url: Option<&str>) -> Self {
        let mut sums = Vec::with_capacity(lines.len() + 1);
        let mut sum = [0.0; SUMS];
        sums.push(sum);
        for (l, date) in lines.iter().zip(dates) {
            let prose = is_prose(l);
            let add = [
                l.words as f32,
                if prose { l.words as f32 } else { 0.0 },
                f32::from(u8::from(prose)),
                f32::from(u8::from(cue_sum(l) > 0)),
                f32::from(u8::from(l.times > 1)),
                f32::from(u8::from(l.bullet > 0)),
                f32::from(u8::from(*date > 0)),
            ];
            for (s, a) in sum.iter_mut().zip(add) {
                *s += a;
            }
            sums.push(sum);
        }
        let indented = lines.iter().any(|l| l.indent > 0);
        Page {
            lines,
            dates,
            sums,
            cohesion: cohesion(text, lines),
            address: address::rows(text, lines, page_url),
            indented,
        }
    }

    fn sum(&self, from: usize, to: usize, which: usize) -> f32 {
        self.sums[to.min(self.lines.len())][which] - self.sums[from.min(self.lines.len())][which]
    }

    /// Writes the first pass's features of line `i` to the front of `out`.
    pub(super) fn first(&self, i: usize, out: &mut [f32]) {
        let n = self.lines.len();
        let l = &self.lines[i];
        let mut w = Writer { out, at: 0 };
        own(l, &mut w);
        w.put(f32::from(self.dates[i]));
        w.put(i as f32 / n as f32);
        w.put(i as f32);
        w.put((n - i) as f32);
        w.put(n as f32);
        w.flag(self.indented);
        for offset in [-3isize, -2, -1, 1, 2, 3] {
            self.neighbour(i.checked_add_signed(offset).filter(|j| *j < n), &mut w);
        }
        for span in [3, 8, 24] {
            for (from, to) in [(i.saturating_sub(span), i), (i + 1, (i + 1 + span).min(n))] {
                let count = to.saturating_sub(from).max(1) as f32;
                let words = self.sum(from, to, 0);
                w.put(words / count);
                w.put(self.sum(from, to, 1) / words.max(1.0));
                w.put(self.sum(from, to, 3) / count);
                w.put(self.sum(from, to, 4) / count);
                w.put(self.sum(from, to, 5) / count);
            }
        }
        let total = self.sum(0, n, 0).max(1.0);
        let prose = self.sum(0, n, 1).max(1.0);
        w.put(self.sum(0, i, 0) / total);
        w.put(self.sum(0, i, 1) / prose);
        w.put(prose / total);
        w.put(prose);
        w.put(self.sum(0, n, 2) / n as f32);
        w.put(self.sum(0, i, 6));
        for c in self.cohesion[i] {
            w.put(c);
        }
        debug_assert_eq!(w.at, FIRST);
    }

    fn neighbour(&self, j: Option<usize>, w: &mut Writer<'_>) {
        let Some(j) = j else {
            for _ in 0..6 {
                w.put(-1.0);
            }
            return;
        };
        let l = &self.lines[j];
        w.put(size(l));
        w.put(ending(l));
        w.put(ratio(l.lower, l.words));
        w.put(cue_sum(l) as f32);
        w.put(f32::from(self.dates[j]) + f32::from(l.cues[Cue::By as usize].min(1)) * 4.0);
        w.put(f32::from(u8::from(l.bullet > 0)) + f32::from(l.gap.min(3)) * 2.0);
    }

    /// Writes the second pass's features of line `i`: `body` and `head` are the first pass's scores by line.
    pub(super) fn second(&self, i: usize, scores: &Scores<'_>, out: &mut [f32]) {
        let mut w = Writer { out, at: 0 };
        let n = self.lines.len();
        for offset in -5isize..=5 {
            let j = i.checked_add_signed(offset).filter(|j| *j < n);
            w.put(j.map_or(-1.0, |j| scores.body[j]));
        }
        for offset in -4isize..=4 {
            let j = i.checked_add_signed(offset).filter(|j| *j < n);
            w.put(j.map_or(-1.0, |j| scores.head[j]));
        }
        for span in [2, 5, 12, 30] {
            for (from, to) in [(i.saturating_sub(span), i), (i + 1, (i + 1 + span).min(n))] {
                let words = self.sum(from, to, 0).max(1.0);
                w.put(scores.span(from, to, 0) / words);
                w.put(scores.span(from, to, 1));
            }
        }
        let total = scores.span(0, n, 0).max(1.0);
        w.put(scores.span(0, i, 0) / total);
        w.put(scores.span(i + 1, n, 0) / total);
        w.put(total);
        w.put(total / self.sum(0, n, 0).max(1.0));
        w.put(scores.span(0, i, 1));
        w.put(scores.span(i + 1, n, 1));
        w.put(scores.before[i]);
        w.put(scores.after[i]);
        w.put(scores.head_before[i]);
        w.put(scores.head_after[i]);
        for share in self.address[i] {
            w.put(share);
        }
        debug_assert_eq!(w.at, SECOND);
    }
}

/// The first pass's scores with their running sums.
pub(super) struct Scores<'a> {
    body: &'a [f32],
    head: &'a [f32],
    sums: Vec<[f32; 2]>,
    /// Lines since the last confident body line.
    before: Vec<f32>,
    /// Lines until the next one.
    after: Vec<f32>,
    /// Words since the last confident headline.
    head_before: Vec<f32>,
    /// Words until the next one.
    head_after: Vec<f32>,
}

impl<'a> Scores<'a> {
    pub(super) fn new(lines: &[Line], body: &'a [f32], head: &'a [f32]) -> Self {
        let n = lines.len();
        let mut sums = Vec::with_capacity(n + 1);
        let mut sum = [0.0f32; 2];
        sums.push(sum);
        for i in 0..n {
            sum[0] += body[i] * lines[i].words as f32;
            sum[1] += head[i];
            sums.push(sum);
        }
        let one = |_: usize| 1.0;
        let words = |i: usize| lines[i].words as f32;
        let distance = |sure: &[f32], step: &dyn Fn(usize) -> f32, back: bool| {
            let mut out = vec![0.0; n];
            let mut far = 1e4f32;
            for k in 0..n {
                let i = if back { n - 1 - k } else { k };
                out[i] = far;
                far = if sure[i] > 0.6 { 0.0 } else { far + step(i) };
            }
            out
        };
        let long: Vec<f32> = (0..n).map(|i| if lines[i].words >= 8 { body[i] } else { 0.0 }).collect();
        Scores {
            body,
            head,
            sums,
            before: distance(&long, &one, false),
            after: distance(&long, &one, true),
            head_before: distance(head, &words, false),
            head_after: distance(head, &words, true),
        }
    }

    fn span(&self, from: usize, to: usize, which: usize) -> f32 {
        let last = self.sums.len() - 1;
        self.sums[to.min(last)][which] - self.sums[from.min(last)][which]
    }
}

struct Writer<'a> {
    out: &'a mut [f32],
    at: usize,
}

impl Writer<'_> {
    fn put(&mut self, value: f32) {
        self.out[self.at] = value;
        self.at += 1;
    }

    fn flag(&mut self, value: bool) {
        self.put(f32::from(u8::from(value)));
    }
}

fn ratio(part: u32, whole: u32) -> f32 {
    part as f32 / whole.max(1) as f32
}

fn size(l: &Line) -> f32 {
    l.words as f32
}

fn ending(l: &Line) -> f32 {
    match l.ending {
        End::Open => 0.0,
        End::Colon => 1.0,
        End::Ellipsis => 2.0,
        End::Question => 3.0,
        End::Stop => 4.0,
    }
}

/// Cues that speak against an article's text, all together.
fn cue_sum(l: &Line) -> u32 {
    l.cues[..=Cue::Menu as usize].iter().map(|c| u32::from(*c)).sum()
}

fn own(l: &Line, w: &mut Writer<'_>) {
    w.put(size(l));
    w.put(l.letters as f32);
    w.put(ending(l));
    w.put(l.stops as f32);
    w.put(l.commas as f32 / l.words.max(1) as f32);
    w.put(ratio(l.capital, l.words));
    w.put(ratio(l.shouted, l.words));
    w.put(ratio(l.lower, l.words));
    w.put(ratio(l.numbers, l.words));
    w.put(ratio(l.letters, l.words));
    w.put(ratio(l.digits, l.letters));
    w.put(l.separators as f32);
    w.put(l.quotes as f32);
    w.put(f32::from(l.gap.min(6)));
    w.put(f32::from(l.indent.min(12)));
    w.put(f32::from(l.bullet));
    w.put(f32::from(l.times.min(8)));
    w.put(f32::from(l.nth.min(8)));
    for c in l.cues {
        w.put(f32::from(c.min(4)));
    }
    w.put(cue_sum(l) as f32 / l.words.max(1) as f32);
}

/// For each line: how much of its rarer words' weight returns in the lines after it, in those before it, their difference,
/// in the page's running text at all, and how alike the running text on both sides is.
fn cohesion(text: &str, lines: &[Line]) -> Vec<[f32; 6]> {
    let mut places: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    let mut words: Vec<u64> = Vec::new();
    let mut spans = Vec::with_capacity(lines.len());
    for (i, l) in lines.iter().enumerate() {
        let from = words.len();
        keywords(&text[l.start as usize..l.end as usize], COHESION_LETTERS_MIN, &mut words);
        if is_prose(l) {
            for word in &words[from..] {
                let at = places.entry(*word).or_default();
                if at.last() != Some(&(i as u32)) {
                    at.push(i as u32);
                }
            }
        }
        words.truncate(from + COHESION_WORDS);
        spans.push((from, words.len()));
    }
    let mut out = Vec::with_capacity(lines.len());
    for (i, (from, to)) in spans.into_iter().enumerate() {
        let mut weight = 0.0f32;
        let (mut after, mut before, mut anywhere) = (0.0f32, 0.0f32, 0.0f32);
        for word in &words[from..to] {
            let Some(at) = places.get(word) else {
                weight += 1.0;
                continue;
            };
            let rare = 1.0 / (at.len() as f32).sqrt();
            weight += rare;
            let here = at.partition_point(|p| (*p as usize) < i);
            let next = at[here..].iter().find(|p| **p as usize != i);
            let last = here.checked_sub(1).map(|h| at[h]);
            if next.is_some_and(|p| *p as usize <= i + COHESION_LINES) {
                after += rare;
            }
            if last.is_some_and(|p| p as usize + COHESION_LINES >= i) {
                before += rare;
            }
            if next.is_some() || last.is_some() {
                anywhere += rare;
            }
        }
        let weight = weight.max(1e-6);
        let (a, b) = (after / weight, before / weight);
        out.push([a, b, a - b, anywhere / weight, (to - from) as f32, 0.0]);
    }
    bridges(lines, &places, &mut out);
    out
}

/// The share of words before a line that are spoken of again after it, within the window: low where the theme changes.
/// Every pair of neighbouring places of a word is a bridge over the lines between; differences of a running sum count them.
fn bridges(lines: &[Line], places: &FxHashMap<u64, Vec<u32>>, out: &mut [[f32; 6]]) {
    let mut change = vec![0i32; lines.len() + 2];
    // The sum does not depend on the order in which the words are visited.
    for at in places.values() {
        for pair in at.windows(2) {
            if (pair[1] - pair[0]) as usize <= COHESION_LINES {
                change[pair[0] as usize + 1] += 1;
                change[pair[1] as usize + 1] -= 1;
            }
        }
    }
    let mut open = 0;
    let mut peak = 1.0f32;
    let mut level = Vec::with_capacity(lines.len());
    for c in &change[..lines.len()] {
        open += c;
        level.push(open as f32);
        peak = peak.max(open as f32);
    }
    for (o, l) in out.iter_mut().zip(level) {
        o[5] = l / peak;
    }
}

/// Hashes of a line's words of so many letters or more, without their endings, so that inflected forms meet; of pairs of
/// characters where the script sets no spaces.
pub(super) fn keywords(text: &str, letters_min: u32, out: &mut Vec<u64>) {
    let mut hash = 0u64;
    let mut len = 0u32;
    let mut last_unspaced: Option<char> = None;
    for c in text.chars().chain(std::iter::once(' ')) {
        if is_unspaced(c) {
            if let Some(last) = last_unspaced {
                out.push(mix(mix(1, last), c));
            }
            last_unspaced = Some(c);
        } else {
            last_unspaced = None;
        }
        if c.is_alphanumeric() && !is_unspaced(c) {
            len += 1;
            // Six letters name a word in most languages; what follows is inflection or composition.
            if len <= 6 {
                for l in c.to_lowercase() {
                    hash = mix(hash, l);
                }
            }
            continue;
        }
        if len >= letters_min {
            out.push(hash);
        }
        hash = 0;
        len = 0;
    }
}
