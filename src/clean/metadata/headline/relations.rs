//! How a candidate stands to what the page's other places say: which places agree, which of their titles it begins or
//! ends, whether the address and the text speak of it.
//!
//! What holds: work bounded by the candidates squared, the address and a bounded stretch of text.

use super::candidates::{Candidate, Part, Source, key};
use super::features::{Columns, words};
use super::slug::{Slug, share};
use crate::clean::block::{Class, Document};
use crate::clean::metadata::Sources;

/// Features of a candidate.
pub(super) const FEATURES: usize = VOICES.len() + 1 + COMPARED.len() + PAIRS.len() + 2 + 3 + 1 + 3 + 2 + 3;
/// Places that each have one title to offer.
const VOICES: [Source; 6] =
    [Source::H1, Source::Classed, Source::Graph, Source::OpenGraph, Source::Twitter, Source::Title];
/// Voices that every candidate is compared with.
const COMPARED: [usize; 4] = [0, 2, 3, 5];
/// Voices that may agree with each other.
const PAIRS: [(usize, usize); 7] = [(3, 0), (2, 0), (3, 2), (5, 0), (5, 3), (4, 3), (4, 0)];
/// How much of the text's beginning is looked at, bytes.
const TEXT_BYTES_MAX: usize = 1500;

/// What is the same for all candidates of a page.
pub(super) struct Relations {
    /// Each voice's candidate.
    voices: [Option<usize>; VOICES.len()],
    /// Agreement of voices, and what else the page says as a whole.
    page: Vec<f32>,
    /// Each candidate's share of the address's words, the address's share of its words, and the text's.
    shares: Vec<[f32; 3]>,
    /// Its letters are another's, which has more spaces between them.
    glued: Vec<bool>,
}

impl Relations {
    /// `candidates` with their words, hashed and in order.
    pub(super) fn of(
        candidates: &[Candidate],
        candidate_words: &[Vec<u64>],
        sources: &Sources<'_>,
        first_body: Option<usize>,
    ) -> Relations {
        let voices = VOICES.map(|source| voice(candidates, source, first_body));
        let flag = |b: bool| f32::from(u8::from(b));
        let agree = |(a, b): (usize, usize)| match (voices[a], voices[b]) {
            (Some(a), Some(b)) => flag(a == b),
            _ => ABSENT,
        };
        let mut page: Vec<f32> = PAIRS.into_iter().map(agree).collect();
        for heading in [0, 2] {
            page.push(match (voices[3], voices[heading]) {
                (Some(og), Some(other)) => relation(&candidates[og], &candidates[other]),
                _ => ABSENT,
            });
        }
        for source in [Source::OpenGraph, Source::Graph, Source::Title] {
            page.push(flag(candidates.iter().any(|c| c.found[source as usize][Part::BeforeSite as usize])));
        }
        page.push(flag(sources.document.meta.page_types.iter().any(|t| t.ends_with("newsarticle"))));
        let compact: Vec<String> = candidates.iter().map(|c| c.key.replace(' ', "")).collect();
        let glued = (0..candidates.len())
            .map(|i| {
                (0..candidates.len())
                    .any(|j| compact[i] == compact[j] && candidates[i].key.len() < candidates[j].key.len())
            })
            .collect();
        Relations { voices, page, shares: shares(candidates, candidate_words, sources), glued }
    }

    /// Writes a candidate's features.
    pub(super) fn of_candidate(&self, out: &mut Columns<'_>, candidates: &[Candidate], i: usize) {
        let own = &candidates[i];
        for voice in self.voices {
            out.flag(voice == Some(i));
        }
        out.push(self.voices.iter().filter(|v| **v == Some(i)).count() as f32 / 2.0);
        for voice in COMPARED {
            out.push(self.voices[voice].map_or(ABSENT, |v| relation(own, &candidates[v])));
        }
        for value in &self.page {
            out.push(*value);
        }
        let [in_slug, of_slug, in_text] = self.shares[i];
        let best = self.shares.iter().map(|s| s[0]).fold(0.0, f32::max);
        out.push(in_slug);
        out.push(of_slug);
        out.push(best - in_slug);
        out.push(in_text);
        out.push(self.shares.iter().map(|s| s[2]).fold(0.0, f32::max) - in_text);
        out.flag(self.glued[i]);
        out.flag(own.beside);
        out.flag(candidates.iter().any(|c| c.beside && own.key.len() > c.key.len() && own.key.ends_with(&c.key)));
    }
}

