//! The mapping file: which table's columns become which event's fields.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::fields::{self, Field};

/// One table or query whose rows become events of one type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TableMap {
    /// Names it in messages; part of the identity of its events.
    pub(super) name: String,
    /// `SELECT` that gives the rows.
    pub(super) query: String,
    /// Type of the events.
    pub(super) event: String,
    /// Columns that together identify a row.
    pub(super) id: Vec<String>,
    /// Column of the contact: a phone number or any id of a person.
    pub(super) contact: String,
    /// Column of the instant at which it happened.
    pub(super) occurred_at: String,
    /// Column of the instant from which it was known.
    pub(super) available_at: Option<String>,
    /// Column that never falls from one change to the next: later imports begin where it ended.
    pub(super) watermark: Option<String>,
    /// Column of the contact's name, for the directory.
    pub(super) contact_name: Option<String>,
    /// Columns of the ids beside the data: message, conversation, campaign, agent.
    pub(super) ids: BTreeMap<&'static str, String>,
    /// The fields of the event's data.
    pub(super) data: BTreeMap<&'static str, From>,
}

/// Where a field's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum From {
    /// A column.
    Column(String),
    /// The same for every row.
    Constant(String),
    /// A column whose values are translated; others are refused.
    Translated(String, BTreeMap<String, String>),
}

impl From {
    fn column(&self) -> Option<&str> {
        match self {
            Self::Column(column) | Self::Translated(column, _) => Some(column),
            Self::Constant(_) => None,
        }
    }
}

impl TableMap {
    /// Every column that the map reads, with the key that names it.
    pub(super) fn columns(&self) -> Vec<(String, &str)> {
        let mut columns: Vec<(String, &str)> = vec![
            ("contact".to_owned(), &self.contact),
            ("occurred_at".to_owned(), &self.occurred_at),
        ];
        columns.extend(self.id.iter().map(|column| ("id".to_owned(), column.as_str())));
        let optional = [
            ("available_at", &self.available_at),
            ("watermark", &self.watermark),
            ("contact_name", &self.contact_name),
        ];
        for (key, column) in optional {
            columns.extend(column.as_deref().map(|column| (key.to_owned(), column)));
        }
        columns.extend(self.ids.iter().map(|(key, column)| ((*key).to_owned(), column.as_str())));
        columns.extend(
            self.data.iter().filter_map(|(key, from)| {
                from.column().map(|column| (format!("data.{key}"), column))
            }),
        );
        columns
    }
}

/// Reads a mapping file.
///
/// # Errors
/// Every fault of the file, each with the table and key it is about.
pub(super) fn parse(text: &str) -> Result<Vec<TableMap>, Vec<String>> {
    let file: Table = toml::from_str(text).map_err(|e| vec![e.to_string()])?;
    let mut faults = Vec::new();
    for key in file.keys().filter(|key| *key != "table") {
        faults.push(format!("{key}: is not a key of a mapping file; it has [[table]] parts"));
    }
    let tables = file.get("table").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if tables.is_empty() {
        faults.push("there is no [[table]]".to_owned());
    }
    let mut maps: Vec<TableMap> = Vec::new();
    for (index, value) in tables.iter().enumerate() {
        let label = format!("table {}", index + 1);
        let Some(table) = value.as_table() else {
            faults.push(format!("{label}: write it as [[table]]"));
            continue;
        };
        let mut reader = Keys { label, table: table.clone(), faults: &mut faults };
        if let Some(map) = reader.table() {
            if maps.iter().any(|other| other.name == map.name) {
                faults.push(format!("{}: the name is used twice", map.name));
            }
            maps.push(map);
        }
    }
    if faults.is_empty() { Ok(maps) } else { Err(faults) }
}

/// Takes keys out of one table and collects what is wrong with them.
struct Keys<'a> {
    label: String,
    table: Table,
    faults: &'a mut Vec<String>,
}

