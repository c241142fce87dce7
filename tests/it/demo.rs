//! The demo workspace end to end: the same bytes twice, called simulated everywhere, no leakage.

use std::path::Path;

use chatsignal_core::contact::ContactState;
use chatsignal_core::feature::{ChurnRaw, EngagementRaw, LeadRaw};
use chatsignal_core::time::DAY_MS;
use chatsignal_native::demo::{self, Demo, Options};
use chatsignal_train::progress::Silent;
use chatsignal_train::synth::{Preset, Simulator};

use crate::cli::{chatsignal, run};

const SMALL: Options =
    Options { preset: Preset::Headline, contacts: 300, seed: 3, limit: 12, until: None };

fn small(dir: &Path) -> Demo {
    demo::run(&dir.join("demo.db"), &SMALL, &Silent).expect("the demo runs")
}

/// Every file below a folder that belongs to a model, by name.
fn models(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.join("demo.db.models")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            match name {
                _ if path.is_dir() => folders.push(path),
                Some(name) if name == "model.csm" || name.starts_with("card") => {
                    let kind = path.to_string_lossy().replace(&*dir.to_string_lossy(), "");
                    found.push((kind, std::fs::read(&path).expect("a file")));
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_everything_is_called_simulated() {
    let dirs = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let [first, second] = dirs.each_ref().map(|dir| small(dir.path()));
    assert_eq!(first.evaluations, second.evaluations);
    assert_eq!(first.ranked, second.ranked);
    let [a, b] = dirs.each_ref().map(|dir| models(dir.path()));
    assert_eq!(a, b, "model files and cards are equal bytes");
    assert!(!a.is_empty());
    assert_eq!(first.evaluations.len() + first.refused.len(), 3);
    for evaluation in &first.evaluations {
        assert!(evaluation.simulated);
        assert!(evaluation.upper_bound.is_some(), "{}: no upper bound", evaluation.kind);
    }
    for (name, bytes) in a.iter().filter(|(name, _)| name.contains("card.")) {
        let text = String::from_utf8_lossy(bytes);
        assert!(text.to_lowercase().contains("simulated"), "{name}");
    }
    assert!(first.tenant.contains("simulated"));
    let ranked = &first.ranked;
    assert_eq!((ranked.contacts, ranked.rows.len()), (300, 12));
    for row in &ranked.rows {
        assert!(row.simulated && !row.name.is_empty());
        assert!(row.lead.is_some() || row.churn.is_some());
        assert!(row.reasons().count() > 0, "{} has no reason", row.name);
    }
}

#[test]
fn the_command_prints_the_table_the_figures_and_says_simulated() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = dir.path().join("demo.db");
    let mut command = chatsignal(&db);
    command.args(["demo", "--contacts", "120", "--seed", "5", "--limit", "6", "--db"]).arg(&db);
    let (code, stdout, stderr) = run(&mut command);
    assert_eq!(code, 0, "{stderr}");
    let columns = [
        "contact",
        "lead",
        "tier",
        "churn_risk",
        "best_hour",
        "reasons",
        "upper_bound",
        "interval",
    ];
    for word in columns.into_iter().chain(["SIMULATED", "peak memory", "baselines"]) {
        assert!(stdout.contains(word), "{word} missing:\n{stdout}");
    }
}

#[test]
fn what_happens_later_changes_no_feature() {
    let simulator = Simulator::new(Preset::Headline, 60, 9);
    let at = simulator.end().plus_ms(-200 * DAY_MS);
    for contact in simulator.contacts() {
        let known: Vec<_> =
            contact.events.iter().filter(|e| e.available_at <= at).cloned().collect();
        let (all, past) = (ContactState::at(&contact.events, at), ContactState::at(&known, at));
        assert_eq!(LeadRaw::extract(&all, at), LeadRaw::extract(&past, at));
        assert_eq!(ChurnRaw::extract(&all, at), ChurnRaw::extract(&past, at));
        assert_eq!(EngagementRaw::extract(&all, at), EngagementRaw::extract(&past, at));
    }
}