/// The one title that a place has to offer: without the site's name, and of first-level headings the last before the text.
fn voice(candidates: &[Candidate], source: Source, first_body: Option<usize>) -> Option<usize> {
    let parts = |c: &Candidate| c.found[source as usize];
    let at = |i: &usize| parts(&candidates[*i])[Part::Whole as usize];
    if matches!(source, Source::H1 | Source::Classed) {
        let before = |i: &usize| matches!((candidates[*i].block, first_body), (Some(b), Some(first)) if b <= first);
        let all = || (0..candidates.len()).filter(at);
        return all().rfind(before).or_else(|| all().next());
    }
    let cut = |i: &usize| {
        let parts = parts(&candidates[*i]);
        parts[Part::BeforeSite as usize] || parts[Part::AfterSite as usize]
    };
    let cuts = (0..candidates.len()).filter(cut);
    cuts.min_by_key(|i| candidates[*i].key.len()).or_else(|| (0..candidates.len()).find(at))
}

// How one title stands to another, nearer ones higher; none of these is 0.
const SAME: f32 = 4.0;
/// It is the other's end, whose beginning may be a kicker.
const ENDS: f32 = 3.0;
const BEGINS: f32 = 2.0;
const ENDED: f32 = 1.0;
const BEGUN: f32 = 0.5;
/// One of the two is not there.
const ABSENT: f32 = -1.0;

fn relation(own: &Candidate, other: &Candidate) -> f32 {
    let (own, other) = (own.key.as_str(), other.key.as_str());
    let ends = |short: &str, long: &str| long.strip_suffix(short).is_some_and(|rest| rest.ends_with(' '));
    let begins = |short: &str, long: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '));
    if own == other {
        SAME
    } else if ends(own, other) {
        ENDS
    } else if begins(own, other) {
        BEGINS
    } else if ends(other, own) {
        ENDED
    } else if begins(other, own) {
        BEGUN
    } else {
        0.0
    }
}

fn shares(candidates: &[Candidate], candidate_words: &[Vec<u64>], sources: &Sources<'_>) -> Vec<[f32; 3]> {
    let slug = Slug::of(sources.page_url);
    let text = opening(sources.document);
    let shares = candidates.iter().zip(candidate_words).map(|(candidate, own)| {
        let [in_slug, of_slug] = slug.as_ref().map_or([ABSENT; 2], |slug| slug.shares_of(&candidate.key, own));
        [in_slug, of_slug, share(own, &text)]
    });
    shares.collect()
}

/// Words of the text's beginning, hashed and in order.
fn opening(document: &Document) -> Vec<u64> {
    let mut text = String::new();
    for i in (0..document.blocks.len()).filter(|i| document.blocks[*i].class == Class::Body) {
        let own = document.text_of(i);
        let left = TEXT_BYTES_MAX - text.len();
        text.push_str(&own[..own.floor_char_boundary(left.saturating_sub(1))]);
        text.push(' ');
        if text.len() + 1 >= TEXT_BYTES_MAX {
            break;
        }
    }
    words(&key(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::metadata::headline::candidates::{PARTS, SOURCES};

    fn candidate(text: &str) -> Candidate {
        let found = [[false; PARTS]; SOURCES];
        Candidate { text: text.to_owned(), key: key(text), found, block: None, site: false, beside: false }
    }

    #[track_caller]
    fn check_relation(own: &str, other: &str, expected: f32) {
        assert_eq!(relation(&candidate(own), &candidate(other)), expected, "{own} to {other}");
    }

    #[test]
    fn titles_stand_to_each_other() {
        check_relation("The bridge opens", "The bridge: opens!", SAME);
        check_relation("The bridge opens", "Traffic: The bridge opens", ENDS);
        check_relation("The bridge", "The bridge opens", BEGINS);
        check_relation("Traffic: The bridge opens", "The bridge opens", ENDED);
        check_relation("The bridge opens", "The bridge", BEGUN);
        check_relation("The bridge opens", "The pier closes", 0.0);
        // Half a word is no part of a title.
        check_relation("ridge opens", "The bridge opens", 0.0);
    }

    #[test]
    fn a_place_speaks_without_the_sites_name() {
        let mut whole = candidate("The bridge opens | The Herald");
        let mut cut = candidate("The bridge opens");
        whole.found[Source::OpenGraph as usize][Part::Whole as usize] = true;
        cut.found[Source::OpenGraph as usize][Part::BeforeSite as usize] = true;
        let candidates = [whole, cut];
        assert_eq!(voice(&candidates, Source::OpenGraph, None), Some(1));
        assert_eq!(voice(&candidates[..1], Source::OpenGraph, None), Some(0));
        assert_eq!(voice(&candidates, Source::Graph, None), None);
    }

    #[test]
    fn the_heading_before_the_text_speaks() {
        let heading = |text, block| {
            let mut heading = candidate(text);
            heading.found[Source::H1 as usize][Part::Whole as usize] = true;
            Candidate { block: Some(block), ..heading }
        };
        let candidates = [heading("The Herald", 0), heading("The bridge opens", 5), heading("More of this", 30)];
        assert_eq!(voice(&candidates, Source::H1, Some(7)), Some(1));
        assert_eq!(voice(&candidates, Source::H1, None), Some(0));
    }
}
