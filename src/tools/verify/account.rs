//! What the topics say about each content hash, and whether that adds up.
//!
//! Fed in this order: the lanes' changelogs, dead letters, articles, candidates. Knows no topic and no broker, so that every
//! way in which a hash can be wrong is a unit test.

use rustc_hash::FxHashMap;

use crate::dedup::Hash16;

/// Memory of one account in the map, growth included; for the estimate that `verify` makes.
pub const ACCOUNT_BYTES: u64 = 80;

/// What was deleted by retention, and is therefore no evidence where it lacks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trimmed {
    /// The changelog does not begin with its genesis any more.
    pub changelog: bool,
    /// Articles were deleted.
    pub articles: bool,
    /// Candidates were deleted.
    pub candidates: bool,
    /// When the lanes or their candidates began, ms: of what was published before, nothing else need be there.
    pub begun_ms: i64,
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
    /// Of these, so many after the TTL of the one before, by lane time.
    again: u16,
    /// Lane time of the latest, ms.
    remembered_ms: i64,
    /// A checkpoint held it: how it came to be remembered was cut off with the log.
    recalled: bool,
    /// Candidates below the lane's next offset.
    decided: u32,
    /// Remembered on purpose without being published.
    learned: bool,
    /// Refused by its topic: a dead letter of dedup.
    dead: bool,
    /// A candidate that the lane had not decided when the changelog was read.
    later: bool,
}

/// How a hash is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// In `articles` so many times too often.
    Doubled(u32),
    /// Decided or remembered, and not published.
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
    ttl_ms: i64,
}

impl Accounts {
    /// Nothing known yet; a repeat is fine `ttl_ms` after the one before.
    pub fn new(ttl_ms: u64) -> Self {
        Accounts { map: FxHashMap::default(), ttl_ms: i64::try_from(ttl_ms).unwrap_or(i64::MAX) }
    }

