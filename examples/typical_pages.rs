//! Typical pages for `copydesk explain`: `typical_pages SET_DIR > src/clean/classify/typical.rs`.
//!
//! SET_DIR holds `cases.jsonl` with each page's type, its file and address. Prints the median of every feature over the pages
//! that are articles, and over shops, services and lists.

mod corpus;

use copydesk::clean;
use std::error::Error;

const OTHERS: [&str; 4] = ["product", "service", "collection", "listing"];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: typical_pages SET_DIR")?;
    let mut sides: [Vec<Vec<f32>>; 2] = Default::default();
    corpus::pages(&folder, |case, page| {
        let side = match case["type"].as_str() {
            Some("article") => 0,
            Some(kind) if OTHERS.contains(&kind) => 1,
            _ => return Ok(()),
        };
        sides[side].extend(clean::page_features(page, &corpus::LIMITS));
        Ok(())
    })?;
    println!(
        "//! Typical pages, to compare a page with: the median of each feature, in the features' order. Written by the example"
    );
    println!("//! `typical_pages`.\n\nuse super::page::FEATURES;\n");
    for ((name, what), rows) in
        [("ARTICLE", "hold an article"), ("OTHER", "are shops, services, lists")].iter().zip(sides)
    {
        eprintln!("{} pages that {what}", rows.len());
        println!("/// Of pages that {what}.\npub(super) const {name}: [f32; FEATURES] = {:?};", medians(&rows));
    }
    Ok(())
}

fn medians(rows: &[Vec<f32>]) -> Vec<f32> {
    let width = rows.first().map_or(0, Vec::len);
    let median = |feature: usize| {
        let mut values: Vec<f32> = rows.iter().map(|row| row[feature]).collect();
        values.sort_by(f32::total_cmp);
        // Three digits are plenty for a comparison.
        (values[values.len() / 2] * 1000.0).round() / 1000.0
    };
    (0..width).map(median).collect()
}
