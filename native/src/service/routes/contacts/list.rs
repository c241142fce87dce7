//! Lists of contacts.

use chatsignal_api::contacts::{
    Contact, ContactPage, ContactQuery, ContactSort, LatestScore, LatestScores, SendHours,
};
use chatsignal_api::error::ErrorCode;
use chatsignal_api::send_time::Hour;
use chatsignal_api::time::Instant;
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::score::{EngagementLevel, RiskLevel, Tier, Trend};
use serde::Deserialize;

use super::levels::Levels;
use super::page;
use crate::service::auth::{Caller, Scope};
use crate::service::error::ApiError;
use crate::service::state::AppState;
use crate::store::{ContactFilter, ContactLine, ContactOrder, Latest, Place, Store, TenantId};

/// Digits of a phone number that every key sees.
const PHONE_DIGITS_SHOWN: usize = 2;

/// Levels that are asked for by name.
struct Named {
    tier: Option<String>,
    risk_level: Option<String>,
    level: Option<String>,
}

impl Named {
    /// The filter with the values that are of these levels now.
    fn by(self, levels: &Levels, filter: ContactFilter) -> Result<ContactFilter, ApiError> {
        let Self { tier, risk_level, level } = self;
        Ok(ContactFilter {
            lead: tier.map_or(Ok(None), |name| levels.tier(&name))?,
            churn: risk_level.map_or(Ok(None), |name| levels.risk(&name))?,
            engagement: level.map_or(Ok(None), |name| levels.engagement(&name))?,
            ..filter
        })
    }
}

/// What is asked for, checked.
pub(super) struct Asked {
    named: Named,
    filter: ContactFilter,
    order: ContactOrder,
    order_name: &'static str,
    after: Option<Place>,
    limit: usize,
    send_hours: bool,
}

impl Asked {
    pub(super) fn from_query(query: ContactQuery) -> Result<Self, ApiError> {
        Self::new(query, None, ErrorCode::InvalidParameter, "")
    }

    pub(super) fn from_search(name: String, filter: ContactQuery) -> Result<Self, ApiError> {
        Self::new(filter, Some(name), ErrorCode::InvalidField, "/filter")
    }

    fn new(
        query: ContactQuery,
        name: Option<String>,
        code: ErrorCode,
        at: &str,
    ) -> Result<Self, ApiError> {
        let word = |field: &str, word: &Option<String>, words: Vec<&str>| match word {
            Some(word) if !words.contains(&word.as_str()) => {
                let detail = format!("is one of {}", words.join(", "));
                Err(ApiError::new(code).at(format!("{at}/{field}"), detail))
            }
            _ => Ok(()),
        };
        word("tier", &query.tier, Tier::ALL.iter().map(|word| word.as_str()).collect())?;
        word("risk_level", &query.risk_level, RiskLevel::ALL.iter().map(|w| w.as_str()).collect())?;
        let levels = EngagementLevel::ALL.iter().map(|word| word.as_str()).collect();
        word("level", &query.level, levels)?;
        let (order, order_name) = match query.sort {
            ContactSort::Id => (ContactOrder::Id, "id"),
            ContactSort::LastActivity => (ContactOrder::LastActivity, "last"),
            ContactSort::LeadScore => (ContactOrder::Score(ModelKind::Lead), "lead"),
            ContactSort::ChurnProbability => (ContactOrder::Score(ModelKind::Churn), "churn"),
            ContactSort::EngagementProbability => {
                (ContactOrder::Score(ModelKind::Engagement), "engagement")
            }
        };
        let after = query
            .cursor
            .map(|cursor| page::read(order_name, &cursor).ok_or_else(|| page::no_cursor(code, at)));
        let named = Named { tier: query.tier, risk_level: query.risk_level, level: query.level };
        let filter = ContactFilter {
            marketing_allowed: query.marketing_allowed,
            active_since: query.active_since.map(|at| at.0),
            inactive_since: query.inactive_since.map(|at| at.0),
            name,
            ..ContactFilter::default()
        };
        let limit = page::CONTACTS.of(query.limit, code, at)?;
        let send_hours = query.send_hours;
        let after = after.transpose()?;
        Ok(Self { named, filter, order, order_name, after, limit, send_hours })
    }
}

