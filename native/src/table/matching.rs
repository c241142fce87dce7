//! Rows for a model that exists: columns found by name, or taken in order.

use std::collections::HashMap;

use chatsignal_core::model::{FeatureKind, FeatureMeta, FeatureSchema, Rounding};

use super::value::{self, Codes, Found};
use super::{Row, TableError, TableReader};

/// Finds a model's features in a table.
#[derive(Clone, Debug)]
pub struct Matcher {
    features: Vec<Matched>,
    rounding: Rounding,
}

#[derive(Clone, Debug)]
struct Matched {
    column: usize,
    name: String,
    /// `None` for numbers.
    codes: Option<Codes>,
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
    /// Finds every feature of `schema` by name; further columns are ignored. A feature of which no
    /// column has the name may have one with spaces for the underscores: LightGBM writes
    /// `my_col` for the column `my col`. `rounding` is that of the model.
    ///
    /// # Errors
    /// When a feature has no column, or two that differ in spaces and underscores alone.
    pub fn new(
        reader: &TableReader,
        schema: &FeatureSchema,
        rounding: Rounding,
    ) -> Result<Self, TableError> {
        let columns = || reader.names().iter().enumerate();
        let positions: HashMap<&str, usize> =
            columns().map(|(at, name)| (name.as_str(), at)).collect();
        let spaced = |feature: &str| {
            let same = |name: &str| name.contains(' ') && name.replace(' ', "_") == feature;
            let mut found = columns().filter(|(_, name)| same(name)).map(|(at, _)| at);
            found.next().filter(|_| found.next().is_none())
        };
        let mut features = Vec::with_capacity(schema.len());
        for feature in &schema.features {
            let column = positions.get(feature.name.as_str()).copied();
            let Some(column) = column.or_else(|| spaced(&feature.name)) else {
                let problem = "is missing: the model was trained with it";
                return Err(TableError::new(reader.path(), problem).column(&feature.name));
            };
            features.push(Matched::new(feature, column));
        }
        Ok(Self { features, rounding })
    }

    /// Takes the columns in the order of the features, whatever they are called: for a model whose
    /// features have no names.
    ///
    /// # Errors
    /// When there are more or fewer columns than features.
    pub fn in_order(
        reader: &TableReader,
        schema: &FeatureSchema,
        rounding: Rounding,
    ) -> Result<Self, TableError> {
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
        let features = features.map(|(at, feature)| Matched::new(feature, at)).collect();
        Ok(Self { features, rounding })
    }

