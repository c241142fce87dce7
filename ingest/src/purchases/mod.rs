//! Purchases from tables: one row, one `purchase` event.
//!
//! The first line names the columns. Dates and decimal marks are understood from the whole file and
//! what was assumed is said in the [`Report`]. A date without a time of day stands for noon. A
//! negative amount is a refund.
//!
//! A row with an order number is known by (customer, order, state, ordinal among such rows of the
//! file), any other by its content and its ordinal among equal rows: equal rows are separate
//! purchases (the CDNOW file has 255 such), while the same file read twice adds nothing.

mod columns;
mod table;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use chatsignal_core::event::{Currency, EventKind, Money, PurchaseStatus, Source};
use chatsignal_core::id::ContactId;

pub use self::columns::ColumnNames;
pub use self::table::{ROW_BYTES_MAX, Separator};

use self::columns::Columns;
use self::table::{Rows, separator_of};
use crate::country::Country;
use crate::dates::{Certainty, DateDecision, DateOrder, Written, decide};
use crate::identity::phone_digits;
use crate::money::{self, DecimalMark};
use crate::reject::{Reason, Reject};
use crate::{Context, DirectoryEntry, Sink};

/// How to read a file.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names of columns that are not found by themselves.
    pub columns: ColumnNames,
    /// Currency of rows that state none.
    pub currency: Currency,
    /// Order of day and month; understood from the file if absent.
    pub date_order: Option<DateOrder>,
    /// Decimal mark; understood from the file if absent.
    pub decimal_mark: Option<DecimalMark>,
}

/// What was found and assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// What separates the fields.
    pub separator: Separator,
    /// How dates were read.
    pub dates: DateDecision,
    /// How amounts were read; `None` when no amount shows its decimal mark beyond doubt.
    pub decimal_mark: Option<DecimalMark>,
    /// Rows that became events.
    pub rows: u64,
}

/// Reads a file.
///
/// # Errors
/// When the header lacks a needed column or the file has none. Rows that cannot be read are rejects
/// in `sink`.
pub fn read(
    bytes: &[u8],
    options: &Options,
    context: &Context<'_>,
    sink: &mut dyn Sink,
) -> Result<Report, Reject> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let first = bytes.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty());
    let first = core::str::from_utf8(first.unwrap_or(&[]))
        .map_err(|_| Reject::new(1, "", Reason::NotUtf8))?;
    let separator = separator_of(first);
    let mut rows = Rows::new(bytes, separator);
    let header = match rows.next() {
        Some((_, Ok(header))) => header,
        Some((line, Err(reason))) => return Err(Reject::new(line, "", reason)),
        None => return Err(Reject::new(1, "", Reason::Missing)),
    };
    let columns = Columns::find(&header, &options.columns)?;
    let (dates, decimal_mark) = understand(Rows::new(bytes, separator).skip(1), &columns, options);
    let mut reader = Reader {
        context,
        options,
        columns,
        order: dates.order,
        decimal_mark,
        ordinals: BTreeMap::new(),
        introduced: BTreeSet::new(),
    };
    let mut report = Report { separator, dates, decimal_mark, rows: 0 };
    for (line, row) in rows {
        let read = match row {
            Ok(row) => reader.row(&row, sink),
            Err(reason) => Err(("", reason)),
        };
        match read {
            Ok(()) => report.rows += 1,
            Err((field, reason)) => sink.reject(Reject::new(line, field, reason)),
        }
    }
    Ok(report)
}

/// Order of dates and decimal mark, from all rows.
fn understand<'r>(
    rows: impl Iterator<Item = (u64, Result<Vec<String>, Reason>)> + 'r,
    columns: &Columns,
    options: &Options,
) -> (DateDecision, Option<DecimalMark>) {
    let mut dates = Vec::new();
    let (mut points, mut commas) = (0usize, 0usize);
    for row in rows.filter_map(|(_, row)| row.ok()) {
        if let Some(Written::Civil { date, .. }) =
            row.get(columns.date).and_then(|text| Written::parse(text))
        {
            // Equal neighbours tell nothing new.
            if dates.last() != Some(&date) {
                dates.push(date);
            }
        }
        match row.get(columns.amount).and_then(|text| money::decimal_mark_of(text)) {
            Some(DecimalMark::Point) => points += 1,
            Some(DecimalMark::Comma) => commas += 1,
            None => {}
        }
    }
    let decision = match options.date_order {
        Some(order) => DateDecision { order, certainty: Certainty::Stated },
        None => decide(dates.iter()),
    };
    // A file in which both marks are beyond doubt has no mark of its own: each amount speaks for
    // itself, and those that are doubtful are refused.
    let found = match (points, commas) {
        (1.., 0) => Some(DecimalMark::Point),
        (0, 1..) => Some(DecimalMark::Comma),
        _ => None,
    };
    (decision, options.decimal_mark.or(found))
}

