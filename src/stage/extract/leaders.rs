//! Partitions of the pages that no broker leads: they are asked for again, on a thread of its own, until one does. The others are
//! read meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaResult;

use super::pages::Committed;
use crate::kafka::client::REQUEST_TIMEOUT;
use crate::lock::lock;
use crate::stage::shell::Shell;

/// Between two rounds of questions.
const INTERVAL: Duration = Duration::from_secs(1);

/// A partition, its first offset and its end.
pub type Led = (i32, (i64, i64));

/// The partitions that wait for a leader, with what the group knows of each.
#[derive(Clone, Default)]
pub struct Leaderless(Arc<Mutex<HashMap<i32, Committed>>>);

impl Leaderless {
    /// `number` waits from now on.
    pub fn add(&self, number: i32, committed: Committed) {
        lock(&self.0).insert(number, committed);
    }

    /// `number` waits no longer; `None` where it did not.
    pub fn take(&self, number: i32) -> Option<Committed> {
        lock(&self.0).remove(&number)
    }

    /// Starts to ask, until the shell stops; what is received has a leader again.
    pub fn watch(&self, shell: &Arc<Shell>) -> Receiver<Led> {
        let (led, receiver) = bounded(1);
        let (waiting, watched) = (self.clone(), Arc::clone(shell));
        drop(shell.spawn("leaders", move || {
            while !watched.stop.wait(INTERVAL) {
                if let Err(error) = waiting.ask(&watched, &led) {
                    tracing::debug!(%error, "pages without a leader");
                }
            }
        }));
        receiver
    }

    /// By a client of its own: the stage's must not be held by anybody when the stage ends.
    fn ask(&self, shell: &Shell, led: &Sender<Led>) -> KafkaResult<()> {
        let numbers: Vec<i32> = lock(&self.0).keys().copied().collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let reader = shell.clients.reader("leaders", 1 << 20)?;
        for number in numbers {
            if let Ok(watermarks) = reader.fetch_watermarks(&shell.config.topics.pages, number, REQUEST_TIMEOUT) {
                // Nobody receives any more where the stage has ended.
                let _ = led.send((number, watermarks));
            }
        }
        Ok(())
    }
}
