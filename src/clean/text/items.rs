//! Lists within scraped text: the trees take some of a list's items and doubt others, which are no less of the text.
//!
//! What holds: only a list that stands right behind a line of text, and of which items are text already; linear in the lines.

use super::block;
use super::lexicon::Cue;
use super::line::{End, Line};
use crate::clean::block::{Block, Class};
use std::ops::Range;

/// A list with bullets has so many items at most,
const BULLETED_MAX: usize = 60;
/// and one in so many of them is text.
const BULLETED_TEXT: usize = 2;
/// A list without bullets stands behind a colon and before a line of text, has so many items at most,
const BARE_MAX: usize = 30;
/// and each so many words.
const BARE_WORDS_MAX: u32 = 14;

/// Adds to the text what is left of its lists.
pub(super) fn complete(text: &str, lines: &[Line], scores: &[f32], blocks: &mut [Block]) {
    let mut at = 0;
    while at + 1 < lines.len() {
        let list = list_behind(text, lines, blocks, at);
        for i in list.clone() {
            if is_item(text, &lines[i], &blocks[i]) {
                blocks[i] = block(&lines[i], Class::Body, scores[i]);
            }
        }
        at = list.end.max(at + 1);
    }
}

/// The list that stands behind line `at`; none where that is no text, or hardly any of the items is.
fn list_behind(text: &str, lines: &[Line], blocks: &[Block], at: usize) -> Range<usize> {
    let (is_text, from) = (|i: usize| blocks[i].class == Class::Body, at + 1);
    if !is_text(at) {
        return from..from;
    }
    // A longer run is none, and is not counted to its end.
    let run = |most: usize, is_item: &dyn Fn(&Line) -> bool| {
        from..from + lines[from..].iter().take(most + 1).take_while(|line| is_item(line)).count()
    };
    let taken = |list: &Range<usize>| list.clone().filter(|i| is_text(*i)).count();
    let bulleted = run(BULLETED_MAX, &|line| line.bullet > 0);
    if !bulleted.is_empty() {
        let is_of_text = bulleted.len() <= BULLETED_MAX && taken(&bulleted) * BULLETED_TEXT >= bulleted.len();
        return if is_of_text { bulleted } else { from..from };
    }
    if !text[..lines[at].end as usize].ends_with([':', '：']) {
        return from..from;
    }
    let bare = run(BARE_MAX, &|line| line.words <= BARE_WORDS_MAX && line.ending == End::Open);
    let is_closed = bare.end < lines.len() && is_text(bare.end);
    if bare.len() <= BARE_MAX && is_closed && taken(&bare) > 0 { bare } else { from..from }
}

/// Whether a line may be an item: no button, advert, credit or price.
fn is_item(text: &str, line: &Line, block: &Block) -> bool {
    const OTHERS: [Cue; 6] = [Cue::Share, Cue::Advert, Cue::Credit, Cue::Account, Cue::Consent, Cue::Comment];
    let own = &text[line.start as usize..line.end as usize];
    let is_kind =
        !matches!(block.class, Class::Headline | Class::Byline | Class::Date | Class::Caption | Class::Kicker);
    is_kind && OTHERS.iter().all(|cue| line.cues[*cue as usize] == 0) && !own.contains(['$', '€', '£', '|'])
}

#[cfg(test)]
mod tests {
    use super::super::line;
    use super::*;

    /// Which lines are text, if those were that are marked with a plus sign.
    fn completed(page: &str) -> String {
        let marked: Vec<bool> = page.lines().map(|line| line.starts_with('+')).collect();
        let bare: String = page.lines().map(|line| format!("{}\n", &line[1..])).collect();
        let mut text = String::new();
        let (lines, _) = line::lines(&bare, 100, &mut text);
        assert_eq!(lines.len(), marked.len(), "{page}");
        let class = |is_text: bool| if is_text { Class::Body } else { Class::Navigation };
        let mut blocks: Vec<Block> =
            lines.iter().zip(&marked).map(|(line, is_text)| block(line, class(*is_text), 0.5)).collect();
        complete(&text, &lines, &vec![0.3; lines.len()], &mut blocks);
        blocks.iter().map(|block| if block.class == Class::Body { '+' } else { '-' }).collect()
    }

    #[test]
    fn a_list_with_bullets_is_completed_behind_text() {
        let list = "+* Stone\n+* Gravel\n-* Mortar\n-* Two masons\n-Menu";
        assert_eq!(completed(&format!("+The bridge needs a lot.\n{list}")), "+++++-");
        assert_eq!(completed(&format!("-Menu\n{list}")), "-+++--".replacen("+++--", "++---", 1), "not behind text");
        assert_eq!(
            completed("+The bridge needs a lot.\n+* Stone\n-* Ab\n-* Bc\n-* Cd"),
            "++---",
            "hardly any of it is text"
        );
        let other = "+* Stone\n+* Sand\n-* Share this article\n-* Two for $ 7";
        assert_eq!(completed(&format!("+The bridge needs a lot.\n{other}")), "+++--");
    }

    #[test]
    fn a_list_without_is_completed_between_a_colon_and_text() {
        assert_eq!(completed("+The bridge needs:\n+Stone\n-Mortar\n+Work begins on Monday morning."), "++++");
        assert_eq!(completed("+The bridge needs a lot.\n+Stone\n-Mortar\n+Work begins on Monday morning."), "++-+");
        assert_eq!(completed("+The bridge needs:\n+Stone\n-Mortar\n-Menu"), "++--", "at the text's end");
        assert_eq!(
            completed("+The bridge needs:\n-Stone\n-Mortar\n+Work begins on Monday morning."),
            "+--+",
            "none is text"
        );
    }
}