struct Reader<'a> {
    context: &'a Context<'a>,
    options: &'a Options,
    columns: Columns,
    order: DateOrder,
    decimal_mark: Option<DecimalMark>,
    /// How many rows with this key there were.
    ordinals: BTreeMap<[u8; 16], u32>,
    introduced: BTreeSet<ContactId>,
}

impl Reader<'_> {
    fn row(&mut self, row: &[String], sink: &mut dyn Sink) -> Result<(), (&'static str, Reason)> {
        let field = |at: usize| row.get(at).map(|text| text.trim()).filter(|text| !text.is_empty());
        let optional = |at: Option<usize>| at.and_then(field);
        let columns = self.columns;
        let customer = field(columns.customer).ok_or(("customer", Reason::Missing))?;
        let date = field(columns.date).ok_or(("date", Reason::Missing))?;
        let at = Written::parse(date)
            .ok_or(("date", Reason::Expected("a date, such as 2024-05-31 or 2024-05-31T10:00Z")))?
            .instant(self.order, self.context.local)
            .ok_or(("date", Reason::NoSuchDate))?;
        let amount = field(columns.amount).ok_or(("amount", Reason::Missing))?;
        let currency = match optional(columns.currency) {
            Some(code) => Currency::new(code).map_err(|error| ("currency", error.into()))?,
            None => self.options.currency,
        };
        let amount = money::parse(amount, self.decimal_mark, currency)
            .map_err(|reason| ("amount", reason))?;
        let status = match optional(columns.status) {
            Some(text) => status_of(text)
                .ok_or(("status", Reason::Rule("is not a final state of a payment")))?,
            None => PurchaseStatus::Paid,
        };
        let (amount, status) = match (amount.e4 < 0, status) {
            (true, PurchaseStatus::Paid) => (positive(amount), PurchaseStatus::Refunded),
            (true, status) => (positive(amount), status),
            (false, status) => (amount, status),
        };
        let hasher = self.context.hasher;
        let contact = hasher.contact(customer);
        let phone = phone_digits(customer);
        let country = phone.as_deref().and_then(Country::of_phone);
        let key: Vec<Vec<u8>> = match optional(columns.order) {
            Some(order) => [b"order".to_vec(), order.as_bytes().to_vec()].into(),
            None => [
                at.0.to_le_bytes().to_vec(),
                amount.e4.to_le_bytes().to_vec(),
                amount.currency.as_str().as_bytes().to_vec(),
            ]
            .into(),
        };
        let mut parts: Vec<&[u8]> = key.iter().map(Vec::as_slice).collect();
        parts.extend([&contact.0[..], status.as_str().as_bytes()]);
        let same = hasher.event(Source::Purchases, "row", &parts).0;
        let ordinal = self.ordinals.entry(same).or_insert(0);
        let ordinal_bytes = ordinal.to_le_bytes();
        *ordinal += 1;
        parts.push(&ordinal_bytes);
        let kind = EventKind::Purchase { amount, status };
        let event = self.context.event(Source::Purchases, (contact, country), at, &parts, kind);
        if self.introduced.insert(contact) {
            let external_id = if phone.is_none() { Some(customer.to_string()) } else { None };
            sink.directory(DirectoryEntry::Contact {
                id: contact,
                name: None,
                phone,
                external_id,
                country,
            });
        }
        sink.event(event);
        Ok(())
    }
}

fn positive(money: Money) -> Money {
    Money { e4: money.e4.abs(), ..money }
}

