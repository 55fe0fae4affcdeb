//! What stands twice: a line and its copy next to it, paragraphs that return, a list of the headings that follow.
//!
//! What holds: copies are found by hash, each line against a fixed number of neighbours, so the cost is linear; a line that returns
//! within the text is not thereby a repeat: plans, reviews and lists say the same of many things.

use super::line::{End, Line};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Lines that are looked back for a copy that counts as "next to it".
const NEAR: usize = 3;
/// A shorter line, in words, is no paragraph whose copy could be told from chance.
const PARAGRAPH_WORDS_MIN: u32 = 8;
/// A run of lines that stand elsewhere in the same order is a repeat from so many words in paragraphs on, at least two of these.
const RUN_WORDS_MIN: u32 = 50;
/// Beyond so many lines without text that stands here first, a copy is outside of the text.
const OUTSIDE_LINES: usize = 6;
/// Lines that return one by one further down, with other lines between, are a table of contents from so many on.
const CONTENTS_LINES_MIN: usize = 4;

/// Drops near copies and counts the rest.
pub(super) fn resolve(lines: &mut Vec<Line>) {
    let mut kept: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines.drain(..) {
        let near = kept.len().saturating_sub(NEAR);
        match kept[near..].iter_mut().find(|k| k.key == line.key && (line.words > 1 || line.letters > 8)) {
            Some(copy) => copy.doubled = true,
            None => kept.push(line),
        }
    }
    let mut seen: FxHashMap<u64, u16> = FxHashMap::default();
    for line in &mut kept {
        let count = seen.entry(line.key).or_insert(0);
        line.nth = *count;
        *count = count.saturating_add(1);
    }
    for line in &mut kept {
        line.times = seen[&line.key];
    }
    *lines = kept;
}

/// What is no text though it looks so, line by line.
pub(super) struct Repeats {
    /// A copy of what stands before.
    pub(super) copy: Vec<bool>,
    /// An entry of a table of contents: the heading that it names stands further down.
    pub(super) contents: Vec<bool>,
    /// The heading that an entry names.
    pub(super) announced: Vec<bool>,
}

/// The repeats among lines of which `is_body` says which look like text.
pub(super) fn find(lines: &[Line], is_body: &[bool]) -> Repeats {
    let n = lines.len();
    let (mut before, mut after) = (vec![None; n], vec![None; n]);
    let mut last: FxHashMap<u64, usize> = FxHashMap::default();
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| line.times > 1) {
        before[i] = last.insert(line.key, i);
        if let Some(copy) = before[i] {
            after[copy] = Some(i);
        }
    }
    let mut found = Repeats { copy: vec![false; n], contents: vec![false; n], announced: vec![false; n] };
    for i in contents(lines, &after).into_iter().flatten() {
        found.contents[i] = true;
        after[i].into_iter().for_each(|heading| found.announced[heading] = true);
    }
    for run in runs(&before) {
        let words = |i: usize| Some(lines[i].words).filter(|_| is_body[i] && is_paragraph(&lines[i]));
        let paragraphs: Vec<u32> = run.clone().filter_map(words).collect();
        if paragraphs.len() > 1 && paragraphs.iter().sum::<u32>() >= RUN_WORDS_MIN {
            run.for_each(|i| found.copy[i] = true);
        }
    }
    let outside = outside(&before, is_body);
    let mut last_body = None;
    for i in (0..n).filter(|i| is_body[*i] && !found.contents[*i]) {
        let twin = before[i].filter(|twin| is_body[*twin] && !found.contents[*twin] && is_single(&lines[i]));
        found.copy[i] |= twin.is_some_and(|twin| last_body == Some(twin) || outside[i]);
        last_body = Some(i).filter(|i| !found.copy[*i]).or(last_body);
    }
    found
}

/// Whether a line and its one copy are too long for chance. What stands a third time is a plan's or a table's, and lists repeat themselves.
fn is_single(line: &Line) -> bool {
    line.times == 2 && line.words >= PARAGRAPH_WORDS_MIN && line.bullet == 0
}

fn is_paragraph(line: &Line) -> bool {
    is_single(line) && matches!(line.ending, End::Stop | End::Question)
}

/// Runs of lines that stand before in the same order.
fn runs(before: &[Option<usize>]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for i in (0..before.len()).filter(|i| before[*i].is_some()) {
        match runs.last_mut() {
            Some(run) if run.end == i && before[i] == before[i - 1].map(|copy| copy + 1) => run.end = i + 1,
            _ => runs.push(i..i + 1),
        }
    }
    runs
}

