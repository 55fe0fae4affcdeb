//! Where one article ends and the next begins, told by their words: an article's return within it, and hardly in the next one
//! (M. Hearst, "TextTiling: Segmenting text into multi-paragraph subtopic passages", 1997).
//!
//! What holds: only a page that surely has two articles is asked for more, and only about lines of which the model is not sure; a side of
//! few words tells nothing; each line looks at a fixed number of words, so the cost is linear in the lines; of the platform's mathematics
//! only the root is called, which is exact. A headline is never taken back: two articles of one event share their words too.

use super::features::keywords;
use super::line::Line;
use crate::clean::block::{Block, Class};
use rustc_hash::{FxHashMap, FxHashSet};

/// A headline of so high a score is not doubted, and ends what is looked at behind another line.
const SURE_AT: f32 = 0.7;
/// A line of a lower score heads nothing, whatever its words say: a heading within an article, a caption.
const OPEN_AT: f32 = 0.2;
/// A page has several articles from so many different sure headlines with text on.
const ARTICLES_MIN: usize = 2;
/// Shorter words are as much at home in any text.
const LETTERS_MIN: u32 = 5;
/// Words on either side of a line that are compared with each other,
const NEAR: usize = 120;
/// and those that stand farther off, which say how much the words of one text return.
const FAR: usize = 2 * NEAR;
/// Fewer different words on a side tell nothing.
const DIFFERENT_MIN: usize = 25;
/// Words of a stretch: a word counts the less, the more stretches of the page hold it.
const STRETCH: usize = 60;
/// Two texts have less than so much in common, measured by what either has with itself.
const OTHER_MAX: f32 = 0.4;

/// Lines that open an article by what their words say, of those that the model takes for none. `heads` says how likely each line heads one.
pub(super) fn openings(text: &str, lines: &[Line], heads: &[f32], blocks: &[Block]) -> Vec<usize> {
    let is_headline = |i: usize| blocks[i].class == Class::Headline;
    let is_asked =
        |i: usize| heads[i] >= OPEN_AT && matches!(blocks[i].class, Class::Body | Class::Other | Class::Navigation);
    let is_sure = |i: usize| is_headline(i) && heads[i] >= SURE_AT;
    // On most pages there is no such line.
    if !(0..blocks.len()).any(is_asked) || !has_several(lines, blocks, is_sure) {
        return Vec::new();
    }
    let words = Words::read(text, lines, |i| is_headline(i) || blocks[i].class == Class::Body || is_asked(i));
    let mut openings = Vec::new();
    let mut headline: Option<usize> = None;
    for (i, end) in ends(&words, is_sure).into_iter().enumerate() {
        let above = headline.filter(|_| is_asked(i));
        let opens = above.is_some_and(|above| words.part(i, above, end));
        if opens {
            openings.push(i);
        }
        if opens || is_headline(i) {
            headline = Some(i);
        }
    }
    openings
}

/// Whether the page surely has several articles. The same headline once more opens none.
fn has_several(lines: &[Line], blocks: &[Block], is_sure: impl Fn(usize) -> bool) -> bool {
    let mut found: FxHashSet<u64> = FxHashSet::default();
    let mut open = None;
    for (i, block) in blocks.iter().enumerate() {
        match block.class {
            Class::Headline => open = Some(lines[i].key).filter(|_| is_sure(i)),
            Class::Body => found.extend(open.take()),
            _ => {}
        }
    }
    found.len() >= ARTICLES_MIN
}

/// For each line where the words end that stand before the next sure headline.
fn ends(words: &Words, is_sure: impl Fn(usize) -> bool) -> Vec<usize> {
    let n = words.starts.len() - 1;
    let mut ends = vec![words.all.len(); n];
    for i in (1..n).rev() {
        ends[i - 1] = if is_sure(i) { words.starts[i] } else { ends[i] };
    }
    ends
}

/// The words of a page's text, in its order.
struct Words {
    all: Vec<u64>,
    /// Where each line's begin; the last line's end stands behind.
    starts: Vec<usize>,
    /// How many stretches hold a word.
    held: FxHashMap<u64, usize>,
}

