//! A tenant's settings on the wire: structured where the store keeps text.

use std::collections::BTreeMap;

use chatsignal_api::error::ErrorCode;
use chatsignal_api::settings::{
    ChurnCutoffs, EngagementCutoffs, LeadCutoffs, Span, TenantSettings,
};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::score::Cutoffs;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ApiError;
use super::extract::Fields;
use crate::store::settings::{DAYS, Settings, check, written};

/// Most spans of one day.
const SPANS_PER_DAY_MAX: usize = 12;

/// Settings as they go out.
pub(super) fn wire(settings: &Settings) -> TenantSettings {
    let days = DAYS.iter().zip(&settings.opening_hours.spans);
    let opening_hours = days
        .filter(|(_, spans)| !spans.is_empty())
        .map(|(day, spans)| ((*day).to_owned(), spans.iter().copied().map(span).collect()))
        .collect();
    let weekend = DAYS.iter().zip(settings.weekend.0).filter(|(_, free)| *free);
    let chosen = |kind| settings.cutoffs(kind).map(Cutoffs::as_slice);
    TenantSettings {
        timezone: settings.text("timezone").to_owned(),
        currency: settings.currency.as_str().to_owned(),
        opening_hours,
        weekend: weekend.map(|(day, _)| (*day).to_owned()).collect(),
        quiet_hours: settings.quiet_hours.0.map(span).into_iter().collect(),
        retrain_days: settings.retrain_days,
        lead_cutoffs: chosen(ModelKind::Lead).and_then(|falling| {
            let &[hot, warm, cold] = falling else { return None };
            Some(LeadCutoffs { hot, warm, cold })
        }),
        churn_cutoffs: chosen(ModelKind::Churn).and_then(|falling| {
            let &[critical, high, medium] = falling else { return None };
            Some(ChurnCutoffs { critical, high, medium })
        }),
        engagement_cutoffs: chosen(ModelKind::Engagement).and_then(|falling| {
            let &[high, medium] = falling else { return None };
            Some(EngagementCutoffs { high, medium })
        }),
    }
}

fn span((start, end): (u16, u16)) -> Span {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    Span { start: clock(start), end: clock(end) }
}

/// What is wrong with a field: where in it (empty for the whole), and the rule.
struct Wrong {
    inside: &'static str,
    rule: String,
}

impl From<String> for Wrong {
    fn from(rule: String) -> Self {
        Self { inside: "", rule }
    }
}

impl From<&str> for Wrong {
    fn from(rule: &str) -> Self {
        rule.to_owned().into()
    }
}

