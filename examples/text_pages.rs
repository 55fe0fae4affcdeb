//! HTML pages as scraped text, for `model/train_text.py`: `text_pages OUT SET_DIR...`.
//!
//! Writes the labelled pages of each `SET_DIR/cases.jsonl` to OUT in the two styles of scrapers, by turns: a blank line between any
//! two blocks; or one line a block, indented by one, a list's items marked, and blank lines around what stands by itself alone.

mod corpus;

use copydesk::clean::{self, BlockKind, Document};
use copydesk::page::Content;
use corpus::LIMITS;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

/// A paragraph of more bytes stands by itself.
const SHORT_BYTES_MAX: usize = 80;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, out, folders @ ..] = &args[..] else { return Err("usage: text_pages OUT SET_DIR...".into()) };
    let mut out = BufWriter::new(File::create(out)?);
    let mut styles = [blocks, lines].into_iter().cycle();
    for folder in folders {
        corpus::pages(folder, |case, page| {
            let (true, Content::Html(markup)) = (case["text"].is_string(), &page.content) else { return Ok(()) };
            let (document, _) = clean::training_rows(markup, &LIMITS, None);
            let mut case = case.clone();
            case["page_text"] = styles.next().map(|style| style(&document)).into();
            Ok(writeln!(out, "{case}")?)
        })?;
    }
    Ok(())
}

fn blocks(document: &Document) -> String {
    let texts: Vec<&str> = (0..document.blocks.len()).map(|i| document.text_of(i)).collect();
    texts.join("\n\n")
}

fn lines(document: &Document) -> String {
    let (mut out, mut is_apart) = (String::new(), true);
    for (i, block) in document.blocks.iter().enumerate() {
        let text = document.text_of(i);
        let stands_apart = match block.kind {
            BlockKind::Heading(_) | BlockKind::Quote => true,
            BlockKind::Paragraph => text.len() > SHORT_BYTES_MAX,
            _ => false,
        };
        if stands_apart && !is_apart {
            out.push('\n');
        }
        out.push_str(if block.kind == BlockKind::ListItem { " * " } else { " " });
        out.push_str(text);
        out.push_str(if stands_apart { "\n\n" } else { "\n" });
        is_apart = stands_apart;
    }
    out
}
