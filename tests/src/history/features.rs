//! The raw amounts, one by one.

use std::collections::{BTreeMap, BTreeSet};

use chatsignal_core::event::{
    AcquisitionSource, ConsentKind, ConversationStep, Event, EventKind, InteractionKind,
    LanguageTag, LeadStep, MessageKind, MessageStatus, PurchaseStatus,
};
use chatsignal_core::feature::{
    CampaignRaw, ChurnRaw, EngagementRaw, LeadRaw, MoneySums, PurchaseDays, Rate, ScoreSum,
    SlopeSums,
};
use chatsignal_core::limits;
use chatsignal_core::time::{DAY_MS, TimestampMs};

use super::joins::{ChatItem, Side};
use super::{ContactHistory, at, day, median, newest};

/// Rate of a condition over items.
fn rate<T>(items: &[T], success: impl Fn(&T) -> bool) -> Rate {
    Rate { k: items.iter().filter(|i| success(i)).count() as u32, n: items.len() as u32 }
}

fn score(mood: &Event) -> i32 {
    match &mood.kind {
        EventKind::Enrichment { sentiment, .. } => {
            i32::from(sentiment[0].raw()) - i32::from(sentiment[2].raw())
        }
        _ => unreachable!("moods are enrichments"),
    }
}

/// Position of the most probable, the first of equals.
fn argmax<T: PartialOrd + Copy>(values: &[T]) -> usize {
    (0..values.len()).rev().max_by(|a, b| values[*a].partial_cmp(&values[*b]).unwrap()).unwrap()
}

fn sums(scores: impl Iterator<Item = i32>) -> ScoreSum {
    let scores: Vec<i64> = scores.map(i64::from).collect();
    ScoreSum { sum: scores.iter().sum(), n: scores.len() as u32 }
}

impl ContactHistory {
    /// Days with counted events: nothing older than 366 days before the newest is kept.
    fn bucketed(&self, wanted: impl Fn(&Event) -> bool, days: i32) -> Vec<&Event> {
        let counted =
            |e: &&Event| e.kind.is_inbound() || matches!(e.kind, EventKind::Purchase { .. });
        let newest = self.events.iter().filter(counted).map(day).max().unwrap_or(0);
        self.events
            .iter()
            .filter(|e| wanted(e) && self.within(day(e), days) && day(e) > newest - 366)
            .collect()
    }

    fn inbound(&self, days: i32) -> Vec<&Event> {
        self.bucketed(|e| e.kind.is_inbound(), days)
    }

    fn active_days(&self, days: i32) -> BTreeSet<i32> {
        self.inbound(days).into_iter().map(day).collect()
    }

    fn first(&self, wanted: impl Fn(&EventKind) -> bool) -> Option<i64> {
        self.events.iter().filter(|e| wanted(&e.kind)).map(at).min()
    }

    fn last(&self, wanted: impl Fn(&EventKind) -> bool) -> Option<i64> {
        self.events.iter().filter(|e| wanted(&e.kind)).map(at).max()
    }

    fn moods(&self, days: i32) -> Vec<(i32, Event)> {
        self.chat()
            .into_iter()
            .filter(|i| self.within(i.day, days))
            .filter_map(|i| Some((i.day, i.mood?)))
            .collect()
    }

    fn slope(&self, days: i32) -> SlopeSums {
        let mut s = SlopeSums::default();
        for (day, mood) in self.moods(days) {
            let (x, y) = (i64::from(day - self.today), i64::from(score(&mood)));
            s.n += 1;
            s.x += x;
            s.xx += x * x;
            s.y += y;
            s.xy += x * y;
        }
        s
    }

    fn campaigns(&self) -> CampaignRaw {
        let mut sends = self.sends();
        sends.retain(|s| s.campaign && s.delivered.is_some());
        let within = |days| sends.iter().filter(move |s| self.within(s.day, days));
        let settled: Vec<_> = within(90).filter(|s| self.settled(s.delivered.unwrap())).collect();
        let known: Vec<_> = settled.iter().filter(|s| s.answers_known).collect();
        let last = within(365).flat_map(|s| &s.answers).map(|(at, ..)| *at).max();
        CampaignRaw {
            delivered_30d: within(30).count() as u32,
            read: rate(&settled, |s| s.read),
            engaged: rate(&known, |s| !s.answers.is_empty()),
            since_response_ms: last.map(|at| self.since(at)),
        }
    }

