//! A lane's protocol as a small model, and every state that it can reach.
//!
//! Two processes want the lane. Either may stop for any time at any step, crash, wake up as a zombie; an `EndTxn` may be sent
//! again and arrive at any later time, and ends whatever transaction of its epoch is open (librdkafka#5423). In every state
//! must hold:
//!
//! - no content is published twice;
//! - what a committed segment says was decided or remembered is published;
//! - the lane is not stuck: from everywhere it can still come to the end, as long as somebody may take it over.
//!
//! Should an `EndTxn` of the current epoch arrive that no rule accounts for, the order in which a transaction is sent must still
//! hold the first two, though the lane may stop.
//!
//! The steps are those of `stage::dedup` and `kafka::lane_producer`: fence, barrier, read up to the own barrier, open record,
//! articles, segment, commit, renewal with a look at the log's tail. Each is left out once, and the model must then break.
//! Needs nothing but time: some seconds.

mod mutant;
mod protocol;

use mutant::Mutant;
use protocol::State;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// What exploring found.
struct Explored {
    states: usize,
    /// The shortest way to what is wrong, in words.
    broken: Option<String>,
    /// States from which the end cannot be reached although producers are left.
    stuck: usize,
}

/// Visits every state that can be reached, nearest first; ends at the first that is wrong.
fn explore(mutant: Mutant) -> Explored {
    let mut numbers: FxHashMap<State, u32> = FxHashMap::default();
    let mut came_from: Vec<Vec<u32>> = vec![Vec::new()];
    let mut queue = VecDeque::from([State::begin()]);
    let (mut ends, mut has_budget) = (Vec::new(), vec![true]);
    numbers.insert(State::begin(), 0);
    while let Some(state) = queue.pop_front() {
        let number = numbers[&state];
        if let Some(what) = state.wrong() {
            return Explored { states: numbers.len(), broken: Some(format!("{what}: {state:?}")), stuck: 0 };
        }
        if state.is_done() {
            ends.push(number);
        }
        for next in state.next(mutant) {
            let count = numbers.len() as u32;
            let found = *numbers.entry(next.clone()).or_insert(count);
            if found == count {
                came_from.push(Vec::new());
                has_budget.push(next.has_producers_left());
                queue.push_back(next);
            }
            came_from[found as usize].push(number);
        }
    }
    let mut reaches = vec![false; came_from.len()];
    while let Some(number) = ends.pop() {
        if !std::mem::replace(&mut reaches[number as usize], true) {
            ends.extend(&came_from[number as usize]);
        }
    }
    let stuck = reaches.iter().zip(&has_budget).filter(|(reaches, has_budget)| !**reaches && **has_budget).count();
    Explored { states: reaches.len(), broken: None, stuck }
}

#[track_caller]
fn breaks(mutant: Mutant, how: &str) {
    let explored = explore(mutant);
    let broken = explored.broken.unwrap_or_else(|| panic!("{mutant:?} holds in all {} states", explored.states));
    assert!(broken.starts_with(how), "{mutant:?}: {broken}");
}

/// Holds, though perhaps at the price of a lane that stops.
#[track_caller]
fn is_safe(mutant: Mutant) -> Explored {
    let explored = explore(mutant);
    assert_eq!(explored.broken, None, "{mutant:?}");
    explored
}

#[test]
fn nothing_is_doubled_or_lost_or_stuck_in_any_state() {
    let explored = is_safe(Mutant::default());
    println!("{} states", explored.states);
    assert!(explored.states > 10_000, "{} states are too few to mean anything", explored.states);
    assert_eq!(explored.stuck, 0, "states without a way to the end");
}

#[test]
fn without_fencing_a_zombie_doubles() {
    breaks(Mutant { no_fencing: true, ..Mutant::default() }, "doubled");
}

#[test]
fn with_the_end_of_the_partition_as_the_end_a_memory_is_cut() {
    breaks(Mutant { eof_is_end: true, ..Mutant::default() }, "doubled");
}

#[test]
fn with_hashes_seen_before_the_commit_an_abort_loses() {
    breaks(Mutant { seen_before_commit: true, ..Mutant::default() }, "lost");
}

#[test]
fn with_the_groups_offset_candidates_are_passed_over() {
    breaks(Mutant { group_offset: true, ..Mutant::default() }, "lost");
}

#[test]
fn without_a_look_at_the_tail_an_old_memory_doubles() {
    breaks(Mutant { no_tail_check: true, ..Mutant::default() }, "doubled");
}

#[test]
fn with_a_guess_about_unknown_commits_a_batch_doubles() {
    let guess = Mutant { unknown_is_failed: true, ..Mutant::default() };
    // The look at the tail finds the segment that was committed after all.
    is_safe(guess);
    breaks(Mutant { no_tail_check: true, ..guess }, "doubled");
}

#[test]
fn renewal_and_open_record_each_meet_a_late_end_and_without_both_it_breaks() {
    // With the open record a stray end is seen, and the lane stops.
    let explored = is_safe(Mutant { no_renewal: true, ..Mutant::default() });
    assert!(explored.stuck > 0, "a late EndTxn never met a transaction");
    // With renewal no stray end is of the current epoch.
    let explored = is_safe(Mutant { no_open_record: true, ..Mutant::default() });
    assert_eq!(explored.stuck, 0);
    breaks(Mutant { no_renewal: true, no_open_record: true, ..Mutant::default() }, "doubled");
}

#[test]
fn the_order_within_a_transaction_meets_any_end_of_the_current_epoch() {
    let abort = Mutant { stray_abort: true, ..Mutant::default() };
    let any = Mutant { stray_commit: true, ..abort };
    assert_eq!(is_safe(abort).stuck, 0, "an abort leaves nothing behind");
    assert!(is_safe(any).stuck > 0, "a stray commit never met a transaction");
    breaks(Mutant { open_not_awaited: true, ..any }, "doubled");
    breaks(Mutant { articles_not_awaited: true, ..any }, "lost");
    // As long as no stray end is of the current epoch, the order is not needed.
    is_safe(Mutant { open_not_awaited: true, articles_not_awaited: true, ..Mutant::default() });
}
