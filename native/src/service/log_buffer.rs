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
    writing: Mutex<()>,
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
            let some = self.some.wait_while(lines, |lines| lines.is_empty());
            drop(some.unwrap_or_else(PoisonError::into_inner));
            thread::sleep(GATHER);
            self.flush();
        }
    }

    fn flush(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner));
        // Nobody can be told that the log cannot be written.
        let _ = io::stderr().write_all(&lines);
    }
}

/// Takes one event in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a>(&'a Shared);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let first = lines.is_empty();
        lines.extend_from_slice(bytes);
        let full = lines.len() >= BYTES_MAX;
        drop(lines);
        if full {
            self.0.flush();
        } else if first {
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