/// The texts that the store keeps, from the fields of a change; empty for the default. Every wrong
/// field is told.
pub(super) fn changes(fields: Fields) -> Result<Vec<(&'static str, String)>, ApiError> {
    let mut changes: Vec<(&'static str, String)> = Vec::new();
    let mut wrong: Vec<(String, Wrong)> = Vec::new();
    let mut unknown = false;
    for (name, value) in fields.0 {
        let read: Result<(&'static str, String), Wrong> = match name.as_str() {
            "timezone" => named("timezone", text(value)),
            "currency" => named("currency", text(value)),
            "opening_hours" => named("opening_hours", opening_hours(value)),
            "weekend" => named("weekend", weekend(value)),
            "quiet_hours" => named("quiet_hours", quiet_hours(value)),
            "retrain_days" => named("retrain_days", days(value)),
            "lead_cutoffs" => lead_cutoffs(value).map(|text| ("lead_cutoffs", text)),
            "churn_cutoffs" => churn_cutoffs(value).map(|text| ("churn_cutoffs", text)),
            "engagement_cutoffs" => {
                engagement_cutoffs(value).map(|text| ("engagement_cutoffs", text))
            }
            other => {
                unknown = true;
                Err(check(other, "").err().unwrap_or_default().into())
            }
        };
        let checked = read.and_then(|(setting, text)| {
            if changes.iter().any(|(known, _)| *known == setting) {
                return Err("is there twice".into());
            }
            check(setting, &text)?;
            Ok((setting, text))
        });
        match checked {
            Ok(change) => changes.push(change),
            Err(fault) => wrong.push((name, fault)),
        }
    }
    if wrong.is_empty() {
        return Ok(changes);
    }
    let code = if unknown { ErrorCode::UnknownField } else { ErrorCode::InvalidField };
    Err(wrong.into_iter().fold(ApiError::new(code), |error, (name, Wrong { inside, rule })| {
        let name = name.replace('~', "~0").replace('/', "~1");
        let place =
            if inside.is_empty() { format!("/{name}") } else { format!("/{name}/{inside}") };
        error.at(place, rule)
    }))
}

/// A setting with its text.
fn named(
    name: &'static str,
    text: Result<String, String>,
) -> Result<(&'static str, String), Wrong> {
    Ok((name, text?))
}

/// The text of cut-offs, empty for the model's own. What is wrong with one of them stands at its level.
fn cutoffs(kind: ModelKind, falling: Option<&[f64]>) -> Result<String, Wrong> {
    let Some(falling) = falling else { return Ok(String::new()) };
    let chosen = Cutoffs::chosen(kind, falling).map_err(|error| Wrong {
        inside: error.level().unwrap_or_default(),
        rule: error.to_string(),
    })?;
    Ok(written(chosen.as_slice()))
}

fn lead_cutoffs(value: Value) -> Result<String, Wrong> {
    let given: Option<LeadCutoffs> = read_named(value, "an object of numbers hot, warm and cold")?;
    let falling = given.map(|given| [given.hot, given.warm, given.cold]);
    cutoffs(ModelKind::Lead, falling.as_ref().map(<[f64; 3]>::as_slice))
}

fn churn_cutoffs(value: Value) -> Result<String, Wrong> {
    let given: Option<ChurnCutoffs> =
        read_named(value, "an object of numbers critical, high and medium")?;
    let falling = given.map(|given| [given.critical, given.high, given.medium]);
    cutoffs(ModelKind::Churn, falling.as_ref().map(<[f64; 3]>::as_slice))
}

fn engagement_cutoffs(value: Value) -> Result<String, Wrong> {
    let given: Option<EngagementCutoffs> =
        read_named(value, "an object of numbers high and medium")?;
    let falling = given.map(|given| [given.high, given.medium]);
    cutoffs(ModelKind::Engagement, falling.as_ref().map(<[f64; 2]>::as_slice))
}

fn read<T: DeserializeOwned>(value: Value, form: &str) -> Result<Option<T>, String> {
    if value.is_null() {
        return Ok(None);
    }
    serde_json::from_value(value).map(Some).map_err(|_| format!("is {form}, or null"))
}

/// As [`read`], of values with names: a list is none, although its values would have an order.
fn read_named<T: DeserializeOwned>(value: Value, form: &str) -> Result<Option<T>, String> {
    if value.is_array() { Err(format!("is {form}, or null")) } else { read(value, form) }
}

fn text(value: Value) -> Result<String, String> {
    let text: Option<String> = read(value, "a text")?;
    match text {
        Some(text) if text.trim().is_empty() => Err("is empty".to_owned()),
        text => Ok(text.unwrap_or_default()),
    }
}

fn day(name: &str) -> Result<&str, String> {
    if DAYS.contains(&name) { Ok(name) } else { Err(format!("days are {}", DAYS.join(", "))) }
}

fn weekend(value: Value) -> Result<String, String> {
    let Some(days) = read::<Vec<String>>(value, "a list of days")? else {
        return Ok(String::new());
    };
    let days: Vec<&str> = days.iter().map(|name| day(name)).collect::<Result<_, _>>()?;
    Ok(if days.is_empty() { "none".to_owned() } else { days.join(",") })
}

fn spans(spans: &[Span], most: usize) -> Result<Vec<String>, String> {
    if spans.len() > most {
        return Err(format!("{} spans; there may be {most}", spans.len()));
    }
    let clock = |text: &str| {
        let form = text.len() == 5 && text.as_bytes()[2] == b':';
        let digits = text.bytes().enumerate().all(|(at, b)| at == 2 || b.is_ascii_digit());
        if form && digits { Ok(()) } else { Err("write times like 09:00".to_owned()) }
    };
    spans
        .iter()
        .map(|span| {
            clock(&span.start)?;
            clock(&span.end)?;
            Ok(format!("{}-{}", span.start, span.end))
        })
        .collect()
}

fn days(value: Value) -> Result<String, String> {
    let given: Option<u32> = read(value, "a whole number of days")?;
    Ok(given.map_or_else(String::new, |days| days.to_string()))
}

fn quiet_hours(value: Value) -> Result<String, String> {
    let Some(given) = read::<Vec<Span>>(value, "a list of one span {start, end} or none")? else {
        return Ok(String::new());
    };
    Ok(spans(&given, 1)?.pop().unwrap_or_else(|| "none".to_owned()))
}

fn opening_hours(value: Value) -> Result<String, String> {
    let form = "an object of days with lists of spans {start, end}";
    let Some(given) = read::<BTreeMap<String, Vec<Span>>>(value, form)? else {
        return Ok(String::new());
    };
    if let Some(name) = given.keys().find(|name| day(name).is_err()) {
        day(name)?;
    }
    let mut parts = Vec::new();
    for day in DAYS {
        let Some(given) = given.get(day) else { continue };
        for span in spans(given, SPANS_PER_DAY_MAX)? {
            parts.push(format!("{day} {span}"));
        }
    }
    Ok(if parts.is_empty() { "none".to_owned() } else { parts.join("; ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::settings::SETTINGS;

    #[test]
    fn every_setting_is_on_the_wire_and_comes_back_as_it_was()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mut store = crate::store::Store::open_or_create(&folder.path().join("s.db"))?;
        let tenant = store.tenant_or_create("t")?.id;
        let before = wire(&store.settings(tenant)?);
        let Value::Object(object) = serde_json::to_value(&before)? else {
            return Err("an object".into());
        };
        let names: Vec<&str> = SETTINGS.iter().map(|spec| spec.name).collect();
        assert!(names.iter().all(|name| object.contains_key(*name)) && names.len() == object.len());
        let changes = changes(Fields(object.into_iter().collect())).map_err(|_| "refused")?;
        let texts: Vec<(&str, &str)> = changes.iter().map(|(n, t)| (*n, t.as_str())).collect();
        let after = store.change_settings(tenant, &texts, |_| true)?.ok_or("changed")?;
        assert_eq!(wire(&after), before);
        Ok(())
    }
}
