//! What is usual for the tenant's contacts, where the model knows.

use super::position;
use crate::artifact::ModelKind;
use crate::feature::FeatureContext;

/// The tenant's usual value of a feature, frozen in the model; `None` where none is kept.
pub(crate) fn typical(
    kind: ModelKind,
    feature: &str,
    row: &[f32],
    context: &FeatureContext,
) -> Option<f64> {
    let FeatureContext { lead, churn, engagement, .. } = context;
    Some(match (kind, feature) {
        (ModelKind::Lead, "lead_reply_rate_30d") => lead.reply_rate,
        (ModelKind::Lead, "rich_share_30d") => lead.rich_share,
        (ModelKind::Lead, "negative_share_30d") => lead.negative_share,
        (ModelKind::Lead, "campaign_read_rate_90d") => lead.campaign_read_rate,
        (ModelKind::Lead, "campaign_reply_rate_90d") => lead.campaign_reply_rate,
        (ModelKind::Churn, "campaign_read_rate_90d") => churn.campaign_read_rate,
        (ModelKind::Churn, "campaign_reply_rate_90d") => churn.campaign_reply_rate,
        (ModelKind::Churn, "anger_disgust_share_90d") => churn.anger_disgust_share,
        (ModelKind::Churn, "reopened_share_180d") => churn.reopened_share,
        (ModelKind::Engagement, "reply_rate_90d") => engagement.reply_rate,
        (ModelKind::Engagement, "read_rate_90d") => engagement.read_rate,
        (ModelKind::Engagement, "click_rate_90d") => engagement.click_rate,
        (ModelKind::Engagement, "hour_engage_rate") => {
            f64::from(*row.get(position(kind, "tenant_hour_rate")?)?)
        }
        _ => return None,
    })
}
