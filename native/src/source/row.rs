//! A row to the JSON of a canonical event: its fields are then checked as any event's are.

use chatsignal_core::event::Currency;
use chatsignal_core::time::TimestampMs;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Number, Value, json};

use super::fields::{self, Kind};
use super::map::{From, TableMap};

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text, or any other value in the database's own writing.
    Text(String),
}

impl Cell {
    /// As text; `None` for NULL and for an empty text.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Integer(number) => Some(number.to_string()),
            Self::Real(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        }
    }
}

/// What turns rows into events, beside the map.
pub(super) struct RowContext<'a> {
    /// Zone of instants without an offset.
    pub(super) timezone: &'a TimeZone,
    /// Currency of amounts without one.
    pub(super) currency: Currency,
}

/// A value that cannot be read: the map's key and the rule. Never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) key: String,
    pub(super) rule: &'static str,
}

fn fault(key: &str, rule: &'static str) -> Fault {
    Fault { key: key.to_owned(), rule }
}

/// The canonical JSON of one row. `cell` looks a column up.
pub(super) fn event<'c>(
    map: &TableMap,
    context: &RowContext<'_>,
    cell: impl Fn(&str) -> Option<&'c Cell>,
) -> Result<Value, Fault> {
    let text = |column: &str| cell(column).and_then(Cell::text);
    let required = |key: &str, column: &str| text(column).ok_or_else(|| fault(key, "is missing"));
    let mut id = map.name.clone();
    for column in &map.id {
        id.push(':');
        id.push_str(&required("id", column)?);
    }
    let time = |key: &str, column: &str| {
        let cell = cell(column).unwrap_or(&Cell::Null);
        instant(cell, context.timezone).ok_or_else(|| {
            fault(key, "is an instant: seconds or milliseconds since 1970, or 2024-01-31 12:00:00")
        })
    };
    let mut event = json!({
        "v": 1,
        "type": map.event,
        "source": "sql",
        "event_id": id,
        "contact_id": required("contact", &map.contact)?,
        "occurred_at_ms": time("occurred_at", &map.occurred_at)?.0,
        "data": Value::Object(data(map, context, &cell)?),
    });
    if let Some(column) = &map.available_at {
        event["available_at_ms"] = time("available_at", column)?.0.into();
    }
    for (key, column) in &map.ids {
        if let Some(text) = text(column) {
            event[*key] = text.into();
        }
    }
    Ok(event)
}

fn data<'c>(
    map: &TableMap,
    context: &RowContext<'_>,
    cell: &impl Fn(&str) -> Option<&'c Cell>,
) -> Result<Map<String, Value>, Fault> {
    let mut data = Map::new();
    let (_, known) = fields::of(&map.event).unwrap_or((false, &[]));
    for field in known {
        let Some(from) = map.data.get(field.name) else { continue };
        let key = format!("data.{}", field.name);
        let value = match from {
            From::Constant(text) => Cell::Text(text.clone()),
            From::Column(column) => cell(column).cloned().unwrap_or(Cell::Null),
            From::Translated(column, names) => match cell(column).and_then(Cell::text) {
                Some(text) => Cell::Text(
                    names
                        .get(&text)
                        .ok_or_else(|| fault(&key, "has a value that the map does not name"))?
                        .clone(),
                ),
                None => Cell::Null,
            },
        };
        if let Some(value) = convert(&value, field.kind).map_err(|rule| fault(&key, rule))? {
            data.insert(field.name.to_owned(), value);
        }
    }
    // Only a won lead has a value, and a currency goes with an amount.
    if map.event == "lead" && data.get("step").and_then(Value::as_str) != Some("won") {
        data.remove("value");
    }
    if data.contains_key("amount") || data.contains_key("value") {
        data.entry("currency").or_insert_with(|| context.currency.as_str().into());
    } else {
        data.remove("currency");
    }
    Ok(data)
}

