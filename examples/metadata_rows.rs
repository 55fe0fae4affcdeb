//! Candidates of labelled pages' headlines and authors with their features, for `model/fit_metadata.py`:
//! `metadata_rows SET_DIR ROWS.jsonl` reads `cases.jsonl` and the pages that it names.

use copydesk::clean::{self, CleanLimits};
use copydesk::page::{self, PageLimits, RawRecord};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

const LIMITS: CleanLimits = CleanLimits { depth_max: 256, blocks_max: 20_000 };
const PAGE: PageLimits = PageLimits { page_bytes_max: 64 << 20 };

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, rows] = &args[..] else { return Err("usage: metadata_rows SET_DIR ROWS.jsonl".into()) };
    let mut rows = BufWriter::new(File::create(rows)?);
    for line in BufReader::new(File::open(format!("{folder}/cases.jsonl"))?).lines() {
        let case: serde_json::Value = serde_json::from_str(&line?)?;
        let Some(path) = case["page"].as_str() else { continue };
        let bytes = std::fs::read(format!("{folder}/{path}"))?;
        let url = case["url"].as_str().unwrap_or_default().as_bytes().to_vec();
        let headers = [("content-type".to_owned(), b"text/html".to_vec()), ("url".to_owned(), url)];
        let record = RawRecord { key: None, value: Some(&bytes), headers: &headers, time: jiff::Timestamp::UNIX_EPOCH };
        let Ok(page) = page::decode(&record, &PAGE) else { continue };
        let [headline, authors] = clean::metadata_rows(&page, &LIMITS);
        writeln!(rows, "{}", serde_json::json!({"id": case["id"], "headline": headline, "authors": authors}))?;
    }
    Ok(())
}
