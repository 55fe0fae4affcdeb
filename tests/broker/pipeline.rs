//! The whole run on a real broker: pages in, articles out, and every kind of wrong input with what its sender sees.
//!
//! Needs a broker; see `support`.

use crate::support;
use crate::support::instance::settings;
use crate::support::topics::{
    Read, ToSend, alter_topic, produce, produce_compressed, read_committed, stories, wait_committed,
};
use crate::support::{Instance, broker, process, unique};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

struct Deployment {
    prefix: String,
    settings: String,
}

impl Deployment {
    fn new(more: &str) -> Self {
        let prefix = unique("pipeline");
        let settings = settings(broker(), &prefix, 2, 1, more);
        let mut create = Instance::spawn(&["topics", "create", "--pages", "3"], &settings);
        assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
        Deployment { prefix, settings }
    }

    fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    fn start(&self) -> Instance {
        let mut instance = Instance::run(&self.settings, &[]);
        instance.wait_ready(MINUTE);
        instance
    }

    fn send(&self, pages: impl IntoIterator<Item = ToSend>) {
        produce(broker(), &self.topic("pages"), pages);
    }

    fn wait(&self, name: &str, count: usize) -> Vec<Read> {
        wait_committed(broker(), &self.topic(name), MINUTE, |read| read.len() >= count)
    }
}

fn page(partition: i32, url: &str, value: impl Into<Vec<u8>>) -> ToSend {
    ToSend {
        partition: Some(partition),
        key: Some(url.as_bytes().to_vec()),
        value: Some(value.into()),
        headers: vec![("url".into(), url.as_bytes().to_vec()), ("traceparent".into(), b"00-ab-cd-01".to_vec())],
    }
}

const PARAGRAPHS: [&str; 5] = [
    "The harbour council of Westmere voted on Tuesday to rebuild the old ferry pier, which had been closed since the winter storms of last year damaged its pillars.",
    "Engineers told the meeting that the timber below the waterline was sound, and that only the deck and the railings would have to be replaced before the summer.",
    "\u{201c}We expected far worse,\u{201d} said the harbour master, who had walked the pier with the inspectors. She asked for a second survey in the autumn.",
    "The work will cost about two million, of which the region pays half. The rest comes from the port's own reserve, which was set aside for repairs.",
    "Ferries to the islands will leave from the northern quay until the pier is open again. The timetable stays as it is, the operator said on Wednesday.",
];

/// The same story under another template and other quotes.
fn story(template: usize) -> String {
    let body: String = PARAGRAPHS.iter().map(|p| format!("<p>{p}</p>")).collect();
    if template == 0 {
        return format!(
            "<!doctype html><html lang=\"en\"><head><title>Council votes to rebuild the ferry pier</title></head><body><header><nav>\
             <a href=\"/\">Home</a><a href=\"/local\">Local</a></nav></header><main><article><h1>Council votes to rebuild the ferry \
             pier</h1>{body}</article></main><footer><p>All rights reserved.</p></footer></body></html>"
        );
    }
    let body = body.replace(['\u{201c}', '\u{201d}'], "\"");
    format!(
        "<html><body><div id=\"page\"><div class=\"story-content\"><h1>Council votes to rebuild the ferry pier</h1>{body}</div>\
         <div class=\"footer\"><a href=\"/imprint\">Imprint</a></div></div></body></html>"
    )
}

/// A page of its own whose text hardly gets smaller.
fn noise(number: u64) -> ToSend {
    let mut seed = number + 1;
    let mut next = |below: u64| {
        seed = (seed ^ (seed >> 27)).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number + 1);
        (seed >> 33) % below
    };
    let mut words = |count| -> Vec<String> {
        (0..count).map(|_| (0..3 + next(7)).map(|_| char::from(b'a' + next(26) as u8)).collect()).collect()
    };
    let mut paragraph = || format!("<p>The {} of the town.</p>", words(30).join(" "));
    let body: String = (0..8).map(|_| paragraph()).collect();
    let page = format!("<html><body><article><h1>Story {number} of many</h1>{body}</article></body></html>");
    ToSend { value: Some(page.into_bytes()), ..ToSend::default() }
}

