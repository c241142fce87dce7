//! The database of a tenant: its soundness, its settings, its log, its models.

use std::collections::BTreeMap;
use std::path::Path;

use chatsignal_core::artifact::{ModelKind, ModelState};
use chatsignal_core::event::{EventKind, LeadStep};
use chatsignal_core::time::TimestampMs;

use super::{Report, Status};
use crate::cli::clock;
use crate::registry::{ModelRegistry, RegistryError};
use crate::store::settings::{SETTINGS, Settings};
use crate::store::{Store, StoreError, Tenant};

/// Looks over what a tenant has, whose models lie in the folder `models_dir`. What cannot be read is
/// a finding, and the rest is looked at all the same.
pub(super) fn check(store: &Store, tenant: &Tenant, models_dir: &Path, report: &mut Report) {
    database(store, report);
    match store.settings(tenant.id) {
        Ok(settings) => {
            said(&settings, report);
            if let Err(error) = log(store, tenant, &settings, clock::now(), report) {
                report.unreadable("log", &error);
            }
        }
        Err(error) => {
            let way_out = "chatsignal settings set NAME VALUE";
            report.add("settings", Status::Broken, error.to_string(), way_out);
        }
    }
    match ModelRegistry::open(models_dir) {
        Ok(registry) => models(tenant, &registry, report),
        Err(error) => {
            let way_out = "check the folder of the models and who may read it";
            report.add("models", Status::Broken, error.to_string(), way_out);
        }
    }
}

fn said(settings: &Settings, report: &mut Report) {
    for spec in SETTINGS {
        let text = settings.text(spec.name);
        let unset = text == spec.default && matches!(spec.name, "timezone" | "currency");
        let check = format!("setting {}", spec.name);
        report.warn_if(unset, &check, text.to_owned(), "chatsignal settings set, if it is another");
    }
}

/// Looks over the file.
pub(super) fn database(store: &Store, report: &mut Report) {
    if let Err(error) = file(store, report) {
        report.unreadable("database", &error);
    }
}

fn file(store: &Store, report: &mut Report) -> Result<(), StoreError> {
    let wrong = store.integrity()?;
    let (status, found) = match wrong.first() {
        None => (Status::Ok, "the file is sound".to_owned()),
        Some(first) => (Status::Broken, first.clone()),
    };
    report.add("database", status, found, "restore a copy, or import into a new file");
    let (found, known) = store.schema_versions()?;
    report.warn_if(
        found < known,
        "schema",
        format!("version {found} of {known}"),
        "stop the service of the earlier version: the next start of this one brings it up to date",
    );
    Ok(())
}

/// One walk over the log.
#[derive(Default)]
struct Walk {
    contacts: u64,
    with_consent: u64,
    by_type: BTreeMap<&'static str, u64>,
    amounts: u64,
    other_currency: u64,
    future: u64,
}

fn log(
    store: &Store,
    tenant: &Tenant,
    settings: &Settings,
    now: TimestampMs,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut walk = Walk::default();
    store.events(tenant.id).visit(|_, events| {
        walk.contacts += 1;
        let mut consent = false;
        for event in events {
            *walk.by_type.entry(event.kind.type_name()).or_default() += 1;
            walk.future += u64::from(event.available_at > now);
            match &event.kind {
                EventKind::Consent(_) => consent = true,
                EventKind::Purchase { amount, .. }
                | EventKind::Lead(LeadStep::Won(Some(amount))) => {
                    walk.amounts += 1;
                    walk.other_currency += u64::from(amount.currency != settings.currency);
                }
                _ => {}
            }
        }
        walk.with_consent += u64::from(consent);
        Ok::<_, StoreError>(())
    })?;
    let events: u64 = walk.by_type.values().sum();
    let empty = events == 0;
    let found = format!("{events} events of {} contacts", walk.contacts);
    report.warn_if(empty, "log", found, "chatsignal import FILE...");
    for (name, count) in &walk.by_type {
        report.add(&format!("events {name}"), Status::Ok, count.to_string(), "");
    }
    let counts = store.counts(tenant.id)?;
    let found = format!(
        "{} entries; {} ids joined to another, {} erased",
        counts.directory, counts.aliases, counts.erased
    );
    report.add("directory", Status::Ok, found, "");
    let cut_off = counts.unfinished_imports;
    report.warn_if(
        cut_off > 0,
        "imports",
        format!("{cut_off} cut off"),
        "run the same import again: it goes on where it stopped",
    );
    report.warn_if(
        walk.future > 0,
        "clock",
        format!("{} events from the future; now is {}", walk.future, clock::utc(now)),
        "check this machine's clock, and the time zone and date order of the import",
    );
    if !empty {
        let share = walk.with_consent * 100 / walk.contacts.max(1);
        report.warn_if(
            walk.with_consent == 0,
            "consent",
            format!("known for {share} % of the contacts"),
            "import consent events: without them opted-out contacts cannot be told",
        );
    }
    if walk.amounts > 0 {
        report.warn_if(
            walk.other_currency > 0,
            "currency",
            format!("{} of {} amounts are in another", walk.other_currency, walk.amounts),
            "chatsignal settings set currency CODE: amounts in others are left out",
        );
    }
    Ok(())
}

fn models(tenant: &Tenant, registry: &ModelRegistry, report: &mut Report) {
    for kind in [ModelKind::Lead, ModelKind::Churn, ModelKind::Engagement] {
        let check = format!("model {}", kind.as_str());
        match registry.champion(&tenant.name, kind) {
            Ok(served) => {
                for warning in &served.warnings {
                    let way_out = "chatsignal train, or restore the file";
                    report.add(&check, Status::Broken, warning.to_string(), way_out);
                }
                let state = served.artifact.state;
                let found = format!("version {}, {}", served.version, state.as_str());
                let shipped = state == ModelState::Prior;
                report.warn_if(shipped, &check, found, "chatsignal train, once there are data");
            }
            Err(error @ RegistryError::NoModel(_)) => {
                report.add(&check, Status::Warning, error.to_string(), "chatsignal train");
            }
            Err(error) => {
                let way_out = "chatsignal models list; chatsignal models rollback";
                report.add(&check, Status::Broken, error.to_string(), way_out);
            }
        }
    }
}
