//! wasm/js/src/catalogue.ts, printed from `chatsignal-core`: features, levels and rules of sending
//! for the npm package, whose scoring module holds no words.

use std::fmt::Write as _;

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::feature::{Direction, FeatureSpec, Missing, catalogue, schema};
use chatsignal_core::model::Fingerprint;
use chatsignal_core::score::send_time::Block;
use chatsignal_core::score::{EngagementLevel, RiskLevel, Tier};

/// The whole file.
pub fn catalogue_typescript() -> String {
    let mut page = String::from(HEAD);
    for kind in ModelKind::TRAINED {
        let fingerprint = Fingerprint(schema(kind).fingerprint());
        let _ = write!(
            page,
            "  {}: {{\n    fingerprint: \"{fingerprint}\",\n    features: [\n",
            kind.as_str()
        );
        for spec in catalogue(kind) {
            let _ = writeln!(page, "      {},", feature(spec));
        }
        page.push_str("    ],\n  },\n");
    }
    page.push_str("};\n\n/** Names of the levels, lowest first. */\nexport const levels = {\n");
    let list = |names: Vec<&str>| format!("[\"{}\"]", names.join("\", \""));
    for (kind, names) in [
        ("lead", Tier::ALL.iter().map(|tier| tier.as_str()).collect()),
        ("churn", RiskLevel::ALL.iter().map(|level| level.as_str()).collect()),
        ("engagement", EngagementLevel::ALL.iter().map(|level| level.as_str()).collect()),
    ] {
        let _ = writeln!(page, "  {kind}: {},", list(names));
    }
    page.push_str(
        "} as const;\n\n/** Rules that forbid an hour, in the order in which they are told. */\n",
    );
    page.push_str("export const blocks = [\n");
    for block in Block::ALL {
        let _ = writeln!(page, "  \"{}\",", block.as_str());
    }
    page.push_str("] as const;\n\n/** A rule that forbids an hour. */\n");
    page.push_str("export type Block = (typeof blocks)[number];\n");
    page
}

fn feature(spec: &FeatureSpec) -> String {
    let missing = match spec.missing {
        Missing::Nan => "\"missing\"".to_owned(),
        Missing::Value(value) => f64::from(value).to_string(),
        Missing::Prior | Missing::Rule(_) | Missing::Never => "\"rule\"".to_owned(),
    };
    let (direction, how) = match spec.actionable {
        None => ("null".to_owned(), ""),
        Some(action) => {
            let direction = match action.direction {
                Direction::Lower => "lower",
                Direction::Raise => "raise",
                Direction::Either => "either",
            };
            (format!("\"{direction}\""), action.how)
        }
    };
    format!(
        "[{:?}, {:?}, {:?}, {:?}, {}, {}, {missing}, {direction}, {how:?}]",
        spec.name,
        spec.label,
        spec.unit,
        spec.category.as_str(),
        f64::from(spec.range.0),
        f64::from(spec.range.1),
    )
}

const HEAD: &str = "\
// Printed by `cargo xtask docs` from chatsignal-core; not to be edited.

/** Name, label, unit, category, smallest and largest value, value when nothing is known, better way, how. */
export type CatalogueFeature = readonly [
  name: string,
  label: string,
  unit: string,
  category: string,
  minimum: number,
  maximum: number,
  missing: number | \"missing\" | \"rule\",
  direction: \"raise\" | \"lower\" | \"either\" | null,
  how: string,
];

/** The features of each kind of model, with the fingerprint of the schema that they make. */
export const catalogue: Readonly<
  Record<
    \"lead\" | \"churn\" | \"engagement\",
    { readonly fingerprint: string; readonly features: readonly CatalogueFeature[] }
  >
> = {
";
