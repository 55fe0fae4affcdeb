//! Writes what the text model reads of each page, line by line, for `model/train_text.py`.
//!
//! `text_rows CASES OUT [SCORES]`: CASES is a `cases.jsonl` with `id`, `page_text` and `url`. Writes `OUT.jsonl` (the lines of each
//! page) and `OUT.f32` (their features, little endian). SCORES holds the first pass's scores, all bodies, then all heads;
//! with it the rows are the second pass's.

mod corpus;

use copydesk::clean::text::training_rows;
use corpus::{read_numbers, write_numbers};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, cases, out, rest @ ..] = args.as_slice() else { return Err("usage: text_rows CASES OUT [SCORES]".into()) };
    let scores = rest.first().map(|path| read_numbers(path)).transpose()?;
    let mut rows = BufWriter::new(File::create(format!("{out}.f32"))?);
    let mut texts = BufWriter::new(File::create(format!("{out}.jsonl"))?);
    let mut at = 0;
    for case in BufReader::new(File::open(cases)?).lines() {
        let case: serde_json::Value = serde_json::from_str(&case?)?;
        let text = case["page_text"].as_str().ok_or("a case without page_text")?;
        let url = case["url"].as_str();
        let (lines, mut features) = training_rows(text, url, None);
        if let Some(all) = &scores {
            let (body, head) = all.split_at(all.len() / 2);
            let range = at..at + lines.len();
            features = training_rows(text, url, Some((&body[range.clone()], &head[range]))).1;
        }
        at += lines.len();
        write_numbers(&mut rows, &features)?;
        writeln!(texts, "{}", serde_json::json!({ "id": case["id"], "lines": lines }))?;
    }
    Ok(())
}