    /// Appends the features of a row to `out`, in the schema's order.
    ///
    /// # Errors
    /// When a cell is not what its feature needs.
    pub fn read(&mut self, row: &Row<'_>, out: &mut Vec<f32>) -> Result<(), TableError> {
        for Matched { column, codes, unseen, .. } in &mut self.features {
            out.push(match codes {
                None => value::number(row, *column, self.rounding)?,
                Some(codes) => match codes.find(row, *column)? {
                    Found::Code(code) => code,
                    Found::Missing => f32::NAN,
                    Found::Unknown => {
                        *unseen += 1;
                        f32::NAN
                    }
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
            FeatureKind::Categorical { categories } => Some(Codes::new(categories)),
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn schema(features: &[(&str, &[&str])]) -> FeatureSchema {
        let meta = |(name, categories): &(&str, &[&str])| {
            let categories: Vec<String> = categories.iter().map(ToString::to_string).collect();
            let kind = if categories.is_empty() {
                FeatureKind::Numeric
            } else {
                FeatureKind::Categorical { categories }
            };
            FeatureMeta { name: (*name).into(), kind }
        };
        FeatureSchema { features: features.iter().map(meta).collect() }
    }

    /// The values of a table, and what was not known of each feature.
    fn read(
        table: &str,
        schema: &FeatureSchema,
        rounding: Rounding,
    ) -> Result<(Vec<f32>, Vec<Unseen>), TableError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        fs::write(&path, table).unwrap();
        let mut reader = TableReader::open(&path)?;
        let mut matcher = Matcher::new(&reader, schema, rounding)?;
        let mut values = Vec::new();
        while let Some(row) = reader.next_row()? {
            matcher.read(&row, &mut values)?;
        }
        Ok((values, matcher.unseen()))
    }

    fn one(cell: &str, rounding: Rounding) -> Result<f32, String> {
        let read = read(&format!("x,y\n{cell},0\n"), &schema(&[("x", &[])]), rounding);
        read.map(|(values, _)| values[0]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_is_rounded_as_its_model_says() {
        for (cell, nearest, down) in [
            ("0.1", 0.1f32, 0.1f32.next_down()),
            ("0.25", 0.25, 0.25),
            ("16777217", 16_777_216.0, 16_777_216.0),
            ("16777219", 16_777_220.0, 16_777_218.0),
            ("inf", f32::INFINITY, f32::INFINITY),
            ("-inf", f32::NEG_INFINITY, f32::NEG_INFINITY),
        ] {
            assert_eq!(one(cell, Rounding::Nearest), Ok(nearest), "{cell}");
            assert_eq!(one(cell, Rounding::Down), Ok(down), "{cell}");
        }
        let above = one("1e39", Rounding::Nearest).unwrap_err();
        assert!(above.contains("above 3.4e38 in size"), "{above}");
        assert_eq!(one("1e39", Rounding::Down), Ok(f32::MAX));
        assert_eq!(one("-1e39", Rounding::Down), Ok(f32::NEG_INFINITY));
    }

    #[test]
    fn truth_values_are_numbers_and_words_of_python_are_missing() {
        for (cell, value) in [("True", 1.0), ("false", 0.0), (" TRUE ", 1.0)] {
            assert_eq!(one(cell, Rounding::Nearest), Ok(value), "{cell}");
        }
        for cell in ["None", "<NA>", "-nan", "nan", "", "?"] {
            assert!(one(cell, Rounding::Nearest).is_ok_and(f32::is_nan), "{cell}");
        }
        assert!(one("yes", Rounding::Nearest).unwrap_err().contains("is not a number"));
    }

    #[test]
    fn a_category_is_looked_up_before_it_is_missing() {
        let model = schema(&[("k", &["NA", " a", "a", "b ", "1", "0"]), ("x", &[])]);
        let cells = ["NA", " a", "a", "b ", "1.0", "False", "n/a", "None", "", "c", "b"];
        let table: String = cells.iter().map(|cell| format!("{cell},0\n")).collect();
        let (values, unseen) = read(&format!("k,x\n{table}"), &model, Rounding::Nearest).unwrap();
        let codes: Vec<f32> = values.into_iter().step_by(2).collect();
        assert_eq!(codes[..6], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!(codes[6..].iter().all(|code| code.is_nan()));
        assert_eq!(unseen, [Unseen { feature: "k".into(), rows: 2 }]);
    }

    #[test]
    fn underscores_of_a_name_may_be_spaces_in_the_table() {
        let model = schema(&[("my_first_col", &[]), ("b", &[])]);
        let of = |header: &str| {
            let read = read(&format!("{header}\n1,2,3\n"), &model, Rounding::Nearest);
            read.map(|(values, _)| values).map_err(|error| error.to_string())
        };
        assert_eq!(of("b,my first col,c"), Ok(vec![2.0, 1.0]));
        assert_eq!(of("my first col,b,my_first_col"), Ok(vec![3.0, 2.0]));
        let two = of("my first col,my_first col,b").unwrap_err();
        assert!(two.contains("column `my_first_col`: is missing"), "{two}");
    }

    #[test]
    fn a_first_line_that_counts_the_columns_is_a_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let open = |text: &str| {
            fs::write(&path, text).unwrap();
            let mut reader = TableReader::open_in_order(&path).unwrap();
            let mut rows = 0;
            while reader.next_row().unwrap().is_some() {
                rows += 1;
            }
            (rows, reader.note().is_some())
        };
        assert_eq!(open("0,1,2\n5,6,7\n"), (1, true));
        assert_eq!(open("0\n0.5\n"), (1, true));
        for row in ["0,1,3", "0.0,1.0,2.0", "1,2,3", "0,1,nan"] {
            assert_eq!(open(&format!("{row}\n5,6,7\n")), (2, false), "{row}");
        }
        assert_eq!(open("a,b,c\n5,6,7\n"), (1, false));
    }
}
