//! A tenant's settings: names, defaults, checks.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::event::Currency;
use chatsignal_core::score::Cutoffs;
use jiff::tz::TimeZone;
use rusqlite::{Connection, TransactionBehavior};

use super::{Store, StoreError, TenantId};
use crate::timezone::zone;

mod cutoffs;
mod hours;

pub use cutoffs::OWN;
pub(crate) use cutoffs::written;
pub use hours::{DAYS, OpeningHours, QuietHours, Weekend};

/// Longest time between two trainings, days.
const RETRAIN_DAYS_MAX: u32 = 365;

/// One setting.
#[derive(Debug)]
pub struct SettingSpec {
    /// Its name.
    pub name: &'static str,
    /// What holds when it was never set.
    pub default: &'static str,
    /// What it means and how it is written.
    pub about: &'static str,
    check: fn(&str) -> Result<(), String>,
}

/// Every setting.
pub const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "timezone",
        default: "UTC",
        about: "IANA name, e.g. Europe/Berlin: for contacts whose own zone is not known",
        check: |text| zone(text).map(|_| ()),
    },
    SettingSpec {
        name: "currency",
        default: "USD",
        about: "ISO 4217 code; amounts in others are left out of the features",
        check: |text| Currency::new(text).map(|_| ()).map_err(|e| e.to_string()),
    },
    SettingSpec {
        name: "opening_hours",
        default: "mon-fri 09:00-18:00",
        about: "days and hours, parts separated by semicolons: mon-fri 09:00-18:00; sat 10:00-14:00",
        check: |text| text.parse::<OpeningHours>().map(|_| ()),
    },
    SettingSpec {
        name: "weekend",
        default: "sat,sun",
        about: "days, e.g. fri,sat",
        check: |text| text.parse::<Weekend>().map(|_| ()),
    },
    SettingSpec {
        name: "quiet_hours",
        default: "21:00-08:00",
        about: "no marketing in these local hours, e.g. 21:00-08:00, or none",
        check: |text| text.parse::<QuietHours>().map(|_| ()),
    },
    SettingSpec {
        name: "retrain_days",
        default: "0",
        about: "days between two trainings of each model by the service, up to 365; 0 = only when asked",
        check: |text| retrain_days(text).map(|_| ()),
    },
    SettingSpec {
        name: "lead_cutoffs",
        default: OWN,
        about: "lead scores at which hot, warm and cold begin, e.g. 80,60,30; model = the model's own",
        check: |text| cutoffs::parse(ModelKind::Lead, text).map(|_| ()),
    },
    SettingSpec {
        name: "churn_cutoffs",
        default: OWN,
        about: "probabilities at which critical, high and medium risk begin, e.g. 0.8,0.6,0.3; model = the model's own",
        check: |text| cutoffs::parse(ModelKind::Churn, text).map(|_| ()),
    },
    SettingSpec {
        name: "engagement_cutoffs",
        default: OWN,
        about: "multiples of the usual rate of replies at which high and medium begin, e.g. 1.5,0.9; model = the model's own",
        check: |text| cutoffs::parse(ModelKind::Engagement, text).map(|_| ()),
    },
];

/// The settings of one tenant, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Time zone of contacts whose own is not known.
    pub timezone: TimeZone,
    /// Currency of the monetary features.
    pub currency: Currency,
    /// When the business is open.
    pub opening_hours: OpeningHours,
    /// Which days are the weekend.
    pub weekend: Weekend,
    /// When no marketing is sent.
    pub quiet_hours: QuietHours,
    /// Days between two trainings of each model by the service; 0 = only when asked.
    pub retrain_days: u32,
    /// Cut-offs between levels that the team chose; none for the model's own.
    cutoffs: [Option<Cutoffs>; 3],
    texts: Vec<(&'static str, String)>,
}

impl Settings {
    /// A setting as it is written; empty for an unknown name.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.texts.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text)
    }

    /// The cut-offs between levels of a kind of model that the team chose; none for the model's own.
    #[must_use]
    pub fn cutoffs(&self, kind: ModelKind) -> Option<&Cutoffs> {
        self.cutoffs.iter().flatten().find(|cutoffs| cutoffs.kind() == kind)
    }

    /// Whether levels begin at the same cut-offs as by other settings.
    #[must_use]
    pub fn has_cutoffs_of(&self, other: &Self) -> bool {
        self.cutoffs == other.cutoffs
    }

    fn from_texts(texts: Vec<(&'static str, String)>) -> Result<Self, StoreError> {
        let get = |name: &'static str| {
            texts.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text.as_str())
        };
        let wrong = |name: &'static str| move |rule: String| setting(name, rule);
        Ok(Self {
            timezone: zone(get("timezone")).map_err(wrong("timezone"))?,
            currency: Currency::new(get("currency"))
                .map_err(|e| setting("currency", e.to_string()))?,
            opening_hours: get("opening_hours").parse().map_err(wrong("opening_hours"))?,
            weekend: get("weekend").parse().map_err(wrong("weekend"))?,
            quiet_hours: get("quiet_hours").parse().map_err(wrong("quiet_hours"))?,
            retrain_days: retrain_days(get("retrain_days")).map_err(wrong("retrain_days"))?,
            cutoffs: [
                cutoffs::parse(ModelKind::Lead, get("lead_cutoffs"))
                    .map_err(wrong("lead_cutoffs"))?,
                cutoffs::parse(ModelKind::Churn, get("churn_cutoffs"))
                    .map_err(wrong("churn_cutoffs"))?,
                cutoffs::parse(ModelKind::Engagement, get("engagement_cutoffs"))
                    .map_err(wrong("engagement_cutoffs"))?,
            ],
            texts,
        })
    }
}