/// Brokers refuse a batch as a whole, and a long wait fills each batch, as catching up does.
#[test]
fn many_small_events_go_through_small_topics() {
    const PAGES: usize = 1_000;
    let sizes = "message_bytes_max = \"64KiB\"\n[extract]\nevent_bytes_max = \"48KiB\"\ndead_letter_bytes_max = \"48KiB\"\n[kafka.client]\n\"linger.ms\" = 1000";
    let deployment = Deployment::new(sizes);
    deployment.send((0..PAGES as u64).map(noise));
    let instance = deployment.start();
    deployment.wait("articles", PAGES);
    assert_eq!(read_committed(broker(), &deployment.topic("dlq")).len(), 0);
    assert_eq!(instance.metric_with("copydesk_transactions_total", &["result=\"aborted\""]), Some(0.0));
}

#[test]
fn one_story_from_three_sites_is_one_article() {
    let deployment = Deployment::new("");
    let mut instance = deployment.start();
    let envelope = serde_json::json!({
        "url": "https://c.example/3", "fetchedAt": "2025-03-04T05:06:07Z", "status": "fine", "key": "page-3", "html": story(1),
    });
    deployment.send([
        page(0, "https://a.example/1", story(0)),
        page(1, "https://b.example/2", story(1)),
        page(2, "https://c.example/3", envelope.to_string()),
    ]);
    instance.wait_metric("copydesk_articles_total", &["outcome=\"duplicate\""], MINUTE, |n| n == 2.0);
    let articles = deployment.wait("articles", 1);
    assert_eq!(articles.len(), 1, "one content, one article");
    let article = &articles[0];
    let event: serde_json::Value = serde_json::from_str(&article.text()).expect("JSON");
    assert_eq!(event["kind"], "article");
    assert_eq!(event["headline"], "Council votes to rebuild the ferry pier");
    assert_eq!(event["articleBody"].as_str().expect("a body").split("\n\n").count(), PARAGRAPHS.len());
    assert_eq!(article.key.as_deref().map(<[u8]>::len), Some(32));
    let hash = event["contentHash"].as_str().expect("a hash");
    assert_eq!(article.key.as_deref(), hash.strip_prefix("sha256-v1:").map(|digits| &digits.as_bytes()[..32]));
    assert_eq!(article.header("ce_specversion").as_deref(), Some("1.0"));
    assert_eq!(article.header("ce_id").as_deref(), event["eventId"].as_str());
    assert_eq!(article.header("traceparent").as_deref(), Some("00-ab-cd-01"));
    assert_eq!(instance.metric_with("copydesk_warnings_total", &["warning=\"status_unreadable\""]), Some(1.0));
    instance.sigterm();
    assert!(instance.wait_exit(MINUTE).success(), "{}", instance.stderr());
    assert!(instance.stderr().contains("drained and committed"));
}

