//! One page at a time, after a death: each is named in its partition's mark before its parse begins and taken out of it right
//! after, so that a page that ends the process is known by the number of times that it did.
//!
//! What holds: while any partition is in serial mode no other page is in work in this process, so nobody else's page can be what
//! ends it. Only a page that was begun `extract.deaths_max` times and never came to an end becomes a dead letter.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::message::{Message, OwnedMessage};

use super::intake::Intake;
use super::mark::{Mark, Suspect};
use super::pages::Start;
use super::ticket::Ticket;
use crate::lock::lock;
use crate::stage::shell::Failure;

/// A partition without a page for so long has none that waits: others should not wait for it.
const QUIET: Duration = Duration::from_secs(5);
/// The same before its first page, where that may be a suspect: brokers that are slow with it must not cost its count, which the
/// commits of another mode would write over.
const QUIET_BEFORE_SUSPECT: Duration = Duration::from_secs(60);

/// A partition's serial mode: for as many pages from its committed offset on as an owner has in work at most. Those that were done
/// since the last commit are among them, so a death may take more than one turn to be found.
pub struct Serial {
    /// As found at the assignment.
    mark: Mark,
    /// Pages from here on came after the death.
    end: i64,
    records: usize,
    bytes: usize,
    /// When it last had a page, or its turn began.
    last: Option<Instant>,
}

impl Serial {
    /// For a partition that was found with a mark; `None` where it is clean, or no page waits.
    pub fn of(start: &Start) -> Option<Self> {
        let Start { next, mark, end, .. } = *start;
        (mark != Mark::Clean && next < end).then_some(Serial { mark, end, records: 0, bytes: 0, last: None })
    }

    /// Whether no page waits, as far as can be told `now`.
    fn is_quiet(&self, now: Instant) -> bool {
        let is_before_suspect = self.records == 0 && matches!(self.mark, Mark::Dirty(Some(_)));
        let patience = if is_before_suspect { QUIET_BEFORE_SUSPECT } else { QUIET };
        self.last.is_some_and(|last| now.saturating_duration_since(last) >= patience)
    }
}

/// The page that is parsed now, alone.
pub struct Watched {
    partition: i32,
    ticket: Arc<Ticket>,
}