    /// A segment of this lane time added the hash; `learned`: without its article.
    pub fn remembered(&mut self, hash: Hash16, lane_time_ms: i64, learned: bool) {
        let account = self.map.entry(hash).or_default();
        if (account.remembered > 0 || account.recalled) && lane_time_ms - account.remembered_ms >= self.ttl_ms {
            account.again += 1;
        }
        account.remembered += 1;
        account.remembered_ms = lane_time_ms;
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
        self.map.entry(hash).or_default().dead = true;
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
    pub fn decided(&mut self, hash: Hash16) {
        self.map.entry(hash).or_default().decided += 1;
    }

    /// A candidate stands above it.
    pub fn later(&mut self, hash: Hash16) {
        self.map.entry(hash).or_default().later = true;
    }

    /// Adds the sums up, and tells each hash that is wrong.
    pub fn judge(&self, trimmed: Trimmed, sums: &mut Sums, mut tell: impl FnMut(&Hash16, Wrong)) {
        for (hash, account) in &self.map {
            sums.candidates += u64::from(account.decided);
            sums.published += u64::from(account.published);
            sums.learned += u64::from(account.learned && account.published == 0);
            sums.dead += u64::from(account.dead);
            sums.again += u64::from(account.published.saturating_sub(1) - account.doubled());
            match account.wrong(trimmed) {
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
    /// are published within minutes; the lane time tells them apart.
    fn doubled(&self) -> u32 {
        self.close.saturating_sub(u32::from(self.again))
    }

    fn wrong(&self, trimmed: Trimmed) -> Result<Fate, Wrong> {
        if self.doubled() > 0 {
            return Err(Wrong::Doubled(self.doubled()));
        }
        if self.published > 0 {
            let explained = self.decided > 0 || self.later || self.remembered > 0 || self.recalled;
            return match explained {
                true => Ok(Fate::Known),
                false if trimmed.candidates || self.published_ms < trimmed.begun_ms => Ok(Fate::TooOld),
                false => Err(Wrong::Unexplained),
            };
        }
        if self.learned || self.dead {
            return Ok(Fate::Known);
        }
        match self.remembered > 0 || self.decided > 0 {
            // The checkpoint does not say whether it was published or learned.
            _ if self.recalled && self.remembered == 0 => Ok(Fate::TooOld),
            false => Ok(Fate::Known),
            // Its article was published and deleted since, as the changelog or its own shortening says.
            true if trimmed.articles && (self.remembered > 0 || trimmed.changelog) => Ok(Fate::TooOld),
            true => Err(Wrong::Lost),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: u64 = 1_000;
    const H: Hash16 = [7; 16];

    fn judge(trimmed: Trimmed, feed: impl FnOnce(&mut Accounts)) -> (Sums, Option<Wrong>) {
        let mut accounts = Accounts::new(TTL);
        feed(&mut accounts);
        let (mut sums, mut wrong) = (Sums::default(), None);
        accounts.judge(trimmed, &mut sums, |_, what| wrong = Some(what));
        (sums, wrong)
    }

    #[track_caller]
    fn check(expected: Option<Wrong>, feed: impl FnOnce(&mut Accounts)) -> Sums {
        let (sums, wrong) = judge(Trimmed::default(), feed);
        assert_eq!(wrong, expected);
        sums
    }

    #[test]
    fn candidates_are_published_or_duplicates() {
        let sums = check(None, |a| {
            a.remembered(H, 10, false);
            a.published(H, 10);
            (0..3).for_each(|_| a.decided(H));
        });
        assert_eq!((sums.candidates, sums.first, sums.published), (3, 1, 1));
    }

    #[test]
    fn what_is_published_twice_is_doubled() {
        check(Some(Wrong::Doubled(1)), |a| {
            a.remembered(H, 10, false);
            a.published(H, 10);
            a.published(H, 500);
            a.decided(H);
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
    fn again_after_the_ttl_is_fine_by_either_clock() {
        let sums = check(None, |a| {
            a.remembered(H, 10, false);
            a.remembered(H, 1_010, false);
            a.published(H, 5_000);
            a.published(H, 5_001);
            a.decided(H);
        });
        assert_eq!(sums.again, 1);
        let sums = check(None, |a| {
            a.published(H, 10);
            a.published(H, 1_010);
            a.decided(H);
        });
        assert_eq!(sums.again, 1);
    }

    #[test]
    fn what_was_decided_and_is_nowhere_is_lost() {
        check(Some(Wrong::Lost), |a| a.decided(H));
        check(Some(Wrong::Lost), |a| a.remembered(H, 10, false));
        check(None, |a| a.later(H));
        let sums = check(None, |a| {
            a.remembered(H, 10, true);
            a.decided(H);
        });
        assert_eq!((sums.learned, sums.first), (1, 1));
        let sums = check(None, |a| {
            a.remembered(H, 10, false);
            a.dead(H);
            a.decided(H);
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
            a.decided(H);
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
    fn what_retention_deleted_proves_nothing() {
        let gone = |changelog, articles, candidates| Trimmed { changelog, articles, candidates, begun_ms: 0 };
        let remembered = |a: &mut Accounts| a.remembered(H, 10, false);
        assert_eq!(judge(gone(false, true, false), remembered).1, None);
        assert_eq!(judge(gone(true, true, false), |a| a.decided(H)).1, None);
        assert_eq!(judge(gone(false, true, false), |a| a.decided(H)).1, Some(Wrong::Lost));
        assert_eq!(judge(gone(true, false, true), |a| a.decided(H)).1, Some(Wrong::Lost));
        assert_eq!(judge(gone(false, false, true), |a| a.published(H, 10)).1, None);
        // Lanes that were made after the article, as a reshard makes them.
        let younger = |begun_ms| Trimmed { begun_ms, ..Trimmed::default() };
        assert_eq!(judge(younger(11), |a| a.published(H, 10)).1, None);
        assert_eq!(judge(younger(10), |a| a.published(H, 10)).1, Some(Wrong::Unexplained));
    }
}
