//! Made-up event files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes `count` distinct events of `contacts` contacts as canonical NDJSON, in order of time.
/// The same arguments give the same bytes.
///
/// # Errors
/// When the file cannot be written.
pub fn write_ndjson(path: &Path, count: u64, contacts: u64, seed: u64) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut state = seed;
    let start = 1_700_000_000_000u64;
    for i in 0..count {
        let contact = next(&mut state) % contacts;
        let at = start + i * 1_000;
        write!(
            out,
            r#"{{"v":1,"occurred_at_ms":{at},"contact_id":"customer-{contact}","event_id":"e{seed}-{i}","#
        )?;
        match next(&mut state) % 8 {
            0..=3 => writeln!(
                out,
                r#""type":"message.inbound","message_id":"m{i}","data":{{"kind":"text","chars":{},"has_question":false,"forwarded":false}}}}"#,
                next(&mut state) % 300
            )?,
            4 | 5 => writeln!(
                out,
                r#""type":"message.outbound","message_id":"m{i}","data":{{"kind":"text","author":"agent","chars":{},"has_media":false,"has_buttons":false}}}}"#,
                next(&mut state) % 300
            )?,
            6 => writeln!(
                out,
                r#""type":"csat","data":{{"rating":{}}}}}"#,
                next(&mut state) % 5 + 1
            )?,
            _ => writeln!(
                out,
                r#""type":"purchase","data":{{"amount":"{}.50","currency":"EUR"}}}}"#,
                next(&mut state) % 200
            )?,
        }
    }
    out.flush()
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
