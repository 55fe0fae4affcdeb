//! Candidates of labelled pages' headlines and authors with their features, for `model/fit_metadata.py`:
//! `metadata_rows SET_DIR ROWS.jsonl` reads `cases.jsonl` and the pages that it names or holds as text, which have no candidates
//! for a headline.

mod corpus;

use copydesk::clean;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, rows] = &args[..] else { return Err("usage: metadata_rows SET_DIR ROWS.jsonl".into()) };
    let mut rows = BufWriter::new(File::create(rows)?);
    corpus::pages(folder, |case, page| {
        let [headline, authors] = clean::metadata_rows(page, &corpus::LIMITS);
        writeln!(rows, "{}", serde_json::json!({"id": case["id"], "headline": headline, "authors": authors}))?;
        Ok(())
    })
}
