//! `copydesk demo` as a user runs it: on the simulated broker, and on a real one.
//!
//! One test needs a broker; see `support`. The others need nothing.

use crate::support;
use crate::support::topics::{read_committed, read_uncommitted};
use crate::support::{Instance, broker};
use copydesk::article::event::{ArticleEvent, Source};
use copydesk::clean::CleanLimits;
use copydesk::config;
use copydesk::demo::pages::{PAGES, PARTITIONS};
use copydesk::expand::{self, Outcome};
use copydesk::page::{PageLimits, RawRecord};
use copydesk::split::draft::Kind;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(180);

/// Pages that repeat another page's story.
const REPEATS_MAX: usize = 11;
/// So many of them differ in markup, quotes and form alone, with no line that an extractor could take for the article's.
const REPEATS_MIN: usize = 11;

/// Main articles of the pages in `demo/pages`.
const STORIES: &[&str] = &[
    "Harbour ferry returns after a winter in dry dock",
    "Village library lends out its last paper index card",
    "Co-operative bakers win the contract to feed eleven schools",
    "Sound of melting ice gives glacier its first weather diary",
    "Schoolgirl holds former champion to a draw in ninety-one moves",
    "Engineers find a 140-year-old bridge stronger than its drawings",
    "Farmers trade old barley for a market that wants less of it",
    "Night-time radio station goes silent after forgetting to renew its name",
    "Tidal turbine makes power for a year without a visit",
    "Orchestra without a conductor fires its metronome",
    "Nach vierzig Jahren steht wieder Wasser im Teufelsmoor bei Linden",
    "Kleinste Bahnstrecke des Landes bekommt einen zweiten Zug",
    "Orgelbauer entdeckt vergessenes Register hinter der Wand",
    "Schüler messen den Fluss genauer als die Behörde",
    "Le phare des Trois-Sœurs rallumé par ses voisins",
    "À Montbrissac, le facteur livre désormais les légumes",
    "Une avalanche filmée de l’intérieur par une balle de tennis",
    "Un pueblo sin agua encuentra un río bajo la plaza",
    "La feria del libro usado vende por kilos y agota la balanza",
    "Las abejas de la catedral ya tienen apicultora titular",
    "섬마을 분교, 학생 한 명을 위해 다시 문을 열다",
    "동네 반찬가게들, 냉장고 하나를 나눠 쓰며 살아남다",
    "閉店した銭湯の煙突、町の気象観測所に",
    "老茶馆办起夜校，木匠教年轻人修椅子",
    "Деревня выкупила мельницу, чтобы не ездить за мукой",
    "Музей попросил горожан вернуть экспонаты и получил больше, чем терял",
    "Miasteczko zgasiło latarnie i odzyskało gwiazdy",
    "Elevador parado há doze anos volta a subir a encosta",
    "Μια ελιά δύο χιλιάδων ετών αλλάζει τη χάραξη του δρόμου",
];

/// The first digits of the content hashes of the articles that were printed, in order.
fn hashes(output: &str) -> Vec<&str> {
    output.lines().filter_map(printed_hash).collect()
}

fn printed_hash(line: &str) -> Option<&str> {
    let (head, _headline) = line.rsplit_once("  ")?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [_kind, _date, _language, hash] = words[..] else { return None };
    (hash.len() == 10 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hash)
}

/// The total of the last summary's line that begins with `name`, or of its part `word`.
#[track_caller]
fn count(output: &str, name: &str, word: &str) -> usize {
    let summary = &output[output.rfind("\npages").expect("a summary")..];
    let line = summary.lines().find(|line| line.trim_start().starts_with(name)).expect("the summary's line");
    let rest = line.trim_start().strip_prefix(name).expect("just found");
    if word.is_empty() {
        return rest.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a total");
    }
    let parts = rest.split('·').map(|part| part.split_whitespace().collect::<Vec<_>>());
    let found = parts.filter_map(|part| match part[..] {
        [.., name, n] if name == word => n.parse::<usize>().ok(),
        _ => None,
    });
    found.sum()
}

