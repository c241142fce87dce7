//! From a view of the state to raw amounts.

use alloc::vec::Vec;

use super::amount::{MoneySums, PurchaseDays, Rate};
use super::churn::ChurnRaw;
use super::engagement::{EngagementRaw, Format};
use super::lead::{CampaignRaw, LeadRaw};
use crate::contact::{Send, View, median};
use crate::event::PurchaseStatus;
use crate::time::TimestampMs;

/// Daily counts of inbound, summed over a window.
#[derive(Default)]
struct Inbound {
    messages: u32,
    active_days: u32,
    rich: u32,
    high_intent: u32,
    questions: u32,
}

fn inbound(view: &View<'_>, days: i32) -> Inbound {
    let mut sum = Inbound::default();
    for day in view.state.days.after(view.today.saturating_sub(days)) {
        sum.messages = sum.messages.saturating_add(day.inbound);
        sum.active_days += u32::from(day.inbound > 0);
        sum.rich = sum.rich.saturating_add(day.rich);
        sum.high_intent = sum.high_intent.saturating_add(day.high_intent);
        sum.questions = sum.questions.saturating_add(day.questions);
    }
    sum
}

fn campaigns(view: &View<'_>, sends: &[Send]) -> CampaignRaw {
    let mut raw = CampaignRaw::default();
    let mut last_response: Option<TimestampMs> = None;
    for send in sends.iter().filter(|send| send.is_campaign) {
        let Some(delivered_at) = send.delivered_at else { continue };
        raw.delivered_30d += u32::from(view.within(send.local_day, 30));
        if view.within(send.local_day, 90) && view.is_settled(delivered_at.0) {
            raw.read.add(send.read_at.is_some());
            if send.answers_known {
                raw.engaged.add(send.engaged_at.is_some());
            }
        }
        if view.within(send.local_day, 365) {
            last_response = last_response.max(send.last_engaged_at);
        }
    }
    raw.since_response_ms = last_response.map(|at| view.since(at.0));
    raw
}

impl LeadRaw {
    pub(super) fn from_view(view: &View<'_>) -> Self {
        let life = &view.state.life;
        let [month, fortnight, week] = [30, 14, 7].map(|days| inbound(view, days));
        let turns = view.turns(30);
        let mood = view.mood(30);
        let born = life.lead_created.or(life.first_event);
        Self {
            first_response_ms: view.first_response(),
            agent_reply_median_ms: turns.agent_reply_median,
            lead_reply_median_ms: turns.contact_reply_median,
            lead_reply: turns.contact_reply,
            unanswered_outbound: turns.unanswered,
            open_wait_ms: turns.waiting_since.map_or(0, |at| view.since(at)),
            since_last_inbound_ms: life.last_inbound.map(|at| view.since(at)),
            lead_age_ms: born.map_or(0, |at| view.since(at)),
            inbound_30d: month.messages,
            inbound_7d: week.messages,
            inbound_8_14d: fortnight.messages - week.messages,
            active_days_30d: month.active_days,
            rich: Rate { k: month.rich, n: month.messages },
            high_intent_30d: month.high_intent,
            questions_30d: month.questions,
            sentiment: mood.score,
            sentiment_last: mood.last,
            sentiment_slope: mood.slope,
            negative: mood.negative,
            joy_minus_anger: mood.joy_minus_anger,
            from_paid_ad: life
                .first_ad
                .is_some_and(|ad| life.first_inbound.is_none_or(|first| ad <= first)),
            campaigns: campaigns(view, view.sends()),
        }
    }
}

impl ChurnRaw {
    pub(super) fn from_view(view: &View<'_>) -> Self {
        let life = &view.state.life;
        let [month, quarter] = [30, 90].map(|days| inbound(view, days));
        let (mood_30d, mood_90d) = (view.mood(30), view.mood(90));
        let mut sessions = view.sessions();
        let desk = view.desk(&sessions);
        sessions.retain(|session| view.within(session.day, 90));
        let year = view.state.days.after(view.today.saturating_sub(365));
        let (paid, undone) = year.fold((0u32, 0u32), |(paid, undone), day| {
            (paid.saturating_add(day.paid), undone.saturating_add(day.undone))
        });
        let ratings = view.state.ratings.iter().filter(|r| view.within(r.stamp.day, 180));
        let (csat_sum, csat_count) =
            ratings.fold((0, 0), |(sum, count), r| (sum + u32::from(r.rating), count + 1));
        let moods = sessions.iter().map(|session| session.mood).filter(|mood| mood.n > 0);
        let born = life.first_paid.or(life.first_inbound);
        Self {
            since_last_inbound_ms: life.last_inbound.map(|at| view.since(at)),
            since_last_purchase_ms: life.last_paid.map(|at| view.since(at)),
            since_last_seen_ms: life.last_seen.map(|at| view.since(at)),
            customer_age_ms: born.map_or(0, |at| view.since(at)),
            median_gap_days: median_gap(view),
            purchase_days: purchase_days(view),
            inbound_30d: month.messages,
            inbound_31_90d: quarter.messages - month.messages,
            active_days_90d: quarter.active_days,
            sessions_90d: sessions.len() as u32,
            purchases_365d: paid,
            refunds_365d: undone,
            money: money(view),
            campaigns: campaigns(view, view.sends()),
            opted_out: view.state.consent().opted_out,
            sentiment_30d: mood_30d.score,
            sentiment_90d: mood_90d.score,
            sentiment_slope: mood_90d.slope,
            anger_disgust: mood_90d.angry_or_disgusted,
            worst_session: moods.reduce(|worst, mood| {
                // sum/n < sum/n, in integers.
                let lower = mood.sum * i64::from(worst.n) < worst.sum * i64::from(mood.n);
                if lower { mood } else { worst }
            }),
            conversations_90d: desk.opened,
            open_conversation_ms: desk.open_since.map_or(0, |at| view.since(at)),
            first_response_median_ms: desk.first_response_median,
            resolution_median_ms: desk.resolution_median,
            reopened: desk.reopened,
            csat_sum,
            csat_count,
        }
    }
}

