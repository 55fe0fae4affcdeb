//! What the examples that write training data share: the pages of a labelled set, and how numbers go to the scripts.

#![allow(dead_code, reason = "each example takes what it needs")]

use copydesk::clean::CleanLimits;
use copydesk::page::{self, Page, PageLimits, RawRecord};
use serde_json::Value;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};

/// The bounds that pages are read with.
pub const LIMITS: CleanLimits = CleanLimits { depth_max: 256, blocks_max: 20_000 };
const PAGE: PageLimits = PageLimits { page_bytes_max: 64 << 20 };

/// Calls `each` with every case of `SET_DIR/cases.jsonl` that names a page or holds its text, and the page. Pages that cannot be
/// decoded are left out.
pub fn pages(
    folder: &str,
    mut each: impl FnMut(&Value, &Page<'_>) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    for line in BufReader::new(File::open(format!("{folder}/cases.jsonl"))?).lines() {
        let case: Value = serde_json::from_str(&line?)?;
        let (bytes, kind) = match (case["page"].as_str(), case["page_text"].as_str()) {
            (Some(path), _) => (std::fs::read(format!("{folder}/{path}"))?, "text/html"),
            (None, Some(text)) => (text.as_bytes().to_vec(), "text/plain; charset=utf-8"),
            (None, None) => continue,
        };
        let mut headers = vec![("content-type".to_owned(), kind.as_bytes().to_vec())];
        headers.extend(case["url"].as_str().map(|url| ("url".to_owned(), url.as_bytes().to_vec())));
        let record = RawRecord { key: None, value: Some(&bytes), headers: &headers, time: jiff::Timestamp::UNIX_EPOCH };
        let Ok(page) = page::decode(&record, &PAGE) else { continue };
        each(&case, &page)?;
    }
    Ok(())
}

/// Writes numbers as `f32`, little endian.
pub fn write_numbers(out: &mut impl Write, numbers: &[f32]) -> std::io::Result<()> {
    numbers.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))
}

/// Reads a file of such numbers.
pub fn read_numbers(path: &str) -> std::io::Result<Vec<f32>> {
    Ok(std::fs::read(path)?.chunks_exact(4).map(|c| f32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect())
}
