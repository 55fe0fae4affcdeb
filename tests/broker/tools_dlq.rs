//! `copydesk dlq` on a real broker: letters are listed, shown, sent back once, and not for ever.
//!
//! Needs a broker; see `support`.

use crate::support;
use crate::support::instance::settings;
use crate::support::topics::{ToSend, alter_topic, delete_records, produce, read_committed, wait_committed};
use crate::support::{Instance, broker, unique};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const LARGER: &str = "extract.page_bytes_max=1MiB";

struct Deployment {
    prefix: String,
    settings: String,
}

impl Deployment {
    fn new() -> Self {
        let prefix = unique("dlq");
        let more = "[extract]\npage_bytes_max = \"8KiB\"\ndead_letter_bytes_max = \"100B\"\n";
        let deployment = Deployment { settings: settings(broker(), &prefix, 2, 1, more), prefix };
        // Topics that take larger pages than extract does.
        let larger = ["topics", "create", "--pages", "2", "--set", LARGER];
        let (code, text) = deployment.command(&larger);
        assert_eq!(code, 0, "{text}");
        deployment
    }

    fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    fn command(&self, arguments: &[&str]) -> (i32, String) {
        self.command_with(arguments, "")
    }

    fn command_with(&self, arguments: &[&str], more: &str) -> (i32, String) {
        let mut instance = Instance::spawn(arguments, &(self.settings.clone() + more));
        let status = instance.wait_exit(MINUTE);
        (status.code().expect("a code"), instance.stdout() + &instance.stderr())
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], code: i32, says: &[&str]) -> String {
        let (found, text) = self.command(arguments);
        assert_eq!(found, code, "{arguments:?}: {text}");
        says.iter().for_each(|words| assert!(text.contains(words), "{arguments:?} does not say {words:?}:\n{text}"));
        text
    }

    fn start(&self) -> Instance {
        let mut stage = Instance::run(&self.settings, &["--stage", "extract"]);
        stage.wait_ready(MINUTE);
        stage
    }

    fn wait_letters(&self, count: usize) {
        let is_letter = |read: &support::topics::Read| read.header("copydesk.error.code").is_some();
        wait_committed(broker(), &self.topic("dlq"), MINUTE, |read| {
            read.iter().filter(|r| is_letter(r)).count() >= count
        });
    }

    fn send(&self, pages: impl IntoIterator<Item = ToSend>) {
        produce(broker(), &self.topic("pages"), pages);
    }
}

/// An envelope that is cut off.
fn broken(partition: i32) -> ToSend {
    ToSend {
        partition: Some(partition),
        key: Some(b"the-key".to_vec()),
        value: Some(b"{\"url\":\"https://paper.example/1\",".to_vec()),
        headers: vec![("crawl".into(), b"spring".to_vec())],
    }
}

/// Larger than the producer of these settings takes, too.
fn oversized() -> ToSend {
    let html = format!("<html><body><p>{}</p></body></html>", "Many words about the bridge. ".repeat(4_000));
    assert!(html.len() > (8 << 10) + (64 << 10));
    ToSend { partition: Some(0), value: Some(html.into_bytes()), ..ToSend::default() }
}

#[test]
fn letters_are_listed_and_shown() {
    let deployment = Deployment::new();
    let _stage = deployment.start();
    deployment.send([broken(1), oversized(), ToSend { partition: Some(1), ..ToSend::default() }]);
    deployment.wait_letters(3);
    let pages = deployment.topic("pages");
    let source = format!("{pages}/1/0");
    deployment.check(
        &["dlq", "ls"],
        0,
        &[
            "envelope_not_json",
            &source,
            "pointer",
            "3 dead letters: 1 empty_value, 1 envelope_not_json, 1 page_too_large",
        ],
    );
    let text = deployment.check(&["dlq", "ls", "--code", "empty_value", "--json"], 0, &["\"code\":\"empty_value\""]);
    assert_eq!(text.lines().count(), 1, "{text}");
    deployment.check(&["dlq", "ls", "--code", "emtpy_value"], 64, &["the codes are", "envelope_not_json"]);
    deployment.check(&["dlq", "ls", "--limit", "1"], 0, &["2 older ones are not shown"]);
    deployment.check(&["dlq", "ls", "--since", "1d"], 0, &["3 dead letters"]);

    let shown = ["envelope_not_json", "crawl: spring", "copydesk.original.key: the-key", "https://paper.example/1"];
    deployment.check(&["dlq", "show", &source], 0, &shown);
    let value = deployment.check(&["dlq", "show", &source, "--value"], 0, &[]);
    assert_eq!(value, "{\"url\":\"https://paper.example/1\",");
    deployment.check(&["dlq", "show", &format!("{pages}/0/0")], 0, &["of which the first 100 are kept"]);
    deployment.check(&["dlq", "show", &format!("{pages}/1/99")], 78, &["holds no dead letter", "dlq ls"]);
}