impl Intake<'_> {
    /// Gets serial mode on by a step; `None` where no partition is in it. Else the number of pages taken.
    pub(super) fn serial_turn(&mut self) -> Option<usize> {
        if let Some(watched) = self.watched.take_if(|watched| watched.ticket.is_parsed() || watched.ticket.is_revoked())
        {
            let offset = watched.ticket.message.offset();
            // Refused where the partition is somebody else's by now, who begins from the same offset.
            let _ = watched.ticket.is_revoked() || self.mark([(watched.partition, offset, Mark::Dirty(None))]);
        }
        let at = self.readings.iter().position(|r| r.serial.is_some() && !r.partition.progress.is_stopped());
        let is_serial = at.is_some() || self.watched.is_some();
        self.shell.metrics.serial(is_serial);
        if is_serial {
            // The others wait for their turn; they are not stalled.
            self.readings.iter().filter(|r| r.serial.is_none()).for_each(|r| r.partition.progress.wait());
        }
        if self.watched.is_some() {
            return Some(0);
        }
        let at = at?;
        if self.headroom.is_short() {
            self.readings[at].partition.progress.wait();
            return Some(0);
        }
        // A page whose record failed is out of the budget but not done: a mark behind it would commit past it.
        if !self.budget.is_empty() || !lock(&self.readings[at].partition.window).is_empty() {
            return Some(0);
        }
        let reading = &self.readings[at];
        match reading.queue.poll(Duration::ZERO) {
            Some(Ok(message)) => {
                let message = message.detach();
                Some(self.take_alone(at, message))
            }
            Some(Err(error)) => {
                self.read_error(reading, &error);
                Some(0)
            }
            None => {
                if let Some(serial) = &mut self.readings[at].serial {
                    serial.last.get_or_insert_with(Instant::now);
                }
                self.end_if_through(at);
                Some(0)
            }
        }
    }

    fn take_alone(&mut self, at: usize, message: OwnedMessage) -> usize {
        let (number, offset) = (self.readings[at].number, message.offset());
        let Some(serial) = &mut self.readings[at].serial else { return 0 };
        let (attempt, deaths_max) = (serial.mark.attempt(offset), self.shell.config.extract.deaths_max);
        serial.last = Some(Instant::now());
        let is_deadly = attempt > deaths_max;
        let suspected = Mark::Dirty(Some(Suspect { offset, attempts: attempt }));
        if !is_deadly && !self.mark([(number, offset, suspected)]) {
            // Without its mark the page is not begun.
            self.seek(number, offset);
            return 0;
        }
        // Not before: a suspect whose mark is refused is still to come.
        if let Some(serial) = &mut self.readings[at].serial {
            serial.records += 1;
            serial.bytes += message.payload().map_or(0, <[u8]>::len);
        }
        let partition = Arc::clone(&self.readings[at].partition);
        let ticket = Ticket::new(message, partition, Arc::clone(&self.budget));
        if is_deadly {
            tracing::error!(
                partition = number,
                offset,
                deaths = attempt - 1,
                "the process ended each time that this page was parsed; it becomes a dead letter"
            );
            self.workers.bury(ticket, attempt - 1);
        } else {
            if attempt > 1 {
                tracing::warn!(
                    partition = number,
                    offset,
                    attempt,
                    "the process ended while this page was parsed; again, alone"
                );
            }
            self.workers.take(Arc::clone(&ticket));
            self.watched = Some(Watched { partition: number, ticket });
        }
        self.end_if_through(at);
        1
    }

    fn end_if_through(&mut self, at: usize) {
        let extract = &self.shell.config.extract;
        let reading = &mut self.readings[at];
        let is_through = reading.serial.as_ref().is_some_and(|serial| {
            lock(&reading.partition.window).end().is_some_and(|next| next >= serial.end)
                || serial.records >= extract.inflight_records_max
                || serial.bytes >= extract.inflight_bytes_max
                || serial.is_quiet(Instant::now())
        });
        if is_through && let Some(serial) = reading.serial.take() {
            reading.partition.serial.store(false, Ordering::Release);
            tracing::info!(
                partition = reading.number,
                pages = serial.records,
                "the pages that a death may have hit are through"
            );
        }
    }

    /// Writes partitions' marks, at offsets below which all is done, in one commit. False where the group refuses any of them.
    pub(super) fn mark(&self, marks: impl IntoIterator<Item = (i32, i64, Mark)>) -> bool {
        let pages = &self.consumer.context().assignment;
        let written = pages.commit(self.consumer, &pages.marked(marks));
        if let Err(error) = &written {
            match self.source().hopeless(error) {
                Some(text) => self.shell.fail(Failure::Broker(text)),
                None => tracing::debug!(%error, "marks not written"),
            }
        }
        written.is_ok()
    }

    /// Whether a page is parsed alone: offsets are then committed with its mark only.
    pub(super) fn is_watching(&self) -> bool {
        self.watched.as_ref().is_some_and(|watched| !watched.ticket.is_revoked())
    }
}

#[cfg(test)]
mod tests {
    use super::super::intake::tests::with_intake;
    use super::*;
    use rdkafka::message::Timestamp;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    #[test]
    fn a_suspect_is_still_to_come_while_its_mark_is_refused() {
        with_intake(1, |intake, _, brokers| {
            let mark = Mark::Dirty(Some(Suspect { offset: 0, attempts: 1 }));
            intake.begin(Start { number: 0, next: 0, end: 9, mark, is_stopped: false });
            brokers.request_errors(
                RDKafkaApiKey::OffsetCommit,
                &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE],
            );
            let topic = intake.shell.config.topics.pages.clone();
            let page = OwnedMessage::new(None, None, topic, Timestamp::NotAvailable, 0, 0, None);
            assert_eq!(intake.take_alone(0, page), 0);
            let serial = intake.readings[0].serial.as_ref().expect("serial mode goes on");
            assert!(!serial.is_quiet(Instant::now() + QUIET));
        });
    }

    #[test]
    fn a_suspect_is_waited_for_longer_than_what_follows_it() {
        let (begin, suspect) = (Instant::now(), Some(Suspect { offset: 3, attempts: 1 }));
        let serial = |mark, records| {
            let start = Start { number: 0, next: 3, end: 9, mark, is_stopped: false };
            Serial { records, last: Some(begin), ..Serial::of(&start).expect("pages wait") }
        };
        let quiet_from = |serial: Serial| (0..100).find(|s| serial.is_quiet(begin + Duration::from_secs(*s)));
        assert_eq!(quiet_from(serial(Mark::Dirty(suspect), 0)), Some(QUIET_BEFORE_SUSPECT.as_secs()));
        assert_eq!(quiet_from(serial(Mark::Dirty(suspect), 1)), Some(QUIET.as_secs()));
        assert_eq!(quiet_from(serial(Mark::Dirty(None), 0)), Some(QUIET.as_secs()));
    }
}
