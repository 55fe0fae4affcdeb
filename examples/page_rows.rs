//! Features of labelled pages, for `model/train_pages.py`: `page_rows SET_DIR SCORES OUT`.
//!
//! SCORES holds a score for each block of each page with a labelled body, little endian, in the order of `block_rows`. Writes
//! `OUT.jsonl` (the pages' ids) and `OUT.f32` (their features).

use copydesk::clean::{self, CleanLimits};
use copydesk::page::{self, Content, PageLimits, RawRecord};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

const LIMITS: CleanLimits = CleanLimits { depth_max: 256, blocks_max: 20_000 };
const PAGE: PageLimits = PageLimits { page_bytes_max: 64 << 20 };

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, scores, out] = &args[..] else { return Err("usage: page_rows SET_DIR SCORES OUT".into()) };
    let scores: Vec<f32> =
        std::fs::read(scores)?.chunks_exact(4).map(|c| f32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
    let mut rows = BufWriter::new(File::create(format!("{out}.f32"))?);
    let mut ids = BufWriter::new(File::create(format!("{out}.jsonl"))?);
    let mut at = 0;
    for line in BufReader::new(File::open(format!("{folder}/cases.jsonl"))?).lines() {
        let case: serde_json::Value = serde_json::from_str(&line?)?;
        let (Some(path), Some(_)) = (case["page"].as_str(), case["text"].as_str()) else { continue };
        let bytes = std::fs::read(format!("{folder}/{path}"))?;
        let headers = [("content-type".to_owned(), b"text/html".to_vec())];
        let record = RawRecord { key: None, value: Some(&bytes), headers: &headers, time: jiff::Timestamp::UNIX_EPOCH };
        let Ok(page) = page::decode(&record, &PAGE) else { continue };
        let Content::Html(markup) = &page.content else { continue };
        let (features, blocks) = clean::training_page(markup, case["url"].as_str(), &LIMITS, &scores[at..]);
        at += blocks;
        if blocks > 0 {
            writeln!(ids, "{}", case["id"])?;
            for value in features {
                rows.write_all(&value.to_le_bytes())?;
            }
        }
    }
    Ok(())
}
