//! What the page's address says of its lines: the longest part of one that has words is most often made of the headline's.
//!
//! What holds: linear in the page's short lines; without an address, or one of words, each of its features is [`ABSENT`].

use super::line::Line;
use super::may_head;
use crate::clean::metadata::Slug;
use url::Url;

/// Features of a line.
pub(super) const FEATURES: usize = 4;
/// There is no address that says anything, or the line stands before what it says.
const ABSENT: f32 = -1.0;
/// The line that an address speaks of shares at least so much with it.
const TOLD_AT: f32 = 0.5;

/// Each line's features: the share of the address's words that it holds, the share of its words that the address holds, how much more the
/// nearest line to the address shares with it, and how many lines it stands behind that one.
pub(super) fn rows(text: &str, lines: &[Line], page_url: Option<&str>) -> Vec<[f32; FEATURES]> {
    let url = page_url.and_then(|url| Url::parse(url).ok());
    let Some(slug) = Slug::of(url.as_ref()) else { return vec![[ABSENT; FEATURES]; lines.len()] };
    let shares = |l: &Line| {
        if may_head(l) { slug.shares(&text[l.start as usize..l.end as usize]) } else { [0.0; 2] }
    };
    let shares: Vec<[f32; 2]> = lines.iter().map(shares).collect();
    let best = shares.iter().copied().map(f1).fold(0.0, f32::max);
    let told = shares.iter().position(|s| f1(*s) >= best).filter(|_| best >= TOLD_AT);
    let behind = |i: usize| told.and_then(|told| i.checked_sub(told)).map_or(ABSENT, |n| n as f32);
    shares.iter().enumerate().map(|(i, s)| [s[0], s[1], best - f1(*s), behind(i)]).collect()
}

/// The harmonic mean of both shares.
fn f1([of_address, of_line]: [f32; 2]) -> f32 {
    2.0 * of_address * of_line / (of_address + of_line).max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::text::line;

    #[track_caller]
    fn check(page_url: Option<&str>, expected: &[[f32; FEATURES]]) {
        let mut text = String::new();
        let (lines, _) = line::lines("News\nThe bridge opens\nA pier\nThe bridge opens again", 9, &mut text);
        assert_eq!(rows(&text, &lines, page_url), expected);
    }

    #[test]
    fn lines_stand_to_the_address_and_to_the_line_that_it_speaks_of() {
        let whole = [[0.0, 0.0, 1.0, ABSENT], [1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]];
        let longer = [1.0, 0.75, 1.0 - 1.5 / 1.75, 2.0];
        check(Some("https://a.example/the-bridge-opens"), &[whole[0], whole[1], whole[2], longer]);
        let other = [0.0, 0.0, 0.0, ABSENT];
        check(Some("https://a.example/rain-falls-on-monday"), &[other; 4]);
        check(Some("https://a.example/"), &[[ABSENT; FEATURES]; 4]);
        check(None, &[[ABSENT; FEATURES]; 4]);
    }
}
