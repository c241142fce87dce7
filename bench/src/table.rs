//! The tables: public data sets where this machine has them, and a simulated one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use chatsignal_core::model::{FeatureKind, FeatureMeta, FeatureSchema};
use chatsignal_train::dataset::{Dataset, Task};

/// A table to compare on.
#[derive(Clone, Debug)]
pub struct Table {
    /// Short name.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// What the target is.
    pub task: Task,
    /// The rows.
    pub data: Dataset,
}

/// The public tables found in `dir` (the folder `tabular` of the data sets).
///
/// # Errors
/// A file that is missing or not as expected.
pub fn public(dir: &Path) -> Result<Vec<Table>> {
    let read = |name: &str| {
        std::fs::read(dir.join(name)).with_context(|| format!("{}", dir.join(name).display()))
    };
    let telco = Raw::parse(&read("Telco-Customer-Churn.csv")?, b',')?;
    let bank = Raw::parse(
        &unzip(&read("bank-additional.zip")?, "bank-additional/bank-additional-full.csv")?,
        b';',
    )?;
    let hillstrom = Raw::parse(&read("hillstrom.csv")?, b',')?;
    Ok(vec![
        Table {
            name: "telco",
            about: "Telco churn, without customerID",
            task: Task::Binary,
            data: telco.dataset("Churn", &["customerID"])?,
        },
        Table {
            name: "telco-charges",
            about: "Telco, regression of TotalCharges, without Churn; rows without it left out",
            task: Task::Regression,
            data: telco.dataset("TotalCharges", &["customerID", "Churn"])?,
        },
        Table {
            name: "bank",
            about: "UCI bank-additional-full without duration (known only after the call)",
            task: Task::Binary,
            data: bank.dataset("y", &["duration"])?,
        },
        Table {
            name: "bank-duration",
            about: "UCI bank-additional-full with duration",
            task: Task::Binary,
            data: bank.dataset("y", &[])?,
        },
        Table {
            name: "hillstrom",
            about: "Hillstrom e-mail test, target visit, without conversion and spend",
            task: Task::Binary,
            data: hillstrom.dataset("visit", &["conversion", "spend"])?,
        },
    ])
}

/// Uniform numbers in `[0, 1)` by SplitMix64 (Steele, Lea and Flood 2014).
fn uniforms(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Simulated: 24 uniform features, the target 1 where a sum over the first ten with noise is above
/// its mean.
#[must_use]
pub fn wide(rows: usize) -> Dataset {
    let mut uniform = uniforms(11);
    let names: Vec<String> = (0..24).map(|i| format!("x{i}")).collect();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let u: Vec<f64> = (0..24).map(|_| uniform()).collect();
        let margin: f64 = (0..10).map(|j| (u[j] - 0.5) * (1.0 + u[(j + 1) % 10])).sum();
        y.push(f64::from(u8::from(margin + 2.0 * (uniform() - 0.5) > 0.0)));
        x.extend(u.iter().map(|&u| u as f32));
    }
    let schema = FeatureSchema::numeric(names.iter().map(String::as_str));
    Dataset { schema, x, y, weight: None }
}

/// Simulated: Friedman's first function (1991) of 10 uniform features with unit noise, a tenth of
/// the values missing.
#[must_use]
pub fn friedman(rows: usize) -> Table {
    let mut uniform = uniforms(7);
    let names: Vec<String> = (0..10).map(|i| format!("x{i}")).collect();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let u: Vec<f64> = (0..10).map(|_| uniform()).collect();
        let noise: f64 = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let curve = 10.0 * (std::f64::consts::PI * u[0] * u[1]).sin();
        y.push(curve + 20.0 * (u[2] - 0.5) * (u[2] - 0.5) + 10.0 * u[3] + 5.0 * u[4] + noise);
        x.extend(u.iter().map(|&u| if uniform() < 0.1 { f32::NAN } else { u as f32 }));
    }
    Table {
        name: "friedman",
        about: "simulated: Friedman's first function, a tenth of the values missing",
        task: Task::Regression,
        data: Dataset {
            schema: FeatureSchema::numeric(names.iter().map(String::as_str)),
            x,
            y,
            weight: None,
        },
    }
}

