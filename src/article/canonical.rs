//! Canonical text: what is left of a text when typography, case and encoding are taken away. The content hash stands on it.
//!
//! The recipe is NFKC, full case folding (Unicode's C + F mappings, no locale), NFKC once more, then every run of
//! anything but letters, marks and decimal digits (general categories L*, M*, Nd) to one space, trimmed.
//! `docs/content-hash.md` has it in ten lines of Python, and a test holds the two together.
//!
//! What holds: `canonical(canonical(x)) == canonical(x)`. The second NFKC is what makes it so: folding takes some
//! letters apart (`ΐ` to three code points), and one may then meet a mark that it composes with.

use crate::clean::ascii;
use crate::clean::folded::Folded;
use crate::clean::letters;
use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Bytes of a text's head that mostly hold a word.
const HEAD_BYTES_A_WORD: usize = 16;

const FOLD: CaseMapperBorrowed<'static> = CaseMapper::new();
const CATEGORY: icu_properties::CodePointMapDataBorrowed<'static, GeneralCategory> =
    CodePointMapData::<GeneralCategory>::new();
const KEPT: GeneralCategoryGroup =
    GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Mark).union(GeneralCategoryGroup::DecimalNumber);

/// The canonical form of `text`. Linear in its length.
pub fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    append(&mut out, text);
    out
}

/// Appends the canonical form of `text` to `out`, a space before it where both have something to say.
pub fn append(out: &mut String, text: &str) {
    let mut words = Folded::behind(std::mem::take(out));
    // ASCII is its own NFKC, and most of most texts. A run of it ends one byte early: the next character may be a mark
    // that belongs to that byte's letter.
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let ascii = at + ascii::run(&bytes[at..]);
        let Some(next) = text[ascii..].chars().next() else {
            words.ascii(&bytes[at..]);
            break;
        };
        if is_inert(next) {
            words.ascii(&bytes[at..ascii]);
            words.end_word();
            at = ascii + next.len_utf8();
            continue;
        }
        let fast = at.max(ascii.saturating_sub(1));
        words.ascii(&bytes[at..fast]);
        at = slow_end(bytes, fast);
        fold(&mut words, &text[fast..at]);
    }
    *out = words.into_string();
}

/// Marks of typography that come to nothing, and neither compose nor reorder with their neighbours.
fn is_inert(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2018}'..='\u{201f}' | '•' | '…' | '«' | '»' | '\u{a0}')
}

