//! Canonical events as JSON, one object a line: the format of `docs/EVENTS.md`.
//!
//! The format is ours, so a field that it does not know is an error, and so is a field that is
//! there twice. Ids may be any text: 32 hexadecimal digits are taken as they are, anything else is
//! hashed under the tenant's key (a phone number or a name never reaches the log).

mod read;
mod write;

pub use read::Reader;
pub use write::write;

/// Version of the format, the field `v`.
pub const VERSION: u64 = 1;

/// Longest line, in bytes.
pub const LINE_BYTES_MAX: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec::Vec;
    use chatsignal_core::testing::{any_event, cases, example};
    use chatsignal_core::time::UtcOffsetMin;
    use proptest::prelude::*;

    use crate::{Availability, Context, Hasher, Ingested};

    fn read(lines: &[&[u8]]) -> Ingested {
        let hasher = Hasher::new(&[1; 32]);
        let context = Context {
            hasher: &hasher,
            local: &UtcOffsetMin(0),
            availability: Availability::Occurred { lag_ms: 0 },
        };
        let mut reader = Reader::new(context, None);
        let mut out = Ingested::default();
        for (index, line) in lines.iter().enumerate() {
            reader.line(index as u64 + 1, line, &mut out);
        }
        out
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn read_inverts_write(event in any_event()) {
            let mut line = String::new();
            write(&event, &mut line);
            let out = read(&[line.as_bytes()]);
            prop_assert_eq!(out.rejects, Vec::new());
            prop_assert_eq!(out.events, [event]);
        }

        #[test]
        fn a_mutant_makes_a_sound_event_or_a_reject(
            event in any_event(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0u8..128), 1..4),
            cut in any::<prop::sample::Index>(),
            operator in 0u8..5,
        ) {
            let mut line = String::new();
            write(&event, &mut line);
            let mut bytes = line.into_bytes();
            let tokens: [&[u8]; 12] = [
                b"null", b"1e308", b"-1", b"9223372036854775808", b"\"\"", b"{}", b"[]", b"true",
                b"\"\\ud800\"", b"0.1", b"\"x\"", b"18446744073709551615",
            ];
            match operator {
                0 => edits.iter().for_each(|(at, byte)| {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }),
                1 => bytes.truncate(cut.index(bytes.len())),
                2 => { bytes.remove(cut.index(bytes.len())); }
                3 => { bytes.insert(cut.index(bytes.len()), 0xff); }
                _ => {
                    // Another value in the place of one.
                    let colons: Vec<usize> =
                        (0..bytes.len()).filter(|i| bytes[*i] == b':').collect();
                    let from = colons[cut.index(colons.len())] + 1;
                    let to = (from..bytes.len())
                        .find(|i| matches!(bytes[*i], b',' | b'}'))
                        .unwrap_or(bytes.len());
                    let token = tokens[usize::from(edits[0].1) % tokens.len()];
                    bytes.splice(from..to, token.iter().copied());
                }
            }
            let out = read(&[&bytes]);
            let expected = usize::from(!bytes.trim_ascii().is_empty());
            prop_assert_eq!(out.events.len() + out.rejects.len(), expected);
            prop_assert!(out.events.iter().all(|e| e.check().is_ok()));
            prop_assert!(out.rejects.iter().all(|r| r.line == 1));
        }
    }

    #[test]
    fn friendly_ids_are_hashed_and_named_in_the_directory_once() {
        let line = br#"{"v":1,"type":"csat","occurred_at_ms":1700000000000,
            "contact_id":"+972 98-765-4321","agent_id":"Dana","data":{"rating":5}}"#;
        let out = read(&[line, line]);
        let hasher = Hasher::new(&[1; 32]);
        assert_eq!(out.rejects, []);
        assert_eq!(out.events.len(), 2);
        assert_eq!(out.events[0], out.events[1]);
        assert_eq!(out.events[0].contact_id, hasher.contact("972987654321"));
        assert_eq!(out.events[0].agent_id, Some(hasher.agent("Dana")));
        assert_eq!(out.directory.len(), 2);
    }

    #[test]
    fn the_examples_of_the_documentation_are_read() {
        let page = include_str!("../../../docs/EVENTS.md");
        let lines: Vec<&[u8]> =
            page.lines().filter(|l| l.starts_with('{')).map(str::as_bytes).collect();
        let out = read(&lines);
        assert_eq!(out.rejects, []);
        assert_eq!(out.events.len(), lines.len());
        let types: alloc::collections::BTreeSet<_> =
            out.events.iter().map(|event| event.kind.type_name()).collect();
        assert_eq!(types.len(), 13);
        let tag = page.lines().find_map(|l| crate::whatsapp::tag::Tag::parse(l.trim()));
        assert!(tag.is_some_and(|tag| tag.campaign.as_deref() == Some("spring sale")));
    }

    #[test]
    fn refusals_name_line_and_field() {
        let refusal = |line: &str| {
            let out = read(&[b"", line.as_bytes()]);
            out.rejects.first().map(alloc::string::ToString::to_string).unwrap_or_default()
        };
        let base = r#""v":1,"contact_id":"a","occurred_at_ms":1,"type":"csat""#;
        for (line, expected) in [
            (r#"{"type":"csat"}"#, "line 2: v is missing"),
            (r#"{"v":2}"#, "line 2: v must be 1"),
            (r#"[]"#, "line 2: the input must be an object"),
            (&alloc::format!("{{{base}}}"), "line 2: data is missing"),
            (
                &alloc::format!("{{{base},\"data\":{{\"rating\":9}}}}"),
                "line 2: data a satisfaction rating is 1 to 5",
            ),
            (
                &alloc::format!("{{{base},\"data\":{{\"rating\":\"9\"}}}}"),
                "line 2: data.rating must be an integer from 1 to 5",
            ),
            (
                &alloc::format!("{{{base},\"data\":{{\"rating\":5,\"stars\":1}}}}"),
                "line 2: data.stars is not a field of this format",
            ),
            (
                &alloc::format!("{{{base},\"Ana Lopez\":1,\"data\":{{\"rating\":5}}}}"),
                "line 2: (unprintable name) is not a field of this format",
            ),
            (
                &alloc::format!("{{{base},\"v\":1,\"data\":{{\"rating\":5}}}}"),
                "line 2: v is there twice",
            ),
            (
                &alloc::format!("{{{base},\"tenant_id\":\"x\",\"data\":{{\"rating\":5}}}}"),
                "line 2: tenant_id is another tenant",
            ),
            (
                &alloc::format!("{{{base},\"utc_offset_min\":2000,\"data\":{{\"rating\":5}}}}"),
                "line 2: utc_offset_min the offset from UTC is within 18 hours",
            ),
        ] {
            assert_eq!(refusal(line), expected, "{line}");
        }
    }

    #[test]
    fn live_events_are_known_when_received() {
        let hasher = Hasher::new(&[1; 32]);
        let received = chatsignal_core::time::TimestampMs(1_699_999_999_000);
        let context = Context {
            hasher: &hasher,
            local: &UtcOffsetMin(0),
            availability: Availability::Received(received),
        };
        let mut line = String::new();
        write(&example(), &mut line);
        let mut out = Ingested::default();
        Reader::new(context, None).line(1, line.as_bytes(), &mut out);
        assert_eq!(out.events[0].available_at, received);
        assert_eq!(out.events[0].occurred_at, received);
    }
}
