//! The model: brokers, two owners, and every step that may come next.

use crate::mutant::Mutant;
use std::sync::OnceLock;

/// Contents of the candidates, in order.
const CANDIDATES: [u8; 3] = [0, 1, 0];
const CONTENTS: usize = 2;
/// Producers that are made, over all owners: 3 let each process come back once after the other; `COPYDESK_MODEL_PRODUCERS` asks for
/// more, with ten times the states for each.
fn producers_max() -> u8 {
    static MAX: OnceLock<u8> = OnceLock::new();
    let asked = || std::env::var("COPYDESK_MODEL_PRODUCERS").ok().and_then(|count| count.parse().ok());
    *MAX.get_or_init(|| asked().unwrap_or(3))
}

/// `EndTxn`s under way at once.
const IN_FLIGHT_MAX: usize = 2;

/// A committed changelog record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Entry {
    Barrier(u8),
    Open(u8),
    Segment { seq: u8, next: u8, hashes: u8 },
}

const CHANGELOG: u8 = 1;
const ARTICLES: u8 = 2;

/// What a transaction has sent.
const OPEN: u8 = 1;
const PUBLISHED: u8 = 2;
const SEGMENT: u8 = 4;

/// An open transaction: partitions that were added to it, and what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Txn {
    partitions: u8,
    log: Vec<Entry>,
    articles: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Broker {
    /// By transactional id: 0 for all, or one for each process where nothing fences.
    epoch: [u8; 2],
    txn: [Option<Txn>; 2],
    /// Whether the last transaction ended as an abort.
    aborted: [bool; 2],
    /// Stray `EndTxn`s that arrived; one is enough.
    strays: u8,
    log: Vec<Entry>,
    /// How often each content is published.
    articles: [u8; CONTENTS],
    /// `EndTxn`s under way: transactional id and epoch.
    in_flight: Vec<(u8, u8)>,
    producers: u8,
    /// Kept only where it matters.
    group_offset: u8,
}

/// What an owner knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Memory {
    next: u8,
    seen: u8,
    seq: u8,
    /// Behind the last changelog record that it knows.
    log_next: u8,
    /// Its own barriers since, a bit for each nonce: they were slow, and did not do.
    slow: u8,
}

/// What a transaction will say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Batch {
    next: u8,
    hashes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Process {
    /// Not there, or about to take over from nothing.
    Down,
    /// Has a producer of its epoch; `keep` is the memory of one that only renews it.
    Fenced {
        epoch: u8,
        nonce: u8,
        keep: Option<Memory>,
    },
    /// Its barrier is committed.
    Marked {
        epoch: u8,
        nonce: u8,
        keep: Option<Memory>,
    },
    Running {
        epoch: u8,
        memory: Memory,
    },
    /// A transaction under way: what was `sent` of open record, articles, segment.
    Sending {
        epoch: u8,
        memory: Memory,
        batch: Batch,
        sent: u8,
    },
    /// A commit was asked for.
    Asked {
        epoch: u8,
        memory: Memory,
        batch: Batch,
        slow: bool,
        answer: Option<bool>,
    },
    /// Needs a new producer.
    Renewing {
        memory: Memory,
    },
    /// The log is not whole.
    Stopped,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    broker: Broker,
    processes: [Process; 2],
}

/// Why a record was not taken.
enum Refused {
    Fenced,
    /// Its partition is not part of an open transaction.
    Stray,
}

impl Broker {
    /// Takes a record for `partition`; `added` are those that its producer adds to the transaction for it.
    fn send(&mut self, id: usize, epoch: u8, partition: u8, added: u8) -> Result<&mut Txn, Refused> {
        if self.epoch[id] != epoch {
            return Err(Refused::Fenced);
        }
        if added != 0 {
            self.txn[id].get_or_insert_default().partitions |= added;
            self.aborted[id] = false;
        }
        // transaction.partition.verification.enable
        self.txn[id].as_mut().filter(|txn| txn.partitions & partition != 0).ok_or(Refused::Stray)
    }

    /// Ends the open transaction of the epoch, whichever it is; whether the answer is that it is ended so.
    fn end(&mut self, id: usize, epoch: u8, commit: bool) -> bool {
        if self.epoch[id] != epoch {
            return false;
        }
        let Some(txn) = self.txn[id].take() else { return self.aborted[id] != commit };
        self.aborted[id] = !commit;
        if commit {
            self.log.extend(txn.log);
            txn.articles.iter().for_each(|content| self.articles[usize::from(*content)] += 1);
        }
        true
    }