/// Words on either side of a line, up to [`FAR`] of them.
struct Sides<'a> {
    before: &'a [u64],
    after: &'a [u64],
}

impl Sides<'_> {
    fn before_near(&self) -> &[u64] {
        &self.before[self.before.len().saturating_sub(NEAR)..]
    }

    fn after_near(&self) -> &[u64] {
        &self.after[..self.after.len().min(NEAR)]
    }
}

impl Words {
    fn read(text: &str, lines: &[Line], is_text: impl Fn(usize) -> bool) -> Words {
        let mut words =
            Words { all: Vec::new(), starts: Vec::with_capacity(lines.len() + 1), held: FxHashMap::default() };
        for (i, line) in lines.iter().enumerate() {
            words.starts.push(words.all.len());
            if is_text(i) {
                keywords(&text[line.start as usize..line.end as usize], LETTERS_MIN, &mut words.all);
            }
        }
        words.starts.push(words.all.len());
        for stretch in words.all.chunks(STRETCH) {
            for word in different(stretch) {
                *words.held.entry(word).or_insert(0) += 1;
            }
        }
        words
    }

    /// The words of a line.
    fn of(&self, line: usize) -> &[u64] {
        &self.all[self.starts[line]..self.starts[line + 1]]
    }

    /// What stands around line `i`, from the headline `above` to `end`, if it is enough to tell something.
    fn around(&self, i: usize, above: usize, end: usize) -> Option<Sides<'_>> {
        let at = self.starts[i];
        let sides = Sides {
            before: &self.all[self.starts[above].max(at.saturating_sub(FAR))..at],
            after: &self.all[at..end.min(at + FAR)],
        };
        let is_enough = |words: &[u64]| words.len() >= DIFFERENT_MIN && different(words).len() >= DIFFERENT_MIN;
        Some(sides).filter(|sides| is_enough(sides.before) && is_enough(sides.after))
    }

    /// Whether what stands before line `i`, from the headline `above` on, and what stands from it on, to `end`, are two texts: they have
    /// little in common, and nothing that the headline names.
    fn part(&self, i: usize, above: usize, end: usize) -> bool {
        let Some(sides) = self.around(i, above, end) else { return false };
        let (before, after) = (sides.before_near(), sides.after_near());
        self.common(before, after) < OTHER_MAX * self.within(&sides)
            && !self.of(above).iter().any(|word| after.contains(word))
    }

    /// How much either side has in common with itself: what is near the line with what is far.
    fn within(&self, sides: &Sides<'_>) -> f32 {
        let near = |words: &[u64]| if words.len() * 2 >= NEAR * 3 { NEAR } else { words.len() / 2 };
        let (far, close) = sides.before.split_at(sides.before.len() - near(sides.before));
        let (next, later) = sides.after.split_at(near(sides.after));
        (self.common(far, close) + self.common(next, later)) / 2.0
    }

    /// How much two pieces of text have in common, from 0 to 1.
    fn common(&self, a: &[u64], b: &[u64]) -> f32 {
        let (a, b) = (different(a), different(b));
        let stretches = self.all.len().div_ceil(STRETCH) as f32;
        let weight = |word: &u64| 1.0 - self.held.get(word).map_or(0.0, |held| *held as f32) / (stretches + 1.0);
        let sum = |words: &[u64]| words.iter().map(weight).sum::<f32>();
        let shared: f32 = a.iter().filter(|word| b.binary_search(word).is_ok()).map(weight).sum();
        let all = (sum(&a) * sum(&b)).sqrt();
        if all > 0.0 { shared / all } else { 0.0 }
    }
}

