//! Features of labelled pages' blocks, for `model/train_blocks.py`:
//! `block_rows SET_DIR OUT [SCORES]` reads `cases.jsonl` and the pages that it names.
//!
//! Writes `OUT.jsonl`, a line a page with a labelled body (its id and its blocks' texts), and `OUT.f32`,
//! the blocks' features, little endian. SCORES holds the first pass's score of each block; with it the rows are the second
//! pass's.

mod corpus;

use copydesk::clean;
use copydesk::page::Content;
use corpus::{LIMITS, read_numbers, write_numbers};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, out, rest @ ..] = &args[..] else { return Err("usage: block_rows SET_DIR OUT [SCORES]".into()) };
    let scores = rest.first().map(|path| read_numbers(path)).transpose()?;
    let mut rows = BufWriter::new(File::create(format!("{out}.f32"))?);
    let mut texts = BufWriter::new(File::create(format!("{out}.jsonl"))?);
    let mut at = 0;
    corpus::pages(folder, |case, page| {
        let (true, Content::Html(markup)) = (case["text"].is_string(), &page.content) else { return Ok(()) };
        let (document, mut features) = clean::training_rows(markup, &LIMITS, None);
        let n = document.blocks.len();
        if let Some(all) = &scores {
            features = clean::training_rows(markup, &LIMITS, Some(&all[at..at + n])).1;
        }
        at += n;
        let blocks: Vec<&str> = (0..n).map(|i| document.text_of(i)).collect();
        writeln!(texts, "{}", serde_json::json!({"id": case["id"], "blocks": blocks}))?;
        Ok(write_numbers(&mut rows, &features)?)
    })
}