    /// Outbound turns: first and last message, day of the last, and the next inbound.
    fn outbound_turns(&self) -> Vec<(i64, i32, Option<i64>)> {
        let chat = self.chat();
        let mut turns = Vec::new();
        for (i, item) in chat.iter().enumerate() {
            if item.side == Side::Contact {
                continue;
            }
            let next = chat.get(i + 1);
            let continues =
                next.is_some_and(|n| n.side != Side::Contact && n.at - item.at < DAY_MS);
            if !continues {
                let answer = next.filter(|n| n.side == Side::Contact).map(|n| n.at);
                turns.push((item.at, item.day, answer));
            }
        }
        turns
    }

    /// Inbound turns (campaigns aside): first message, its day, and the next reply.
    fn inbound_turns(&self) -> Vec<(i64, i32, Option<i64>)> {
        let chat: Vec<ChatItem> =
            self.chat().into_iter().filter(|i| i.side != Side::Campaign).collect();
        let mut turns = Vec::new();
        for (i, item) in chat.iter().enumerate() {
            let begins = item.side == Side::Contact
                && (i == 0
                    || chat[i - 1].side != Side::Contact
                    || item.at - chat[i - 1].at >= DAY_MS);
            if begins {
                let reply = chat[i..].iter().find(|n| n.side == Side::Business).map(|n| n.at);
                turns.push((item.at, item.day, reply));
            }
        }
        turns
    }

    /// The lead amounts.
    #[must_use]
    pub fn lead(&self) -> LeadRaw {
        let chat = self.chat();
        let outbound: Vec<_> =
            self.outbound_turns().into_iter().filter(|t| self.within(t.1, 30)).collect();
        let in_time = |t: &(i64, i32, Option<i64>)| t.2.is_some_and(|a| a - t.0 <= DAY_MS);
        let settled: Vec<_> = outbound.iter().filter(|t| self.settled(t.0)).copied().collect();
        let inbound_turns = self.inbound_turns();
        let month = self.inbound(30);
        let moods = self.moods(30);
        let is_text_kind = |e: &Event, wanted: fn(&MessageKind) -> bool| matches!(&e.kind, EventKind::MessageInbound { kind, .. } if wanted(kind));
        let first_inbound = self.first(EventKind::is_inbound);
        let first_ad = self.first(|k| {
            matches!(k, EventKind::Acquisition { source, ad_click }
                if *source == AcquisitionSource::Ad || *ad_click)
        });
        let last_contact = chat.iter().rposition(|i| i.side == Side::Contact);
        let born = self.first(|k| *k == EventKind::Lead(LeadStep::Created)).or_else(|| {
            self.first(|k| {
                !matches!(
                    k,
                    EventKind::Quality { .. }
                        | EventKind::Enrichment { .. }
                        | EventKind::Alias { .. }
                )
            })
        });
        let emotions: Vec<i32> = moods
            .iter()
            .filter_map(|(_, m)| match &m.kind {
                EventKind::Enrichment { emotions: Some(e), .. } => {
                    Some(i32::from(e[0].raw()) - i32::from(e[2].raw()))
                }
                _ => None,
            })
            .collect();
        LeadRaw {
            first_response_ms: self.first_response(),
            agent_reply_median_ms: median(
                inbound_turns
                    .iter()
                    .filter(|t| self.within(t.1, 30))
                    .filter_map(|t| Some(t.2? - t.0))
                    .collect(),
            ),
            lead_reply_median_ms: median(
                outbound.iter().filter(|t| in_time(t)).map(|t| t.2.unwrap() - t.0).collect(),
            ),
            lead_reply: rate(&settled, in_time),
            unanswered_outbound: {
                let tail = &chat[last_contact.map_or(0, |p| p + 1)..];
                let gaps = tail.windows(2).filter(|w| w[1].at - w[0].at >= DAY_MS).count();
                if tail.is_empty() { 0 } else { gaps as u32 + 1 }
            },
            open_wait_ms: inbound_turns
                .iter()
                .find(|t| t.2.is_none())
                .map_or(0, |t| self.since(t.0)),
            since_last_inbound_ms: self.last(EventKind::is_inbound).map(|at| self.since(at)),
            lead_age_ms: born.map_or(0, |at| self.since(at)),
            inbound_30d: month.len() as u32,
            inbound_7d: self.inbound(7).len() as u32,
            inbound_8_14d: (self.inbound(14).len() - self.inbound(7).len()) as u32,
            active_days_30d: self.active_days(30).len() as u32,
            rich: rate(&month, |e| {
                is_text_kind(e, |k| {
                    use MessageKind::{Audio, Document, Image, Location, Video, Voice};
                    matches!(k, Voice | Audio | Image | Video | Document | Location)
                })
            }),
            high_intent_30d: rate(&month, |e| {
                matches!(&e.kind, EventKind::Interaction { kind, .. }
                    if *kind != InteractionKind::ReactionAdd)
            })
            .k,
            questions_30d: rate(&month, |e| {
                matches!(e.kind, EventKind::MessageInbound { has_question: true, .. })
            })
            .k,
            sentiment: sums(moods.iter().map(|(_, m)| score(m))),
            sentiment_last: moods.last().map(|(_, m)| score(m)),
            sentiment_slope: self.slope(30),
            negative: rate(&moods, |(_, m)| match &m.kind {
                EventKind::Enrichment { sentiment: [p, n, neg], .. } => neg > p && neg > n,
                _ => false,
            }),
            joy_minus_anger: sums(emotions.into_iter()),
            from_paid_ad: match (first_ad, first_inbound) {
                (Some(ad), Some(first)) => ad <= first,
                (ad, None) => ad.is_some(),
                (None, _) => false,
            },
            campaigns: self.campaigns(),
        }
    }