    /// The memory that the first `end` records of the log make; `None` where they are not whole.
    fn restore(&self, end: usize) -> Option<Memory> {
        let mut memory = Memory { next: 0, seen: 0, seq: 0, log_next: end as u8, slow: 0 };
        let mut open = None;
        for entry in &self.log[..end] {
            match *entry {
                Entry::Barrier(_) if open.is_none() => {}
                Entry::Open(seq) if open.is_none() && seq == memory.seq + 1 => open = Some(seq),
                Entry::Segment { seq, next, hashes } if open.take() == Some(seq) => {
                    memory = Memory { next, seq, seen: memory.seen | hashes, ..memory };
                }
                _ => return None,
            }
        }
        open.is_none().then_some(memory)
    }

    fn barrier_at(&self, nonce: u8) -> usize {
        self.log.iter().position(|entry| *entry == Entry::Barrier(nonce)).expect("it was committed")
    }
}

impl State {
    pub fn begin() -> Self {
        State { broker: Broker::default(), processes: [Process::Down; 2] }
    }

    /// What is wrong here.
    pub fn wrong(&self) -> Option<&'static str> {
        let published = |content: u8| self.broker.articles[usize::from(content)] > 0;
        if self.broker.articles.iter().any(|times| *times > 1) {
            return Some("doubled");
        }
        for entry in &self.broker.log {
            let Entry::Segment { next, hashes, .. } = entry else { continue };
            let lost = CANDIDATES[..usize::from(*next)].iter().any(|content| !published(*content))
                || (0..CONTENTS as u8).any(|content| hashes & (1 << content) != 0 && !published(content));
            if lost {
                return Some("lost");
            }
        }
        None
    }

    pub fn is_done(&self) -> bool {
        let all = CANDIDATES.len() as u8;
        self.broker.log.iter().any(|entry| matches!(entry, Entry::Segment { next, .. } if *next == all))
    }

    /// Whether somebody may still take the lane over.
    pub fn has_producers_left(&self) -> bool {
        self.broker.producers < producers_max()
    }

    /// One state for all that behave alike: an `EndTxn` of an epoch that is past does nothing, and the two processes are
    /// the same but for their names.
    fn reduced(mut self, mutant: Mutant) -> Self {
        let epoch = self.broker.epoch;
        self.broker.in_flight.retain(|(id, of)| epoch[usize::from(*id)] == *of);
        self.broker.in_flight.sort_unstable();
        if !mutant.no_fencing {
            self.processes.sort_unstable();
        }
        self
    }

    /// Every state that one step leads to.
    pub fn next(&self, mutant: Mutant) -> Vec<State> {
        let mut steps = Steps { from: self, mutant, found: Vec::new() };
        (0..2).for_each(|at| steps.process(at));
        steps.network();
        steps.found.into_iter().map(|state| state.reduced(mutant)).collect()
    }
}

struct Steps<'s> {
    from: &'s State,
    mutant: Mutant,
    found: Vec<State>,
}

