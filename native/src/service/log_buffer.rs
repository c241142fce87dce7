//! Log lines on their way to standard error: gathered for a moment and written together, so that a
//! request does not wait for the system. Lines are lost only with the process (kill -9): those of the
//! last [`GATHER`], or as many as a slow reader left waiting, twice [`BYTES_MAX`] at most.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long lines are gathered.
const GATHER: Duration = Duration::from_millis(50);
/// Bytes after which the thread that writes does not wait for more: a write of more would hold up
/// whoever shares its processor.
const WRITE_BYTES: usize = 64 << 10;
/// Bytes after which whoever logs writes by itself: a slow reader slows the writers down, memory
/// does not grow.
const BYTES_MAX: usize = 256 << 10;

/// The lines; a clone is the same buffer.
#[derive(Clone, Debug)]
pub(crate) struct LogBuffer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    lines: Mutex<Vec<u8>>,
    some: Condvar,
    /// Held while something is written, so that lines keep their order.
    writing: Mutex<Writing>,
}

struct Writing {
    sink: Box<dyn Write + Send>,
    /// The lines that are written now; else empty, the room for the next ones.
    lines: Vec<u8>,
}

impl fmt::Debug for Writing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writing")
    }
}

impl LogBuffer {
    /// A buffer with a thread that writes to the sink.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(crate) fn start(sink: impl Write + Send + 'static) -> io::Result<Self> {
        let writing = Writing { sink: Box::new(sink), lines: Vec::new() };
        let shared = Arc::new(Shared {
            lines: Mutex::default(),
            some: Condvar::new(),
            writing: Mutex::new(writing),
        });
        let own = Arc::clone(&shared);
        thread::Builder::new().name("log".to_owned()).spawn(move || own.run())?;
        Ok(Self(shared))
    }

    /// Writes what there is.
    pub(crate) fn flush(&self) {
        self.0.flush();
    }
}

impl Shared {
    fn run(&self) {
        loop {
            let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            let lines = self.some.wait_while(lines, |lines| lines.is_empty());
            let lines = lines.unwrap_or_else(PoisonError::into_inner);
            let few = |lines: &mut Vec<u8>| lines.len() < WRITE_BYTES;
            drop(self.some.wait_timeout_while(lines, GATHER, few));
            self.flush();
        }
    }

    fn flush(&self) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Writing { sink, lines } = &mut *writing;
        std::mem::swap(lines, &mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner));
        // Nobody can be told that the log cannot be written.
        let _ = sink.write_all(lines);
        lines.clear();
    }
}

/// Takes one event in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a>(&'a Shared);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let before = lines.len();
        lines.extend_from_slice(bytes);
        let after = lines.len();
        drop(lines);
        if after >= BYTES_MAX {
            self.0.flush();
        } else if before == 0 || (before < WRITE_BYTES && after >= WRITE_BYTES) {
            self.0.some.notify_one();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogBuffer {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::kept_log::KeptLog;

    /// Keeps what is written, and takes its time.
    #[derive(Clone, Default)]
    struct Slow(KeptLog);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            thread::sleep(Duration::from_millis(5));
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_once_and_in_order_however_slow_the_reader_is() {
        const WRITERS: usize = 4;
        const LINES: usize = 4_000;
        let sink = Slow::default();
        let buffer = LogBuffer::start(sink.clone()).expect("a thread");
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let buffer = &buffer;
                scope.spawn(move || {
                    for line in 0..LINES {
                        let text = format!("{writer} {line} {}\n", "x".repeat(200));
                        buffer.make_writer().write_all(text.as_bytes()).expect("taken");
                        let waiting = buffer.0.lines.lock().expect("sound").len();
                        assert!(waiting < BYTES_MAX + WRITERS * text.len(), "{waiting}");
                    }
                });
            }
        });
        buffer.flush();
        let text = sink.0.text();
        let mut next = [0; WRITERS];
        for line in text.lines() {
            let mut words = line.split(' ').map(str::parse::<usize>);
            let (Some(Ok(writer)), Some(Ok(number))) = (words.next(), words.next()) else {
                panic!("no line of ours: {line}");
            };
            assert_eq!(number, next[writer], "of writer {writer}");
            next[writer] += 1;
        }
        assert_eq!(next, [LINES; WRITERS]);
    }

    #[test]
    fn a_single_line_is_written_soon() {
        let sink = Slow::default();
        let buffer = LogBuffer::start(sink.clone()).expect("a thread");
        buffer.make_writer().write_all(b"one\n").expect("taken");
        for _ in 0..1_000 {
            if sink.0.text() == "one\n" {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("not written in ten seconds");
    }
}
