//! What stands twice: a line and its copy next to it, paragraphs that return, a kicker glued to a headline's copy.
//!
//! What holds: copies are found by hash, each line against a fixed number of neighbours, so the cost is linear.

use super::line::{Line, measure};
use rustc_hash::FxHashMap;

/// Lines that are looked back for a copy that counts as "next to it".
const NEAR: usize = 3;
/// Longest kicker, bytes and words.
const KICKER_BYTES_MAX: usize = 60;
const KICKER_WORDS_MAX: u32 = 5;
/// A headline that a kicker may be glued to has at least so many words.
const HEADLINE_WORDS_MIN: u32 = 3;

/// Drops near copies, cuts kickers off, counts the rest. `text` is the document's.
pub(super) fn resolve(text: &str, lines: &mut Vec<Line>) {
    cut_kickers(text, lines);
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

/// `SectionA headline` beside `A headline`: the line becomes `Section`.
fn cut_kickers(text: &str, lines: &mut [Line]) {
    let of = |l: &Line| &text[l.start as usize..l.end as usize];
    for i in 0..lines.len() {
        let whole = of(&lines[i]);
        let beside = (i.saturating_sub(2)..(i + 3).min(lines.len())).filter(|j| *j != i);
        let prefix = beside.filter(|j| lines[*j].words >= HEADLINE_WORDS_MIN && !lines[*j].kicker).find_map(|j| {
            let prefix = whole.strip_suffix(of(&lines[j]))?.trim_end_matches(|c: char| !c.is_alphanumeric());
            (!prefix.is_empty() && prefix.len() <= KICKER_BYTES_MAX).then_some(prefix.len())
        });
        let Some(len) = prefix else { continue };
        let start = lines[i].start as usize;
        let mut kicker = measure(text, start, start + len);
        if kicker.words <= KICKER_WORDS_MAX && kicker.stops == 0 {
            kicker.gap = lines[i].gap;
            kicker.kicker = true;
            lines[i] = kicker;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::lines;
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &[(&str, bool, u16)]) {
        let mut out = String::new();
        let (mut lines, _) = lines(input, 100, &mut out);
        resolve(&out, &mut lines);
        let got: Vec<_> =
            lines.iter().map(|l| (&out[l.start as usize..l.end as usize], l.kicker || l.doubled, l.times)).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn a_kicker_is_cut_from_the_copy_of_its_headline() {
        check(
            "Town votes on bridge\n\nLocalNewsTown votes on bridge",
            &[("Town votes on bridge", false, 1), ("LocalNews", true, 1)],
        );
        check(
            "Politics | Town votes on bridge\nTown votes on bridge",
            &[("Politics", true, 1), ("Town votes on bridge", false, 1)],
        );
        check("bridge\nTown votes on bridge", &[("bridge", false, 1), ("Town votes on bridge", false, 1)]);
    }

    #[test]
    fn near_copies_go_and_far_ones_are_counted() {
        check("The \"old\" mill.\nThe “old” mill.", &[("The \"old\" mill.", true, 1)]);
        check(
            "a b\n1\n2\n3\n4\na b",
            &[("a b", false, 2), ("1", false, 1), ("2", false, 1), ("3", false, 1), ("4", false, 1), ("a b", false, 2)],
        );
    }
}