/// Runs of lines each of which returns once, further down, in the same order, with other lines between.
fn contents(lines: &[Line], after: &[Option<usize>]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (i, copy) in after.iter().enumerate().filter(|(i, _)| lines[*i].words > 1 && lines[*i].times == 2) {
        let Some(copy) = *copy else { continue };
        match runs.last_mut() {
            Some(run) if run.end == i && after[i - 1].is_some_and(|last| copy > last + 1) => run.end = i + 1,
            _ => runs.push(i..i + 1),
        }
    }
    runs.retain(|run| run.len() >= CONTENTS_LINES_MIN && after[run.start].is_some_and(|copy| copy >= run.end));
    runs
}

/// Which lines are far from any text that stands there first, before them or behind.
fn outside(before: &[Option<usize>], is_body: &[bool]) -> Vec<bool> {
    let n = is_body.len();
    let mut outside = vec![false; n];
    for places in [(0..n).collect::<Vec<_>>(), (0..n).rev().collect()] {
        let mut far = OUTSIDE_LINES;
        for i in places {
            outside[i] |= far >= OUTSIDE_LINES;
            far = if is_body[i] && before[i].is_none() { 0 } else { far + 1 };
        }
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::super::line::lines;
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &[(&str, bool, u16)]) {
        let mut out = String::new();
        let (mut lines, _) = lines(input, 100, &mut out);
        resolve(&mut lines);
        let got: Vec<_> = lines.iter().map(|l| (&out[l.start as usize..l.end as usize], l.doubled, l.times)).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn near_copies_go_and_far_ones_are_counted() {
        check("The \"old\" mill.\nThe “old” mill.", &[("The \"old\" mill.", true, 1)]);
        check(
            "a b\n1\n2\n3\n4\na b",
            &[("a b", false, 2), ("1", false, 1), ("2", false, 1), ("3", false, 1), ("4", false, 1), ("a b", false, 2)],
        );
    }

    /// Checks which lines of the input, all of which look like text, are repeats: `copy` and `contents`, from 0.
    #[track_caller]
    fn check_repeats(input: &str, copy: &[usize], contents: &[usize]) {
        let mut out = String::new();
        let (mut lines, _) = lines(input, 100, &mut out);
        resolve(&mut lines);
        let found = find(&lines, &vec![true; lines.len()]);
        let places = |of: &[bool]| (0..of.len()).filter(|i| of[*i]).collect::<Vec<_>>();
        assert_eq!((places(&found.copy), places(&found.contents)), (copy.to_vec(), contents.to_vec()), "{input}");
    }

    const MILL: &str = "The mill was closed in the spring of that year, and nobody in the village could say why it was so, or who had asked for it.";
    const WEIR: &str = "The weir was left as it stood, with two of its gates open and the third one gone for good since the ice of March.";

    /// Lines that stand nowhere else.
    fn others(range: Range<usize>) -> String {
        range.map(|i| format!("Line number {i} says something of its own.\n")).collect()
    }

    #[test]
    fn a_run_of_paragraphs_is_a_repeat_and_one_that_returns_is_not() {
        let (first, second) = (others(0..4), others(4..8));
        check_repeats(&format!("{MILL}\n{WEIR}\n{first}{MILL}\n{WEIR}\n{second}"), &[6, 7], &[]);
        check_repeats(&format!("{MILL}\n{first}{MILL}\n{WEIR}\n{second}"), &[], &[]);
        // As a list they are not, nor are short ones.
        check_repeats(&format!("* {MILL}\n* {WEIR}\n{first}* {MILL}\n* {WEIR}\n{second}"), &[], &[]);
        let brief = "One line of eight words is short enough.\nAnother line of eight words is as short.\n";
        check_repeats(&format!("{brief}{first}{brief}{second}"), &[], &[]);
    }

    #[test]
    fn a_copy_outside_of_the_text_is_a_repeat_and_what_stands_a_third_time_is_not() {
        let first = others(0..8);
        check_repeats(&format!("{MILL}\n{first}{MILL}\n"), &[9], &[]);
        let plan: String = (0..4).map(|i| format!("Week {i} of them\n{MILL}\nA run of {i} miles\n{WEIR}\n")).collect();
        check_repeats(&plan, &[], &[]);
    }

    #[test]
    fn a_table_of_contents_goes_and_its_headings_stay() {
        let heads = ["The old mill", "The new weir", "Who paid for it", "What comes next", "A last word"];
        let text = |heads: &[&str]| -> String {
            let sections = heads.iter().zip(1..).map(|(head, i)| format!("{head}\n{}", others(i * 3..i * 3 + 3)));
            format!("{}\n{}{}", heads.join("\n"), others(0..3), sections.collect::<String>())
        };
        check_repeats(&text(&heads), &[], &[0, 1, 2, 3, 4]);
        check_repeats(&text(&heads[..3]), &[], &[]);
    }
}