    /// The churn amounts.
    #[must_use]
    pub fn churn(&self) -> ChurnRaw {
        let purchases: Vec<Event> = self
            .events
            .iter()
            .filter(|e| matches!(e.kind, EventKind::Purchase { .. }))
            .cloned()
            .collect();
        let paid =
            |k: &EventKind| matches!(k, EventKind::Purchase { status: PurchaseStatus::Paid, .. });
        let kept = newest(&purchases, limits::PURCHASES_MAX).0;
        let paid_days: BTreeSet<i32> = kept.iter().filter(|e| paid(&e.kind)).map(day).collect();
        let purchase_days = paid_days.first().map(|first| {
            let last = *paid_days.last().unwrap();
            PurchaseDays {
                repeats: paid_days.len() as u32 - 1,
                recency_days: (last - first) as u32,
                age_days: (last.max(self.today) - first) as u32,
            }
        });
        let year = self.bucketed(|e| matches!(e.kind, EventKind::Purchase { .. }), 365);
        let bought = rate(&year, |e| paid(&e.kind));
        let active: Vec<i32> = self.active_days(365).into_iter().collect();
        let moods = self.moods(90);
        let emotional: Vec<usize> = moods
            .iter()
            .filter_map(|(_, m)| match &m.kind {
                EventKind::Enrichment { emotions: Some(e), .. } => Some(argmax(e)),
                _ => None,
            })
            .collect();
        let sessions = self.sessions();
        let recent: Vec<_> = sessions.iter().filter(|s| self.within(s[0].day, 90)).collect();
        let mut worst: Option<ScoreSum> = None;
        for session in &recent {
            let mood = sums(session.iter().filter_map(|i| i.mood.as_ref()).map(score));
            let lower = |w: ScoreSum| {
                i128::from(mood.sum) * i128::from(w.n) < i128::from(w.sum) * i128::from(mood.n)
            };
            if mood.n > 0 && worst.is_none_or(lower) {
                worst = Some(mood);
            }
        }
        let ratings: Vec<(i32, u8)> = self
            .events
            .iter()
            .filter_map(|e| match e.kind {
                EventKind::Csat { rating } => Some((day(e), rating)),
                _ => None,
            })
            .collect();
        let ratings: Vec<u8> = newest(&ratings, limits::RATINGS_MAX)
            .0
            .into_iter()
            .filter(|r| self.within(r.0, 180))
            .map(|r| r.1)
            .collect();
        let seen = self.last(|k| match k {
            EventKind::MessageInbound { .. } | EventKind::Interaction { .. } => true,
            EventKind::MessageStatus { status, .. } => {
                matches!(status, MessageStatus::Read | MessageStatus::Played)
            }
            _ => false,
        });
        let born = self.first(paid).or(self.first(EventKind::is_inbound));
        let mut raw = ChurnRaw {
            since_last_inbound_ms: self.last(EventKind::is_inbound).map(|at| self.since(at)),
            since_last_purchase_ms: self.last(paid).map(|at| self.since(at)),
            since_last_seen_ms: seen.map(|at| self.since(at)),
            customer_age_ms: born.map_or(0, |at| self.since(at)),
            median_gap_days: median(active.windows(2).map(|w| (w[1] - w[0]) as u32).collect()),
            purchase_days,
            inbound_30d: self.inbound(30).len() as u32,
            inbound_31_90d: (self.inbound(90).len() - self.inbound(30).len()) as u32,
            active_days_90d: self.active_days(90).len() as u32,
            sessions_90d: recent.len() as u32,
            purchases_365d: bought.k,
            refunds_365d: bought.n - bought.k,
            money: self.money(&kept),
            campaigns: self.campaigns(),
            opted_out: self.opted_out(),
            sentiment_30d: sums(self.moods(30).iter().map(|(_, m)| score(m))),
            sentiment_90d: sums(moods.iter().map(|(_, m)| score(m))),
            sentiment_slope: self.slope(90),
            anger_disgust: rate(&emotional, |e| *e == 2 || *e == 5),
            worst_session: worst,
            csat_sum: ratings.iter().map(|r| u32::from(*r)).sum(),
            csat_count: ratings.len() as u32,
            ..ChurnRaw::default()
        };
        self.desk(&sessions, &mut raw);
        raw
    }