impl Keys<'_> {
    fn table(&mut self) -> Option<TableMap> {
        let name = self.required("name");
        if let Some(name) = &name {
            self.label.clone_from(name);
        }
        let query = self.query();
        let event = self.required("event");
        let id = self.id();
        let contact = self.required("contact");
        let occurred_at = self.required("occurred_at");
        let available_at = self.text("available_at");
        let watermark = self.text("watermark");
        let contact_name = self.text("contact_name");
        let mut ids = BTreeMap::new();
        for key in ["message_id", "conversation_id", "campaign_id", "agent_id"] {
            ids.extend(self.text(key).map(|column| (key, column)));
        }
        let data = match &event {
            Some(event) => self.data(event, ids.contains_key("message_id")),
            None => BTreeMap::new(),
        };
        self.table.remove("data");
        let unknown: Vec<String> = self.table.keys().cloned().collect();
        unknown.iter().for_each(|key| self.fault(key, "is not a key of a table"));
        Some(TableMap {
            name: name?,
            query: query?,
            event: event?,
            id: id?,
            contact: contact?,
            occurred_at: occurred_at?,
            available_at,
            watermark,
            contact_name,
            ids,
            data,
        })
    }

    fn query(&mut self) -> Option<String> {
        match (self.text("query"), self.text("table")) {
            (Some(query), None) => Some(query.trim().trim_end_matches(';').to_owned()),
            (None, Some(table)) => {
                let parts: Vec<String> = table.split('.').map(quoted).collect();
                Some(format!("SELECT * FROM {}", parts.join(".")))
            }
            _ => {
                self.fault("query", "give either query or table");
                None
            }
        }
    }

    fn id(&mut self) -> Option<Vec<String>> {
        let columns = match self.table.remove("id") {
            Some(Value::String(column)) => vec![column],
            Some(Value::Array(columns)) => {
                columns.iter().filter_map(|c| c.as_str().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        };
        if columns.is_empty() {
            self.fault("id", "name the column, or a list of columns, that identify a row");
            return None;
        }
        Some(columns)
    }

    fn data(&mut self, event: &str, has_message_id: bool) -> BTreeMap<&'static str, From> {
        let mut data = BTreeMap::new();
        let Some((needs_message, known)) = fields::of(event) else {
            let names: Vec<&str> = fields::EVENTS.iter().map(|(name, ..)| *name).collect();
            self.fault("event", &format!("is one of {}", names.join(", ")));
            return data;
        };
        if needs_message && !has_message_id {
            self.fault("message_id", "is needed for this event");
        }
        let mut given = match self.table.remove("data") {
            Some(Value::Table(table)) => table,
            None => Table::new(),
            Some(_) => {
                self.fault("data", "write it as [table.data]");
                return data;
            }
        };
        for Field { name, required, .. } in known {
            match given.remove(*name) {
                Some(value) => match from(&value) {
                    Some(from) => {
                        data.insert(*name, from);
                    }
                    None => self.fault(
                        &format!("data.{name}"),
                        "is a column, { value = \"...\" } or { column = \"...\", map = { ... } }",
                    ),
                },
                None if *required => self.fault(&format!("data.{name}"), "is missing"),
                None => {}
            }
        }
        for key in given.keys() {
            let names: Vec<&str> = known.iter().map(|field| field.name).collect();
            self.fault(
                &format!("data.{key}"),
                &format!("is not a field of {event}; it has {}", names.join(", ")),
            );
        }
        data
    }

    fn required(&mut self, key: &str) -> Option<String> {
        let value = self.text(key);
        if value.is_none() {
            self.fault(key, "is missing");
        }
        value
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.table.remove(key)? {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => {
                self.fault(key, "is a text that is not empty");
                None
            }
        }
    }

    fn fault(&mut self, key: &str, rule: &str) {
        self.faults.push(format!("{}: {key}: {rule}", self.label));
    }
}

fn from(value: &Value) -> Option<From> {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    };
    match value {
        Value::String(column) => Some(From::Column(column.clone())),
        Value::Table(table) => {
            let keys: Vec<&str> = table.keys().map(String::as_str).collect();
            match keys.as_slice() {
                ["value"] => scalar(&table["value"]).map(From::Constant),
                ["column", "map"] => {
                    let column = table["column"].as_str()?.to_owned();
                    let map = table["map"].as_table()?;
                    let pairs: Option<BTreeMap<String, String>> =
                        map.iter().map(|(key, v)| Some((key.clone(), scalar(v)?))).collect();
                    Some(From::Translated(column, pairs?))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// An identifier of SQL in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named_at_once() {
        let text = r#"
            colour = "red"
            [[table]]
            name = "orders"
            table = "orders"
            event = "purchase"
            contact = "phone"
            watermrk = "updated_at"
            [table.data]
            currency = { value = "EUR", map = 1 }
            total = "total"
            [[table]]
            name = "mails"
            query = "SELECT 1"
            table = "x"
            event = "letter"
            id = "id"
            contact = "c"
            occurred_at = "t"
        "#;
        let Err(faults) = parse(text) else { panic!("the file is wrong") };
        for expected in [
            "colour: is not a key of a mapping file",
            "orders: id: name the column",
            "orders: occurred_at: is missing",
            "orders: watermrk: is not a key of a table",
            "orders: data.amount: is missing",
            "orders: data.currency: is a column",
            "orders: data.total: is not a field of purchase",
            "mails: query: give either",
            "mails: event: is one of",
        ] {
            assert!(faults.iter().any(|f| f.starts_with(expected)), "{expected} not in {faults:?}");
        }
    }
}