#[test]
fn a_page_goes_back_as_it_came_and_once() {
    let deployment = Deployment::new();
    let mut stage = deployment.start();
    deployment.send([broken(1), ToSend { partition: Some(0), ..ToSend::default() }]);
    deployment.wait_letters(2);
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());

    let only = ["dlq", "replay", "--code", "envelope_not_json"];
    deployment.check(&[&only[..], &["--dry-run"]].concat(), 0, &["1 would be replayed"]);
    assert_eq!(read_committed(broker(), &deployment.topic("pages")).len(), 2, "a dry run sends nothing");
    deployment.check(&only, 0, &["1 replayed, 0 were replayed before, 0 stay"]);
    deployment.check(&only, 0, &["0 replayed, 1 were replayed before, 0 stay"]);
    let pages = read_committed(broker(), &deployment.topic("pages"));
    let back: Vec<_> = pages.iter().filter(|page| page.header("copydesk.replays").is_some()).collect();
    assert_eq!(back.len(), 1);
    let sent = broken(1);
    assert_eq!((back[0].partition, &back[0].key, &back[0].value), (1, &sent.key, &sent.value));
    let headers: Vec<_> = back[0].headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    assert_eq!(headers, [("crawl", &b"spring"[..]), ("copydesk.replays", b"1")]);
    deployment.check(&["dlq", "ls"], 0, &["1 dead letters: 1 empty_value"]);
    deployment.check(&["dlq", "ls", "--replayed"], 0, &["2 dead letters", "replayed"]);
    deployment.check(&[&only[..], &["--again"]].concat(), 0, &["1 replayed, 0 were replayed before"]);
}

#[test]
fn a_page_that_fails_again_is_not_replayed_for_ever() {
    let deployment = Deployment::new();
    let _stage = deployment.start();
    deployment.send([broken(0)]);
    for round in 0..4 {
        deployment.wait_letters(round + 1);
        let expected = if round < 3 { "1 replayed" } else { "0 replayed" };
        let text = deployment.check(&["dlq", "replay"], 0, &[expected]);
        assert_eq!(text.contains("it was replayed 3 times and failed again"), round == 3, "{text}");
    }
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(read_committed(broker(), &deployment.topic("pages")).len(), 4);
    deployment.check(&["dlq", "replay", "--replays-max", "4"], 0, &["1 replayed"]);
}

/// A record of the dead-letter topic as extract writes it for a page of which only the beginning is kept.
fn pointer(source: &str, kept: &[u8], bytes: usize) -> ToSend {
    let headers = [
        ("__connect.errors.topic", "pages"),
        ("__connect.errors.stage", "extract"),
        ("copydesk.error.code", "page_too_large"),
        ("copydesk.original.value.bytes", &bytes.to_string()),
    ];
    ToSend {
        partition: Some(0),
        key: Some(source.as_bytes().to_vec()),
        value: Some(kept.to_vec()),
        headers: headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec(),
    }
}

#[test]
fn what_a_letter_holds_in_part_is_read_from_its_source() {
    let deployment = Deployment::new();
    let mut stage = deployment.start();
    deployment.send([oversized(), oversized()]);
    deployment.wait_letters(2);
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());
    delete_records(broker(), &deployment.topic("pages"), 0, 1);
    let gone = "only a part of it was kept";
    let larger = ["dlq", "replay", "--set", LARGER];
    deployment.check(&larger, 0, &["1 replayed, 0 were replayed before, 1 stay", gone]);
    let pages = read_committed(broker(), &deployment.topic("pages"));
    assert_eq!(pages.last().and_then(|page| page.value.clone()), oversized().value);
}

#[test]
fn a_page_that_is_still_too_large_stays_and_those_behind_it_go() {
    let deployment = Deployment::new();
    let _stage = deployment.start();
    deployment.send([broken(0), broken(1), oversized()]);
    deployment.wait_letters(3);
    let why = "raise extract.page_bytes_max, and max.message.bytes";
    deployment.check(&["dlq", "replay", "--dry-run"], 0, &["2 would be replayed", "1 stay", why]);
    deployment.check(&["dlq", "replay"], 0, &["2 replayed, 0 were replayed before, 1 stay", why]);
}

