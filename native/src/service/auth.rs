//! Who is calling: from the key in `Authorization` to tenant and scopes.
//!
//! The tenant comes from the key and from nowhere else. While the database has never had a key and
//! the service listens on a loopback address, every caller is the default tenant with all scopes.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::http::{HeaderMap, header};
use chatsignal_api::error::ErrorCode;
use subtle::ConstantTimeEq;

use super::error::ApiError;
use super::tenants::{TenantState, Tenants};
use crate::store::{ApiKey, KeyText, TenantId};

pub use crate::store::Scope;

/// A caller whose key was found good.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Whose data.
    pub(crate) tenant: Arc<TenantState>,
    scopes: Scopes,
}

impl Caller {
    /// Whether the caller has a scope.
    pub(crate) fn has(&self, scope: Scope) -> bool {
        self.scopes.has(scope)
    }

    /// Refuses a caller without a scope.
    pub(crate) fn require(&self, scope: Scope) -> Result<(), ApiError> {
        if self.has(scope) {
            return Ok(());
        }
        Err(ApiError::new(ErrorCode::Forbidden)
            .detail(format!("the key has not the scope {}", scope.as_str())))
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Scopes(u8);

impl Scopes {
    const ALL: Self = Self(u8::MAX);

    fn has(self, scope: Scope) -> bool {
        self.0 >> (scope as u8) & 1 == 1
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | 1 << (scope as u8)))
    }
}

#[derive(Debug)]
struct Entry {
    hash: [u8; 32],
    caller: Caller,
}

/// The keys in use, by their public part.
#[derive(Debug, Default)]
struct Ring {
    keys: HashMap<String, Entry>,
    /// Whether the database ever had a key: then no request passes without one.
    needed: bool,
}

/// Decides who is calling.
#[derive(Debug, Default)]
pub(crate) struct Authenticator {
    ring: ArcSwap<Ring>,
    open: ArcSwap<Option<Caller>>,
}

impl Authenticator {
    /// Takes in the keys of the database; without any, `open` may call.
    pub(crate) fn refresh(
        &self,
        keys: &[ApiKey],
        tenants: &Tenants,
        open: Option<Arc<TenantState>>,
    ) {
        let entry = |key: &ApiKey| {
            let caller = Caller {
                tenant: tenants.get(key.tenant)?,
                scopes: key.scopes.iter().copied().collect(),
            };
            Some((key.key_id.clone(), Entry { hash: key.hash, caller }))
        };
        let in_use = keys.iter().filter(|key| key.revoked_at.is_none());
        let ring = Ring { keys: in_use.filter_map(entry).collect(), needed: !keys.is_empty() };
        self.ring.store(Arc::new(ring));
        let open = open.map(|tenant| Caller { tenant, scopes: Scopes::ALL });
        self.open.store(Arc::new(open));
    }

    /// Whether there is a key that works.
    pub(crate) fn has_keys(&self) -> bool {
        !self.ring.load().keys.is_empty()
    }

    /// Whether the key of a request still opens a tenant: one that was revoked ends a stream.
    pub(crate) fn still_opens(&self, headers: &HeaderMap, tenant: TenantId) -> bool {
        self.caller(headers).is_ok_and(|caller| caller.tenant.tenant.id == tenant)
    }

    /// The caller of a request.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let ring = self.ring.load();
        let refused = || ApiError::new(ErrorCode::Unauthorized);
        let Some(header) = headers.get(header::AUTHORIZATION) else {
            let open = self.open.load();
            return match &**open {
                Some(caller) if !ring.needed => Ok(caller.clone()),
                _ => Err(refused().detail("send the header Authorization: Bearer cs_...")),
            };
        };
        // One answer for every kind of wrong key, so that none can be told from another.
        let wrong = || refused().detail("the key is not known, or was revoked");
        let text = header.to_str().map_err(|_| wrong())?;
        let (scheme, key) = text.split_once(' ').ok_or_else(wrong)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(wrong());
        }
        let (id, hash) = KeyText::parse(key.trim()).ok_or_else(wrong)?;
        let entry = ring.keys.get(id);
        // A public part that is not known costs the same comparison.
        let kept = entry.map_or([0; 32], |entry| entry.hash);
        let same = bool::from(kept.ct_eq(&hash));
        entry.filter(|_| same).map(|entry| entry.caller.clone()).ok_or_else(wrong)
    }
}