#[test]
fn wrong_input_costs_one_page_each_and_says_why() {
    let deployment = Deployment::new("[extract]\npage_bytes_max = \"64KiB\"\ndead_letter_bytes_max = \"1KiB\"");
    let instance = deployment.start();
    let large = format!("<html><body>{}</body></html>", "<p>too much</p>".repeat(4_700));
    let wrong: [(&str, Option<Vec<u8>>); 6] = [
        ("page_too_large", Some(large.into_bytes())),
        ("envelope_not_json", Some(b"{\"url\": \"https://x.example/\", \"html\": ".to_vec())),
        ("envelope_not_json", Some(b"{\"url\": \"https://x.example/\", \"text\": \"\xff\xfe\"}".to_vec())),
        ("envelope_invalid", Some(b"{\"url\": \"https://x.example/\"}".to_vec())),
        ("unsupported_content", Some(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec())),
        ("empty_value", None),
    ];
    deployment.send(wrong.iter().zip(0..).map(|((_, value), n)| ToSend {
        value: value.clone(),
        ..page(n % 3, &format!("https://wrong.example/{n}"), "")
    }));
    deployment.send([page(0, "https://a.example/1", story(0)), page(1, "https://a.example/empty", "")]);
    let letters = deployment.wait("dlq", 7);
    assert_eq!(deployment.wait("articles", 1).len(), 1);

    let mut codes: Vec<String> = letters.iter().map(|l| l.header("copydesk.error.code").expect("a code")).collect();
    codes.sort();
    let mut expected: Vec<&str> = wrong.iter().map(|(code, _)| *code).chain(["empty_value"]).collect();
    expected.sort_unstable();
    assert_eq!(codes, expected);
    for letter in &letters {
        for header in ["__connect.errors.topic", "__connect.errors.offset", "__connect.errors.exception.message", "url"]
        {
            assert!(letter.header(header).is_some_and(|value| !value.is_empty()), "{header}");
        }
    }
    let pointer = letters.iter().find(|l| l.header("copydesk.error.code").as_deref() == Some("page_too_large"));
    assert_eq!(
        pointer.and_then(|l| l.value.as_ref()).map(Vec::len),
        Some(1024),
        "the first bytes of a page that is too large"
    );
    let pages = |outcome: &str| instance.metric_with("copydesk_pages_total", &[&format!("outcome=\"{outcome}\"")]);
    assert_eq!((pages("expanded"), pages("dead_lettered")), (Some(1.0), Some(7.0)));
}

/// Headers weigh as much as a value does, and a compressed batch hides it from the topic that a page comes by.
#[test]
fn a_page_of_large_headers_costs_only_itself() {
    let settings = "[extract]\npage_bytes_max = \"64KiB\"\ndead_letter_bytes_max = \"1KiB\"";
    let deployment = Deployment::new(settings);
    let mut instance = deployment.start();
    let broken = |n: i32| page(n % 3, &format!("https://wrong.example/{n}"), "{\"url\": ");
    let heavy = |mut page: ToSend, name: &str| {
        page.headers.push((name.into(), vec![b'x'; 2_000_000]));
        page
    };
    let mut good = stories(0..3, Some(0));
    let pages = [
        heavy(good.next().expect("a story"), "traceparent"),
        heavy(broken(1), "large"),
        ToSend { key: Some(vec![b'k'; 2_000_000]), ..broken(2) },
        broken(3),
    ];
    produce_compressed(broker(), &deployment.topic("pages"), "zstd", pages.into_iter().chain(good));
    let articles = deployment.wait("articles", 3);
    let letters = deployment.wait("dlq", 3);
    assert_eq!((articles.len(), letters.len()), (3, 3));
    assert!(articles.iter().all(|article| article.header("traceparent").is_none()));
    let held: Vec<bool> = letters.iter().map(|l| l.header("copydesk.original.value.bytes").is_none()).collect();
    assert_eq!(held.iter().filter(|held| **held).count(), 1, "only the page of usual headers is kept whole");
    assert!(letters.iter().all(|l| l.header("url").is_some() && l.text() == "{\"url\": "));
    instance.sigterm();
    assert!(instance.wait_exit(MINUTE).success(), "{}", instance.stderr());

    // They go back whole, from where they stand.
    let larger = ["dlq", "replay", "--set", "extract.page_bytes_max=4MiB"];
    let mut replay = Instance::spawn(&larger, &deployment.settings);
    assert!(replay.wait_exit(MINUTE).success(), "{}", replay.stderr());
    assert!(replay.stdout().contains("3 replayed, 0 were replayed before, 0 stay"), "{}", replay.stdout());
    let large =
        |page: &&Read| page.key.as_ref().is_some_and(|key| key.len() == 2_000_000) || page.header("large").is_some();
    assert_eq!(read_committed(broker(), &deployment.topic("pages")).iter().filter(large).count(), 4);
}