impl Store {
    /// The settings of a tenant.
    ///
    /// # Errors
    /// When a stored value is not valid (written by another version), or on reading.
    pub fn settings(&self, tenant: TenantId) -> Result<Settings, StoreError> {
        read(&self.connection, tenant)
    }

    /// Changes a setting; an empty value goes back to the default.
    ///
    /// # Errors
    /// When the name is unknown or the value breaks its rule.
    pub fn set_setting(
        &mut self,
        tenant: TenantId,
        name: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        self.change_settings(tenant, &[(name, value)], |_| true).map(drop)
    }

    /// Changes several settings together, if `expected` still finds them as they should be; an
    /// empty value goes back to the default. The settings after it, or none when they were not as
    /// expected and nothing was changed.
    ///
    /// # Errors
    /// The first name that is unknown or value that breaks its rule; then nothing was changed.
    pub fn change_settings(
        &mut self,
        tenant: TenantId,
        changes: &[(&str, &str)],
        expected: impl FnOnce(&Settings) -> bool,
    ) -> Result<Option<Settings>, StoreError> {
        for (name, value) in changes {
            check(name, value.trim()).map_err(|rule| setting(name, rule))?;
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if !expected(&read(&transaction, tenant)?) {
            return Ok(None);
        }
        for (name, value) in changes {
            let value = value.trim();
            if value.is_empty() {
                transaction.execute(
                    "DELETE FROM settings WHERE tenant = ?1 AND name = ?2",
                    (tenant.0, name),
                )?;
            } else {
                transaction.execute(
                    "INSERT OR REPLACE INTO settings (tenant, name, value) VALUES (?1, ?2, ?3)",
                    (tenant.0, name, value),
                )?;
            }
        }
        let settings = read(&transaction, tenant)?;
        transaction.commit()?;
        Ok(Some(settings))
    }
}

/// Checks a value, which is empty for the default.
///
/// # Errors
/// The rule that is broken, or the names that there are, in words.
pub fn check(name: &str, value: &str) -> Result<(), String> {
    let Some(spec) = SETTINGS.iter().find(|spec| spec.name == name) else {
        let names: Vec<&str> = SETTINGS.iter().map(|spec| spec.name).collect();
        return Err(format!("no such setting; there are {}", names.join(", ")));
    };
    if value.is_empty() { Ok(()) } else { (spec.check)(value) }
}

fn read(connection: &Connection, tenant: TenantId) -> Result<Settings, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT name, value FROM settings WHERE tenant = ?1")?;
    let rows = statement.query_map([tenant.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let stored: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
    let texts = SETTINGS
        .iter()
        .map(|spec| {
            let found = stored.iter().find(|(name, _)| name == spec.name);
            (spec.name, found.map_or_else(|| spec.default.to_owned(), |(_, v)| v.clone()))
        })
        .collect();
    Settings::from_texts(texts)
}

fn retrain_days(text: &str) -> Result<u32, String> {
    let days = text.parse().ok().filter(|days| *days <= RETRAIN_DAYS_MAX);
    days.ok_or_else(|| format!("write a whole number from 0 to {RETRAIN_DAYS_MAX}"))
}

/// The error for a setting that does not exist.
#[must_use]
pub fn unknown(name: &str) -> StoreError {
    setting(name, check(name, "").err().unwrap_or_default())
}

fn setting(name: &str, rule: impl Into<String>) -> StoreError {
    StoreError::Setting { name: name.to_owned(), rule: rule.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_passes_its_own_check() {
        for spec in SETTINGS {
            assert_eq!((spec.check)(spec.default), Ok(()), "{}", spec.name);
        }
    }

    #[test]
    fn settings_are_kept_checked_and_taken_back() -> Result<(), StoreError> {
        let folder = tempfile::tempdir().map_err(|e| StoreError::Disk(e.to_string()))?;
        let mut store = Store::open_or_create(&folder.path().join("s.db"))?;
        let tenant = store.tenant_or_create("t")?.id;
        store.set_setting(tenant, "currency", "eur")?;
        assert_eq!(store.settings(tenant)?.currency.as_str(), "EUR");
        assert!(matches!(
            store.set_setting(tenant, "timezone", "Europe/Atlantis"),
            Err(StoreError::Setting { .. })
        ));
        assert!(store.set_setting(tenant, "color", "red").is_err());
        store.set_setting(tenant, "churn_cutoffs", "0.9, 0.5, 0.1")?;
        let chosen = store.settings(tenant)?;
        assert_eq!(
            chosen.cutoffs(ModelKind::Churn).map(Cutoffs::as_slice),
            Some(&[0.9, 0.5, 0.1][..])
        );
        assert_eq!(chosen.cutoffs(ModelKind::Lead), None);
        assert!(store.set_setting(tenant, "churn_cutoffs", "0.1,0.5,0.9").is_err());
        store.set_setting(tenant, "currency", "")?;
        assert_eq!(store.settings(tenant)?.text("currency"), "USD");
        Ok(())
    }
}
