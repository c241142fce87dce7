//! The tables of the demo workspace: what the three models of `chatsignal demo` learn from.

use anyhow::Result;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::event::Event;
use chatsignal_core::feature::{FeatureContext, schema};
use chatsignal_train::dataset::{Dataset, Task};
use chatsignal_train::label::{LabelRules, Survey};
use chatsignal_train::pipeline::PipelineConfig;
use chatsignal_train::snapshot::collect;
use chatsignal_train::source::MemorySource;
use chatsignal_train::synth::{Preset, Simulator};

use crate::table::Table;

/// Contacts and seed of `chatsignal demo`; the world is the harder one of its two.
const CONTACTS: u32 = 3_000;
const SEED: u64 = 7;
/// Names of the tables.
pub const NAMES: [&str; 3] = ["demo-lead", "demo-churn", "demo-engagement"];

/// Won, churned and engaged, one row a snapshot. Features are in the context of a tenant without
/// data, which no label can reach. A contact's snapshots fall into several folds, for both sides.
///
/// # Errors
/// The simulated log cannot be read.
pub fn workspace() -> Result<Vec<Table>> {
    let simulator = Simulator::new(Preset::Realistic, CONTACTS, SEED);
    let events: Vec<Event> = simulator.contacts().flat_map(|contact| contact.events).collect();
    let source = MemorySource::new(events);
    let survey = Survey::of(&source)?;
    let config = PipelineConfig::default();
    let context = FeatureContext::default();
    let mut tables = Vec::new();
    for ((kind, about), name) in [
        (ModelKind::Lead, "simulated workspace, target won"),
        (ModelKind::Churn, "simulated workspace, target churned"),
        (ModelKind::Engagement, "simulated workspace, target engaged"),
    ]
    .into_iter()
    .zip(NAMES)
    {
        let rules = LabelRules::new(kind, &survey, &config);
        let rows = collect(&source, &survey, &rules, config.rows_max, config.seed)?.rows;
        let mut x = Vec::new();
        rows.iter().for_each(|row| row.raw.vector_into(&context, &mut x));
        let y = rows.iter().map(|row| f64::from(u8::from(row.positive))).collect();
        let data = Dataset { schema: schema(kind), x, y, weight: None };
        tables.push(Table { name, about, task: Task::Binary, data });
    }
    Ok(tables)
}
