//! The tenants that the service answers for: settings, models and rate of each.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use chatsignal_ingest::Hasher;
use tokio::sync::{OnceCell, Semaphore};

use super::admission::Shares;
use super::config::Config;
use super::error::ApiError;
use super::live::Changes;
use super::metrics::Metrics;
use super::models::Models;
use super::rate::RateLimit;
use crate::registry::ModelRegistry;
use crate::store::settings::Settings;
use crate::store::{Store, StoreError, Tenant, TenantId};

/// One tenant.
pub(crate) struct TenantState {
    /// Its name and the key of its ids.
    pub(crate) tenant: Tenant,
    /// Turns natural ids into those of the log.
    pub(crate) hasher: Hasher,
    settings: ArcSwap<Settings>,
    models: OnceCell<Models>,
    /// Where changes of its scores are told.
    pub(crate) changes: Changes,
    /// Places for readers of these changes and of its jobs: no tenant takes those of all.
    pub(crate) streams: Arc<Semaphore>,
    /// Places of each class of work that it may take.
    pub(crate) shares: Arc<Shares>,
    /// Its limit of requests.
    pub(crate) rate: Option<RateLimit>,
}

impl fmt::Debug for TenantState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tenant.fmt(f)
    }
}

impl TenantState {
    /// Its settings, as they are now.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// Its models, loaded on the first use.
    pub(crate) async fn models(
        self: &Arc<Self>,
        registry: &ModelRegistry,
        metrics: &Arc<Metrics>,
    ) -> Result<&Models, ApiError> {
        let load = async || {
            let (registry, tenant) = (registry.clone(), self.tenant.name.clone());
            let (metrics, settings) = (Arc::clone(metrics), self.settings());
            let task = tokio::task::spawn_blocking(move || {
                let models = Models::default();
                models.refresh(&registry, &tenant, &settings, &metrics);
                models
            });
            task.await.map_err(|fault| ApiError::task(&fault))
        };
        self.models.get_or_try_init(load).await
    }

    /// Its models, once [`TenantState::models`] has loaded them.
    pub(crate) fn loaded_models(&self) -> Result<&Models, ApiError> {
        self.models.get().ok_or_else(|| ApiError::internal("models were needed and not loaded"))
    }

    /// Looks the registry over for other champions and the settings for other cut-offs, if the models
    /// are in use. It may wait.
    pub(crate) fn refresh_models(&self, registry: &ModelRegistry, metrics: &Metrics) {
        if let Some(models) = self.models.get() {
            models.refresh(registry, &self.tenant.name, &self.settings(), metrics);
        }
    }
}

/// So many places for readers.
pub(crate) fn places(max: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS)))
}

/// Every tenant of the database.
#[derive(Debug, Default)]
pub(crate) struct Tenants(RwLock<HashMap<TenantId, Arc<TenantState>>>);

impl Tenants {
    /// One of them.
    pub(crate) fn get(&self, id: TenantId) -> Option<Arc<TenantState>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// One of them by name.
    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<TenantState>> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.values().find(|state| state.tenant.name == name).cloned()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<TenantState>> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.values().cloned().collect()
    }

    /// Takes in new tenants and changed settings; the tenants that have other cut-offs now.
    pub(crate) fn refresh(
        &self,
        store: &Store,
        config: &Config,
    ) -> Result<Vec<Arc<TenantState>>, StoreError> {
        let mut recut = Vec::new();
        for tenant in store.tenants()? {
            let settings = match store.settings(tenant.id) {
                Ok(settings) => Arc::new(settings),
                // Written by another version: what held before goes on holding.
                Err(error @ StoreError::Setting { .. }) => {
                    tracing::warn!(%error, "settings of a tenant");
                    continue;
                }
                Err(error) => return Err(error),
            };
            match self.get(tenant.id) {
                Some(state) => {
                    let before = state.settings();
                    if before != settings {
                        state.settings.store(Arc::clone(&settings));
                    }
                    if !before.has_cutoffs_of(&settings) {
                        recut.push(state);
                    }
                }
                None => {
                    let state = TenantState {
                        hasher: Hasher::new(&tenant.key),
                        settings: ArcSwap::new(settings),
                        models: OnceCell::new(),
                        changes: Changes::default(),
                        streams: places(config.streams_per_tenant_max),
                        shares: Arc::new(Shares::new(config)),
                        rate: RateLimit::new(config.rate_limit_per_s, config.rate_limit_burst),
                        tenant,
                    };
                    let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
                    map.insert(state.tenant.id, Arc::new(state));
                }
            }
        }
        Ok(recut)
    }

    /// Looks the registry over for other champions of the tenants whose models are in use.
    pub(crate) fn refresh_models(&self, registry: &ModelRegistry, metrics: &Metrics) {
        for state in self.all() {
            state.refresh_models(registry, metrics);
        }
    }
}
