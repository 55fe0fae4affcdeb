//! What the topics say about each content hash, and whether that adds up.
//!
//! Fed in this order: the lanes' changelogs, dead letters, articles, candidates. Knows no topic and no broker, so that every
//! way in which a hash can be wrong is a unit test.

use rustc_hash::FxHashMap;

use crate::dedup::Hash16;

/// Memory of one account in the map, growth included; for the estimate that `verify` makes.
pub const ACCOUNT_BYTES: u64 = 90;

/// From when on a lane's traces are whole: what lacks before was deleted by retention, or never was there.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// Of what was published up to then, ms, the article may be deleted; `i64::MIN`: none was.
    pub articles_ms: i64,
    /// Of a candidate up to then, ms, the segment may be deleted that remembered its hash; `i64::MIN`: none was.
    pub changelog_ms: i64,
    /// Candidates were deleted.
    pub candidates_deleted: bool,
    /// When the lane or its candidates began, ms: of what was published before, nothing else need be there.
    pub begun_ms: i64,
}

impl Default for Evidence {
    /// All is there.
    fn default() -> Self {
        Evidence { articles_ms: i64::MIN, changelog_ms: i64::MIN, candidates_deleted: false, begun_ms: i64::MIN }
    }
}

/// All that is known of one hash.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// Records in `articles`.
    published: u32,
    /// Of these, so many within the TTL of the one before, by their timestamps.
    close: u32,
    /// Timestamp of the latest, ms.
    published_ms: i64,
    /// Segments that added it.
    remembered: u16,
    /// Of these, so many after the TTL of one before that published its article, by lane time.
    again: u16,
    /// Lane time of the latest, ms.
    remembered_ms: i64,
    /// The latest published its article with it.
    promised: bool,
    /// A checkpoint held it: how it came to be remembered was cut off with the log.
    recalled: bool,
    /// Candidates below the lane's next offset.
    decided: u32,
    /// Timestamp of the latest of these, ms.
    decided_ms: i64,
    /// Remembered on purpose without being published.
    learned: bool,
    /// Refused by its topic: dead letters of dedup.
    dead: u16,
    /// A candidate that the lane had not decided when the changelog was read.
    later: bool,
}

/// How a hash is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// In `articles` so many times too often.
    Doubled(u32),
    /// Decided or remembered, and not published, or not as often.
    Lost,
    /// Published, and nothing says why.
    Unexplained,
}

/// Sums over the hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Candidates that were decided.
    pub candidates: u64,
    /// Of these, the first of their hash that is published, dead-lettered, learned, or was published before.
    pub first: u64,
    /// Records in `articles`.
    pub published: u64,
    /// Of these, published once more after the TTL.
    pub again: u64,
    /// Hashes that are remembered without having been published, as `learn` and `dedup import` do.
    pub learned: u64,
    /// Hashes whose event became a dead letter.
    pub dead: u64,
    /// Hashes that can't be told about: what would say so was deleted.
    pub too_old: u64,
}

/// The accounts of all hashes of some lanes.
#[derive(Default)]
pub struct Accounts {
    map: FxHashMap<Hash16, Account>,
    /// Lane times, ms, of the segments that published a hash, where the account has gone on to a later segment.
    earlier: FxHashMap<Hash16, Vec<i64>>,
    ttl_ms: i64,
}

impl Accounts {
    /// Nothing known yet; a repeat is fine `ttl_ms` after the one before.
    pub fn new(ttl_ms: u64) -> Self {
        let ttl_ms = i64::try_from(ttl_ms).unwrap_or(i64::MAX);
        Accounts { map: FxHashMap::default(), earlier: FxHashMap::default(), ttl_ms }
    }

    /// A segment of this lane time added the hash; `learned`: without its article.
    pub fn remembered(&mut self, hash: Hash16, lane_time_ms: i64, learned: bool) {
        let account = self.map.entry(hash).or_default();
        if (account.promised || account.recalled) && lane_time_ms - account.remembered_ms >= self.ttl_ms {
            account.again += 1;
        }
        if account.promised {
            self.earlier.entry(hash).or_default().push(account.remembered_ms);
        }
        account.remembered += 1;
        (account.remembered_ms, account.promised) = (lane_time_ms, !learned);
        account.learned |= learned;
    }

    /// A checkpoint holds the hash, seen at this lane time or up to an eighth of the TTL later.
    pub fn recalled(&mut self, hash: Hash16, lane_time_ms: i64) {
        let latest_ms = lane_time_ms.saturating_add(self.ttl_ms / 8);
        let account = self.map.entry(hash).or_default();
        // Of what the log still tells itself, a checkpoint says nothing new.
        if account.remembered == 0 && !account.recalled {
            (account.recalled, account.remembered_ms) = (true, latest_ms);
        }
    }

