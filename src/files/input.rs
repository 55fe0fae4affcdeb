//! Files to records: one envelope a line, or the whole file as one page; gzip undone, lengths bounded.

use super::{Args, Error};
use crate::fault::{Code, Fault};
use crate::page;
use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that one read asks for.
const READ_BYTES: usize = 256 << 10;
/// Bytes at a file's beginning that tell its form.
const HEAD_BYTES: u64 = 1024;

/// One record of a file.
pub struct Item {
    /// The file's name as given.
    pub file: Arc<str>,
    /// The record's line, from 1.
    pub line: u64,
    /// Its bytes, or why they were not even read.
    pub value: Result<Vec<u8>, Fault>,
    /// What the file's name says that it is.
    pub content_type: Option<&'static str>,
    /// The record's time.
    pub time: Timestamp,
}

/// A file that is there and can be opened.
pub struct Input {
    name: Arc<str>,
    path: Option<PathBuf>,
    bytes: u64,
    time: Timestamp,
}

/// Looks at every file that the arguments name.
///
/// # Errors
/// [`Error::Usage`] with all that is wrong.
pub fn open_all(args: &Args) -> Result<Vec<Input>, Error> {
    let mut wrong = Vec::new();
    let start = Timestamp::now();
    let mut inputs = Vec::with_capacity(args.files.len());
    for path in &args.files {
        match Input::open(path, args.processed_at, start) {
            Ok(input) => inputs.push(input),
            Err(said) => wrong.push(said),
        }
    }
    if inputs.iter().filter(|input| input.path.is_none()).count() > 1 {
        wrong.push("- is named more than once; standard input can be read only once".to_owned());
    }
    if args.url.is_some() && args.files.len() > 1 {
        wrong.push("--url is the address of one page; give one file with it".to_owned());
    }
    if wrong.is_empty() { Ok(inputs) } else { Err(Error::Usage(wrong.join("\n"))) }
}

impl Input {
    pub(super) fn open(path: &Path, processed_at: Option<Timestamp>, start: Timestamp) -> Result<Input, String> {
        let name: Arc<str> = path.to_string_lossy().into();
        if &*name == "-" {
            return Ok(Input { name, path: None, bytes: 0, time: processed_at.unwrap_or(start) });
        }
        let file = File::open(path).map_err(|error| format!("{name}: {error}"))?;
        let about = file.metadata().map_err(|error| format!("{name}: {error}"))?;
        if about.is_dir() {
            return Err(format!("{name} is a directory; name its files, as in {name}/*.html"));
        }
        let changed = about.modified().ok().filter(|_| about.is_file());
        let time = processed_at.or_else(|| Timestamp::try_from(changed?).ok()).unwrap_or(start);
        Ok(Input { name, path: Some(path.to_owned()), bytes: about.len(), time })
    }

