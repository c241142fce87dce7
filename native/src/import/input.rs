//! Opening what is imported: a file, the text of a zip file, or standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::{ImportError, limits};

/// An input that is open.
pub(super) struct Input {
    /// For messages.
    pub(super) path: PathBuf,
    /// Hash of the content, for files: an import of the same content resumes.
    pub(super) hash: Option<[u8; 32]>,
    /// The first bytes, unpacked.
    pub(super) head: Vec<u8>,
    /// Everything, unpacked.
    pub(super) reader: Box<dyn BufRead + Send>,
    /// Size, where it is known, and how much of it has been read.
    pub(super) bytes: Option<u64>,
    pub(super) bytes_read: Arc<AtomicU64>,
}

impl Input {
    /// Opens a file; `-` is standard input.
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let read_error = |cause| ImportError::Read { path: path.to_owned(), cause };
        let bytes_read = Arc::new(AtomicU64::new(0));
        let (hash, bytes, reader): (_, _, Box<dyn BufRead + Send>) = if path == Path::new("-") {
            let counted = Counted { inner: io::stdin(), count: Arc::clone(&bytes_read) };
            (None, None, Box::new(BufReader::new(counted)))
        } else {
            let hash = hash(path).map_err(read_error)?;
            let mut file = File::open(path).map_err(read_error)?;
            if is_zip(&mut file).map_err(read_error)? {
                let text = unzip(path, file)?;
                let bytes = text.len() as u64;
                let counted = Counted { inner: Cursor::new(text), count: Arc::clone(&bytes_read) };
                (Some(hash), Some(bytes), Box::new(BufReader::new(counted)))
            } else {
                let bytes = file.metadata().map_err(read_error)?.len();
                let counted = Counted { inner: file, count: Arc::clone(&bytes_read) };
                (Some(hash), Some(bytes), Box::new(BufReader::with_capacity(1 << 18, counted)))
            }
        };
        let (head, reader) = peek(reader).map_err(read_error)?;
        Ok(Self { path: path.to_owned(), hash, head, reader, bytes, bytes_read })
    }

    /// Everything at once, for formats that must be seen whole.
    pub(super) fn read_whole(&mut self) -> Result<Vec<u8>, ImportError> {
        let mut whole = Vec::new();
        let limit = limits::WHOLE_BYTES_MAX;
        self.reader
            .by_ref()
            .take(limit + 1)
            .read_to_end(&mut whole)
            .map_err(|cause| ImportError::Read { path: self.path.clone(), cause })?;
        if whole.len() as u64 > limit {
            return Err(ImportError::TooLarge { path: self.path.clone(), limit });
        }
        Ok(whole)
    }
}

/// Reads lines of at most a given length.
pub(super) struct Lines<'a> {
    reader: &'a mut dyn BufRead,
    max: usize,
    /// Number of the last line read, from 1.
    pub(super) number: u64,
    /// The last line read, without its break. A line that is too long is cut one byte above `max`,
    /// for the format's reader to refuse.
    pub(super) line: Vec<u8>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(reader: &'a mut dyn BufRead, max: usize) -> Self {
        Self { reader, max, number: 0, line: Vec::new() }
    }

    /// Reads the next line; false at the end.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        self.line.clear();
        let limit = self.max as u64 + 1;
        if self.reader.take(limit).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if self.line.len() as u64 == limit {
            self.reader.skip_until(b'\n')?;
        }
        Ok(true)
    }
}

/// Counts the bytes that pass.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The first bytes, and a reader that still gives them.
fn peek(mut reader: Box<dyn BufRead + Send>) -> io::Result<(Vec<u8>, Box<dyn BufRead + Send>)> {
    let mut head = Vec::new();
    reader.by_ref().take(limits::HEAD_BYTES).read_to_end(&mut head)?;
    let again = Cursor::new(head.clone()).chain(reader);
    Ok((head, Box::new(again)))
}

fn hash(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&buffer[..read]),
        }
    }
}

fn is_zip(file: &mut File) -> io::Result<bool> {
    let mut magic = Vec::new();
    file.take(4).read_to_end(&mut magic)?;
    io::Seek::rewind(file)?;
    Ok(magic == b"PK\x03\x04")
}

/// The one text of a zip file that holds the data: WhatsApp's `_chat.txt`, or the only text file.
/// Names inside the archive never reach a message: they hold names of people.
fn unzip(path: &Path, file: File) -> Result<Vec<u8>, ImportError> {
    let fail = |reason: &str| ImportError::Zip { path: path.to_owned(), reason: reason.to_owned() };
    let damaged = |_| fail("the archive is damaged or not of a known kind: export the chat again");
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.len() > limits::ZIP_FILES_MAX {
        return Err(fail("it holds too many files"));
    }
    let mut texts: Vec<(usize, u8)> = Vec::new();
    for index in 0..archive.len() {
        let Some(Ok(name)) = archive.name_for_index(index) else { continue };
        let base = name.rsplit(['/', '\\']).next().unwrap_or("").to_lowercase();
        let rank = match base.as_str() {
            "_chat.txt" => 0,
            b if b.starts_with("whatsapp") && b.ends_with(".txt") => 1,
            b if [".txt", ".csv", ".json", ".ndjson", ".jsonl"].iter().any(|e| b.ends_with(e)) => 2,
            _ => continue,
        };
        texts.push((index, rank));
    }
    let best = texts.iter().map(|(_, rank)| *rank).min();
    let mut candidates = texts.iter().filter(|(_, rank)| Some(*rank) == best);
    let (index, _) = candidates.next().ok_or_else(|| fail("it holds no text file"))?;
    if candidates.next().is_some() {
        return Err(fail("it holds several text files and none is a chat: unpack it and name one"));
    }
    let entry = archive.by_index(*index).map_err(damaged)?;
    let mut text = Vec::new();
    let limit = limits::WHOLE_BYTES_MAX;
    entry
        .take(limit + 1)
        .read_to_end(&mut text)
        .map_err(|_| fail("the archive is damaged: export the chat again"))?;
    if text.len() as u64 > limit {
        return Err(ImportError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded() -> io::Result<()> {
        let mut input: &[u8] = b"ab\nabcdefgh\n\nlast";
        let mut lines = Lines::new(&mut input, 4);
        let mut seen = Vec::new();
        while lines.advance()? {
            seen.push((lines.number, String::from_utf8_lossy(&lines.line).into_owned()));
        }
        let expected = [(1, "ab"), (2, "abcde"), (3, ""), (4, "last")];
        assert_eq!(seen, expected.map(|(n, line)| (n, line.to_owned())));
        Ok(())
    }
}