fn status_of(text: &str) -> Option<PurchaseStatus> {
    match text.to_ascii_lowercase().as_str() {
        "paid" | "complete" | "completed" | "success" | "succeeded" | "successful" | "captured"
        | "settled" | "fulfilled" | "delivered" | "closed" => Some(PurchaseStatus::Paid),
        "refunded" | "refund" | "returned" | "chargeback" | "partially_refunded" => {
            Some(PurchaseStatus::Refunded)
        }
        "cancelled" | "canceled" | "void" | "voided" => Some(PurchaseStatus::Cancelled),
        "failed" | "failure" | "declined" | "error" => Some(PurchaseStatus::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use chatsignal_core::testing::cases;
    use chatsignal_core::time::UtcOffsetMin;
    use proptest::prelude::*;

    use crate::{Availability, Hasher, Ingested};

    fn options() -> Options {
        Options {
            columns: ColumnNames::default(),
            currency: Currency::new("USD").unwrap_or_else(|_| unreachable!("three letters")),
            date_order: None,
            decimal_mark: None,
        }
    }

    fn read_all(bytes: &[u8]) -> (Result<Report, Reject>, Ingested) {
        let hasher = Hasher::new(&[1; 32]);
        let context = Context {
            hasher: &hasher,
            local: &UtcOffsetMin(0),
            availability: Availability::Occurred { lag_ms: 0 },
        };
        let mut out = Ingested::default();
        let report = read(bytes, &options(), &context, &mut out);
        assert!(out.events.iter().all(|event| event.check().is_ok()));
        (report, out)
    }

    fn amounts(out: &Ingested) -> Vec<(i64, &'static str)> {
        out.events
            .iter()
            .filter_map(|event| match event.kind {
                EventKind::Purchase { amount, status } => Some((amount.e4, status.as_str())),
                _ => None,
            })
            .collect()
    }

    const CDNOW: &str = " customer_id  date number_of_cds  dollar_value\n \
        00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00\n \
        00002 19970112  5   77.00\n";

    #[test]
    fn equal_rows_are_separate_and_a_second_reading_adds_nothing() {
        let (report, out) = read_all(CDNOW.as_bytes());
        assert_eq!(report.map(|r| (r.rows, r.separator)), Ok((4, Separator::Spaces)));
        assert_eq!(
            amounts(&out),
            [(117_700, "paid"), (120_000, "paid"), (770_000, "paid"), (770_000, "paid")]
        );
        let ids: BTreeSet<_> = out.events.iter().map(|event| event.event_id).collect();
        assert_eq!(ids.len(), 4);
        assert_eq!(read_all(CDNOW.as_bytes()).1, out);
        assert_eq!(out.directory.len(), 2);
    }

    #[test]
    fn a_european_table() {
        let (report, out) = read_all(
            "\u{feff}Order ID;Phone;Date;Total;Currency;Status\r\n\
             A1;+49 151 1234567;31.12.2024 10:00;1.234,50;EUR;paid\r\n\
             A1;+49 151 1234567;31.12.2024 10:00;10,00;EUR;paid\r\n\
             A2;+49 151 1234567;01.01.2025;-5,00;EUR;\r\n\
             A3;+49 151 1234567;01.01.2025;1.234;EUR;refunded\r\n\
             A4;;01.01.2025;1;EUR;paid\r\n\
             A5;1;31.02.2025;1;EUR;paid\r\n\
             A6;1;01.01.2025;1;EUR;pending\r\n"
                .as_bytes(),
        );
        let report = report.map(|r| (r.rows, r.dates, r.decimal_mark));
        let dates = DateDecision { order: DateOrder::DayFirst, certainty: Certainty::Certain };
        assert_eq!(report, Ok((4, dates, Some(DecimalMark::Comma))));
        assert_eq!(
            amounts(&out),
            [
                (12_345_000, "paid"),
                (100_000, "paid"),
                (50_000, "refunded"),
                (12_340_000, "refunded")
            ]
        );
        let refusals: Vec<_> = out.rejects.iter().map(ToString::to_string).collect();
        assert_eq!(
            refusals,
            [
                "line 6: customer is missing",
                "line 7: date is a date that does not exist",
                "line 8: status is not a final state of a payment"
            ]
        );
    }

    #[test]
    fn headers_that_lack_a_column_are_refused() {
        for (text, expected) in [
            ("", "line 1: the input is missing"),
            ("a,b\n1,2", "line 1: customer column is not in the header; say which column it is"),
        ] {
            let refused = read_all(text.as_bytes()).0.map_err(|r| r.to_string());
            assert_eq!(refused.map(|r| r.rows), Err(String::from(expected)));
        }
    }

    proptest! {
        #![proptest_config(cases(300))]

        #[test]
        fn mutants_make_sound_events_or_rejects(
            edits in prop::collection::vec(
                (any::<prop::sample::Index>(), any::<u8>(), 0u8..5), 1..6),
            spaces in any::<bool>(),
        ) {
            let mut bytes = if spaces {
                CDNOW.as_bytes().to_vec()
            } else {
                format!("customer,date,amount,order\n{}", "\"7, x\",2024-05-01,\"1,5\",9\n".repeat(5))
                    .into_bytes()
            };
            for (at, byte, operator) in edits {
                let at = at.index(bytes.len().max(1)).min(bytes.len());
                match operator {
                    0 => bytes.insert(at, byte),
                    1 if at < bytes.len() => bytes[at] = byte,
                    2 if at < bytes.len() => { bytes.remove(at); }
                    3 => { bytes.splice(at..at, *b"\"\n,;9999999999999999999"); }
                    _ => bytes.truncate(at),
                }
            }
            let (_, out) = read_all(&bytes);
            prop_assert!(out.events.len() <= bytes.len() / 4);
        }
    }
}