/// Where the part of a text that needs the full recipe ends: at an ASCII byte that the next byte, ASCII too, shields from
/// marks. Neither side of such a place can compose or reorder with the other.
fn slow_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while at + 1 < bytes.len() {
        if bytes[at].is_ascii() && bytes[at + 1].is_ascii() {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// Adds what is left of `text` by the full recipe.
fn fold(words: &mut Folded, text: &str) {
    let mut composed = Cow::Borrowed(text);
    if is_nfkc_quick(text.chars()) != IsNormalized::Yes {
        composed = Cow::Owned(text.nfkc().collect());
    }
    let folded = FOLD.fold_string(&composed);
    let add = |c: char| {
        if c.is_ascii_alphanumeric() || !c.is_ascii() && KEPT.contains(CATEGORY.get(c)) {
            words.push(c);
        } else {
            words.end_word();
        }
    };
    if is_nfkc_quick(folded.chars()) == IsNormalized::Yes {
        folded.chars().for_each(add);
    } else {
        folded.nfkc().for_each(add);
    }
}

/// True for characters of the scripts that write no spaces and whose characters each stand for about a word: Han,
/// Hiragana, Katakana.
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Whether a canonical text has at least so many [`words`].
pub fn has_words(canonical: &str, count: usize) -> bool {
    // So many bytes hold them in any script; what follows need not be looked at.
    let head = canonical.floor_char_boundary(count * HEAD_BYTES_A_WORD);
    words(&canonical[..head]) > count || words(canonical) >= count
}

/// Words of a canonical text, as the content hash counts them: every Han or kana character is one, and so is every other
/// run between spaces and such characters.
pub fn words(canonical: &str) -> usize {
    count_words(canonical, |bits| !bits.blanks, |_| true)
}

/// Words of a text as a reader counts them: as [`words`], but white space of any kind divides, and what holds no letter
/// or digit (a dash, an emoji) is none. "Don't" is one word.
pub fn reader_words(text: &str) -> usize {
    count_words(text, |bits| bits.letters, letters::is_letter)
}

/// Counts what stands between white space and holds one character that `counts`; `ascii_counts` tells those of ASCII, and
/// whatever else it likes of white space.
fn count_words(text: &str, ascii_counts: impl Fn(ascii::Bits) -> u64, counts: impl Fn(char) -> bool) -> usize {
    let bytes = text.as_bytes();
    // What is open is counted where it ends.
    let (mut total, mut is_open, mut at) = (0, false, 0);
    while at < bytes.len() {
        let run = at + ascii::run(&bytes[at..]);
        while at < run {
            let bits = ascii::Bits::of(&bytes[at..run]);
            let there = u64::MAX >> (ascii::BITS - ascii::BITS.min(run - at));
            // What is added at a byte that counts runs on to the next blank, once.
            let inside = !bits.blanks;
            let (sum, over) = inside.overflowing_add(ascii_counts(bits) & inside & there);
            let (sum, over_again) = sum.overflowing_add(u64::from(is_open));
            total += (sum & bits.blanks).count_ones() as usize;
            is_open = over | over_again;
            at += ascii::BITS;
        }
        at = run;
        let Some(c) = text[at..].chars().next() else { break };
        at += c.len_utf8();
        if is_cjk(c) {
            total += 1 + usize::from(is_open);
            is_open = false;
        } else if c.is_whitespace() {
            total += usize::from(is_open);
            is_open = false;
        } else {
            is_open |= counts(c);
        }
    }
    total + usize::from(is_open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(canonical(text), expected);
        assert_eq!(canonical(expected), expected, "not idempotent");
    }

    #[test]
    fn typography_case_and_form_go() {
        check("", "");
        check("  —…!  ", "");
        check("The Mayor’s “plan”", "the mayor s plan");
        check("The mayor's \"plan\"", "the mayor s plan");
        check("Straße STRASSE", "strasse strasse");
        check("e\u{301}te\u{301} ÉTÉ", "été été");
        check("ﬁre ＦＵＬＬ", "fire full");
        check("İstanbul ISPARTA ılık", "i\u{307}stanbul isparta ılık");
        check("ΟΔΥΣΣΕΥΣ Ὀδυσσεύς", "οδυσσευσ ὀδυσσεύσ");
        check("x² ½ ⅷ", "x2 1 2 viii");
        check("日本語、テスト。", "日本語 テスト");
        check("٣ أخبار", "٣ أخبار");
        check("हिन्दी", "हिन्दी");
        check("100,000 3.5%", "100 000 3 5");
        check("go 🎉 now", "go now");
        check("a\u{308}b", "äb");
        check("snake_case", "snake case");
    }

    #[test]
    fn a_letter_and_its_mark_meet_across_the_ascii_run() {
        check("cafe\u{301}", "café");
        check("abc e\u{301}", "abc é");
        check("e\u{301}", "é");
        check("ab\u{327}\u{323}c", "a\u{1e05}\u{327}c");
        check("\u{301}a", "\u{301}a");
    }

    /// ᾳ with a diaeresis: folding turns the subscript into a letter of its own, which the mark then composes with.
    #[test]
    fn folding_is_normalised_again() {
        check("\u{3b1}\u{308}\u{345}", "\u{3b1}\u{3ca}");
        check("ΐ", "ΐ");
    }

    /// Straight from the recipe, with no fast path.
    fn plain(text: &str) -> String {
        let composed: String = text.nfkc().collect();
        let folded: String = FOLD.fold_string(&composed).nfkc().collect();
        let spaced: String = folded.chars().map(|c| if KEPT.contains(CATEGORY.get(c)) { c } else { ' ' }).collect();
        spaced.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_code_point_is_idempotent() {
        for c in '\0'..=char::MAX {
            for text in [format!("{c}"), format!("a{c}\u{308}"), format!("{c}\u{345}\u{301}b")] {
                let once = canonical(&text);
                assert_eq!(once, plain(&text), "{:x}", c as u32);
                assert_eq!(canonical(&once), once, "{:x}", c as u32);
            }
        }
    }

    proptest! {
        #[test]
        fn idempotent_and_equal_to_the_recipe(text in "(\\PC|[a-zA-Z0-9 .,]{7,20}|[a-zA-Z .ßΐﬁ\u{301}\u{308}\u{345}\u{323}ᾳα]){0,60}") {
            let once = canonical(&text);
            prop_assert_eq!(&once, &plain(&text));
            prop_assert_eq!(canonical(&once), once);
        }
    }

    /// The hash is a contract across releases, so a newer Unicode must not change it unseen. When this fails after an
    /// upgrade of the Unicode crates: text with characters that are new or changed in that version of Unicode hashes
    /// anew. Say so in the changelog and in `docs/content-hash.md`, then put the new digest here.
    #[test]
    fn the_unicode_tables_are_those_that_version_1_shipped_with() {
        let mut digest = Sha256::new();
        for c in '\0'..=char::MAX {
            digest.update(canonical(&c.to_string()).as_bytes());
            digest.update([0]);
        }
        let hex: String = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "4542087c505a871a1a0975c85500452f9f34ea57ce249167562b12968cfde26f");
    }

    /// One character after the other.
    fn counted(text: &str, counts: impl Fn(char) -> bool) -> usize {
        let (mut total, mut is_open) = (0, false);
        for c in text.chars() {
            let begins = !c.is_whitespace() && !is_cjk(c) && !is_open && counts(c);
            total += usize::from(begins || is_cjk(c));
            is_open = !c.is_whitespace() && !is_cjk(c) && (is_open || begins);
        }
        total
    }

    proptest! {
        #[test]
        fn words_are_counted_as_one_character_after_the_other(text in "[a-z0-9 \\-\t\n\u{b}\u{a0}é日—.]{0,60}") {
            prop_assert_eq!(reader_words(&text), counted(&text, char::is_alphanumeric));
            prop_assert_eq!(words(&text), counted(&text, |_| true));
        }
    }

    #[test]
    fn words_count_in_any_script() {
        assert_eq!(words(""), 0);
        assert_eq!(words("don t panic"), 3);
        assert_eq!(words("日本語 テスト"), 6);
        assert_eq!(words("東京2026年の abc"), 6);
        assert_eq!(reader_words("Don't — panic 🎉 now"), 3);
        assert_eq!(reader_words("state-of-the-art\n\n“quoted” words"), 3);
        assert_eq!(reader_words("東京2026年の。"), 5);
    }
}
