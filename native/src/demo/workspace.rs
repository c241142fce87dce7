//! Writes the simulated business into the store.

use chatsignal_ingest::DirectoryEntry;
use chatsignal_ingest::country::Country;
use chatsignal_train::progress::Progress;
use chatsignal_train::synth::{Oracle, SimulatedContact, Simulator};

use crate::store::{Batch, Inserted, Store, StoreError, Tenant};

/// Contacts in one transaction.
const BATCH_CONTACTS: usize = 50;

/// Streams every contact into the store; gives what was written, and the truth. A workspace that
/// is there already stays as it is.
pub(super) fn fill(
    store: &mut Store,
    tenant: &Tenant,
    simulator: &Simulator,
    progress: &dyn Progress,
) -> Result<(Inserted, Oracle), StoreError> {
    store.set_setting(tenant.id, "timezone", "Europe/Berlin")?;
    store.set_setting(tenant.id, "currency", "EUR")?;
    let mut batch = store.batch(tenant)?;
    for entry in labels(simulator) {
        batch.directory(&entry)?;
    }
    batch.commit()?;
    let total = simulator.contact_count() as usize;
    let mut contacts = simulator.contacts().peekable();
    let mut inserted = Inserted::default();
    let mut truth = Vec::with_capacity(total);
    while contacts.peek().is_some() {
        let mut batch = store.batch(tenant)?;
        for contact in contacts.by_ref().take(BATCH_CONTACTS) {
            write(&mut batch, &contact)?;
            truth.push((contact.id, contact.truth));
        }
        inserted.add(batch.inserted());
        batch.commit()?;
        progress.step("simulated contacts", truth.len(), total);
    }
    Ok((inserted, truth.into_iter().collect()))
}

fn write(batch: &mut Batch<'_>, contact: &SimulatedContact) -> Result<(), StoreError> {
    for event in &contact.events {
        batch.insert(event)?;
    }
    batch.directory(&DirectoryEntry::Contact {
        id: contact.id,
        name: Some(contact.person.name.clone()),
        phone: Some(contact.person.phone.clone()),
        external_id: None,
        country: Country::new(contact.person.country),
    })
}

fn labels(simulator: &Simulator) -> impl Iterator<Item = DirectoryEntry> + '_ {
    let campaigns = simulator
        .campaigns()
        .iter()
        .map(|c| DirectoryEntry::Campaign { id: c.id, name: c.label.clone() });
    let agents = simulator
        .agents()
        .iter()
        .map(|a| DirectoryEntry::Agent { id: a.id, name: a.label.clone() });
    campaigns.chain(agents)
}