    /// The hash's event became a dead letter of dedup.
    pub fn dead(&mut self, hash: Hash16) {
        self.map.entry(hash).or_default().dead += 1;
    }

    /// An article stands in `articles`.
    pub fn published(&mut self, hash: Hash16, timestamp_ms: i64) {
        let account = self.map.entry(hash).or_default();
        if account.published > 0 && timestamp_ms - account.published_ms < self.ttl_ms {
            account.close += 1;
        }
        account.published += 1;
        account.published_ms = timestamp_ms;
    }

    /// A candidate stands below its lane's next offset.
    pub fn decided(&mut self, hash: Hash16, timestamp_ms: i64) {
        let account = self.map.entry(hash).or_default();
        account.decided += 1;
        account.decided_ms = account.decided_ms.max(timestamp_ms);
    }

    /// A candidate stands above it.
    pub fn later(&mut self, hash: Hash16) {
        self.map.entry(hash).or_default().later = true;
    }

    /// Adds the sums up, and tells each hash that is wrong. `evidence` is that of the hash's lane.
    pub fn judge(&self, evidence: impl Fn(&Hash16) -> Evidence, sums: &mut Sums, mut tell: impl FnMut(&Hash16, Wrong)) {
        for (hash, account) in &self.map {
            let evidence = evidence(hash);
            sums.candidates += u64::from(account.decided);
            sums.published += u64::from(account.published);
            sums.learned += u64::from(account.learned && account.published == 0);
            sums.dead += u64::from(account.dead > 0);
            sums.again += u64::from(account.published.saturating_sub(1) - account.doubled(evidence));
            match account.wrong(evidence, self.earlier.get(hash).map_or(&[], Vec::as_slice)) {
                Ok(Fate::Known) => sums.first += u64::from(account.decided > 0),
                Ok(Fate::TooOld) => {
                    sums.too_old += 1;
                    sums.first += u64::from(account.decided > 0);
                }
                Err(wrong) => {
                    sums.first += u64::from(account.decided > 0 && account.published > 0);
                    tell(hash, wrong);
                }
            }
        }
    }
}

/// A hash that is not wrong.
enum Fate {
    Known,
    TooOld,
}

impl Account {
    /// Repeats within the TTL that the changelog does not explain. Catching up after an outage, articles of different days
    /// are published within minutes; the lane time tells them apart. A segment that explains a repeat after the TTL explains
    /// no other one; where the log is cut, the first articles have none.
    fn doubled(&self, evidence: Evidence) -> u32 {
        let is_whole = evidence.changelog_ms == i64::MIN;
        let untold = if is_whole { 0 } else { self.published.saturating_sub(u32::from(self.remembered)) };
        let far = (self.published.saturating_sub(1) - self.close).saturating_sub(untold);
        self.close.saturating_sub(u32::from(self.again).saturating_sub(far))
    }

    /// Articles that must be there: one for each segment that published the hash and is younger than what was deleted.
    fn owed(&self, articles_ms: i64, earlier: &[i64]) -> u32 {
        let latest = self.promised && self.remembered_ms > articles_ms;
        u32::from(latest) + earlier.iter().filter(|time_ms| **time_ms > articles_ms).count() as u32
    }

