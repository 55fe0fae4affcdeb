//! What happens to instances: each is hurt on its own, while another hand changes how many there are.
//!
//! What holds: whatever is done to it, an instance only ends when it is told to. It waits out brokers, network and clocks. One
//! exception is made and counted: a clock that jumps back makes waits in the client hang, and the watchdog ends the process.

use super::dice::{Deck, Dice};
use super::plan::{Plan, SLOTS};
use super::tally::Tally;
use crate::support::Instance;
use crate::support::clock::Clock;
use crate::support::relay::{Cut, Relay};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What may happen to an instance.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// SIGKILL.
    Kill,
    /// SIGSTOP, past session and transaction timeouts.
    Freeze,
    /// SIGTERM: it drains, as far as the brokers let it.
    End,
    /// Neither requests nor answers get through, past the same timeouts.
    Cut,
    /// Brokers do as it asks and it hears nothing.
    CutAnswers,
    /// Its clock jumps an hour, forth or back, and returns.
    Clock,
}

const HARMS: &[Harm] = &[Harm::Kill, Harm::Freeze, Harm::End, Harm::Cut, Harm::CutAnswers, Harm::Clock];

/// What happens to all of them together.
#[derive(Clone, Copy, Debug)]
enum Change {
    Scale(usize),
    Roll,
}

/// From one to four, to two; one after the other anew; then as many as most of the time.
const CHANGES: &[Change] = &[Change::Scale(1), Change::Scale(SLOTS), Change::Scale(2), Change::Roll, Change::Scale(3)];

/// A place for an instance, with its own way to the brokers and its own clock.
pub struct Slot {
    settings: String,
    relay: Relay,
    clock: Option<Clock>,
    instance: Mutex<Option<Instance>>,
}

impl Slot {
    /// Empty.
    pub fn new(settings: String, relay: Relay) -> Self {
        Slot { settings, relay, clock: Clock::find(), instance: Mutex::new(None) }
    }

    fn start(&self) -> Instance {
        let environment = self.clock.as_ref().map(Clock::environment).unwrap_or_default();
        Instance::run_in(&self.settings, &[], &environment)
    }

    fn end(&self, mut instance: Instance, tally: &Tally) -> &'static str {
        tally.harvest(&instance);
        instance.sigterm();
        let status = instance.wait_exit(Duration::from_secs(90));
        if let Some(how) = by_watchdog(status, &instance) {
            return how;
        }
        // It had said nothing yet, so it was not there to hear it: the signal's own effect.
        if status.signal() == Some(SIGTERM) && instance.stderr().is_empty() {
            return "asked to end before it began";
        }
        // With brokers away a drain may be cut short; that must show, and cost nothing.
        assert!(matches!(status.code(), Some(0 | 70)), "{status}: {}", instance.stderr());
        if status.success() { "asked to end" } else { "asked to end, drain cut short" }
    }
}

const SIGABRT: i32 = 6;
const SIGTERM: i32 = 15;

/// Which of its watches ended the process; `None` where something else did.
fn by_watchdog(status: ExitStatus, instance: &Instance) -> Option<&'static str> {
    const SAID: [(&str, &str); 2] = [
        ("clock was set back", "ended by the watch of the clock"),
        ("the call overran its own timeout", "ended by the watch of calls"),
    ];
    let said = Some(instance.stderr()).filter(|_| status.signal() == Some(SIGABRT))?;
    SAID.iter().find(|(text, _)| said.contains(text)).map(|(_, how)| *how)
}

/// Hurts the instance of one slot, again and again.
pub fn hurt(slot: &Slot, number: usize, plan: &Plan, tally: &Tally) {
    let (mut dice, mut deck) = (Dice::new(plan.seed, number as u64), Deck::new(HARMS, number));
    while plan.goes_on() {
        std::thread::sleep(Duration::from_millis(1_000 + dice.roll(4_000) as u64));
        let mut place = slot.instance.lock().expect("no other hand has failed");
        let Some(mut instance) = place.take() else { continue };
        if let Some(status) = instance.exit_status() {
            let how = by_watchdog(status, &instance);
            tally.fault(how.unwrap_or_else(|| panic!("instance {number} ended: {status}: {}", instance.stderr())));
            *place = Some(slot.start());
            continue;
        }
        let done = match deck.draw(&mut dice) {
            Harm::Kill => {
                tally.harvest(&instance);
                instance.sigkill();
                *place = Some(slot.start());
                "killed"
            }
            Harm::End => {
                let how = slot.end(instance, tally);
                *place = Some(slot.start());
                how
            }
            harm => {
                let done = slot.suffer(&instance, harm, plan, &mut dice);
                *place = Some(instance);
                done
            }
        };
        tally.fault(done);
    }
}

impl Slot {
    /// What passes.
    fn suffer(&self, instance: &Instance, harm: Harm, plan: &Plan, dice: &mut Dice) -> &'static str {
        match harm {
            Harm::Freeze => {
                instance.sigstop();
                std::thread::sleep(plan.pause);
                instance.sigcont();
                "frozen"
            }
            Harm::Clock => {
                let Some(clock) = &self.clock else { return "clock jump NOT POSSIBLE: no libfaketime" };
                clock.jump(if dice.roll(2) == 0 { "+1h" } else { "-1h" });
                std::thread::sleep(plan.pause);
                clock.jump("+0");
                "clock jumped"
            }
            Harm::CutAnswers => self.without_network(Cut::Answers, plan, "cut from answers"),
            _ => self.without_network(Cut::All, plan, "cut from the brokers"),
        }
    }

    fn without_network(&self, cut: Cut, plan: &Plan, done: &'static str) -> &'static str {
        self.relay.cut(cut);
        std::thread::sleep(plan.pause);
        self.relay.cut(Cut::Nothing);
        done
    }
}

/// Changes how many instances there are, over the plan's time; at its end there are as many as the last change says.
pub fn direct(slots: &[Slot], plan: &Plan, tally: &Tally) {
    let step = plan.length / (CHANGES.len() as u32 * plan.rounds);
    let begin = Instant::now();
    for (at, change) in (0..plan.rounds).flat_map(|_| CHANGES).enumerate() {
        match *change {
            Change::Scale(count) => {
                scale(slots, count, tally);
                tally.fault("scaled");
            }
            Change::Roll => {
                for slot in slots {
                    let mut place = slot.instance.lock().expect("no other hand has failed");
                    if let Some(instance) = place.take() {
                        slot.end(instance, tally);
                        *place = Some(slot.start());
                    }
                }
                tally.fault("rolling restart of instances");
            }
        }
        std::thread::sleep((step * (at as u32 + 1)).saturating_sub(begin.elapsed()));
    }
}

fn scale(slots: &[Slot], count: usize, tally: &Tally) {
    for (number, slot) in slots.iter().enumerate() {
        let mut place = slot.instance.lock().expect("no other hand has failed");
        match place.take() {
            Some(instance) if number >= count => drop(slot.end(instance, tally)),
            None if number < count => *place = Some(slot.start()),
            same => *place = same,
        }
    }
}

/// Ends all that are left.
pub fn end_all(slots: &[Slot], tally: &Tally) {
    scale(slots, 0, tally);
}
