//! The channels in use, by id: whose they are and what signs their deliveries.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use chatsignal_api::error::ErrorCode;

use super::error::ApiError;
use super::tenants::{TenantState, Tenants};
use crate::store::{Channel, ChannelKind};

/// A channel in use.
pub(crate) struct OpenChannel {
    /// Whose.
    pub(crate) tenant: Arc<TenantState>,
    channel: Channel,
}

impl fmt::Debug for OpenChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.channel.fmt(f)
    }
}

impl OpenChannel {
    /// The secrets that sign its deliveries.
    pub(crate) fn secrets(&self) -> Vec<&[u8]> {
        let secrets = [Some(&self.channel.secret), self.channel.secret_before.as_ref()];
        secrets.into_iter().flatten().map(String::as_bytes).collect()
    }

    /// The word that confirms a subscription.
    pub(crate) fn verify_token(&self) -> &str {
        &self.channel.verify_token
    }
}

/// Every channel in use.
#[derive(Debug, Default)]
pub(crate) struct Channels(ArcSwap<HashMap<String, Arc<OpenChannel>>>);

impl Channels {
    /// Takes in the channels of the database.
    pub(crate) fn refresh(&self, channels: Vec<Channel>, tenants: &Tenants) {
        let in_use = channels.into_iter().filter(|channel| channel.revoked_at.is_none());
        let open = in_use.filter_map(|channel| {
            let tenant = tenants.get(channel.tenant)?;
            let id = channel.channel_id.clone();
            Some((id, Arc::new(OpenChannel { tenant, channel })))
        });
        self.0.store(Arc::new(open.collect()));
    }

    /// A channel of a kind.
    pub(crate) fn get(&self, id: &str, kind: ChannelKind) -> Result<Arc<OpenChannel>, ApiError> {
        let channels = self.0.load();
        let found = channels.get(id).filter(|open| open.channel.kind == kind).cloned();
        found.ok_or_else(|| ApiError::new(ErrorCode::NotFound).detail("there is no such channel"))
    }
}
