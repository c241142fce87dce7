//! A stream of bytes as chunks of whole lines, in bounded memory.

use chatsignal_ingest::ndjson::LINE_BYTES_MAX;

/// Lines of one chunk.
const CHUNK_LINES_MAX: u64 = 1_000;
/// Bytes from which on a chunk is full.
const CHUNK_BYTES: usize = 256 << 10;

/// Whole lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    /// The lines, each with its break. One that is too long is cut behind the longest length, so
    /// that its reader sees that it is.
    pub(super) bytes: Vec<u8>,
    /// Number of the first line.
    pub(super) first: u64,
    /// How many there are.
    pub(super) lines: u64,
}

/// Cuts a stream at its line breaks.
#[derive(Debug, Default)]
pub(super) struct Lines {
    chunk: Chunk,
    /// Length of the line that is not complete yet, at the end of the chunk.
    open: usize,
    seen: u64,
}

impl Lines {
    /// Takes bytes in until the chunk is full; what is left over of them.
    pub(super) fn push<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        while !bytes.is_empty() && !self.is_full() {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (line, rest) = match end {
                Some(end) => (&bytes[..end], &bytes[end + 1..]),
                None => (bytes, &[][..]),
            };
            let room = (LINE_BYTES_MAX + 1).saturating_sub(self.open);
            let kept = &line[..line.len().min(room)];
            self.chunk.bytes.extend_from_slice(kept);
            self.open += kept.len();
            if end.is_some() {
                self.close();
            }
            bytes = rest;
        }
        bytes
    }

    fn close(&mut self) {
        self.chunk.bytes.push(b'\n');
        self.open = 0;
        self.seen += 1;
        self.chunk.lines += 1;
    }

    /// Whether the chunk has to be taken before more comes in.
    pub(super) fn is_full(&self) -> bool {
        let complete = self.chunk.bytes.len() - self.open;
        self.chunk.lines >= CHUNK_LINES_MAX || complete >= CHUNK_BYTES
    }

    /// Lines seen so far.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// The whole lines that are there; the beginning of the next one stays.
    pub(super) fn take(&mut self) -> Chunk {
        let open = self.chunk.bytes.split_off(self.chunk.bytes.len() - self.open);
        let mut chunk =
            std::mem::replace(&mut self.chunk, Chunk { bytes: open, first: 0, lines: 0 });
        chunk.first = self.seen - chunk.lines + 1;
        chunk
    }

    /// The rest at the end of the stream: a last line needs no break.
    pub(super) fn finish(mut self) -> Chunk {
        if self.open > 0 {
            self.close();
        }
        self.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::testing::cases;
    use proptest::prelude::*;

    /// All lines with their numbers, fed in pieces of `size` bytes; the greatest chunk held.
    fn cut(stream: &[u8], size: usize) -> (Vec<(u64, Vec<u8>)>, usize) {
        let (mut lines, mut found, mut most) = (Lines::default(), Vec::new(), 0);
        let mut add = |chunk: Chunk| {
            most = most.max(chunk.bytes.len());
            let split = chunk.bytes.split_inclusive(|byte| *byte == b'\n');
            for (at, line) in split.enumerate() {
                found.push((chunk.first + at as u64, line[..line.len() - 1].to_vec()));
            }
        };
        for piece in stream.chunks(size) {
            let mut rest = piece;
            while !rest.is_empty() {
                rest = lines.push(rest);
                if lines.is_full() {
                    add(lines.take());
                }
            }
        }
        add(lines.finish());
        (found, most)
    }

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn lines_keep_their_numbers_however_they_are_cut(
            lines in prop::collection::vec("[a-z]{0,9}", 0..2_500), size in 1usize..4_000,
        ) {
            let stream = lines.join("\n");
            let mut expected: Vec<(u64, Vec<u8>)> = (1..)
                .zip(stream.split('\n').map(|line| line.as_bytes().to_vec()))
                .collect();
            // A break at the end opens no further line.
            expected.pop_if(|(_, line)| line.is_empty());
            prop_assert_eq!(cut(stream.as_bytes(), size).0, expected);
        }
    }

    #[test]
    fn a_line_without_end_takes_no_memory_and_spoils_no_other() {
        let mut stream = b"first\n".to_vec();
        stream.extend(std::iter::repeat_n(b'x', 3 << 20));
        stream.extend_from_slice(b"\nlast");
        let (found, most) = cut(&stream, 8_192);
        assert_eq!(found.len(), 3);
        assert_eq!((&*found[0].1, &*found[2].1), (&b"first"[..], &b"last"[..]));
        assert_eq!(found[1].1.len(), LINE_BYTES_MAX + 1);
        assert!(most <= CHUNK_BYTES + LINE_BYTES_MAX + 2);
    }
}
