use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chatsignal_core::event::Event;
use chatsignal_core::id::{EventId, MessageId};
use chatsignal_core::testing::cases;
use chatsignal_core::time::UtcOffsetMin;
use proptest::prelude::*;

use super::*;
use crate::dates::Certainty;
use crate::{Availability, Hasher, Ingested, LocalTime};

/// Keeps texts too.
#[derive(Default)]
struct Kept {
    all: Ingested,
    texts: Vec<(MessageId, String)>,
}

impl Sink for Kept {
    fn event(&mut self, event: Event) {
        assert_eq!(event.check(), Ok(()));
        self.all.event(event);
    }
    fn directory(&mut self, entry: DirectoryEntry) {
        self.all.directory(entry);
    }
    fn reject(&mut self, reject: Reject) {
        self.all.reject(reject);
    }
    fn text(&mut self, message: MessageId, text: &str) {
        self.texts.push((message, String::from(text)));
    }
}

fn read_with(
    text: &[u8],
    options: &Options<'_>,
    local: &dyn LocalTime,
) -> (Result<Report, ExportError>, Kept) {
    let hasher = Hasher::new(&[3; 32]);
    let context =
        Context { hasher: &hasher, local, availability: Availability::Occurred { lag_ms: 0 } };
    let mut kept = Kept::default();
    (read(text, options, &context, &mut kept), kept)
}

fn shop(text: &str) -> (Result<Report, ExportError>, Kept) {
    read_with(text.as_bytes(), &Options { me: &["Shop"], ..Options::default() }, &UtcOffsetMin(60))
}

/// Text of each message, `>` for outbound.
fn script(kept: &Kept) -> Vec<String> {
    let text_of = |id| kept.texts.iter().find(|(m, _)| *m == id).map_or("", |(_, t)| t.as_str());
    let mut events: Vec<_> = kept.all.events.iter().collect();
    events.sort_by(|a, b| a.cmp_in_contact(b));
    events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::MessageInbound { message_id, kind, .. } => {
                Some(format!("{} {}", kind.as_str(), text_of(*message_id)))
            }
            EventKind::MessageOutbound { message_id, kind, .. } => {
                Some(format!(">{} {}", kind.as_str(), text_of(*message_id)))
            }
            _ => None,
        })
        .collect()
}

fn ids(kept: &Kept) -> BTreeSet<EventId> {
    kept.all.events.iter().map(|event| event.event_id).collect()
}

const ANDROID: &str = "\
31/12/23, 10:14 - Messages and calls are end-to-end encrypted. Tap to learn more.
31/12/23, 10:15 - Ana Pérez: Hello, is it open today?
31/12/23, 10:15 - Shop: Yes!
31/12/23, 10:15 - Shop: Yes!
31/12/23, 10:16 - Ana Pérez: <Media omitted>
31/12/23, 10:17 - Ana Pérez: two lines:
second line
31/12/23, 10:18 - Ana Pérez: This message was deleted
01/01/24, 09:00 - Shop: Happy new year
";

const IOS: &str = "\
[31/12/23, 10:14:01] Ana Pérez: \u{200e}Messages and calls are end-to-end encrypted.
[31/12/23, 10:15:02] Ana Pérez: Hello, is it open today?
[31/12/23, 10:15:30] Shop: Yes!
[31/12/23, 10:15:55] Shop: Yes!
\u{200e}[31/12/23, 10:16:10] Ana Pérez: \u{200e}image omitted
[31/12/23, 10:17:20] Ana Pérez: two lines:
second line
[31/12/23, 10:18:00] Ana Pérez: \u{200e}This message was deleted.
[01/01/24, 09:00:59] Shop: Happy new year
";

