//! Features of labelled pages' blocks, for `model/fit_blocks.py`:
//! `block_rows SET_DIR ROWS.bin BLOCKS.jsonl` reads `cases.jsonl` and the pages that it names.

use copydesk::clean::{self, CleanLimits};
use copydesk::page::{self, Content, PageLimits, RawRecord};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

const LIMITS: CleanLimits = CleanLimits { depth_max: 256, blocks_max: 20_000 };
const PAGE: PageLimits = PageLimits { page_bytes_max: 64 << 20 };

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, rows, blocks] = &args[..] else {
        return Err("usage: block_rows SET_DIR ROWS.bin BLOCKS.jsonl".into());
    };
    let (mut rows, mut blocks) = (BufWriter::new(File::create(rows)?), BufWriter::new(File::create(blocks)?));
    for line in BufReader::new(File::open(format!("{folder}/cases.jsonl"))?).lines() {
        let case: serde_json::Value = serde_json::from_str(&line?)?;
        let (Some(path), Some(gold)) = (case["page"].as_str(), case["text"].as_str()) else { continue };
        if case["type"] != "article" {
            continue;
        }
        let bytes = std::fs::read(format!("{folder}/{path}"))?;
        let headers = [("content-type".to_owned(), b"text/html".to_vec())];
        let record = RawRecord { key: None, value: Some(&bytes), headers: &headers, time: jiff::Timestamp::UNIX_EPOCH };
        let Ok(page) = page::decode(&record, &PAGE) else { continue };
        let Content::Html(markup) = &page.content else { continue };
        let (document, features) = clean::training_rows(markup, &LIMITS);
        let texts: Vec<&str> = (0..document.blocks.len()).map(|i| document.text_of(i)).collect();
        writeln!(blocks, "{}", serde_json::json!({"gold": gold, "blocks": texts}))?;
        for value in features.iter().flatten() {
            rows.write_all(&value.to_le_bytes())?;
        }
    }
    Ok(())
}
