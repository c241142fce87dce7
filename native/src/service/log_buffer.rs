//! Log lines on their way to standard error: gathered for a moment and written together, so that a
//! request does not wait for the system. Lines are lost only with the process (kill -9), at most
//! those of the last [`GATHER`].

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long lines are gathered.
const GATHER: Duration = Duration::from_millis(50);
/// Bytes that are written without waiting for more: a write of more would hold up whoever shares the
/// processor.
const WRITE_BYTES: usize = 64 << 10;
/// Bytes after which whoever logs writes by itself: a slow reader slows the writers down, memory
/// does not grow.
const BYTES_MAX: usize = 1 << 20;

/// The lines; a clone is the same buffer.
#[derive(Clone, Debug)]
pub(crate) struct LogBuffer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    lines: Mutex<Vec<u8>>,
    some: Condvar,
    /// Held while something is written, so that lines keep their order. The lines that are written;
    /// else empty, room for those that come meanwhile.
    writing: Mutex<Vec<u8>>,
}

impl LogBuffer {
    /// A buffer with a thread that writes.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(crate) fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared {
            lines: Mutex::default(),
            some: Condvar::new(),
            writing: Mutex::default(),
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
        let mut written = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *written, &mut *lines);
        drop(lines);
        // Nobody can be told that the log cannot be written.
        let _ = io::stderr().write_all(&written);
        written.clear();
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