#[test]
fn android_and_ios_exports_of_one_chat_are_the_same_messages() {
    let expected = [
        "text Hello, is it open today?",
        ">text Yes!",
        ">text Yes!",
        "image ",
        "text two lines:\nsecond line",
        ">text Happy new year",
    ];
    let (report, android) = shop(ANDROID);
    assert_eq!(script(&android), expected);
    let report = report.map(|r| (r.inbound, r.outbound, r.passed_over, r.contacts, r.seconds));
    assert_eq!(report, Ok((3, 3, 2, 1, false)));
    let (report, ios) = shop(IOS);
    assert_eq!(script(&ios), expected);
    assert_eq!(report.map(|r| (r.passed_over, r.seconds)), Ok((2, true)));
    assert_eq!(ids(&android), ids(&ios));
    assert_eq!(android.all.rejects, []);
    // Windows line ends and a byte order mark change nothing.
    let windows = format!("\u{feff}{}", ANDROID.replace('\n', "\r\n"));
    assert_eq!(ids(&shop(&windows).1), ids(&android));
    // An export that begins later, and one that ends earlier.
    let later: String = ANDROID.lines().skip(4).map(|l| format!("{l}\n")).collect();
    assert!(ids(&shop(&later).1).is_subset(&ids(&android)));
    assert_eq!(ids(&shop(&later).1).len(), 3);
}

#[test]
fn events_and_rejects_hold_no_personal_data() {
    let (_, kept) =
        shop(&format!("{ANDROID}31/12/24, 25:61 - Ana Pérez: wrong hour, open today\n"));
    assert_eq!(kept.all.rejects.len(), 1);
    let shown = format!("{:?} {:?}", kept.all.events, kept.all.rejects);
    for canary in ["Ana", "Shop", "open today", "second line"] {
        assert!(!shown.contains(canary), "{canary}");
    }
}

#[test]
fn times_are_local_and_in_order() {
    let (_, kept) = shop(ANDROID);
    let first = &kept.all.events[0];
    assert_eq!(first.occurred_at, TimestampMs(1_704_014_100_000)); // 2023-12-31T09:15:00Z
    assert_eq!(first.available_at, first.occurred_at);
    assert!(kept.all.events.windows(2).all(|pair| pair[0].occurred_at < pair[1].occurred_at));
}

#[test]
fn the_order_of_day_and_month_is_decided_and_said() {
    let decided = |lines: &[&str], options: Options<'_>| {
        let text: String = lines.iter().map(|d| format!("{d}, 10:00 - Shop: x\n")).collect();
        let options = Options { me: &["Shop"], contact: Some("7"), ..options };
        let (report, kept) = read_with(text.as_bytes(), &options, &UtcOffsetMin(0));
        let days = kept.all.events.iter().map(|e| e.occurred_at.0 / 86_400_000).collect::<Vec<_>>();
        report.map(|r| (r.dates.order, r.dates.certainty, days))
    };
    let none = Options::default();
    let jan5 = 19_362; // 2023-01-05
    assert_eq!(
        decided(&["05/01/23", "13/01/23"], none),
        Ok((DateOrder::DayFirst, Certainty::Certain, [jan5, jan5 + 8].into()))
    );
    assert_eq!(
        decided(&["1/5/23", "1/13/23"], none),
        Ok((DateOrder::MonthFirst, Certainty::Certain, [jan5, jan5 + 8].into()))
    );
    // Day first: 5 Jan, 6 Jan, 7 Jan, 2 Feb. Month first would fall from July to February.
    assert_eq!(
        decided(&["05/01/23", "06/01/23", "07/01/23", "02/02/23"], none)
            .map(|(order, certainty, _)| (order, certainty)),
        Ok((DateOrder::DayFirst, Certainty::Rising))
    );
    assert_eq!(
        decided(&["05/01/2023"], none),
        Ok((DateOrder::DayFirst, Certainty::Assumed, [jan5].into()))
    );
    let hint = Options { date_hint: Some(DateOrder::MonthFirst), ..none };
    assert_eq!(
        decided(&["1/5/2023"], hint),
        Ok((DateOrder::MonthFirst, Certainty::Assumed, [jan5].into()))
    );
    let stated = Options { date_order: Some(DateOrder::MonthFirst), ..none };
    assert_eq!(
        decided(&["1/5/2023"], stated),
        Ok((DateOrder::MonthFirst, Certainty::Stated, [jan5].into()))
    );
}

