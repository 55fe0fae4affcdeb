//! Requests of Kafka's protocol that the client library does not send when it is told to: the end of somebody's transaction, who
//! holds a transactional id, who leads the controllers, what whom is allowed.
//!
//! One request a connection, plain text. Field by field as <https://kafka.apache.org/protocol> has it; versions that Kafka 3
//! and 4 both take.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const FIND_COORDINATOR: i16 = 10;
const END_TXN: i16 = 26;
const CREATE_ACLS: i16 = 30;
const DESCRIBE_QUORUM: i16 = 55;
const DESCRIBE_TRANSACTIONS: i16 = 65;

/// Who writes under a transactional id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    pub producer_id: i64,
    pub epoch: i16,
}

/// The transactions of one transactional id, as its coordinator knows them.
pub struct Transactions {
    coordinator: String,
    id: String,
}

impl Transactions {
    /// Finds the coordinator. One that is not there yet is waited for.
    pub fn of(bootstrap: &str, id: &str) -> Self {
        let any = bootstrap.split(',').next().expect("a broker");
        let coordinator = super::wait_for("the transaction coordinator", Duration::from_secs(30), || {
            // Key, and 1 for a transactional id.
            let answer = Request::new(FIND_COORDINATOR, 1).text(id).bytes(&[1]).send(any)?;
            let mut answer = Answer::new(&answer);
            let (_throttle_ms, error, _message, _node) = (answer.i32(), answer.i16(), answer.text(), answer.i32());
            (error == 0).then(|| format!("{}:{}", answer.text(), answer.i32()))
        });
        Transactions { coordinator, id: id.to_owned() }
    }

    /// State (`Ongoing`, `CompleteCommit`, ...) and writer.
    pub fn describe(&self) -> (String, Writer) {
        super::wait_for("the transaction's state", Duration::from_secs(30), || {
            let request = Request::new(DESCRIBE_TRANSACTIONS, 0).flexible().count(1).compact(&self.id).no_tags();
            let answer = request.send(&self.coordinator)?;
            let mut answer = Answer::new(&answer);
            let (_tags, _throttle_ms, _count) = (answer.count(), answer.i32(), answer.count());
            let (error, _id, state) = (answer.i16(), answer.compact(), answer.compact());
            let (_timeout_ms, _since_ms) = (answer.i32(), answer.i64());
            (error == 0).then(|| (state, Writer { producer_id: answer.i64(), epoch: answer.i16() }))
        })
    }

    /// Asks for the end of `writer`'s transaction as its client would; the answer's error code.
    pub fn end(&self, writer: Writer, commit: bool) -> i16 {
        let request = Request::new(END_TXN, 1).text(&self.id).bytes(&writer.producer_id.to_be_bytes());
        let request = request.bytes(&writer.epoch.to_be_bytes()).bytes(&[u8::from(commit)]);
        let answer = request.send(&self.coordinator).expect("the coordinator's answer");
        let mut answer = Answer::new(&answer);
        let _throttle_ms = answer.i32();
        answer.i16()
    }
}

/// Number of the broker that leads the controllers, as the broker at `address` knows it; `None` while it does not.
pub fn leading_controller(address: &str) -> Option<i32> {
    let partition = 0_i32.to_be_bytes();
    let request = Request::new(DESCRIBE_QUORUM, 0).flexible().count(1).compact("__cluster_metadata").count(1);
    let answer = request.bytes(&partition).no_tags().no_tags().no_tags().send(address)?;
    let mut answer = Answer::new(&answer);
    let (_tags, error) = (answer.count(), answer.i16());
    if error != 0 {
        return None;
    }
    let (_topics, _name, _partitions, _partition) = (answer.count(), answer.compact(), answer.count(), answer.i32());
    (answer.i16() == 0).then(|| answer.i32()).filter(|leader| *leader >= 0)
}

/// What a user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// `Read`, `Write`, `Delete`, `Describe` or `DescribeConfigs`.
    pub operation: String,
    /// `topic`, `group` or `transactional-id`.
    pub kind: String,
    /// Its name, or that with which names begin.
    pub name: String,
    pub is_prefix: bool,
}