impl Steps<'_> {
    /// One step: the broker changes, then process `at` is what is returned.
    fn step(&mut self, at: usize, change: impl FnOnce(&mut Broker) -> Process) {
        let mut state = self.from.clone();
        state.processes[at] = change(&mut state.broker);
        self.found.push(state);
    }

    fn id(&self, at: usize) -> usize {
        if self.mutant.no_fencing { at } else { 0 }
    }

    /// A late `EndTxn` arrives, or a stray one; an operator moves the group's offset.
    fn network(&mut self) {
        for index in 0..self.from.broker.in_flight.len() {
            let mut state = self.from.clone();
            let (id, epoch) = state.broker.in_flight.remove(index);
            let ok = state.broker.end(usize::from(id), epoch, true);
            for at in 0..2 {
                if self.id(at) == usize::from(id)
                    && let Process::Asked { epoch: asked, answer: answer @ None, .. } = &mut state.processes[at]
                    && *asked == epoch
                {
                    *answer = Some(ok);
                }
            }
            self.found.push(state);
        }
        let strays = [(true, self.mutant.stray_commit), (false, self.mutant.stray_abort)];
        for (commit, _) in strays.into_iter().filter(|(_, may)| *may && self.from.broker.strays == 0) {
            let mut state = self.from.clone();
            state.broker.strays += 1;
            state.broker.end(0, state.broker.epoch[0], commit);
            self.found.push(state);
        }
        if self.mutant.group_offset && self.from.broker.group_offset < CANDIDATES.len() as u8 {
            let mut state = self.from.clone();
            state.broker.group_offset += 1;
            self.found.push(state);
        }
    }

    fn process(&mut self, at: usize) {
        let (id, mutant) = (self.id(at), self.mutant);
        let process = self.from.processes[at];
        if process != Process::Down {
            // A crash, or a fence that was heard of: the memory is gone.
            self.step(at, |_| Process::Down);
        }
        match process {
            Process::Down => self.fence(at, None),
            Process::Renewing { memory } => self.fence(at, Some(memory)),
            Process::Fenced { epoch, nonce, keep } => self.barrier(at, epoch, nonce, keep),
            Process::Marked { epoch, nonce, keep } => self.marked(at, epoch, nonce, keep),
            Process::Running { epoch, memory } => {
                for next in memory.next + 1..=CANDIDATES.len() as u8 {
                    let mut batch = Batch { next, hashes: 0 };
                    for content in &CANDIDATES[usize::from(memory.next)..usize::from(next)] {
                        batch.hashes |= (1 << content) & !memory.seen;
                    }
                    let seen = if mutant.seen_before_commit { memory.seen | batch.hashes } else { memory.seen };
                    let memory = Memory { seen, ..memory };
                    let sent = if mutant.no_open_record { OPEN } else { 0 };
                    self.step(at, |_| Process::Sending { epoch, memory, batch, sent });
                }
            }
            Process::Sending { epoch, memory, batch, sent } => self.send(at, id, epoch, memory, batch, sent),
            Process::Asked { epoch, memory, batch, slow, answer } => {
                self.asked(at, id, epoch, memory, batch, slow, answer);
            }
            Process::Stopped => {}
        }
    }

    /// `init_transactions`: the open transaction is aborted, and older epochs are void.
    fn fence(&mut self, at: usize, keep: Option<Memory>) {
        let id = self.id(at);
        if self.from.broker.producers < producers_max() {
            self.step(at, |broker| {
                broker.producers += 1;
                broker.epoch[id] += 1;
                broker.txn[id] = None;
                broker.aborted[id] = false;
                Process::Fenced { epoch: broker.epoch[id], nonce: broker.producers, keep }
            });
        }
    }

    fn barrier(&mut self, at: usize, epoch: u8, nonce: u8, keep: Option<Memory>) {
        let id = self.id(at);
        if self.from.broker.epoch[id] != epoch {
            return self.step(at, |_| Process::Down);
        }
        let commit = |broker: &mut Broker| broker.log.push(Entry::Barrier(nonce));
        self.step(at, |broker| {
            commit(broker);
            Process::Marked { epoch, nonce, keep }
        });
        if self.from.broker.in_flight.len() < IN_FLIGHT_MAX {
            // Slow: its EndTxn was sent twice.
            let no_renewal = self.mutant.no_renewal;
            self.step(at, |broker| {
                commit(broker);
                broker.in_flight.push((id as u8, epoch));
                match keep {
                    _ if no_renewal => Process::Marked { epoch, nonce, keep },
                    None => Process::Down,
                    Some(memory) => Process::Renewing { memory: Memory { slow: memory.slow | 1 << nonce, ..memory } },
                }
            });
        }
    }

    fn marked(&mut self, at: usize, epoch: u8, nonce: u8, keep: Option<Memory>) {
        let own = self.from.broker.barrier_at(nonce);
        if let Some(memory) = keep {
            let is_own = |entry: &Entry| matches!(entry, Entry::Barrier(nonce) if memory.slow & 1 << nonce != 0);
            let tail = &self.from.broker.log[usize::from(memory.log_next)..own];
            let goes_on = tail.iter().all(is_own) || self.mutant.no_tail_check;
            let memory = Memory { log_next: own as u8 + 1, slow: 0, ..memory };
            return self.step(at, |_| match goes_on {
                true => Process::Running { epoch, memory },
                false => Process::Marked { epoch, nonce, keep: None },
            });
        }
        let first = if self.mutant.eof_is_end { 0 } else { own };
        for end in first..=own {
            let group_offset = Some(self.from.broker.group_offset).filter(|_| self.mutant.group_offset);
            self.step(at, |broker| match broker.restore(end) {
                None => Process::Stopped,
                Some(memory) => {
                    let next = group_offset.unwrap_or(memory.next);
                    Process::Running { epoch, memory: Memory { next, log_next: own as u8 + 1, ..memory } }
                }
            });
        }
    }

    fn send(&mut self, at: usize, id: usize, epoch: u8, memory: Memory, batch: Batch, sent: u8) {
        // Some record is refused for its own sake: the batch goes again by a new producer.
        self.step(at, |_| Process::Renewing { memory });
        let all = OPEN | PUBLISHED | SEGMENT;
        for record in [OPEN, PUBLISHED, SEGMENT] {
            if sent & record == 0 && self.awaited(record) & !sent == 0 {
                self.record(at, id, epoch, memory, batch, sent, record);
            }
        }
        if sent == all && self.from.broker.in_flight.len() < IN_FLIGHT_MAX {
            self.step(at, |broker| {
                broker.in_flight.push((id as u8, epoch));
                Process::Asked { epoch, memory, batch, slow: false, answer: None }
            });
        }
    }

    /// What is acknowledged before a record is sent. A partition keeps its own order.
    fn awaited(&self, record: u8) -> u8 {
        match record {
            PUBLISHED if !self.mutant.open_not_awaited => OPEN,
            SEGMENT if !self.mutant.articles_not_awaited => OPEN | PUBLISHED,
            SEGMENT => OPEN,
            _ => 0,
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one variant, and one of its records")]
    fn record(&mut self, at: usize, id: usize, epoch: u8, memory: Memory, batch: Batch, sent: u8, record: u8) {
        let Mutant { no_open_record, open_not_awaited, articles_not_awaited, .. } = self.mutant;
        let seq = memory.seq + 1;
        let sending = Process::Sending { epoch, memory, batch, sent: sent | record };
        if record == PUBLISHED && batch.hashes == 0 {
            return self.step(at, |_| sending);
        }
        let partition = if record == PUBLISHED { ARTICLES } else { CHANGELOG };
        // What is under way together is added together.
        let added = match sent & !(if no_open_record { OPEN } else { 0 }) {
            0 if open_not_awaited || articles_not_awaited => CHANGELOG | ARTICLES,
            _ if open_not_awaited || articles_not_awaited => 0,
            _ if record == SEGMENT && !no_open_record => 0,
            _ => partition,
        };
        self.step(at, |broker| match broker.send(id, epoch, partition, added) {
            Err(Refused::Fenced) => Process::Renewing { memory },
            Err(Refused::Stray) => Process::Renewing { memory },
            Ok(txn) => {
                let published = (0..CONTENTS as u8).filter(|content| batch.hashes & (1 << content) != 0);
                match record {
                    OPEN => txn.log.push(Entry::Open(seq)),
                    PUBLISHED => txn.articles.extend(published),
                    _ => {
                        // Without open records a reader has none to miss.
                        txn.log.extend(Some(Entry::Open(seq)).filter(|_| no_open_record));
                        txn.log.push(Entry::Segment { seq, next: batch.next, hashes: batch.hashes });
                    }
                }
                sending
            }
        });
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one variant")]
    fn asked(
        &mut self,
        at: usize,
        id: usize,
        epoch: u8,
        memory: Memory,
        batch: Batch,
        slow: bool,
        answer: Option<bool>,
    ) {
        if self.mutant.unknown_is_failed {
            self.step(at, |_| Process::Renewing { memory });
        }
        match answer {
            None if !slow && self.from.broker.in_flight.len() < IN_FLIGHT_MAX => self.step(at, |broker| {
                broker.in_flight.push((id as u8, epoch));
                Process::Asked { epoch, memory, batch, slow: true, answer }
            }),
            // Unknown: a crash does the same, the log tells.
            None => {}
            // Fenced.
            Some(false) => self.step(at, |_| Process::Renewing { memory }),
            Some(true) => {
                let (no_renewal, keeps_offset) = (self.mutant.no_renewal, self.mutant.group_offset);
                self.step(at, |broker| {
                    let seq = memory.seq + 1;
                    let own = broker
                        .log
                        .iter()
                        .rposition(|entry| matches!(entry, Entry::Segment { seq: s, .. } if *s == seq));
                    let log_next = own.map_or(memory.log_next, |own| own as u8 + 1);
                    let memory = Memory { next: batch.next, seen: memory.seen | batch.hashes, seq, log_next, slow: 0 };
                    if keeps_offset {
                        broker.group_offset = batch.next;
                    }
                    match slow && !no_renewal {
                        true => Process::Renewing { memory },
                        false => Process::Running { epoch, memory },
                    }
                });
            }
        }
    }
}