    fn sessions(&self) -> Vec<Vec<ChatItem>> {
        let inbound: Vec<ChatItem> =
            self.chat().into_iter().filter(|i| i.side == Side::Contact).collect();
        inbound.chunk_by(|a, b| b.at - a.at < DAY_MS).map(<[ChatItem]>::to_vec).collect()
    }

    fn desk(&self, sessions: &[Vec<ChatItem>], raw: &mut ChurnRaw) {
        let steps: Vec<Event> = self
            .events
            .iter()
            .filter(|e| {
                matches!(
                    e.kind,
                    EventKind::Conversation(
                        ConversationStep::Opened
                            | ConversationStep::Resolved
                            | ConversationStep::Reopened
                    )
                )
            })
            .cloned()
            .collect();
        let mut conversations: BTreeMap<_, Vec<Event>> = BTreeMap::new();
        for step in newest(&steps, 4 * limits::CONVERSATIONS_MAX).0 {
            conversations.entry(step.conversation_id).or_default().push(step);
        }
        let is = |e: &Event, step| e.kind == EventKind::Conversation(step);
        let mut openings: Vec<(i64, i32)> = Vec::new();
        let mut resolutions = Vec::new();
        let mut oldest_open: Option<i64> = None;
        for steps in conversations.values() {
            let opened = steps.iter().position(|e| is(e, ConversationStep::Opened));
            if let Some(p) = opened {
                openings.push((at(&steps[p]), day(&steps[p])));
                resolutions.extend(
                    steps[p..]
                        .iter()
                        .filter(|e| is(e, ConversationStep::Resolved) && self.within(day(e), 90))
                        .map(|e| at(e) - at(&steps[p])),
                );
            }
            let last = steps.iter().rposition(|e| is(e, ConversationStep::Resolved));
            if let Some(first_open) = steps.get(last.map_or(0, |p| p + 1)) {
                let since = at(first_open);
                oldest_open = Some(oldest_open.map_or(since, |o| o.min(since)));
            }
            let recent: Vec<&Event> = steps.iter().filter(|e| self.within(day(e), 180)).collect();
            raw.reopened.n += rate(&recent, |e| is(e, ConversationStep::Resolved)).k;
            raw.reopened.k += rate(&recent, |e| is(e, ConversationStep::Reopened)).k;
        }
        raw.reopened.k = raw.reopened.k.min(raw.reopened.n);
        raw.open_conversation_ms = oldest_open.map_or(0, |at| self.since(at));
        raw.resolution_median_ms = median(resolutions);
        openings.extend(
            sessions
                .iter()
                .filter(|s| s.iter().all(|i| !i.in_conversation))
                .map(|s| (s[0].at, s[0].day)),
        );
        openings.sort();
        raw.conversations_90d = openings.iter().filter(|o| self.within(o.1, 90)).count() as u32;
        let chat = self.chat();
        let mut responses = Vec::new();
        for (i, (opened, day)) in openings.iter().enumerate() {
            let reply = chat
                .iter()
                .filter(|c| c.side == Side::Business)
                .map(|c| c.at)
                .find(|at| at >= opened);
            let next = openings.get(i + 1).map(|n| n.0);
            if let Some(reply) = reply
                && self.within(*day, 90)
                && next.is_none_or(|next| reply < next)
            {
                responses.push(reply - opened);
            }
        }
        raw.first_response_median_ms = median(responses);
    }

    fn opted_out(&self) -> bool {
        self.events
            .iter()
            .filter_map(|e| match &e.kind {
                EventKind::Consent(ConsentKind::OptOut | ConsentKind::Objected) => Some(true),
                EventKind::Consent(
                    ConsentKind::OptIn | ConsentKind::Resume | ConsentKind::Signup,
                ) => Some(false),
                EventKind::MessageStatus {
                    status: MessageStatus::Failed,
                    error_code: Some(131_050),
                    ..
                } => Some(true),
                _ => None,
            })
            .next_back()
            .unwrap_or(false)
    }