/// Bytes that no compression makes much shorter, and no page.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b'a' + (state >> 60) as u8
    };
    [b"{".to_vec(), std::iter::repeat_with(next).take(bytes).collect()].concat()
}

#[test]
fn what_the_brokers_refuse_as_too_large_stays_and_the_others_go() {
    let deployment = Deployment::new();
    let mut stage = deployment.start();
    deployment.send([broken(0), ToSend { value: Some(noise(6_000)), ..broken(0) }, broken(0)]);
    deployment.wait_letters(3);
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());
    alter_topic(broker(), &deployment.topic("pages"), &[("max.message.bytes", "1000")]);
    let why = ["2 replayed, 0 were replayed before, 1 stay", "raise extract.page_bytes_max, and max.message.bytes"];
    deployment.check(&["dlq", "replay"], 0, &why);
    alter_topic(broker(), &deployment.topic("pages"), &[]);
    deployment.check(&["dlq", "replay"], 0, &["1 replayed, 2 were replayed before, 0 stay"]);
}

/// A compacted topic takes no record without a key.
#[test]
fn what_was_acknowledged_before_a_failure_is_marked() {
    let deployment = Deployment::new();
    let mut stage = deployment.start();
    deployment.send([broken(0), ToSend { key: None, ..broken(0) }, broken(0)]);
    deployment.wait_letters(3);
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());
    alter_topic(broker(), &deployment.topic("pages"), &[("cleanup.policy", "compact")]);
    deployment.check(&["dlq", "replay"], 69, &["2 replayed, 0 were replayed before, 0 stay"]);
    alter_topic(broker(), &deployment.topic("pages"), &[]);
    deployment.check(&["dlq", "replay"], 0, &["1 replayed, 2 were replayed before, 0 stay"]);
}

#[test]
fn headers_of_a_page_hide_no_letter() {
    let deployment = Deployment::new();
    let mut stage = deployment.start();
    let with = |name: &str, value: &str| {
        let mut page = broken(0);
        page.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        page
    };
    deployment.send([
        with("copydesk.replayed.letter", "0/0"),
        with("copydesk.replayed.letter", "1/0"),
        with("copydesk.original.value.bytes", "99999999"),
    ]);
    deployment.wait_letters(3);
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());
    deployment.check(&["dlq", "ls"], 0, &["3 dead letters: 3 envelope_not_json"]);
    deployment.check(&["dlq", "replay"], 0, &["3 replayed, 0 were replayed before, 0 stay"]);
    deployment.check(&["dlq", "ls"], 0, &["0 dead letters"]);
}

#[test]
fn a_pointer_takes_only_the_page_that_it_was_made_of() {
    let deployment = Deployment::new();
    let pages = deployment.topic("pages");
    let page = broken(0).value.expect("a value");
    deployment.send([broken(0)]);
    let letters = [
        pointer(&format!("{pages}/0/0"), b"<html>", page.len()),
        pointer(&format!("{pages}/0/0"), &page[..6], page.len() + 1),
        pointer(&format!("{pages}/7/0"), &page[..6], page.len()),
        pointer(&format!("{pages}/-1/0"), &page[..6], page.len()),
        pointer(&format!("{pages}/0/0"), &page[..6], page.len()),
    ];
    produce(broker(), &deployment.topic("dlq"), letters);
    deployment.check(&["dlq", "replay"], 0, &["1 replayed, 0 were replayed before, 4 stay", "is gone"]);
    let found = read_committed(broker(), &pages);
    assert_eq!(found.iter().map(|read| read.value.as_ref()).collect::<Vec<_>>(), [Some(&page), Some(&page)]);
}

#[test]
fn a_name_that_is_not_there_is_said() {
    let deployment = Deployment::new();
    let pages = deployment.topic("pages");
    produce(broker(), &deployment.topic("dlq"), [pointer(&format!("{pages}/0/0"), b"x", 10)]);
    let none = ["holds no dead letter 0/99", "dlq ls"];
    deployment.check(&["dlq", "replay", "0/99"], 78, &none);
    deployment.check(&["dlq", "replay", "0/0", "0/99", "--dry-run"], 78, &none);
    deployment.check(&["dlq", "replay", "0/0", "--code", "empty_value"], 78, &["holds no dead letter 0/0", "--code"]);
    deployment.check(&["dlq", "replay", "--code", "empty_value"], 0, &["0 replayed"]);
}