    fn wrong(&self, evidence: Evidence, earlier: &[i64]) -> Result<Fate, Wrong> {
        let doubled = self.doubled(evidence);
        if doubled > 0 {
            return Err(Wrong::Doubled(doubled));
        }
        if self.published + u32::from(self.dead) < self.owed(evidence.articles_ms, earlier) {
            return Err(Wrong::Lost);
        }
        if self.published > 0 {
            let explained = self.decided > 0 || self.later || self.remembered > 0 || self.recalled;
            return match explained {
                true => Ok(Fate::Known),
                false if evidence.candidates_deleted || self.published_ms < evidence.begun_ms => Ok(Fate::TooOld),
                false => Err(Wrong::Unexplained),
            };
        }
        if self.learned || self.dead > 0 {
            return Ok(Fate::Known);
        }
        // Its article was published and deleted since. A checkpoint does not even say whether it was published or learned.
        if self.remembered > 0 || self.recalled {
            return Ok(Fate::TooOld);
        }
        let articles_deleted = evidence.articles_ms > i64::MIN;
        match self.decided > 0 {
            false => Ok(Fate::Known),
            // What remembered it was deleted, and its article too.
            true if articles_deleted && self.decided_ms <= evidence.changelog_ms => Ok(Fate::TooOld),
            true => Err(Wrong::Lost),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: u64 = 1_000;
    const H: Hash16 = [7; 16];

    fn judge(evidence: Evidence, feed: impl FnOnce(&mut Accounts)) -> (Sums, Option<Wrong>) {
        let mut accounts = Accounts::new(TTL);
        feed(&mut accounts);
        let (mut sums, mut wrong) = (Sums::default(), None);
        accounts.judge(|_| evidence, &mut sums, |_, what| wrong = Some(what));
        (sums, wrong)
    }

    #[track_caller]
    fn check(expected: Option<Wrong>, feed: impl FnOnce(&mut Accounts)) -> Sums {
        let (sums, wrong) = judge(Evidence::default(), feed);
        assert_eq!(wrong, expected);
        sums
    }

    #[test]
    fn candidates_are_published_or_duplicates() {
        let sums = check(None, |a| {
            a.remembered(H, 10, false);
            a.published(H, 10);
            (0..3).for_each(|_| a.decided(H, 10));
        });
        assert_eq!((sums.candidates, sums.first, sums.published), (3, 1, 1));
    }

    #[test]
    fn what_is_published_twice_is_doubled() {
        check(Some(Wrong::Doubled(1)), |a| {
            a.remembered(H, 10, false);
            a.published(H, 10);
            a.published(H, 500);
            a.decided(H, 10);
        });
        // The lane forgot too early: its own log shows that the second came within the TTL.
        check(Some(Wrong::Doubled(1)), |a| {
            a.remembered(H, 10, false);
            a.remembered(H, 900, false);
            a.published(H, 10);
            a.published(H, 900);
        });
    }

    #[test]
    fn a_segment_explains_one_repeat() {
        let again_later = |a: &mut Accounts| {
            a.remembered(H, 10, false);
            a.remembered(H, 9_010, false);
            [10, 500, 9_010].into_iter().for_each(|time_ms| a.published(H, time_ms));
        };
        check(Some(Wrong::Doubled(1)), again_later);
        check(Some(Wrong::Doubled(1)), |a| {
            a.remembered(H, 10, true);
            a.remembered(H, 9_010, false);
            [9_010, 9_500].into_iter().for_each(|time_ms| a.published(H, time_ms));
        });
        // The first segment was deleted; catching up, the last two articles came within minutes.
        let cut = Evidence { changelog_ms: 10, ..Evidence::default() };
        let caught_up = |a: &mut Accounts| {
            [2_000, 4_000, 6_000].into_iter().for_each(|lane_time_ms| a.remembered(H, lane_time_ms, false));
            [10, 2_000, 9_000, 9_001].into_iter().for_each(|time_ms| a.published(H, time_ms));
        };
        assert_eq!(judge(cut, caught_up).1, None);
    }

    #[test]
    fn again_after_the_ttl_is_fine_by_either_clock() {
        let sums = check(None, |a| {
            a.remembered(H, 10, false);
            a.remembered(H, 1_010, false);
            a.published(H, 5_000);
            a.published(H, 5_001);
            a.decided(H, 10);
        });
        assert_eq!(sums.again, 1);
        let sums = check(None, |a| {
            a.published(H, 10);
            a.published(H, 1_010);
            a.decided(H, 10);
        });
        assert_eq!(sums.again, 1);
    }

    #[test]
    fn what_was_decided_and_is_nowhere_is_lost() {
        check(Some(Wrong::Lost), |a| a.decided(H, 10));
        check(Some(Wrong::Lost), |a| a.remembered(H, 10, false));
        check(None, |a| a.later(H));
        let sums = check(None, |a| {
            a.remembered(H, 10, true);
            a.decided(H, 10);
        });
        assert_eq!((sums.learned, sums.first), (1, 1));
        let sums = check(None, |a| {
            a.remembered(H, 10, false);
            a.dead(H);
            a.decided(H, 10);
        });
        assert_eq!(sums.dead, 1);
    }

    #[test]
    fn an_article_without_a_candidate_is_unexplained() {
        check(Some(Wrong::Unexplained), |a| a.published(H, 10));
        check(None, |a| {
            a.published(H, 10);
            a.later(H);
        });
    }

    #[test]
    fn what_a_checkpoint_holds_is_known_and_no_more() {
        let sums = check(None, |a| {
            a.recalled(H, 10);
            a.published(H, 10);
            a.decided(H, 10);
        });
        assert_eq!((sums.first, sums.too_old), (1, 0));
        assert_eq!(check(None, |a| a.recalled(H, 10)).too_old, 1);
        check(Some(Wrong::Lost), |a| {
            a.remembered(H, 10, false);
            a.recalled(H, 0);
        });
        // Again after the TTL, counted from the latest time that the checkpoint allows.
        let twice = |again_ms: i64| {
            move |a: &mut Accounts| {
                a.recalled(H, 0);
                a.remembered(H, again_ms, false);
                a.published(H, 5_000);
                a.published(H, 5_001);
            }
        };
        check(None, twice(1_125));
        check(Some(Wrong::Doubled(1)), twice(1_124));
    }

    #[test]
    fn each_time_that_it_was_published_needs_an_article() {
        let again = |published: bool, learned_first: bool, dead: bool| {
            move |a: &mut Accounts| {
                a.remembered(H, 10, learned_first);
                a.remembered(H, 1_010, false);
                dead.then(|| a.dead(H));
                published.then(|| a.published(H, 10));
                a.decided(H, 10);
                a.decided(H, 1_010);
            }
        };
        check(Some(Wrong::Lost), again(true, false, false));
        check(None, again(true, false, true));
        // What was learned first is known, and yet has to be published when it comes again.
        check(Some(Wrong::Lost), again(false, true, false));
        check(None, again(true, true, false));
        // Learned last: the one before was published.
        check(Some(Wrong::Lost), |a| {
            a.remembered(H, 10, false);
            a.remembered(H, 1_010, true);
        });
        // The first article was deleted, the second one must be there.
        let deleted = |articles_ms| Evidence { articles_ms, ..Evidence::default() };
        assert_eq!(judge(deleted(10), again(true, false, false)).1, None);
        assert_eq!(judge(deleted(10), again(false, false, false)).1, Some(Wrong::Lost));
        assert_eq!(judge(deleted(1_010), again(false, false, false)).1, None);
    }

    #[test]
    fn what_retention_deleted_proves_nothing() {
        let articles = |articles_ms| Evidence { articles_ms, ..Evidence::default() };
        let remembered = |a: &mut Accounts| a.remembered(H, 10, false);
        assert_eq!(judge(articles(10), remembered).1, None);
        assert_eq!(judge(articles(10), remembered).0.too_old, 1);
        // What is younger than all that was deleted must be there.
        assert_eq!(judge(articles(9), remembered).1, Some(Wrong::Lost));
        assert_eq!(judge(articles(i64::MIN), remembered).1, Some(Wrong::Lost));
        // Decided and never remembered: deleted with the changelog's beginning, or not.
        let both = |articles_ms, changelog_ms| Evidence { articles_ms, changelog_ms, ..Evidence::default() };
        let decided = |a: &mut Accounts| a.decided(H, 10);
        assert_eq!(judge(both(20, 10), decided).1, None);
        assert_eq!(judge(both(20, 9), decided).1, Some(Wrong::Lost));
        assert_eq!(judge(articles(20), decided).1, Some(Wrong::Lost));
        assert_eq!(judge(both(i64::MIN, 10), decided).1, Some(Wrong::Lost));
        let twice = |a: &mut Accounts| {
            a.decided(H, 11);
            a.decided(H, 10);
        };
        assert_eq!(judge(both(20, 10), twice).1, Some(Wrong::Lost));
        let published = |a: &mut Accounts| a.published(H, 10);
        let candidates_deleted = Evidence { candidates_deleted: true, ..Evidence::default() };
        assert_eq!(judge(candidates_deleted, published).1, None);
        // Lanes that were made after the article, as a reshard makes them.
        let younger = |begun_ms| Evidence { begun_ms, ..Evidence::default() };
        assert_eq!(judge(younger(11), published).1, None);
        assert_eq!(judge(younger(10), published).1, Some(Wrong::Unexplained));
    }

    #[test]
    fn a_young_lane_excuses_no_other() {
        let other: Hash16 = [8; 16];
        let mut accounts = Accounts::new(TTL);
        accounts.published(H, 10);
        accounts.published(other, 10);
        let evidence = |hash: &Hash16| Evidence { begun_ms: if *hash == H { 11 } else { 0 }, ..Evidence::default() };
        let (mut sums, mut wrong) = (Sums::default(), Vec::new());
        accounts.judge(evidence, &mut sums, |hash, what| wrong.push((*hash, what)));
        assert_eq!((wrong, sums.too_old), (vec![(other, Wrong::Unexplained)], 1));
    }
}
