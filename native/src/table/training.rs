//! Second pass: a dataset to learn from, or to judge on.

use std::collections::HashMap;
use std::path::Path;

use chatsignal_core::limits;
use chatsignal_core::model::{FeatureKind, FeatureMeta, FeatureSchema, Rounding};
use chatsignal_train::dataset::{Dataset, Task};

use super::target::{self, LabelCounts};
use super::{ColumnKind, Labels, Matcher, Roles, Row, TableError, TableReader, survey};

/// A table to learn from.
#[derive(Clone, Debug)]
pub struct TrainingTable {
    /// Features and target.
    pub data: Dataset,
    /// Labels of a binary target.
    pub labels: Option<Labels>,
    /// Cells missing in each feature.
    pub missing: Vec<u64>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// One feature while rows come in.
struct Collected {
    column: usize,
    /// Codes of categories in order of first appearance; `None` for numbers.
    codes: Option<HashMap<String, u32>>,
    missing: u64,
}

/// Reads a table to learn from: every column but the target becomes a feature, unless the roles or
/// the survey leave it out. Rows without a target are left out and counted. Categories are sorted
/// by name, so that the order of rows does not matter.
///
/// # Errors
/// When the file is malformed, lacks a column, or the target is not what the task needs.
pub fn read_training(
    path: &Path,
    roles: &Roles<'_>,
    task: Task,
    positive: Option<&str>,
) -> Result<TrainingTable, TableError> {
    let survey = survey(&mut TableReader::open(path)?, roles)?;
    let mut reader = TableReader::open(path)?;
    let mut features: Vec<Collected> = (survey.kinds.iter().enumerate())
        .filter_map(|(column, kind)| {
            let codes = match kind {
                ColumnKind::Numeric => None,
                ColumnKind::Categorical => Some(HashMap::new()),
                ColumnKind::Target | ColumnKind::Out => return None,
            };
            Some(Collected { column, codes, missing: 0 })
        })
        .collect();
    if features.is_empty() {
        return Err(TableError::new(path, "has no column to learn from"));
    }
    if features.len() > limits::FEATURES_MAX {
        return Err(TableError::new(path, "has more than 4096 columns: leave out some (--ignore)"));
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let mut labels = LabelCounts::default();
    let mut without_target = 0u64;
    while let Some(row) = reader.next_row()? {
        let value = match task {
            Task::Regression => target::number(&row, survey.target)?,
            Task::Binary => row.category(survey.target)?.map(|label| f64::from(labels.add(label))),
        };
        let Some(value) = value else {
            without_target += 1;
            continue;
        };
        y.push(value);
        for feature in &mut features {
            x.push(feature.read(&row)?);
        }
    }
    let mut warnings = survey.warnings;
    if without_target > 0 {
        warnings.push(format!("{without_target} rows without a target were left out"));
    }
    if y.is_empty() {
        let problem = "is missing in every row";
        return Err(TableError::new(path, problem).column(roles.target));
    }
    let labels = match task {
        Task::Regression => None,
        Task::Binary => {
            let (labels, positive) = labels.decide(path, roles.target, positive)?;
            y.iter_mut().for_each(|v| *v = f64::from(u8::from(*v == f64::from(positive))));
            Some(labels)
        }
    };
    let missing = features.iter().map(|f| f.missing).collect();
    let width = features.len();
    let mut schema = FeatureSchema::default();
    for (j, feature) in features.into_iter().enumerate() {
        let name = reader.names()[feature.column].clone();
        let kind = match feature.codes {
            None => FeatureKind::Numeric,
            Some(codes) => sort_categories(codes, x.iter_mut().skip(j).step_by(width)),
        };
        schema.features.push(FeatureMeta { name, kind });
    }
    schema.check().map_err(|error| TableError::new(path, error.to_string()))?;
    let data = Dataset { schema, x, y, weight: None };
    Ok(TrainingTable { data, labels, missing, warnings })
}

impl Collected {
    fn read(&mut self, row: &Row<'_>) -> Result<f32, TableError> {
        let value = match &mut self.codes {
            None => row.number(self.column)?,
            Some(codes) => match row.category(self.column)? {
                None => f32::NAN,
                Some(name) => code(codes, name).ok_or_else(|| {
                    row.error(
                        self.column,
                        "has more than 4096 categories, or one longer than 256 bytes: \
                         leave the column out (--ignore)",
                    )
                })?,
            },
        };
        self.missing += u64::from(value.is_nan());
        Ok(value)
    }
}

fn code(codes: &mut HashMap<String, u32>, name: &str) -> Option<f32> {
    if let Some(&code) = codes.get(name) {
        return Some(code as f32);
    }
    if codes.len() == limits::CATEGORIES_MAX || name.len() > limits::NAME_BYTES_MAX {
        return None;
    }
    let code = codes.len() as u32;
    codes.insert(name.into(), code);
    Some(code as f32)
}

/// Gives the codes in order of name, and changes the column's values with them.
fn sort_categories<'a>(
    codes: HashMap<String, u32>,
    column: impl Iterator<Item = &'a mut f32>,
) -> FeatureKind {
    let mut sorted: Vec<(String, u32)> = codes.into_iter().collect();
    sorted.sort();
    let mut new = vec![0.0f32; sorted.len()];
    for (code, (_, old)) in sorted.iter().enumerate() {
        new[*old as usize] = code as f32;
    }
    for value in column.filter(|value| !value.is_nan()) {
        *value = new[*value as usize];
    }
    FeatureKind::Categorical { categories: sorted.into_iter().map(|(name, _)| name).collect() }
}

/// Reads a table with the columns of `schema` and a target, to judge a model on. Rows without a
/// target are left out.
///
/// # Errors
/// When the file is malformed, lacks a column, or has a label that the training rows did not have.
pub fn read_labelled(
    path: &Path,
    schema: &FeatureSchema,
    target: &str,
    labels: Option<&Labels>,
) -> Result<(Dataset, Matcher), TableError> {
    let mut reader = TableReader::open(path)?;
    let column = reader
        .position(target)
        .ok_or_else(|| TableError::new(path, "is missing: it is the target").column(target))?;
    let mut matcher = Matcher::new(&reader, schema, Rounding::Nearest)?;
    let mut data = Dataset { schema: schema.clone(), ..Default::default() };
    while let Some(row) = reader.next_row()? {
        let value = match labels {
            None => target::number(&row, column)?,
            Some(labels) => match row.category(column)? {
                None => None,
                Some(label) => Some(labels.value(label).ok_or_else(|| {
                    row.error(column, "has a label that the training rows do not have")
                })?),
            },
        };
        let Some(value) = value else { continue };
        data.y.push(value);
        matcher.read(&row, &mut data.x)?;
    }
    Ok((data, matcher))
}
