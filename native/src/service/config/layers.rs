//! Where values come from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::{Config, SETTINGS, Spec};

/// Most items that a batch may ever be configured to have.
pub(super) const BATCH_ITEMS_CEILING: usize = 100_000;

/// The layers above the defaults, beside the environment.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// Flags by the setting's name.
    pub flags: BTreeMap<String, String>,
    /// The file and its content.
    pub file: Option<(PathBuf, String)>,
}

/// Everything that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the settings are wrong:", self.0.len())?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for ConfigErrors {}

/// A value with the place that it was given at.
struct Given {
    place: String,
    text: String,
}

impl Layers {
    /// The settings of flags, environment (by the variable's name), file and defaults.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place and its rule.
    pub fn config(
        self,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Config, ConfigErrors> {
        let errors = RefCell::new(Vec::new());
        let file = self.file.map(|(path, content)| {
            let place = path.display().to_string();
            let values = read_file(&place, &content, &mut errors.borrow_mut());
            (place, values)
        });
        let given: BTreeMap<&str, Given> = SETTINGS
            .iter()
            .filter_map(|spec| {
                let flag = || {
                    let text = self.flags.get(spec.name)?.clone();
                    Some(Given { place: format!("--{}", spec.flag()), text })
                };
                let variable = || {
                    let place = spec.variable();
                    Some(Given { text: environment(&place)?, place })
                };
                let line = || {
                    let (place, values) = file.as_ref()?;
                    let text = values.get(spec.name)?.clone();
                    Some(Given { place: format!("{place}: {}", spec.name), text })
                };
                Some((spec.name, flag().or_else(variable).or_else(line)?))
            })
            .collect();
        let fault = |name: &str, rule: String| {
            let place = given.get(name).map_or(name, |given| given.place.as_str());
            errors.borrow_mut().push(format!("{place}: {rule}"));
        };
        let config = Config::read(|name| given.get(name).map(|given| given.text.clone()), fault);
        config.check(fault);
        let errors = errors.into_inner();
        if errors.is_empty() { Ok(config) } else { Err(ConfigErrors(errors)) }
    }
}

/// The values of a file as text, by name.
fn read_file(place: &str, content: &str, errors: &mut Vec<String>) -> BTreeMap<String, String> {
    let table: toml::Table = match content.parse() {
        Ok(table) => table,
        Err(error) => {
            errors.push(format!("{place}: {error}"));
            return BTreeMap::new();
        }
    };
    let mut values = BTreeMap::new();
    for (name, value) in table {
        if !SETTINGS.iter().any(|spec| spec.name == name) {
            errors.push(format!("{place}: {name} is no setting{}", nearest(&name)));
            continue;
        }
        match text(&value) {
            Some(text) => {
                values.insert(name, text);
            }
            None => errors.push(format!("{place}: {name}: write a text, a number or a list")),
        }
    }
    values
}

fn text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(text).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}

/// A hint at the setting that may have been meant.
fn nearest(name: &str) -> String {
    let shared = |spec: &&Spec| {
        let pairs = spec.name.bytes().zip(name.bytes());
        pairs.take_while(|(a, b)| a == b).count()
    };
    let best = SETTINGS.iter().max_by_key(shared).filter(|spec| shared(spec) >= 4);
    best.map_or_else(String::new, |spec| format!("; {} is", spec.name))
}
