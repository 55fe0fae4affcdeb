//! Features of labelled pages' blocks, for `model/train_blocks.py`:
//! `block_rows SET_DIR OUT [SCORES]` reads `cases.jsonl` and the pages that it names.
//!
//! Writes `OUT.jsonl`, a line a page with a labelled body (its id and its blocks' texts), and `OUT.f32`,
//! the blocks' features, little endian. SCORES holds the first pass's score of each block; with it the rows are the second
//! pass's.

use copydesk::clean::{self, CleanLimits};
use copydesk::page::{self, Content, PageLimits, RawRecord};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

const LIMITS: CleanLimits = CleanLimits { depth_max: 256, blocks_max: 20_000 };
const PAGE: PageLimits = PageLimits { page_bytes_max: 64 << 20 };

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, out, rest @ ..] = &args[..] else { return Err("usage: block_rows SET_DIR OUT [SCORES]".into()) };
    let scores = rest.first().map(std::fs::read).transpose()?.map(|bytes| {
        let values: Vec<f32> = bytes.chunks_exact(4).map(|c| f32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
        values
    });
    let mut rows = BufWriter::new(File::create(format!("{out}.f32"))?);
    let mut texts = BufWriter::new(File::create(format!("{out}.jsonl"))?);
    let mut at = 0;
    for line in BufReader::new(File::open(format!("{folder}/cases.jsonl"))?).lines() {
        let case: serde_json::Value = serde_json::from_str(&line?)?;
        let (Some(path), Some(_)) = (case["page"].as_str(), case["text"].as_str()) else { continue };
        let bytes = std::fs::read(format!("{folder}/{path}"))?;
        let headers = [("content-type".to_owned(), b"text/html".to_vec())];
        let record = RawRecord { key: None, value: Some(&bytes), headers: &headers, time: jiff::Timestamp::UNIX_EPOCH };
        let Ok(page) = page::decode(&record, &PAGE) else { continue };
        let Content::Html(markup) = &page.content else { continue };
        let (document, mut features) = clean::training_rows(markup, &LIMITS, None);
        let n = document.blocks.len();
        if let Some(all) = &scores {
            features = clean::training_rows(markup, &LIMITS, Some(&all[at..at + n])).1;
        }
        at += n;
        let blocks: Vec<&str> = (0..n).map(|i| document.text_of(i)).collect();
        writeln!(texts, "{}", serde_json::json!({"id": case["id"], "blocks": blocks}))?;
        for value in features {
            rows.write_all(&value.to_le_bytes())?;
        }
    }
    Ok(())
}