    fn money(&self, purchases: &[Event]) -> Vec<MoneySums> {
        let mut by_currency: BTreeMap<_, Vec<(i32, PurchaseStatus, i64)>> = BTreeMap::new();
        for event in purchases {
            if let EventKind::Purchase { amount, status } = &event.kind
                && self.within(day(event), 365)
                && matches!(status, PurchaseStatus::Paid | PurchaseStatus::Refunded)
            {
                let group = by_currency.entry(amount.currency).or_default();
                group.push((day(event), *status, amount.e4));
            }
        }
        let net = |rows: &[(i32, PurchaseStatus, i64)], days| -> i64 {
            rows.iter()
                .filter(|r| self.within(r.0, days))
                .map(|r| if r.1 == PurchaseStatus::Paid { r.2 } else { -r.2 })
                .sum()
        };
        by_currency
            .into_iter()
            .map(|(currency, rows)| {
                let paid: Vec<i64> =
                    rows.iter().filter(|r| r.1 == PurchaseStatus::Paid).map(|r| r.2).collect();
                MoneySums {
                    currency,
                    net_90d: net(&rows, 90),
                    net_91_180d: net(&rows, 180) - net(&rows, 90),
                    net_365d: net(&rows, 365),
                    paid_365d: paid.iter().sum(),
                    paid_count_365d: paid.len() as u32,
                }
            })
            .collect()
    }

    /// The engagement amounts.
    #[must_use]
    pub fn engagement(&self) -> EngagementRaw {
        let sends = self.sends();
        let settled: Vec<_> = sends
            .iter()
            .filter(|s| s.delivered.is_some_and(|at| self.settled(at)))
            .cloned()
            .collect();
        let within = |days| -> Vec<_> {
            settled.iter().filter(|s| self.within(s.day, days)).cloned().collect()
        };
        let quarter = within(90);
        let mut known = quarter.clone();
        known.retain(|s| s.answers_known);
        let mut half = within(180);
        half.retain(|s| s.answers_known);
        let engaged = |s: &super::joins::SendItem| !s.answers.is_empty();
        let of = |wanted: &dyn Fn(&super::joins::SendItem) -> bool| {
            let some: Vec<_> = half.iter().filter(|s| wanted(s)).collect();
            rate(&some, |s| engaged(s))
        };
        let by_hour: [Rate; 24] = std::array::from_fn(|h| of(&|s| usize::from(s.hour) == h));
        let inbound = self.inbound(90);
        let hour = |e: &Event| usize::from(e.utc_offset.local_hour(e.occurred_at));
        let not_failed: Vec<_> = sends.iter().filter(|s| !s.failed).collect();
        EngagementRaw {
            inbound_by_hour: std::array::from_fn(|h| {
                inbound.iter().filter(|e| hour(e) == h).count() as u32
            }),
            engaged_by_hour: by_hour.map(|r| r.k),
            sends_by_hour: by_hour.map(|r| r.n),
            by_weekday: std::array::from_fn(|d| of(&|s| (s.day + 3).rem_euclid(7) as usize == d)),
            by_format: std::array::from_fn(|f| of(&|s| s.format == f)),
            reply: rate(&known, |s| s.answers.iter().any(|a| a.1)),
            read: rate(&quarter, |s| s.read),
            click: rate(&known, |s| s.answers.iter().any(|a| a.2)),
            sends_7d: not_failed.iter().filter(|s| self.within(s.day, 7)).count() as u32,
            last_send_at: not_failed
                .iter()
                .filter(|s| self.within(s.day, 90))
                .map(|s| TimestampMs(s.at))
                .max(),
            last_inbound_at: self.last(EventKind::is_inbound).map(TimestampMs),
            unanswered_sends: settled
                .iter()
                .filter(|s| s.answers_known)
                .rev()
                .take_while(|s| !engaged(s))
                .count() as u32,
            delivery_limited_30d: self
                .limited_days()
                .into_iter()
                .filter(|d| self.within(*d, 30))
                .count() as u32,
            language: self.language(),
        }
    }

    fn language(&self) -> Option<LanguageTag> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for item in self.chat() {
            if let Some(EventKind::Enrichment { language: Some(tag), .. }) =
                item.mood.map(|m| m.kind)
                && tag.primary().len() >= 2
            {
                *counts.entry(tag.primary().to_owned()).or_default() += 1;
            }
        }
        let most = counts.values().copied().max()?;
        let first = counts.iter().find(|(_, n)| **n == most)?.0;
        LanguageTag::new(first).ok()
    }
}
