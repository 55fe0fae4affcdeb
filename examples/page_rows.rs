//! Features of labelled pages, for `model/train_pages.py`: `page_rows SET_DIR SCORES OUT`.
//!
//! SCORES holds a score for each block of each page with a labelled body, little endian, in the order of `block_rows`. Writes
//! `OUT.jsonl` (the pages' ids) and `OUT.f32` (their features).

mod corpus;

use copydesk::clean;
use copydesk::page::Content;
use corpus::{LIMITS, read_numbers, write_numbers};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, scores, out] = &args[..] else { return Err("usage: page_rows SET_DIR SCORES OUT".into()) };
    let scores = read_numbers(scores)?;
    let mut rows = BufWriter::new(File::create(format!("{out}.f32"))?);
    let mut ids = BufWriter::new(File::create(format!("{out}.jsonl"))?);
    let mut at = 0;
    corpus::pages(folder, |case, page| {
        let (true, Content::Html(markup)) = (case["text"].is_string(), &page.content) else { return Ok(()) };
        let (features, blocks) = clean::training_page(markup, case["url"].as_str(), &LIMITS, &scores[at..]);
        at += blocks;
        if blocks > 0 {
            writeln!(ids, "{}", case["id"])?;
            write_numbers(&mut rows, &features)?;
        }
        Ok(())
    })
}