#[test]
fn quoted_lines_stay_in_the_message_that_quotes_them() {
    let (report, kept) = shop(
        "31/12/23, 10:00 - Ana: first\n\
         31/12/23, 10:05 - Shop: second\n\
         02/01/24, 11:00 - Ana: look:\n\
         31/12/23, 10:00 - Ana: first\n\
         [31/12/23, 10:05:00] Shop: second\n\
         15/06/22, 09:00 - Stranger: hello\n\
         02/01/24, 11:01 - Shop: ok\n\
         03/01/24, 11:01 - Ana: bye\n",
    );
    assert_eq!(
        script(&kept),
        [
            "text first",
            ">text second",
            "text look:\n31/12/23, 10:00 - Ana: first\n[31/12/23, 10:05:00] Shop: second\n15/06/22, 09:00 - Stranger: hello",
            ">text ok",
            "text bye",
        ]
    );
    assert_eq!(report.map(|r| (r.quoted, r.contacts)), Ok((3, 1)));
}

#[test]
fn names_with_colons_and_subjects_with_colons() {
    let mut text = String::from("31/12/23, 10:00 - Ana changed the subject to \"x: y\"\n");
    for minute in 10..16 {
        text += &format!("31/12/23, 10:{minute} - Dr: Ana: note {minute}: yes\n");
    }
    text += "31/12/23, 10:30 - My Shop: Berlin: hello: you\n";
    let options = Options { me: &["My Shop: Berlin"], ..Options::default() };
    let (report, kept) = read_with(text.as_bytes(), &options, &UtcOffsetMin(0));
    assert_eq!(report.map(|r| (r.inbound, r.outbound, r.passed_over)), Ok((6, 1, 1)));
    assert_eq!(script(&kept)[0], "text note 10: yes");
    assert_eq!(script(&kept)[6], ">text hello: you");
    assert!(matches!(&kept.all.directory[..],
        [DirectoryEntry::Contact { name: Some(name), .. }] if name == "Dr: Ana"));
    assert_eq!(
        authors(ANDROID.as_bytes()),
        Ok([(String::from("Ana Pérez"), 4), (String::from("Shop"), 3)].into())
    );
}

#[test]
fn a_group_has_many_contacts() {
    let (report, kept) = shop(
        "31/12/23, 10:00 - Shop: nobody wrote yet\n\
         31/12/23, 10:01 - \u{202a}+49 151 1234567\u{202c}: hi\n\
         31/12/23, 10:02 - ~\u{202f}Ben: hello\n\
         31/12/23, 10:03 - Shop: welcome Ben\n",
    );
    assert_eq!(
        report.map(|r| (r.inbound, r.outbound, r.passed_over, r.contacts)),
        Ok((2, 1, 1, 2))
    );
    let hasher = Hasher::new(&[3; 32]);
    let contacts: Vec<_> = kept.all.events.iter().map(|event| event.contact_id).collect();
    let (phone, ben) = (hasher.contact("491511234567"), hasher.contact("Ben"));
    assert_eq!(contacts, [phone, ben, ben]);
}

#[test]
fn the_people_must_be_clear() {
    let refused = |text: &str, options: Options<'_>| {
        read_with(text.as_bytes(), &options, &UtcOffsetMin(0)).0.map(|r| r.inbound)
    };
    let me = Options { me: &["Shop"], ..Options::default() };
    assert_eq!(refused("hello", me), Err(ExportError::NotAnExport));
    assert_eq!(refused("", me), Err(ExportError::NotAnExport));
    let two = "1/1/24, 10:00 - A: x\n1/1/24, 10:01 - B: x\n";
    assert_eq!(refused(two, me), Err(ExportError::MeNotFound));
    let own = "1/1/24, 10:00 - Shop: x\n";
    assert_eq!(refused(own, me), Err(ExportError::NoContact));
    assert_eq!(refused(own, Options { contact: Some("7"), ..me }), Ok(0));
    let group = format!("{two}{own}");
    let one = Options { contact: Some("7"), ..me };
    assert_eq!(refused(&group, one), Err(ExportError::ContactInGroup));
    assert_eq!(
        read_with(b"1/1/24, 10:00 - A: \xff", &me, &UtcOffsetMin(0)).0.err(),
        Some(ExportError::NotUtf8)
    );
}