/// Offsets are committed: a second run reads nothing again.
#[test]
fn a_restart_goes_on_where_it_ended() {
    let deployment = Deployment::new("");
    let mut instance = deployment.start();
    deployment.send((0..3).map(|p| page(p, "https://a.example/1", story(0))));
    deployment.wait("articles", 1);
    instance.wait_metric("copydesk_pages_total", &["outcome=\"expanded\""], MINUTE, |n| n == 3.0);
    instance.sigterm();
    assert!(instance.wait_exit(MINUTE).success(), "{}", instance.stderr());
    let instance = deployment.start();
    deployment.send([page(0, "https://a.example/1", "")]);
    instance.wait_metric("copydesk_pages_total", &["outcome=\"dead_lettered\""], MINUTE, |n| n == 1.0);
    assert_eq!(instance.metric_with("copydesk_pages_total", &["outcome=\"expanded\""]), Some(0.0));
    assert_eq!(read_committed(broker(), &deployment.topic("articles")).len(), 1);
}

#[test]
fn a_broker_that_is_down_is_waited_for() {
    let [port] = process::free_ports(process::OTHER_PORTS);
    let mut instance = Instance::run(&settings(&format!("127.0.0.1:{port}"), "nobody", 2, 1, ""), &[]);
    support::wait_for("a word about the broker", MINUTE, || {
        instance.stderr().contains("no broker answers").then_some(())
    });
    let (status, body) = instance.get("/readyz").expect("an answer");
    assert_eq!(status, 503);
    assert!(body.contains("no broker answers"), "{body}");
    assert_eq!(instance.get("/livez").expect("an answer").0, 200);
    assert!(instance.exit_status().is_none(), "it waits");
    instance.sigterm();
    assert!(instance.wait_exit(MINUTE).success(), "{}", instance.stderr());
}

/// Otherwise the first part of a checkpoint would be refused, a while after the start.
#[test]
fn a_changelog_that_takes_no_checkpoint_is_named() {
    let deployment = Deployment::new("");
    alter_topic(broker(), &deployment.topic("dedup.changelog.v1"), &[("max.message.bytes", "900000")]);
    let mut check = Instance::spawn(&["topics", "check"], &deployment.settings);
    assert!(!check.wait_exit(MINUTE).success());
    let said = check.stdout() + &check.stderr();
    assert!(said.contains("dedup.changelog.v1: max.message.bytes is \"900000\", needed is \"1048576\""), "{said}");
}

/// The connection to its broker would come and go, and with it all that is read from there.
#[test]
fn a_pages_topic_whose_batches_could_not_be_read_is_named() {
    let deployment = Deployment::new("");
    let check = |bytes_max: &str| {
        alter_topic(broker(), &deployment.topic("pages"), &[("max.message.bytes", bytes_max)]);
        let mut check = Instance::spawn(&["topics", "check"], &deployment.settings);
        (check.wait_exit(MINUTE).code(), check.stdout() + &check.stderr())
    };
    let (code, said) = check("70000000");
    assert!(code == Some(78) && said.contains("pages: max.message.bytes is 70000000"), "{code:?}: {said}");
    let (code, said) = check("65011712");
    assert_eq!(code, Some(0), "what it says is what it takes: {said}");
}

#[test]
fn a_missing_topic_is_named_with_its_remedy() {
    let mut instance = Instance::run(&settings(broker(), &unique("absent"), 2, 1, ""), &[]);
    assert_eq!(instance.wait_exit(MINUTE).code(), Some(78));
    let said = instance.stderr();
    for word in ["candidates.v1: does not exist", "copydesk topics create", ".pages: does not exist"] {
        assert!(said.contains(word), "{word}: {said}");
    }
}