/// What the chain makes of the pages, each on its own, without a broker.
#[derive(Default)]
struct Expected {
    /// First digits of every distinct content hash.
    hashes: BTreeSet<String>,
    /// Events of all pages.
    candidates: usize,
    expanded: usize,
    skipped: BTreeMap<&'static str, usize>,
    letters: BTreeMap<&'static str, usize>,
    /// Events by kind.
    kinds: BTreeMap<&'static str, usize>,
    /// Headlines of main articles.
    headlines: BTreeSet<String>,
}

fn expected() -> Expected {
    let settings =
        config::Options { presets: copydesk::demo::presets(), environment: Some(vec![]), ..Default::default() };
    let config = config::load(&settings).expect("the demo's settings").config;
    let extract = &config.extract;
    let options = expand::Options {
        page: PageLimits { page_bytes_max: extract.page_bytes_max },
        clean: CleanLimits { depth_max: extract.depth_max, blocks_max: extract.blocks_max },
        event_bytes_max: extract.event_bytes_max,
    };
    let mut expected = Expected::default();
    for page in PAGES {
        let (value, headers) = (page.value(extract.page_bytes_max), page.headers());
        let record = RawRecord {
            key: Some(page.url.as_bytes()),
            value: value.as_deref(),
            headers: &headers,
            time: copydesk::demo::pages::FETCHED_AT.parse().expect("a time"),
        };
        match expand::expand(&record, &Source::kafka("pages", page.partition, 0), &options) {
            Outcome::Expanded(events) => expected.add(&events),
            Outcome::Skipped(reason) => *expected.skipped.entry(reason.as_str()).or_default() += 1,
            Outcome::Rejected(fault) => *expected.letters.entry(fault.code.as_str()).or_default() += 1,
        }
    }
    expected
}

impl Expected {
    fn add(&mut self, events: &[ArticleEvent]) {
        self.expanded += 1;
        self.candidates += events.len();
        for event in events {
            let hash = event.content_hash.to_string();
            self.hashes.insert(hash.rsplit(':').next().expect("digits")[..10].to_owned());
            *self.kinds.entry(event.kind.as_str()).or_default() += 1;
            if event.kind == Kind::Article {
                self.headlines.extend(event.headline.clone());
            }
        }
    }
}

/// Each distinct article of the pages stands in `output` once, and the counters are those of the pages.
#[track_caller]
fn check(output: &str) {
    let (expected, printed) = (expected(), hashes(output));
    let distinct: BTreeSet<_> = printed.iter().map(|hash| (*hash).to_owned()).collect();
    assert_eq!(distinct.len(), printed.len(), "an article came twice:\n{output}");
    assert_eq!(distinct, expected.hashes, "{output}");

    let skipped: usize = expected.skipped.values().sum();
    let letters: usize = expected.letters.values().sum();
    let published = expected.hashes.len();
    for (line, word, n) in [
        ("pages", "", PAGES.len()),
        ("pages", "expanded", expected.expanded),
        ("pages", "skipped", skipped),
        ("pages", "dead_lettered", letters),
        ("skipped", "", skipped),
        ("dead letters", "", letters),
        ("candidates", "", expected.candidates),
        ("candidates", "published", published),
        ("candidates", "duplicate", expected.candidates - published),
        ("published", "", published),
    ] {
        assert_eq!(count(output, line, word), n, "{line} {word}:\n{output}");
    }
    let parts = expected.skipped.iter().map(|part| ("skipped", part));
    for (line, (word, n)) in parts.chain(expected.letters.iter().map(|part| ("dead letters", part))) {
        assert_eq!(count(output, line, word), *n, "{line} {word}:\n{output}");
    }
}

