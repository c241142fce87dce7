//! What a reader finds, in pieces that fit one transaction, sent from the reader's thread to the
//! store's.

use std::sync::mpsc::SyncSender;

use chatsignal_core::event::Event;
use chatsignal_ingest::{DirectoryEntry, Ingested, Reject, Sink};

use super::limits;

/// Collects what a reader finds and sends it on in chunks. The same input always gives the same
/// chunks, so that their number says how far an import has come.
pub(super) struct ChunkSink {
    chunk: Ingested,
    sender: SyncSender<Ingested>,
    /// Whether the receiver is gone (the store failed): reading on is of no use.
    pub(super) closed: bool,
}

impl ChunkSink {
    pub(super) fn new(sender: SyncSender<Ingested>) -> Self {
        Self { chunk: Ingested::default(), sender, closed: false }
    }

    /// Sends the last chunk.
    pub(super) fn finish(mut self) {
        self.send();
    }

    fn send(&mut self) {
        let mut chunk = std::mem::take(&mut self.chunk);
        // The order of the log, in which neighbours go to one page. The log itself does not depend
        // on the order of arrival.
        chunk.events.sort_unstable_by(|a, b| {
            a.contact_id.cmp(&b.contact_id).then_with(|| a.cmp_in_contact(b))
        });
        if items(&chunk) > 0 && !self.closed {
            self.closed = self.sender.send(chunk).is_err();
        }
    }

    fn send_if_full(&mut self) {
        if items(&self.chunk) >= limits::CHUNK_ITEMS {
            self.send();
        }
    }
}

impl Sink for ChunkSink {
    fn event(&mut self, event: Event) {
        self.chunk.event(event);
        self.send_if_full();
    }

    fn directory(&mut self, entry: DirectoryEntry) {
        self.chunk.directory(entry);
        self.send_if_full();
    }

    fn reject(&mut self, reject: Reject) {
        self.chunk.reject(reject);
        self.send_if_full();
    }
}

fn items(chunk: &Ingested) -> usize {
    chunk.events.len() + chunk.directory.len() + chunk.rejects.len()
}