/// Gives `user` these rights.
#[track_caller]
pub fn allow(address: &str, user: &str, rights: &[Right]) {
    let count = i32::try_from(rights.len()).expect("some").to_be_bytes();
    let request = rights.iter().fold(Request::new(CREATE_ACLS, 1).bytes(&count), |request, right| {
        let kind = match right.kind.as_str() {
            "topic" => 2,
            "group" => 3,
            "transactional-id" => 5,
            other => panic!("{other}"),
        };
        let operation = match right.operation.as_str() {
            "Read" => 3,
            "Write" => 4,
            "Delete" => 6,
            "Describe" => 8,
            "DescribeConfigs" => 10,
            other => panic!("{other}"),
        };
        // Literal or prefixed; the last is "allow".
        let pattern = if right.is_prefix { 4 } else { 3 };
        let request = request.bytes(&[kind]).text(&right.name).bytes(&[pattern]);
        request.text(&format!("User:{user}")).text("*").bytes(&[operation, 3])
    });
    let answer = request.send(address).expect("the broker's answer");
    let mut answer = Answer::new(&answer);
    let (_throttle_ms, count) = (answer.i32(), answer.i32());
    (0..count).for_each(|_| assert_eq!((answer.i16(), answer.text()), (0, String::new())));
}

/// A request as it is put together. Flexible versions spell lengths as varints, one more than they are, and end with tags.
struct Request {
    bytes: Vec<u8>,
}

impl Request {
    fn new(key: i16, version: i16) -> Self {
        let (key, version, correlation) = (key.to_be_bytes(), version.to_be_bytes(), 1_i32.to_be_bytes());
        Request { bytes: [&key[..], &version, &correlation].concat() }.text("copydesk-tests")
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        let length = i16::try_from(text.len()).expect("a short text");
        self.bytes(&length.to_be_bytes()).bytes(text.as_bytes())
    }

    /// The header of a flexible version ends with tags.
    fn flexible(self) -> Self {
        self.no_tags()
    }

    fn no_tags(self) -> Self {
        self.bytes(&[0])
    }

    fn count(self, count: usize) -> Self {
        let spelled = u8::try_from(count + 1).ok().filter(|spelled| *spelled < 0x80);
        self.bytes(&[spelled.expect("a varint of one byte")])
    }

    fn compact(self, text: &str) -> Self {
        self.count(text.len()).bytes(text.as_bytes())
    }

    /// The answer behind its correlation number; `None` where nobody answers.
    fn send(self, address: &str) -> Option<Vec<u8>> {
        let limit = Some(Duration::from_secs(10));
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(limit).and_then(|()| stream.set_write_timeout(limit)).ok()?;
        let length = u32::try_from(self.bytes.len()).expect("a short request");
        stream.write_all(&[&length.to_be_bytes(), &self.bytes[..]].concat()).ok()?;
        let mut length = [0; 4];
        stream.read_exact(&mut length).ok()?;
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut answer).ok()?;
        Some(answer.split_off(4))
    }
}

/// An answer as it is taken apart; panics where it is shorter than it must be.
struct Answer<'a> {
    rest: &'a [u8],
}

impl<'a> Answer<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Answer { rest }
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).try_into().expect("as many bytes")
    }

    fn i16(&mut self) -> i16 {
        i16::from_be_bytes(self.array())
    }

    fn i32(&mut self) -> i32 {
        i32::from_be_bytes(self.array())
    }

    fn i64(&mut self) -> i64 {
        i64::from_be_bytes(self.array())
    }

    /// A length of -1 is a text that is not there.
    fn text(&mut self) -> String {
        let length = usize::try_from(self.i16()).unwrap_or(0);
        String::from_utf8_lossy(self.take(length)).into_owned()
    }

    /// A varint of one byte, which is all that these answers need: entries of an array or bytes of a text, one more than
    /// there are, or tags.
    fn count(&mut self) -> usize {
        let [spelled] = self.array();
        assert!(spelled < 0x80, "a short array or text");
        usize::from(spelled).saturating_sub(1)
    }

    fn compact(&mut self) -> String {
        let length = self.count();
        String::from_utf8_lossy(self.take(length)).into_owned()
    }
}
