//! The network between one instance and the brokers: a relay that stops passing bytes on while it is cut.
//!
//! Connections stay open meanwhile, new ones are taken and not answered, and what was under way arrives when the cut ends, as
//! late as that is. Needs no right that a user does not have.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// What does not get through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// Everything does.
    #[default]
    Nothing,
    /// What brokers send: they do as they are told, and nobody hears of it.
    Answers,
    /// Neither direction.
    All,
    /// Requests in which this stands, such as a topic's name.
    Naming(String),
    /// Requests of this kind, as the protocol numbers them, and what follows them on their connections.
    Kind(i16),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Request,
    Answer,
}

impl Cut {
    fn stops(&self, direction: Direction, bytes: &[u8]) -> bool {
        match self {
            Cut::Nothing => false,
            Cut::Answers => direction == Direction::Answer,
            Cut::All => true,
            Cut::Naming(name) => {
                direction == Direction::Request && bytes.windows(name.len()).any(|part| part == name.as_bytes())
            }
            Cut::Kind(kind) => direction == Direction::Request && kinds(bytes).any(|found| found == *kind),
        }
    }
}

/// Of the requests that begin in `bytes`: each has its length in front, and its kind behind that.
fn kinds(mut bytes: &[u8]) -> impl Iterator<Item = i16> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk()?;
        let kind = i16::from_be_bytes(*rest.first_chunk()?);
        bytes = rest.get(i32::from_be_bytes(*length) as usize..).unwrap_or_default();
        Some(kind)
    })
}

/// One instance's way to each broker.
pub struct Relay {
    ports: Vec<u16>,
    gate: Arc<Gate>,
}

impl Relay {
    /// Listens on the first port of each pair and passes on to the second.
    pub fn start(pairs: &[(u16, u16)]) -> Self {
        let gate = Arc::new(Gate::default());
        for (port, to) in pairs.iter().copied() {
            let listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
            let gate = Arc::clone(&gate);
            std::thread::spawn(move || listener.incoming().flatten().for_each(|client| connect(client, to, &gate)));
        }
        Relay { ports: pairs.iter().map(|(port, _)| *port).collect(), gate }
    }

    /// The brokers as seen through it.
    pub fn bootstrap(&self) -> String {
        self.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect::<Vec<_>>().join(",")
    }

    /// From now on this much is cut.
    pub fn cut(&self, cut: Cut) {
        *self.gate.cut.lock().unwrap_or_else(PoisonError::into_inner) = cut;
        self.gate.changed.notify_all();
    }
}

#[derive(Default)]
struct Gate {
    cut: Mutex<Cut>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self, direction: Direction, bytes: &[u8]) {
        let cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(cut, |cut| cut.stops(direction, bytes));
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

fn connect(client: TcpStream, to: u16, gate: &Arc<Gate>) {
    let gate = Arc::clone(gate);
    std::thread::spawn(move || {
        gate.pass(Direction::Request, &[]);
        // A broker that is down refuses; so does the relay, by closing.
        let Ok(broker) = TcpStream::connect(("127.0.0.1", to)) else { return };
        let (Ok(client_back), Ok(broker_back)) = (client.try_clone(), broker.try_clone()) else { return };
        let answers = Arc::clone(&gate);
        std::thread::spawn(move || pump(broker_back, client_back, Direction::Answer, &answers));
        pump(client, broker, Direction::Request, &gate);
    });
}

fn pump(mut from: TcpStream, mut to: TcpStream, direction: Direction, gate: &Gate) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        gate.pass(direction, &buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // The other direction ends by itself: whoever is spoken to closes.
    let _ = (to.shutdown(Shutdown::Write), from.shutdown(Shutdown::Read));
}