/// One page.
pub(super) async fn page(
    state: &AppState,
    caller: Caller,
    asked: Asked,
) -> Result<ContactPage, ApiError> {
    let levels = Levels::of(state, &caller).await?;
    let work = move |store: &mut Store| {
        let tenant = caller.tenant.tenant.id;
        let Asked { named, filter, order, order_name, after, limit, send_hours } = asked;
        let filter = named.by(&levels, filter)?;
        // One more tells whether there is a next page.
        let mut lines = store.list_contacts(tenant, &filter, order, after, limit + 1)?;
        let total = store.count_contacts(tenant, &filter)?;
        let more = lines.len() > limit;
        lines.truncate(limit);
        let last = lines.last().filter(|_| more);
        let next_cursor = last.map(|line| page::write(order_name, order.place(line)));
        let contacts = lines.into_iter().map(|line| {
            let hours = if send_hours { hours_of(store, tenant, &line)? } else { None };
            Ok(Contact { send_hours: hours, ..contact(store, &caller, &levels, line)? })
        });
        Ok(ContactPage { contacts: contacts.collect::<Result<_, ApiError>>()?, total, next_cursor })
    };
    state.database.run(work).await
}

/// A contact with what the directory knows, as far as the caller may see it.
pub(super) fn contact(
    store: &Store,
    caller: &Caller,
    levels: &Levels,
    line: ContactLine,
) -> Result<Contact, ApiError> {
    let person = store.person(caller.tenant.tenant.id, line.contact)?;
    let whole = caller.has(Scope::Admin);
    let phone = person.phone.map(|phone| if whole { phone } else { shortened(&phone) });
    let [lead, churn, engagement] = line.scores;
    let latest = |kind, score: Option<Latest>| score.map(|score| latest(levels.now(kind, score)));
    let lead = latest(ModelKind::Lead, lead);
    let churn = latest(ModelKind::Churn, churn);
    let engagement = latest(ModelKind::Engagement, engagement);
    let trend = line.lead_previous.zip(lead.as_ref());
    let trend = trend.map(|(previous, lead)| Trend::new(previous, lead.value).into());
    Ok(Contact {
        contact_id: line.contact.to_string(),
        name: person.name,
        phone,
        external_id: person.external_id.filter(|_| whole),
        country: person.country.map(|country| country.to_string()),
        events: line.events,
        first_activity_at: Instant(line.first),
        last_activity_at: Instant(line.last),
        consent: line.consent.into(),
        scores: LatestScores { lead, churn, engagement },
        trend,
        best_hour: line.best_hour,
        send_hours: None,
    })
}

/// What a kept engagement score says of the hours.
#[derive(Deserialize)]
struct Kept {
    hourly: Vec<Hour>,
}

fn hours_of(
    store: &Store,
    tenant: TenantId,
    line: &ContactLine,
) -> Result<Option<SendHours>, ApiError> {
    if line.consent.objected {
        return Ok(None);
    }
    let kind = Some(ModelKind::Engagement);
    let Some(row) = store.scores_of(tenant, line.contact, kind, None, 1)?.pop() else {
        return Ok(None);
    };
    // An answer of another version without hours has none to show.
    let Ok(Kept { hourly }) = serde_json::from_str(&row.answer) else { return Ok(None) };
    let Some(first) = hourly.first() else { return Ok(None) };
    Ok(Some(SendHours {
        first_send_at: first.send_at,
        hours: hourly.iter().map(|hour| hour.hour).collect(),
        probabilities: hourly.iter().map(|hour| hour.probability).collect(),
        allowed: hourly.iter().map(|hour| hour.allowed).collect(),
    }))
}

fn latest(score: Latest) -> LatestScore {
    let computed_at = Instant(score.computed_at);
    LatestScore { value: score.value, label: score.label, computed_at }
}

/// The last digits of a number.
fn shortened(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    let shown = digits.len().saturating_sub(PHONE_DIGITS_SHOWN);
    format!("…{}", digits[shown..].iter().collect::<String>())
}