/// A cell as the JSON of a field; `None` for NULL and empty texts.
fn convert(cell: &Cell, kind: Kind) -> Result<Option<Value>, &'static str> {
    let Some(text) = cell.text() else { return Ok(None) };
    Ok(Some(match kind {
        Kind::Text => text.into(),
        // Four decimals are all that an amount has; a binary fraction has more.
        Kind::Amount => match cell {
            Cell::Real(number) => format!("{number:.4}").into(),
            _ => text.into(),
        },
        Kind::Integer => match cell {
            Cell::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                (*number as i64).into()
            }
            _ => text.parse::<i64>().map_err(|_| "is a whole number")?.into(),
        },
        Kind::Number => {
            let number = text.parse().ok().and_then(Number::from_f64);
            Value::Number(number.ok_or("is a number")?)
        }
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" | "y" | "yes" => true.into(),
            "0" | "f" | "false" | "n" | "no" => false.into(),
            _ => return Err("is true or false"),
        },
    }))
}

/// Numbers below this are seconds: as milliseconds they would lie before 1973-03-03.
const SECONDS_BELOW: i64 = 100_000_000_000;

/// An instant: seconds or milliseconds since 1970, or a date and time, with an offset or in the
/// zone given (a date alone is its noon).
fn instant(cell: &Cell, zone: &TimeZone) -> Option<TimestampMs> {
    let number =
        |n: i64| TimestampMs(if n.abs() < SECONDS_BELOW { n.saturating_mul(1_000) } else { n });
    let at = match cell {
        Cell::Null => return None,
        Cell::Integer(n) => number(*n),
        Cell::Real(n) if n.is_finite() && n.abs() < SECONDS_BELOW as f64 => {
            TimestampMs((n * 1_000.0) as i64)
        }
        Cell::Real(n) if n.is_finite() => TimestampMs(*n as i64),
        Cell::Real(_) => return None,
        Cell::Text(text) => {
            let text = text.trim();
            if let Ok(n) = text.parse::<i64>() {
                number(n)
            } else if let Ok(at) = text.parse::<Timestamp>() {
                TimestampMs(at.as_millisecond())
            } else {
                let local: DateTime = if text.len() == 10 {
                    text.parse::<jiff::civil::Date>().ok()?.at(12, 0, 0, 0)
                } else {
                    text.parse().ok()?
                };
                TimestampMs(local.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond())
            }
        }
    };
    at.is_valid().then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_in_every_writing() {
        let zone = crate::timezone::zone("Europe/Berlin").unwrap_or(TimeZone::UTC);
        let text = |text: &str| instant(&Cell::Text(text.to_owned()), &zone).map(|at| at.0);
        let noon = Some(1_706_702_400_000); // 2024-01-31T12:00:00Z
        for same in [
            "1706702400",
            "1706702400000",
            "2024-01-31T12:00:00Z",
            "2024-01-31 12:00:00+00",
            "2024-01-31 12:00:00.000+00",
            "2024-01-31 12:00:00+00:00",
            "2024-01-31 13:00:00",
            "2024-01-31T13:00",
        ] {
            assert_eq!(text(same), noon, "{same}");
        }
        assert_eq!(text("2024-01-31"), Some(1_706_698_800_000));
        assert_eq!(instant(&Cell::Integer(1_706_702_400), &zone).map(|at| at.0), noon);
        assert_eq!(instant(&Cell::Real(1_706_702_400.0), &zone).map(|at| at.0), noon);
        for wrong in ["", "soon", "2024-13-01", "-5000000"] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
        assert_eq!(instant(&Cell::Real(f64::NAN), &zone), None);
    }

    #[test]
    fn binary_fractions_become_exact_amounts() {
        let amount = convert(&Cell::Real(0.1 + 0.2), Kind::Amount);
        assert_eq!(amount, Ok(Some("0.3000".into())));
        assert_eq!(convert(&Cell::Integer(3), Kind::Flag), Err("is true or false"));
        assert_eq!(convert(&Cell::Real(5.0), Kind::Integer), Ok(Some(5.into())));
    }
}
