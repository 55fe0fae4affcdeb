//! One record of one file: the page that a person asks about.
//!
//! What holds: the same forms, bounds and headers as file mode.

use super::input::{Input, Item};
use super::{Error, headers_of};
use crate::article::Source;
use crate::fault::Fault;
use crate::page::{self, PageLimits, RawRecord};
use jiff::Timestamp;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicU64;

/// Keys that are told where none was given.
const KEYS_TOLD_MAX: usize = 5;

/// Which of a file's records is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The only one.
    Only,
    /// The first whose envelope has this key.
    Key(String),
    /// The one on this line, from 1.
    Line(u64),
}

/// A record with its place.
pub struct One {
    item: Item,
    value: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
}

impl One {
    /// Reads the file up to the record that is wanted.
    ///
    /// # Errors
    /// [`Error::Usage`] where the file cannot be opened or has no such record, or several and it is not said which;
    /// [`Error::Io`] where reading fails; [`Error::Data`] where the record cannot be read.
    pub fn read(path: &Path, wanted: &Wanted, url: Option<&str>, limits: &PageLimits) -> Result<One, Error> {
        let input = Input::open(path, None, Timestamp::now()).map_err(Error::Usage)?;
        let url: Vec<_> = url.iter().map(|url| ("url".to_owned(), url.as_bytes().to_vec())).collect();
        let mut search = Search { wanted, limits, found: None, keys: Vec::new(), records: 0 };
        let _ = input.read(limits.page_bytes_max, &AtomicU64::new(0), &mut |item| search.look(item))?;
        search.finish(&path.to_string_lossy(), url)
    }

    /// Hands the record and its origin to `work`.
    pub fn with_record<T>(&self, work: impl FnOnce(&RawRecord<'_>, &Source) -> T) -> T {
        let origin = Source::file(&*self.item.file, self.item.line);
        work(&RawRecord { key: None, value: Some(&self.value), headers: &self.headers, time: self.item.time }, &origin)
    }

    /// `file:line`.
    pub fn coordinates(&self) -> String {
        Source::file(&*self.item.file, self.item.line).coordinates()
    }
}

/// The walk over the file's records.
struct Search<'a> {
    wanted: &'a Wanted,
    limits: &'a PageLimits,
    found: Option<Item>,
    /// The first keys that were met.
    keys: Vec<String>,
    records: u64,
}

impl Search<'_> {
    fn look(&mut self, item: Item) -> ControlFlow<()> {
        self.records += 1;
        match self.wanted {
            Wanted::Line(line) if item.line == *line => self.found = Some(item),
            Wanted::Line(line) if item.line > *line => {}
            Wanted::Line(_) => return ControlFlow::Continue(()),
            Wanted::Key(wanted) => {
                let key = self.key(&item);
                if key.as_deref() != Some(wanted) {
                    self.note(key);
                    return ControlFlow::Continue(());
                }
                self.found = Some(item);
            }
            Wanted::Only => {
                let key = self.key(&item);
                self.note(key);
                self.found.get_or_insert(item);
                if self.records <= KEYS_TOLD_MAX as u64 {
                    return ControlFlow::Continue(());
                }
            }
        }
        ControlFlow::Break(())
    }

    fn key(&self, item: &Item) -> Option<String> {
        let headers = headers_of(&[], item.content_type);
        let value = item.value.as_ref().ok()?;
        let record = RawRecord { key: None, value: Some(value), headers: &headers, time: item.time };
        page::decode(&record, self.limits).ok()?.key
    }

    fn note(&mut self, key: Option<String>) {
        if self.keys.len() < KEYS_TOLD_MAX {
            self.keys.extend(key);
        }
    }

    fn finish(mut self, file: &str, url: Vec<(String, Vec<u8>)>) -> Result<One, Error> {
        let keys = if self.keys.is_empty() {
            "none has a key".to_owned()
        } else {
            format!("the first keys are {}", self.keys.join(", "))
        };
        let missing = match self.wanted {
            _ if self.records == 0 => Some(format!("{file} is empty")),
            Wanted::Only if self.records > 1 => {
                Some(format!("{file} holds several pages; say which with --line N or --key KEY ({keys})"))
            }
            Wanted::Key(key) if self.found.is_none() => Some(format!("{file} has no page with the key {key} ({keys})")),
            Wanted::Line(line) if self.found.is_none() => Some(format!("{file} has no page on line {line}")),
            _ => None,
        };
        let Some(mut item) = self.found.take().filter(|_| missing.is_none()) else {
            return Err(Error::Usage(missing.unwrap_or_default()));
        };
        let value = std::mem::replace(&mut item.value, Ok(Vec::new()));
        let place = Source::file(&*item.file, item.line).coordinates();
        let value = value.map_err(|fault: Fault| Error::Data(format!("{place}: {fault}")))?;
        let headers = headers_of(&url, item.content_type);
        Ok(One { item, value, headers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PageLimits = PageLimits { page_bytes_max: 1 << 16 };
    const LINES: &str = "{\"key\":\"a\",\"text\":\"one\"}\n\n{\"key\":\"b\",\"text\":\"two\"}\n{\"text\":\"three\"}\n";

    #[track_caller]
    fn check(text: &str, wanted: &Wanted, expected: Result<(&str, u64), &str>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pages.jsonl");
        std::fs::write(&path, text).unwrap();
        match (One::read(&path, wanted, None, &LIMITS), expected) {
            (Ok(one), Ok((body, line))) => {
                let text =
                    one.with_record(|record, _| page::decode(record, &LIMITS).unwrap().content.text().to_owned());
                assert_eq!((text.as_str(), one.item.line), (body, line));
            }
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (found, expected) => panic!("{:?} instead of {expected:?}", found.map(|one| one.coordinates())),
        }
    }

    #[test]
    fn a_record_is_named_by_key_or_line() {
        check(LINES, &Wanted::Key("b".into()), Ok(("two", 3)));
        check(LINES, &Wanted::Line(4), Ok(("three", 4)));
        check(LINES, &Wanted::Line(2), Err("no page on line 2"));
        check(LINES, &Wanted::Key("c".into()), Err("no page with the key c (the first keys are a, b)"));
        check(
            LINES,
            &Wanted::Only,
            Err("several pages; say which with --line N or --key KEY (the first keys are a, b)"),
        );
        check("{\"text\":\"one\"}", &Wanted::Only, Ok(("one", 1)));
        check("", &Wanted::Only, Err("is empty"));
    }
}
