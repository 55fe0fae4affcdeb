//! What happens to brokers, one blow after the other: two of three have to be there for a write to count, so only one is ever
//! hurt alone, or all are gone.

use super::dice::{Deck, Dice};
use super::plan::Plan;
use super::tally::Tally;
use crate::support::wire::leading_controller;
use crate::support::{Cluster, wait_for};
use std::time::Duration;

/// What may happen to them.
#[derive(Clone, Copy, Debug)]
enum Blow {
    /// SIGKILL, and back after some seconds.
    Kill,
    /// SIGSTOP, for longer than brokers wait for each other.
    Freeze,
    /// The leading controller is frozen until another leads.
    Controller,
    /// Its disk takes no more bytes.
    Disk,
    /// All are gone for a while.
    All,
    /// One after the other is asked to end and starts anew.
    Roll,
}

const BLOWS: &[Blow] = &[Blow::Kill, Blow::Controller, Blow::Disk, Blow::All, Blow::Freeze, Blow::Roll];

const DOWN: Duration = Duration::from_secs(6);
const MINUTE: Duration = Duration::from_secs(60);

/// Hurts brokers over the plan's time. All are there again when it returns.
pub fn hurt(cluster: &mut Cluster, plan: &Plan, tally: &Tally) {
    let (mut dice, mut deck) = (Dice::new(plan.seed, 99), Deck::new(BLOWS, 0));
    while plan.goes_on() {
        std::thread::sleep(Duration::from_millis(2_000 + dice.roll(4_000) as u64));
        let broker = dice.roll(cluster.count());
        let done = match deck.draw(&mut dice) {
            Blow::Kill => {
                cluster.kill(broker);
                std::thread::sleep(DOWN);
                cluster.restart(&[broker]);
                "broker killed"
            }
            Blow::Freeze => {
                cluster.stop(broker);
                std::thread::sleep(2 * DOWN);
                cluster.cont(broker);
                "broker frozen"
            }
            Blow::Controller => {
                change_controller(cluster);
                "controller changed"
            }
            Blow::Disk => {
                cluster.fill_disk(broker);
                cluster.restart(&[broker]);
                "broker's disk full"
            }
            Blow::All => {
                let all: Vec<usize> = (0..cluster.count()).collect();
                all.iter().for_each(|broker| cluster.kill(*broker));
                std::thread::sleep(plan.outage);
                cluster.restart(&all);
                "all brokers down"
            }
            Blow::Roll => {
                for broker in 0..cluster.count() {
                    cluster.terminate(broker);
                    cluster.restart(&[broker]);
                }
                "rolling restart of brokers"
            }
        };
        cluster.wait_ready();
        tally.fault(done);
    }
}

fn change_controller(cluster: &Cluster) {
    let leader = |but: Option<usize>| {
        let asked = (0..cluster.count()).filter(|broker| Some(*broker) != but);
        let mut known = asked.filter_map(|broker| leading_controller(&cluster.address(broker)));
        // Brokers are numbered from 1 by Kafka.
        known.next().map(|number| number as usize - 1)
    };
    let old = wait_for("a leading controller", MINUTE, || leader(None));
    cluster.stop(old);
    wait_for("another controller to lead", MINUTE, || leader(Some(old)).filter(|new| *new != old));
    cluster.cont(old);
}