/// Median gap in days between successive days with an inbound, last 365 days.
fn median_gap(view: &View<'_>) -> Option<u32> {
    let year = view.state.days.after(view.today.saturating_sub(365));
    let active: Vec<i32> = year.filter(|day| day.inbound > 0).map(|day| day.day).collect();
    // From the newest back: every difference is above zero.
    median(active.windows(2).map(|pair| pair[0].abs_diff(pair[1])).collect())
}

fn purchase_days(view: &View<'_>) -> Option<PurchaseDays> {
    let paid = view.state.purchases.iter().filter(|p| p.status == PurchaseStatus::Paid);
    let mut days: Vec<i32> = paid.map(|p| p.stamp.day).collect();
    days.sort_unstable();
    days.dedup();
    let (first, last) = (*days.first()?, *days.last()?);
    Some(PurchaseDays {
        repeats: days.len() as u32 - 1,
        recency_days: last.abs_diff(first),
        age_days: view.today.max(last).abs_diff(first),
    })
}

fn money(view: &View<'_>) -> Vec<MoneySums> {
    let mut money: Vec<MoneySums> = Vec::new();
    for purchase in view.state.purchases.iter() {
        let day = purchase.stamp.day;
        let paid = purchase.status == PurchaseStatus::Paid;
        if !view.within(day, 365) || !(paid || purchase.status == PurchaseStatus::Refunded) {
            continue;
        }
        let currency = purchase.amount.currency;
        let at = money.binary_search_by(|sums| sums.currency.cmp(&currency)).unwrap_or_else(|at| {
            money.insert(at, MoneySums::none(currency));
            at
        });
        let Some(sums) = money.get_mut(at) else { continue };
        let net = if paid { purchase.amount.e4 } else { -purchase.amount.e4 };
        sums.net_365d += net;
        if view.within(day, 90) {
            sums.net_90d += net;
        } else if view.within(day, 180) {
            sums.net_91_180d += net;
        }
        if paid {
            sums.paid_365d += purchase.amount.e4;
            sums.paid_count_365d += 1;
        }
    }
    money
}

impl EngagementRaw {
    pub(super) fn from_view(view: &View<'_>) -> Self {
        let mut raw = Self {
            last_inbound_at: view.state.last_inbound_at(),
            delivery_limited_30d: view.limited(30),
            language: view.language(),
            ..Self::default()
        };
        for day in view.state.days.after(view.today.saturating_sub(90)) {
            for (sum, count) in raw.inbound_by_hour.iter_mut().zip(day.hours) {
                *sum += u32::from(count);
            }
        }
        for send in view.sends().iter().filter(|send| !send.failed) {
            raw.sends_7d += u32::from(view.within(send.local_day, 7));
            if view.within(send.local_day, 90) {
                raw.last_send_at = raw.last_send_at.max(Some(send.sent_at));
            }
            raw.add_outcome(view, send);
        }
        raw
    }

    fn add_outcome(&mut self, view: &View<'_>, send: &Send) {
        if !send.delivered_at.is_some_and(|at| view.is_settled(at.0)) {
            return;
        }
        let engaged = send.engaged_at.is_some();
        let quarter = view.within(send.local_day, 90);
        if quarter {
            self.read.add(send.read_at.is_some());
        }
        if !send.answers_known {
            return;
        }
        if quarter {
            self.reply.add(send.replied);
            self.click.add(send.clicked);
        }
        if view.within(send.local_day, 180) {
            let hour = usize::from(send.local_hour) % 24;
            self.sends_by_hour[hour] += 1;
            self.engaged_by_hour[hour] += u32::from(engaged);
            self.by_weekday[usize::from(send.local_weekday()) % 7].add(engaged);
            self.by_format[Format::of(send.has_media, send.has_buttons) as usize].add(engaged);
        }
        // Sends come oldest first.
        self.unanswered_sends = if engaged { 0 } else { self.unanswered_sends + 1 };
    }
}
