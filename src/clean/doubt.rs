//! Readers' comments behind a text, HTML or plain alike: what stands behind a line that speaks of comments goes only where the trees
//! doubt it, since they are sure of most text.
//!
//! What holds: a piece of text is its words and its score; linear in the pieces.

/// What the trees doubt has at most this score, the mean over its words.
const DOUBTED_MAX: f32 = 0.78;
/// A line of at most so many words that is no link, such as a button under each post of a forum, may head readers' comments,
pub(super) const COMMENTS_HEAD_WORDS_MAX: f32 = 8.0;
/// where so many words of text stand before it, in at least so many pieces
pub(super) const BEFORE_COMMENTS: (f32, usize) = (40.0, 2);
/// of at least so many words.
pub(super) const TEXT_WORDS_MIN: f32 = 8.0;
/// So many words behind it show whether they are comments: behind a count of comments above the text stands the text.
const FIRST_WORDS: f32 = 60.0;

/// Whether the trees are not sure of these pieces, words and score each.
pub(super) fn are_doubted(pieces: impl Iterator<Item = (f32, f32)>) -> bool {
    let (words, sum) = pieces.fold((0.0, 0.0), |(words, sum), (own, score)| (words + own, sum + own * score));
    sum <= words * DOUBTED_MAX
}

/// Whether they are not sure of the first words of these.
pub(super) fn begin_doubted(pieces: impl Iterator<Item = (f32, f32)>) -> bool {
    let mut words = 0.0;
    let is_first = |(own, _): &(f32, f32)| {
        let is_first = words < FIRST_WORDS;
        // A piece counts, so that few are looked at.
        words += own.max(1.0);
        is_first
    };
    are_doubted(pieces.take_while(is_first))
}

/// For each piece whether they are not sure of what there is from it on; at the end there is nothing.
pub(super) fn doubts_from(pieces: impl DoubleEndedIterator<Item = (f32, f32)>) -> Vec<bool> {
    let (mut words, mut sum) = (0.0, 0.0);
    let from = pieces.rev().map(|(own, score)| {
        (words, sum) = (words + own, sum + own * score);
        sum <= words * DOUBTED_MAX
    });
    let mut doubts: Vec<bool> = std::iter::once(false).chain(from).collect();
    doubts.reverse();
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_is_a_mean_over_words() {
        let pieces = [(10.0, 0.9), (50.0, 0.7), (1.0, 0.9), (500.0, 0.5)];
        let of = |from: usize| pieces[from..].iter().copied();
        assert_eq!(doubts_from(of(0)), [true, true, true, true, false]);
        assert!(are_doubted(of(0)) && are_doubted(of(1).take(1)) && !are_doubted(of(0).take(1)));
        // 10 and 50 words are the first sixty: 9 + 35 of 60.
        assert!(begin_doubted(of(0)));
        assert!(!begin_doubted([(60.0, 0.8), (500.0, 0.1)].into_iter()));
    }
}