/// The same table with a column of 0 and 1 for each category (none for a missing one).
#[must_use]
pub fn one_hot(data: &Dataset) -> Dataset {
    let mut features = Vec::new();
    for feature in &data.schema.features {
        match &feature.kind {
            FeatureKind::Numeric => features.push(feature.clone()),
            FeatureKind::Categorical { categories } => {
                features.extend(categories.iter().map(|category| FeatureMeta {
                    name: format!("{}={category}", feature.name),
                    kind: FeatureKind::Numeric,
                }));
            }
        }
    }
    let mut x = Vec::with_capacity(data.rows() * features.len());
    for i in 0..data.rows() {
        for (feature, &value) in data.schema.features.iter().zip(data.row(i)) {
            match &feature.kind {
                FeatureKind::Numeric => x.push(value),
                FeatureKind::Categorical { categories } => {
                    let codes = 0..categories.len();
                    x.extend(codes.map(|code| f32::from(u8::from(value == code as f32))));
                }
            }
        }
    }
    let schema = FeatureSchema { features };
    Dataset { schema, x, y: data.y.clone(), weight: data.weight.clone() }
}

fn unzip(bytes: &[u8], name: &str) -> Result<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut out = Vec::new();
    archive.by_name(name)?.read_to_end(&mut out)?;
    Ok(out)
}

/// A table of strings.
struct Raw {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Raw {
    fn parse(bytes: &[u8], delimiter: u8) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
        let columns = reader.headers()?.iter().map(str::to_owned).collect();
        let rows = reader
            .records()
            .map(|row| Ok(row?.iter().map(|v| v.trim().to_owned()).collect()))
            .collect::<Result<_>>()?;
        Ok(Self { columns, rows })
    }

    /// Numbers where every value is one (or empty), categories in order of name elsewhere. A text
    /// target is 1 for `Yes`/`yes`; rows without a target are left out.
    fn dataset(&self, target: &str, drop: &[&str]) -> Result<Dataset> {
        let target = self.position(target)?;
        let kept: Vec<&Vec<String>> =
            self.rows.iter().filter(|row| !row[target].is_empty()).collect();
        let mut schema = FeatureSchema::default();
        let mut columns: Vec<Vec<f32>> = Vec::new();
        for (j, name) in self.columns.iter().enumerate() {
            if j == target || drop.contains(&name.as_str()) {
                continue;
            }
            let values = || kept.iter().map(|row| row[j].as_str());
            let numeric = values().all(|v| v.is_empty() || v.parse::<f32>().is_ok());
            let kind = if numeric {
                columns.push(values().map(|v| v.parse().unwrap_or(f32::NAN)).collect());
                FeatureKind::Numeric
            } else {
                let names: BTreeSet<&str> = values().filter(|v| !v.is_empty()).collect();
                let codes: BTreeMap<&str, usize> =
                    names.iter().enumerate().map(|(code, name)| (*name, code)).collect();
                let code = |v| codes.get(v).map_or(f32::NAN, |&code| code as f32);
                columns.push(values().map(code).collect());
                FeatureKind::Categorical { categories: names.into_iter().map(Into::into).collect() }
            };
            schema.features.push(FeatureMeta { name: name.clone(), kind });
        }
        let y = kept
            .iter()
            .map(|row| match row[target].as_str() {
                "Yes" | "yes" => Ok(1.0),
                "No" | "no" => Ok(0.0),
                number => Ok(number.parse::<f64>()?),
            })
            .collect::<Result<_>>()?;
        let x = (0..kept.len()).flat_map(|i| columns.iter().map(move |c| c[i])).collect();
        Ok(Dataset { schema, x, y, weight: None })
    }

    fn position(&self, name: &str) -> Result<usize> {
        match self.columns.iter().position(|c| c == name) {
            Some(position) => Ok(position),
            None => bail!("no column {name}"),
        }
    }
}