/// The different ones of some words, in order.
fn different(words: &[u64]) -> Vec<u64> {
    let mut words = words.to_vec();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::super::{block, line};
    use super::*;

    const WALL: [&str; 4] = [
        "The harbour wall of Oxley will be raised by a metre before winter, the council said after two storms had flooded the market.",
        "Engineers measured the harbour wall in spring and found cracks where storms had washed out the mortar below the market.",
        "Shopkeepers at the market want the council to raise the wall faster, since every storm that floods the harbour costs them stock.",
        "The council will pay the engineers half in advance, so that the cracks in the mortar are closed before storms return in winter.",
    ];
    const BREAD: [&str; 4] = [
        "Rye bread needs a sour dough that has rested overnight, says baker Ilse Dorn, whose oven has been burning since Easter.",
        "Her dough is flour, water and salt; overnight the sour yeast makes rye bread that stays fresh for a whole week.",
        "The baker shapes the dough by hand and leaves each bread in the oven until its crust sounds hollow, mostly within an hour.",
        "Whoever has no oven can bake rye bread in an iron pot, the baker says, if flour and yeast are warm before the dough rests.",
    ];

    /// Which lines open an article, of lines with their classes and scores as a headline.
    fn opened(page: &[(&str, Class, f32)]) -> Vec<usize> {
        let joined = page.iter().map(|(text, ..)| *text).collect::<Vec<_>>().join("\n");
        let mut text = String::new();
        let (lines, _) = line::lines(&joined, page.len(), &mut text);
        assert_eq!(lines.len(), page.len());
        let blocks: Vec<Block> = lines.iter().zip(page).map(|(l, (_, class, p))| block(l, *class, *p)).collect();
        let heads: Vec<f32> = page.iter().map(|(.., head)| *head).collect();
        openings(&text, &lines, &heads, &blocks)
    }

    fn body(texts: &[&'static str]) -> Vec<(&'static str, Class, f32)> {
        texts.iter().map(|text| (*text, Class::Body, 0.0)).collect()
    }

    /// A short article before, one of the wall, and what is to be decided, at line 7.
    fn page(at: (&'static str, Class, f32), behind: &[&'static str]) -> Vec<(&'static str, Class, f32)> {
        let first = [("Ferry fares rise again", Class::Headline, 0.9), ("The ferry will cost more.", Class::Body, 0.0)];
        let wall = ("Oxley raises its harbour wall", Class::Headline, 0.9);
        [&first[..], &[wall], &body(&WALL), &[at], &body(behind)].concat()
    }

    #[test]
    fn a_line_between_two_texts_opens_an_article() {
        let at = ("How to keep rye bread fresh", Class::Body, 0.3);
        assert_eq!(opened(&page(at, &BREAD)), [7]);
        assert_eq!(opened(&page((at.0, Class::Other, 0.3), &BREAD)), [7]);
        // No line that the model is surer of, none that has another class, none within a text.
        assert_eq!(opened(&page((at.0, Class::Body, 0.1), &BREAD)), [0; 0]);
        assert_eq!(opened(&page((at.0, Class::Caption, 0.3), &BREAD)), [0; 0]);
        assert_eq!(opened(&page(("What the engineers found", Class::Body, 0.3), &WALL)), [0; 0]);
        // Few words behind it tell nothing, nor does another theme under a headline that speaks of it too.
        assert_eq!(opened(&page(at, &BREAD[..1])), [0; 0]);
        let mut both = page(at, &BREAD);
        both[2].0 = "Oxley raises its harbour wall and bakes bread";
        assert_eq!(opened(&both), [0; 0]);
        // A page that surely has one article may speak of much.
        assert_eq!(opened(&page(at, &BREAD)[2..]), [0; 0]);
        let mut doubtful = page(at, &BREAD);
        doubtful[0].2 = 0.6;
        assert_eq!(opened(&doubtful), [0; 0]);
        let mut again = page(at, &BREAD);
        again[0].0 = again[2].0;
        assert_eq!(opened(&again), [0; 0]);
    }

    #[test]
    fn what_is_common_counts_by_the_words_that_few_stretches_hold() {
        let read = |texts: &[&str]| {
            let mut text = String::new();
            let (lines, _) = line::lines(&texts.join("\n"), 100, &mut text);
            Words::read(&text, &lines, |_| true)
        };
        let words = read(&[WALL[0], WALL[1], BREAD[0], ""]);
        assert_eq!(words.common(words.of(0), words.of(0)), 1.0);
        assert_eq!(words.common(words.of(0), &[]), 0.0);
        let [near, far] = [1, 2].map(|other| words.common(words.of(0), words.of(other)));
        assert!(far < near && near < 1.0, "{far} {near}");
    }
}
