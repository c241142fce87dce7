//! Bounds of the import.

/// Events, directory entries and rejects in one chunk: one transaction of the store. Ids are hashes,
/// so that each transaction writes pages all over the index of ids: few large ones write less than
/// many small ones. About 7 MB of events.
pub(crate) const CHUNK_ITEMS: usize = 40_000;
/// Chunks that wait between the reader and the store.
pub(crate) const CHUNKS_WAITING: usize = 2;
/// Largest input of a format that must be seen whole (chat export, purchases, a JSON document), and
/// largest content of a zip file, after unpacking, bytes.
pub(crate) const WHOLE_BYTES_MAX: u64 = 256 << 20;
/// Most files in a zip file.
pub(crate) const ZIP_FILES_MAX: usize = 100_000;
/// Bytes looked at to tell the format.
pub(crate) const HEAD_BYTES: u64 = 16 << 10;
/// Rejects shown in a summary; all of them go to the file of `--rejects`.
pub(crate) const REJECTS_SHOWN: usize = 20;
