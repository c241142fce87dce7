//! From an object of JavaScript to a row: by name, checked.

use std::fmt;

use chatsignal_core::feature::FeatureSpec;
use chatsignal_core::model::{FeatureKind, FeatureSchema, Rounding, category_code};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

/// Reads the values of one row by the names of a model's inputs.
pub(crate) struct Record<'a> {
    pub(crate) schema: &'a FeatureSchema,
    /// Ranges of the inputs, where they are known.
    pub(crate) specs: &'static [FeatureSpec],
    /// How numbers become those of a row.
    pub(crate) rounding: Rounding,
}

/// A value of JavaScript.
enum Value {
    Missing,
    Number(f64),
    Truth(bool),
    Category(String),
    /// Of a type that no feature has.
    Other,
}

impl<'de> DeserializeSeed<'de> for Record<'_> {
    type Value = Vec<f32>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<f32>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Record<'_> {
    type Value = Vec<f32>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of values by the names of features")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<f32>, A::Error> {
        let mut row = vec![f32::NAN; self.schema.len()];
        let mut next = 0;
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            let at = self.place(&name, next).ok_or_else(|| A::Error::custom(unknown(&name)))?;
            row[at] = self.read(at, value).map_err(A::Error::custom)?;
            next = at + 1;
        }
        Ok(row)
    }
}

impl Record<'_> {
    /// The place of an input: it is looked for from `start` on, since most objects are in the order
    /// of the model.
    fn place(&self, name: &str, start: usize) -> Option<usize> {
        let features = self.schema.features.iter().enumerate();
        let (before, after) = (features.clone().take(start), features.skip(start));
        after.chain(before).find(|(_, feature)| feature.name == name).map(|(at, _)| at)
    }

    fn read(&self, at: usize, value: Value) -> Result<f32, String> {
        let feature = &self.schema.features[at];
        let name = &feature.name;
        match (value, &feature.kind) {
            (Value::Missing, _) => Ok(f32::NAN),
            (Value::Number(number), _) => {
                let range = self.specs.get(at).map(|spec| spec.range);
                match range {
                    Some((low, high)) if number < low.into() || number > high.into() => {
                        // Bounds are whole numbers: no formatting of fractions in the module.
                        let (low, high) = (low as i64, high as i64);
                        Err(format!("{name}: its value is not in [{low}, {high}]"))
                    }
                    // The sum makes -0 to 0, as the npm package does.
                    _ => Ok(self.rounding.narrow(number) + 0.0),
                }
            }
            (Value::Category(category), FeatureKind::Categorical { categories }) => {
                Ok(code(category_code(categories, &category)))
            }
            (Value::Truth(truth), FeatureKind::Categorical { categories }) => {
                Ok(code(category_code(categories, if truth { "true" } else { "false" })))
            }
            (Value::Truth(truth), FeatureKind::Numeric) => Ok(f32::from(u8::from(truth))),
            (Value::Category(_), FeatureKind::Numeric) => Err(format!("{name} is a number")),
            (Value::Other, _) => {
                Err(format!("{name} is neither a number nor a category, null, true or false"))
            }
        }
    }
}

/// The number of a category in a row; one that was not there in training is missing.
fn code(found: Option<usize>) -> f32 {
    found.map_or(f32::NAN, |code| code as f32)
}

fn unknown(name: &str) -> String {
    format!("no feature of the model has the name {name}")
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a feature")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Missing)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Truth(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Category(value.to_owned()))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Ok(Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use chatsignal_core::artifact::ModelKind;
    use chatsignal_core::feature::catalogue;

    #[test]
    fn bounds_of_features_are_whole_numbers() {
        for spec in ModelKind::ALL.into_iter().flat_map(catalogue) {
            let (low, high) = spec.range;
            assert_eq!((low as i64 as f32, high as i64 as f32), (low, high), "{}", spec.name);
        }
    }
}
