//! Other extractors behind the command line of `copydesk extract`: envelopes in, events out.
//!
//!     cargo build --release --manifest-path model/peers/Cargo.toml
//!     PEER=trafilatura COPYDESK=model/peers/target/release/peers model/evaluate CORPUS SCORER newsworld
//!
//! What holds: a page that a peer refuses, or that ends it, gives no event, as for its users; each page has a thread of its own. What
//! takes text alone gets the bytes as UTF-8.

use base64::Engine;
use serde_json::{Value, json};
use std::io::{BufRead, Write};

/// What a peer found on a page.
struct Found {
    title: String,
    text: String,
    date: Option<String>,
    authors: String,
}

type Peer = fn(&[u8], Option<&str>) -> Option<Found>;

const PEERS: [(&str, Peer); 3] =
    [("dom_smoothie", dom_smoothie), ("rs-trafilatura", rs_trafilatura), ("trafilatura", trafilatura)];
/// Some of them go down the tree by recursion.
const STACK_BYTES: usize = 64 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::var("PEER").map_err(|_| "PEER names none of dom_smoothie, rs-trafilatura, trafilatura")?;
    let (_, peer) = *PEERS.iter().find(|(known, _)| *known == name).ok_or("no such peer")?;
    let file = std::env::args().next_back().ok_or("no file of envelopes")?;
    std::panic::set_hook(Box::new(|_| ()));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::BufReader::new(std::fs::File::open(file)?).lines() {
        let envelope: Value = serde_json::from_str(&line?)?;
        let Some(body) = envelope["bodyBase64"].as_str() else {
            return Err("scraped text is no page of a peer's".into());
        };
        let body = base64::engine::general_purpose::STANDARD.decode(body)?;
        let url = envelope["url"].as_str().map(str::to_owned);
        let page = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || peer(&body, url.as_deref()))?;
        let Ok(Some(found)) = page.join() else { continue };
        let names = found.authors.split(';').map(str::trim).filter(|name| !name.is_empty());
        let event = json!({
            "source": { "key": envelope["key"] },
            "kind": "article",
            "headline": found.title,
            "articleBody": found.text,
            "datePublished": found.date,
            "authors": names.map(|name| json!({ "name": name })).collect::<Vec<Value>>(),
        });
        writeln!(out, "{event}")?;
    }
    Ok(())
}

fn dom_smoothie(html: &[u8], url: Option<&str>) -> Option<Found> {
    let html = String::from_utf8_lossy(html);
    let article = dom_smoothie::Readability::new(&*html, url, None).and_then(|mut reader| reader.parse()).ok()?;
    Some(Found {
        title: article.title,
        text: article.text_content.to_string(),
        date: article.published_time,
        authors: article.byline.unwrap_or_default(),
    })
}

fn rs_trafilatura(html: &[u8], url: Option<&str>) -> Option<Found> {
    let options =
        rs_trafilatura::Options { url: url.map(str::to_owned), include_comments: false, ..Default::default() };
    let found = rs_trafilatura::extract_bytes_with_options(html, &options).ok()?;
    Some(Found {
        title: found.metadata.title.unwrap_or_default(),
        text: found.content_text,
        date: found.metadata.date.map(|date| date.format("%Y-%m-%d").to_string()),
        authors: found.metadata.author.unwrap_or_default(),
    })
}

fn trafilatura(html: &[u8], url: Option<&str>) -> Option<Found> {
    let mut options = trafilatura::Options::default().with_exclude_comments(true).with_fallback(true);
    if let Some(url) = url.and_then(|url| url::Url::parse(url).ok()) {
        options = options.with_url(url);
    }
    let found = trafilatura::extract(&String::from_utf8_lossy(html), &options).ok()?;
    Some(Found {
        title: found.metadata.title,
        text: found.content_text,
        date: found.metadata.date.map(|date| date.to_string()),
        authors: found.metadata.author,
    })
}
