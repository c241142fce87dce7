//! Reports about the models in use, kept for some minutes: each costs a walk over the log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chatsignal_api::error::ErrorCode;
use chatsignal_api::monitoring::{DriftReport, DriftStatus};
use chatsignal_core::artifact::ModelKind;

use super::admission;
use super::error::ApiError;
use super::state::AppState;
use super::tenants::TenantState;
use crate::monitoring::{self, MonitoringError};
use crate::registry::{Served, ServedVersion};
use crate::store::{Store, TenantId};

/// How long a report is given out again.
const KEPT: Duration = Duration::from_secs(300);

/// A report with the version that it speaks about.
#[derive(Clone, Debug)]
struct Kept {
    version: ServedVersion,
    made: Instant,
    report: Arc<DriftReport>,
}

/// The place of one tenant's model: whoever holds it makes the report, others wait for it.
type Place = Arc<tokio::sync::Mutex<Option<Kept>>>;

/// The reports: at most one a tenant and model.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    places: Mutex<HashMap<(TenantId, ModelKind), Place>>,
    /// Held while a report is made: one at a time, whoever asks.
    making: tokio::sync::Mutex<()>,
}

impl Reports {
    fn place(&self, tenant: TenantId, kind: ModelKind) -> Place {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.entry((tenant, kind)).or_default())
    }

    /// What the newest report found, where there is one that is still given out. It does not wait
    /// for one that is being made.
    pub(crate) fn newest(&self, tenant: TenantId, kind: ModelKind) -> Option<DriftStatus> {
        let place = self.place(tenant, kind);
        let kept = place.try_lock().ok()?;
        let kept = kept.as_ref().filter(|kept| kept.made.elapsed() < KEPT)?;
        Some(kept.report.status)
    }
}

/// The report about a model of a tenant. It is made to its end even when the caller goes away, and
/// keeps the caller's place until then.
pub(crate) async fn report(
    state: &AppState,
    tenant: &Arc<TenantState>,
    served: Served,
    place_of_request: admission::Place,
) -> Result<Arc<DriftReport>, ApiError> {
    let (state, tenant) = (state.clone(), Arc::clone(tenant));
    let task = tokio::spawn(async move {
        let _place = place_of_request;
        let place = state.reports.place(tenant.tenant.id, served.artifact.kind);
        let mut kept = place.lock().await;
        if let Some(kept) = kept.as_ref()
            && kept.version == served.version
            && kept.made.elapsed() < KEPT
        {
            return Ok(Arc::clone(&kept.report));
        }
        let _making = state.reports.making.lock().await;
        let version = served.version;
        let settings = tenant.settings();
        let (id, now) = (tenant.tenant.id, state.clock.now());
        let db = state.config.db.clone();
        // A connection of its own: a walk over the log keeps no request from the database.
        let work = move || -> Result<DriftReport, ApiError> {
            Ok(monitoring::report(&served, &Store::open(&db)?, id, &settings, now)?)
        };
        let made = tokio::task::spawn_blocking(work).await;
        let report = Arc::new(made.map_err(|fault| ApiError::task(&fault))??);
        *kept = Some(Kept { version, made: Instant::now(), report: Arc::clone(&report) });
        Ok(report)
    });
    task.await.map_err(|fault| ApiError::task(&fault))?
}

impl From<MonitoringError> for ApiError {
    fn from(error: MonitoringError) -> Self {
        match error {
            MonitoringError::NoReference => Self::new(ErrorCode::ReferenceMissing).detail(
                "train the model again: shipped models and those of earlier versions keep no \
                 reference of their training data",
            ),
            MonitoringError::Store(error) => error.into(),
            MonitoringError::Pipeline(error) => Self::internal(error),
        }
    }
}
