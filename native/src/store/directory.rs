//! The contact directory: names and numbers, apart from the log and erasable; and the names of
//! campaigns, templates and agents.

use chatsignal_core::id::ContactId;
use chatsignal_ingest::DirectoryEntry;
use chatsignal_ingest::country::Country;
use rusqlite::OptionalExtension;

use super::{Batch, Store, StoreError, TenantId, alias, limits};

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Name, as the source shows it.
    pub name: Option<String>,
    /// Digits of the phone number with country code.
    pub phone: Option<String>,
    /// The source's own id of the person.
    pub external_id: Option<String>,
    /// Country.
    pub country: Option<Country>,
}

/// What a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// A campaign.
    Campaign,
    /// A message template.
    Template,
    /// A human agent.
    Agent,
}

impl LabelKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Template => "template",
            Self::Agent => "agent",
        }
    }
}

impl Batch<'_> {
    /// Keeps what is known of a person, or a label; newer knowledge replaces older. A person who
    /// was erased and has not been back since is left out.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn directory(&mut self, entry: &DirectoryEntry) -> Result<(), StoreError> {
        match entry {
            DirectoryEntry::Contact { id, name, phone, external_id, country } => {
                if self.stays_erased(*id)? {
                    return Ok(());
                }
                let country = country.map(|c| c.to_string());
                let fields = [
                    ("name", name.as_ref()),
                    ("phone", phone.as_ref()),
                    ("external_id", external_id.as_ref()),
                    ("country", country.as_ref()),
                ];
                for (field, value) in fields {
                    let Some(value) = value else { continue };
                    self.transaction
                        .prepare_cached(
                            "INSERT INTO directory (tenant, contact, field, value)
                             VALUES (?1, ?2, ?3, ?4)
                             ON CONFLICT DO UPDATE SET value = excluded.value
                             WHERE value <> excluded.value",
                        )?
                        .execute((self.tenant.id.0, id.0, field, cut(value)))?;
                }
                Ok(())
            }
            DirectoryEntry::Campaign { id, name } => self.label(LabelKind::Campaign, id.0, name),
            DirectoryEntry::Template { id, name } => self.label(LabelKind::Template, id.0, name),
            DirectoryEntry::Agent { id, name } => self.label(LabelKind::Agent, id.0, name),
        }
    }

    fn label(&self, kind: LabelKind, id: [u8; 16], label: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO labels (tenant, kind, id, label) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET label = excluded.label
                 WHERE label <> excluded.label",
            )?
            .execute((self.tenant.id.0, kind.as_str(), id, cut(label)))?;
        Ok(())
    }

    /// Whether a person was erased and has no event since.
    fn stays_erased(&mut self, contact: ContactId) -> Result<bool, StoreError> {
        if self.erased_at(contact)?.is_none() {
            return Ok(false);
        }
        let canonical = alias::canonical(&self.transaction, self.tenant.id, contact)?;
        let back: bool = self
            .transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM events WHERE tenant = ?1 AND contact = ?2)",
            )?
            .query_row((self.tenant.id.0, canonical.0), |row| row.get(0))?;
        Ok(!back)
    }
}

impl Store {
    /// What is known of a person, under any of their ids (the canonical one's knowledge first).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn person(&self, tenant: TenantId, contact: ContactId) -> Result<Person, StoreError> {
        let mut person = Person::default();
        for id in alias::group(&self.connection, tenant, contact)? {
            let mut statement = self.connection.prepare_cached(
                "SELECT field, value FROM directory WHERE tenant = ?1 AND contact = ?2",
            )?;
            let mut rows = statement.query((tenant.0, id.0))?;
            while let Some(row) = rows.next()? {
                let value: String = row.get(1)?;
                match row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)? {
                    "name" => person.name.get_or_insert(value),
                    "phone" => person.phone.get_or_insert(value),
                    "external_id" => person.external_id.get_or_insert(value),
                    "country" => {
                        person.country = person.country.or_else(|| Country::new(&value));
                        continue;
                    }
                    _ => continue,
                };
            }
        }
        Ok(person)
    }

    /// The name of a campaign, template or agent.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn label(
        &self,
        tenant: TenantId,
        kind: LabelKind,
        id: [u8; 16],
    ) -> Result<Option<String>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT label FROM labels WHERE tenant = ?1 AND kind = ?2 AND id = ?3",
        )?;
        Ok(statement.query_row((tenant.0, kind.as_str(), id), |row| row.get(0)).optional()?)
    }
}

/// The text, cut at a character boundary to the longest that the directory keeps.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(limits::DIRECTORY_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