#[test]
fn pages_show_what_they_are_for() {
    let expected = expected();
    for story in STORIES {
        assert!(expected.headlines.contains(*story), "{story:?} is not among {:#?}", expected.headlines);
    }
    let repeats = expected.candidates - expected.hashes.len();
    assert!((REPEATS_MIN..=REPEATS_MAX).contains(&repeats), "{repeats} pages repeat a story");
    assert_eq!((expected.kinds[&"secondary"], expected.kinds[&"teaser"]), (2, 8), "briefs, front page and list");
    let codes: Vec<_> = expected.letters.iter().map(|(code, n)| (*code, *n)).collect();
    assert_eq!(
        codes,
        [("empty_value", 1), ("envelope_not_json", 1), ("page_too_large", 1), ("unsupported_content", 1)]
    );
    assert!(["http_status", "no_article", "no_text"].iter().all(|reason| expected.skipped.get(reason) == Some(&1)));
    for partition in 0..PARTITIONS {
        assert!(PAGES.iter().any(|page| page.partition == partition), "nothing goes to partition {partition}");
    }
}

#[test]
fn simulated_broker_shows_each_article_once() {
    let mut demo = Instance::spawn(&["demo", "--once"], "");
    assert!(demo.wait_exit(LIMIT).success(), "{}\n{}", demo.stderr(), demo.stdout());
    let output = demo.stdout();
    assert!(output.contains("simulated broker") && output.contains("not the guarantees"), "{output}");
    assert!(output.contains(&format!("http://{}/metrics", demo.address())), "{output}");
    check(&output);
}

#[test]
fn stays_until_it_is_told_to_end() {
    let mut demo = Instance::spawn(&["demo"], "");
    support::wait_for("all pages", LIMIT, || demo.stdout().contains("All pages are done").then_some(()));
    assert_eq!(demo.exit_status(), None);
    let (status, metrics) = demo.get("/metrics").expect("the port");
    assert!(status == 200 && metrics.contains("outcome=\"expanded\""), "{metrics}");
    demo.sigterm();
    assert!(demo.wait_exit(Duration::from_secs(60)).success(), "{}", demo.stderr());
    let output = demo.stdout();
    assert_eq!(output.matches("\npages").count(), 2, "a summary when done and one at the end:\n{output}");
    check(&output);
}

#[test]
fn real_broker_holds_what_was_shown() {
    let mut demo = Instance::spawn(&["demo", "--once", "--broker", broker()], "");
    assert!(demo.wait_exit(LIMIT).success(), "{}\n{}", demo.stderr(), demo.stdout());
    let output = demo.stdout();
    check(&output);
    let after = output.split("begin with ").nth(1).expect("the banner names the topics");
    let prefix = after.split(". ").next().expect("a prefix");
    let articles = read_committed(broker(), &format!("{prefix}.articles"));
    let shown: BTreeSet<String> = hashes(&output).into_iter().map(str::to_owned).collect();
    let kept: Vec<String> = articles
        .iter()
        .map(|record| String::from_utf8_lossy(&record.key.clone().expect("a key")[..10]).into())
        .collect();
    assert_eq!(kept.len(), shown.len());
    assert_eq!(kept.into_iter().collect::<BTreeSet<_>>(), shown);
    assert_eq!(read_uncommitted(broker(), &format!("{prefix}.dlq")).len(), 4);
}

#[test]
fn broker_that_is_down_is_named() {
    let mut demo = Instance::spawn(&["demo", "--once", "--broker", "127.0.0.1:1"], "");
    assert_eq!(demo.wait_exit(Duration::from_secs(60)).code(), Some(69), "{}", demo.stderr());
    assert!(demo.stderr().contains("no broker answered"), "{}", demo.stderr());
}

#[test]
fn cluster_of_three_keeps_three_copies() {
    let cluster = support::Cluster::start(3);
    let bootstrap = cluster.bootstrap();
    let mut demo = Instance::spawn(&["demo", "--once", "--broker", &bootstrap], "");
    assert!(demo.wait_exit(LIMIT).success(), "{}\n{}", demo.stderr(), demo.stdout());
    let output = demo.stdout();
    assert!(output.contains("replication factor 3"), "{output}");
    check(&output);
}