    /// The file's size; 0 for a pipe.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Gives every record to `give`, until that wants no more. Adds what was read of the file to `bytes_read`.
    ///
    /// # Errors
    /// [`Error::Io`] where reading fails. Damaged gzip is no such error but a rejected record.
    pub fn read(
        &self,
        page_bytes_max: usize,
        bytes_read: &AtomicU64,
        give: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let failed = |error: io::Error| Error::Io(format!("{}: {error}", self.name));
        let source: Box<dyn Read> = match &self.path {
            None => Box::new(io::stdin()),
            Some(path) => Box::new(File::open(path).map_err(failed)?),
        };
        let counted = BufReader::with_capacity(READ_BYTES, Counted { source, bytes_read });
        let (head, plain) = peeked(counted, |head| head.len() >= 3).map_err(failed)?;
        let gzip = head.starts_with(&[0x1f, 0x8b, 8]);
        let reader: Box<dyn BufRead> = if gzip {
            Box::new(BufReader::with_capacity(READ_BYTES, MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        let mut records = Records { input: self, gzip, page_bytes_max, line: 1, give };
        match records.all(reader) {
            // The records before the damage stand; what comes after it is lost to anyone.
            Err(error) if gzip && error.raw_os_error().is_none() => {
                let said = format!("gzip breaks off or is damaged: {error}");
                Ok(records.give(Err(Fault::new(Code::DecompressFailed, said)), None))
            }
            other => other.map_err(failed),
        }
    }
}

/// Reads on until `enough` is there or the head is full, and gives the head and a reader that still has all of it.
fn peeked<R: BufRead>(mut reader: R, enough: impl Fn(&[u8]) -> bool) -> io::Result<(Vec<u8>, impl BufRead)> {
    let mut head = Vec::new();
    while !enough(&head) && (head.len() as u64) < HEAD_BYTES {
        let room = (HEAD_BYTES as usize) - head.len();
        let found = reader.fill_buf()?;
        if found.is_empty() {
            break;
        }
        let taken = found.len().min(room);
        head.extend_from_slice(&found[..taken]);
        reader.consume(taken);
    }
    Ok((head.clone(), io::Cursor::new(head).chain(reader)))
}

/// The walk over one file.
struct Records<'a> {
    input: &'a Input,
    gzip: bool,
    page_bytes_max: usize,
    line: u64,
    give: &'a mut dyn FnMut(Item) -> ControlFlow<()>,
}

impl Records<'_> {
    fn all(&mut self, reader: Box<dyn BufRead + '_>) -> io::Result<ControlFlow<()>> {
        let (head, mut reader) = peeked(reader, |head| text_start(head).contains(&b'\n'))?;
        let start = text_start(&head);
        let first_line = start.split(|&b| b == b'\n').next().unwrap_or_default().trim_ascii();
        let extension = self.extension();
        let lines = matches!(extension.as_str(), "jsonl" | "ndjson" | "json") || start.starts_with(b"{");
        // An object that is spread over lines is one record.
        if lines && first_line != b"{" { self.lines(&mut reader) } else { self.whole(&mut reader, lines, &extension) }
    }

    /// The name's extension, lower-case, without `gz`.
    fn extension(&self) -> String {
        let name = self.input.name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let extension = Path::new(name).extension().unwrap_or_default();
        extension.to_string_lossy().into_owned()
    }

    fn lines(&mut self, reader: &mut impl BufRead) -> io::Result<ControlFlow<()>> {
        let mut line = Vec::new();
        while let Some(bytes) = bounded_line(reader, &mut line, self.page_bytes_max)? {
            let value = if bytes > self.page_bytes_max as u64 {
                Err(self.too_large(bytes, &line))
            } else {
                // A copy of the right size: the buffer keeps the longest line's.
                Ok(line.trim_ascii().to_vec())
            };
            if value.as_ref().is_ok_and(Vec::is_empty) {
                self.line += 1;
                continue;
            }
            if self.give(value, Some("application/json")).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn whole(&mut self, reader: &mut impl BufRead, json: bool, extension: &str) -> io::Result<ControlFlow<()>> {
        let mut value =
            Vec::with_capacity(if self.gzip { 0 } else { self.input.bytes.min(READ_BYTES as u64) as usize });
        reader.by_ref().take(self.page_bytes_max as u64 + 1).read_to_end(&mut value)?;
        let content_type = match extension {
            _ if json => Some("application/json"),
            "html" | "htm" | "xhtml" => Some("text/html"),
            "txt" | "text" => Some("text/plain"),
            _ => None,
        };
        if value.len() > self.page_bytes_max {
            let more = io::copy(reader, &mut io::sink())?;
            let fault = self.too_large(value.len() as u64 + more, &value);
            return Ok(self.give(Err(fault), content_type));
        }
        Ok(self.give(Ok(value), content_type))
    }

    fn too_large(&self, bytes: u64, head: &[u8]) -> Fault {
        page::refuse_binary(head).err().unwrap_or_else(|| page::too_large(bytes, self.page_bytes_max))
    }

    fn give(&mut self, value: Result<Vec<u8>, Fault>, content_type: Option<&'static str>) -> ControlFlow<()> {
        let (file, line, time) = (Arc::clone(&self.input.name), self.line, self.input.time);
        self.line += 1;
        (self.give)(Item { file, line, value, content_type, time })
    }
}

fn text_start(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start()
}

/// Reads a line into `line`, no more than `bytes_max + 1` bytes of it, and gives its whole length without the line feed;
/// `None` at the end.
fn bounded_line(reader: &mut impl BufRead, line: &mut Vec<u8>, bytes_max: usize) -> io::Result<Option<u64>> {
    line.clear();
    let mut bytes = 0;
    loop {
        let found = reader.fill_buf()?;
        if found.is_empty() {
            return Ok((bytes > 0).then_some(bytes));
        }
        let end = memchr::memchr(b'\n', found);
        let piece = &found[..end.unwrap_or(found.len())];
        line.extend_from_slice(&piece[..piece.len().min((bytes_max + 1).saturating_sub(line.len()))]);
        bytes += piece.len() as u64;
        let used = piece.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(Some(bytes));
        }
    }
}

struct Counted<'a> {
    source: Box<dyn Read>,
    bytes_read: &'a AtomicU64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.bytes_read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn lines(text: &str, bytes_max: usize, expected: &[(&str, u64)]) {
        for capacity in [1, 3, 100] {
            let mut reader = BufReader::with_capacity(capacity, text.as_bytes());
            let mut line = Vec::new();
            let mut found = Vec::new();
            while let Some(bytes) = bounded_line(&mut reader, &mut line, bytes_max).unwrap() {
                found.push((String::from_utf8(line.clone()).unwrap(), bytes));
            }
            assert_eq!(found.iter().map(|(l, n)| (l.as_str(), *n)).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn long_lines_are_measured_and_not_kept() {
        lines("", 4, &[]);
        lines("ab\n\ncd", 4, &[("ab", 2), ("", 0), ("cd", 2)]);
        lines("abcdefgh\nx\n", 4, &[("abcde", 8), ("x", 1)]);
        lines("abcd\n", 4, &[("abcd", 4)]);
    }

    #[test]
    fn a_head_is_read_twice() {
        let (head, mut rest) = peeked(BufReader::with_capacity(2, &b"abcdef"[..]), |head| head.len() >= 3).unwrap();
        assert_eq!(head, b"abcd");
        let mut all = String::new();
        rest.read_to_string(&mut all).unwrap();
        assert_eq!(all, "abcdef");
    }
}