#[test]
fn lines_that_cannot_be_read_are_named() {
    let (_, kept) = shop(
        "what is this\n\
         31/12/23, 10:00 - Ana: a\n\
         31/12/23, 25:61 - Ana: b\n\
         31/12/23, 10:01 - Ana: c\n",
    );
    let refusals: Vec<_> = kept.all.rejects.iter().map(ToString::to_string).collect();
    assert_eq!(
        refusals,
        [
            "line 1: the input has text before the first message",
            "line 3: date is a date that does not exist"
        ]
    );
    assert_eq!(script(&kept), ["text a", "text c"]);
    let (_, kept) = shop("31/12/23, 10:00 qq - Ana: a\n");
    assert_eq!(
        kept.all.rejects.first().map(ToString::to_string).as_deref(),
        Some("line 1: time has a mark for the half of the day that is not known")
    );
}

/// A chat to mutate.
fn sample() -> String {
    format!(
        "{ANDROID}{}",
        "02/01/24, 10:15 - Ana Pérez: IMG-1-WA1.jpg (file attached)\ncap\n".repeat(3)
    )
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn mutants_make_sound_events_or_rejects(
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..7), 1..8),
        ios in any::<bool>(),
    ) {
        let mut text = if ios { String::from(IOS) } else { sample() };
        let pieces = ["\u{202f}PM", "99", "\u{200e}", ": ", "\n", "31/12/23, 10:15 - ", "[", "]", "<", ">", "٣", "下午", "\u{feff}", "~", "9999999999", " - "];
        for (at, what, operator) in edits {
            let places: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
            if places.is_empty() { break; }
            let at = places[at.index(places.len())];
            let piece = pieces[what.index(pieces.len())];
            match operator {
                0 | 1 => text.insert_str(at, piece),
                2 => { text.remove(at); }
                3 => text.truncate(at),
                4 => text = text.split_off(at),
                5 => {
                    let again = String::from(&text[at..]);
                    text.push_str(&again);
                }
                _ => {
                    let mut lines: Vec<&str> = text.split('\n').collect();
                    let (a, b) = (at % lines.len(), what.index(lines.len()));
                    lines.swap(a, b);
                    text = lines.join("\n");
                }
            }
        }
        let (report, kept) = shop(&text);
        if let Ok(report) = report {
            prop_assert_eq!(report.inbound + report.outbound, kept.all.events.len() as u64);
        }
        prop_assert!(kept.all.events.len() <= text.len() / 8);
        prop_assert_eq!(ids(&kept).len(), kept.all.events.len());
        let _ = authors(text.as_bytes());
    }

    #[test]
    fn any_text_survives_an_export(
        messages in prop::collection::vec((any::<bool>(), 0i64..3, "[a-z?!é ]{1,12}(\n[a-z ]{1,5})?"), 1..40),
        seconds in any::<bool>(),
    ) {
        let mut at = 0;
        let mut text = String::new();
        let mut expected = Vec::new();
        for (from_me, later, body) in &messages {
            at += later;
            let (hour, minute) = (10 + at / 60, at % 60);
            let name = if *from_me { "Shop" } else { "Ana" };
            text += &if seconds {
                format!("[13/01/24, {hour:02}:{minute:02}:07] {name}: {body}\n")
            } else {
                format!("13/01/24, {hour:02}:{minute:02} - {name}: {body}\n")
            };
            expected.push(format!("{}text {}", if *from_me { ">" } else { "" }, body.trim()));
        }
        let options = Options { me: &["Shop"], contact: Some("7"), ..Options::default() };
        let (report, kept) = read_with(text.as_bytes(), &options, &UtcOffsetMin(0));
        prop_assert!(report.is_ok());
        for (said, expected) in script(&kept).iter().zip(&expected) {
            prop_assert_eq!(said.trim_end(), expected.trim_end());
        }
        prop_assert_eq!(kept.all.events.len(), messages.len());
        // Reading again, or only the rest after any whole minute, adds nothing.
        prop_assert_eq!(ids(&kept), ids(&read_with(text.as_bytes(), &options, &UtcOffsetMin(0)).1));
    }
}
