//! Rows for a model that exists: columns found by name, or taken in order.

use std::collections::HashMap;

use chatsignal_core::model::{FeatureKind, FeatureMeta, FeatureSchema};

use super::{Row, TableError, TableReader};

/// Finds a model's features in a table.
#[derive(Clone, Debug)]
pub struct Matcher {
    features: Vec<Matched>,
}

#[derive(Clone, Debug)]
struct Matched {
    column: usize,
    name: String,
    codes: Option<HashMap<String, f32>>,
    unseen: u64,
}

/// Categories that the model does not know, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The feature.
    pub feature: String,
    /// Rows with such a category; they count as missing there.
    pub rows: u64,
}

impl Matcher {
    /// Finds every feature of `schema` by name; further columns are ignored.
    ///
    /// # Errors
    /// When a feature has no column.
    pub fn new(reader: &TableReader, schema: &FeatureSchema) -> Result<Self, TableError> {
        let positions: HashMap<&str, usize> =
            reader.names().iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let mut features = Vec::with_capacity(schema.len());
        for feature in &schema.features {
            let Some(&column) = positions.get(feature.name.as_str()) else {
                let problem = "is missing: the model was trained with it";
                return Err(TableError::new(reader.path(), problem).column(&feature.name));
            };
            features.push(Matched::new(feature, column));
        }
        Ok(Self { features })
    }

    /// Takes the columns in the order of the features, whatever they are called: for a model whose
    /// features have no names.
    ///
    /// # Errors
    /// When there are more or fewer columns than features.
    pub fn in_order(reader: &TableReader, schema: &FeatureSchema) -> Result<Self, TableError> {
        let (columns, features) = (reader.names().len(), schema.len());
        if columns != features {
            return Err(TableError::new(
                reader.path(),
                format!(
                    "has {columns} columns, the model takes {features}, in order: its features \
                     have no names to find them by"
                ),
            ));
        }
        let features = schema.features.iter().enumerate();
        Ok(Self { features: features.map(|(at, feature)| Matched::new(feature, at)).collect() })
    }

    /// Appends the features of a row to `out`, in the schema's order.
    ///
    /// # Errors
    /// When a cell is not what its feature needs.
    pub fn read(&mut self, row: &Row<'_>, out: &mut Vec<f32>) -> Result<(), TableError> {
        for feature in &mut self.features {
            out.push(match &feature.codes {
                None => row.number_or_infinity(feature.column)?,
                Some(codes) => match row.category(feature.column)? {
                    None => f32::NAN,
                    Some(name) => codes.get(name).copied().unwrap_or_else(|| {
                        feature.unseen += 1;
                        f32::NAN
                    }),
                },
            });
        }
        Ok(())
    }

    /// The features with categories that the model does not know.
    #[must_use]
    pub fn unseen(&self) -> Vec<Unseen> {
        let unseen = self.features.iter().filter(|f| f.unseen > 0);
        unseen.map(|f| Unseen { feature: f.name.clone(), rows: f.unseen }).collect()
    }
}

impl Matched {
    fn new(feature: &FeatureMeta, column: usize) -> Self {
        let codes = match &feature.kind {
            FeatureKind::Numeric => None,
            FeatureKind::Categorical { categories } => {
                let codes = categories.iter().cloned().zip((0u16..).map(f32::from));
                Some(codes.collect())
            }
        };
        Self { column, name: feature.name.clone(), codes, unseen: 0 }
    }
}

impl Unseen {
    /// What the user should know.
    #[must_use]
    pub fn warning(&self) -> String {
        let Self { feature, rows } = self;
        format!("`{feature}` has categories in {rows} rows that the model does not know: missing")
    }
}
