//! One query a feature. `mood`, `send`, `chat` and the like are made by base.sql.

use super::Query;

fn as_is(value: f64) -> f64 {
    value
}

pub(crate) const LEAD_SQL: &[Query] = &[
    Query {
        name: "first_response_min",
        sql: "SELECT (min(r.at) - f.at) / 60000.0 FROM (SELECT min(at) AS at FROM e WHERE inbound) f \
        JOIN chat r ON r.side = 'reply' AND r.at >= f.at",
        then: as_is,
    },
    Query {
        name: "agent_reply_median_min",
        sql: "SELECT v FROM (SELECT v, row_number() OVER (ORDER BY v) AS r, count(*) OVER () AS c FROM \
        (SELECT (reply_at - t.at) / 60000.0 AS v FROM inbound_turn t, now WHERE reply_at IS NOT \
        NULL AND t.day > now.day - 30)) WHERE r = (c + 1) / 2 UNION ALL SELECT NULL LIMIT 1",
        then: as_is,
    },
    Query {
        name: "lead_reply_median_min",
        sql: "SELECT v FROM (SELECT v, row_number() OVER (ORDER BY v) AS r, count(*) OVER () AS c FROM \
        (SELECT (answered_at - t.at) / 60000.0 AS v FROM outbound_turn t, now WHERE answered_at \
        - t.at <= 86400000 AND t.day > now.day - 30)) WHERE r = (c + 1) / 2 UNION ALL SELECT \
        NULL LIMIT 1",
        then: as_is,
    },
    Query {
        name: "unanswered_outbound_streak",
        sql: "SELECT count(*) FROM outbound_turn WHERE answered_at IS NULL AND at >= (SELECT \
        coalesce(max(at), -1) FROM chat WHERE side = 'in') AND (SELECT count(*) FROM chat c \
        WHERE c.side = 'in' AND c.n > (SELECT max(n) FROM chat x WHERE x.side <> 'in' AND x.at = \
        outbound_turn.at)) = 0",
        then: as_is,
    },
    Query {
        name: "open_wait_hours",
        sql: "SELECT coalesce((now.at - (SELECT min(at) FROM inbound_turn WHERE reply_at IS NULL)) / \
        3600000.0, 0) FROM now",
        then: as_is,
    },
    Query {
        name: "hours_since_last_inbound",
        sql: "SELECT (now.at - coalesce((SELECT max(at) FROM e WHERE inbound), coalesce((SELECT \
        min(at) FROM e WHERE created), (SELECT min(at) FROM e WHERE sign), now.at))) / 3600000.0 \
        FROM now",
        then: as_is,
    },
    Query {
        name: "lead_age_days",
        sql: "SELECT (now.at - coalesce((SELECT min(at) FROM e WHERE created), (SELECT min(at) FROM e \
        WHERE sign), now.at)) / 86400000.0 FROM now",
        then: as_is,
    },
    Query {
        name: "inbound_msgs_30d",
        sql: "SELECT (SELECT count(*) FROM e WHERE inbound AND e.day > now.day - 30) FROM now",
        then: as_is,
    },
    Query {
        name: "inbound_trend_7d",
        sql: "SELECT (2.0 * (SELECT count(*) FROM e WHERE inbound AND e.day > now.day - 7) - (SELECT \
        count(*) FROM e WHERE inbound AND e.day > now.day - 14)) / ((SELECT count(*) FROM e \
        WHERE inbound AND e.day > now.day - 14) + 1) FROM now",
        then: as_is,
    },
    Query {
        name: "active_days_30d",
        sql: "SELECT count(DISTINCT e.day) FROM e, now WHERE inbound AND e.day > now.day - 30",
        then: as_is,
    },
    Query {
        name: "high_intent_actions_30d",
        sql: "SELECT count(*) FROM e, now WHERE intent AND e.day > now.day - 30",
        then: as_is,
    },
    Query {
        name: "questions_30d",
        sql: "SELECT count(*) FROM e, now WHERE question AND e.day > now.day - 30",
        then: as_is,
    },
    Query {
        name: "sentiment_mean_30d",
        sql: "SELECT coalesce(avg(score) / 32768.0, 0) FROM mood, now WHERE mood.day > now.day - 30",
        then: as_is,
    },
    Query {
        name: "sentiment_last",
        sql: "SELECT coalesce((SELECT score / 32768.0 FROM mood, now WHERE mood.day > now.day - 30 \
        ORDER BY n DESC LIMIT 1), 0)",
        then: as_is,
    },
    Query {
        name: "sentiment_slope_30d",
        sql: "SELECT CASE WHEN n < 3 OR n * xx = x * x THEN 0.0 ELSE 1.0 * (n * xy - x * y) / (32768.0 \
        * (n * xx - x * x)) END FROM (SELECT count(*) AS n, coalesce(sum(x), 0) AS x, \
        coalesce(sum(x * x), 0) AS xx, coalesce(sum(y), 0) AS y, coalesce(sum(x * y), 0) AS xy \
        FROM (SELECT mood.day - now.day AS x, score AS y FROM mood, now WHERE mood.day > now.day \
        - 30))",
        then: as_is,
    },
    Query {
        name: "joy_minus_anger_30d",
        sql: "SELECT coalesce(avg(joy - anger) / 32768.0, 0) FROM mood, now WHERE mood.day > now.day - \
        30 AND joy IS NOT NULL",
        then: as_is,
    },
    Query {
        name: "from_paid_ad",
        sql: "SELECT EXISTS (SELECT 1 FROM e WHERE ad AND at <= coalesce((SELECT min(at) FROM e i \
        WHERE i.inbound), 9223372036854775807))",
        then: as_is,
    },
    Query {
        name: "campaigns_delivered_30d",
        sql: "SELECT count(*) FROM send, now WHERE campaign AND delivered_at IS NOT NULL AND send.day \
        > now.day - 30",
        then: as_is,
    },
    Query {
        name: "days_since_campaign_response",
        sql: "SELECT min(365.0, coalesce((now.at - (SELECT max(a.at) FROM answer a JOIN send s ON \
        s.msg = a.msg WHERE s.campaign AND s.day > now.day - 365)) / 86400000.0, 365.0)) FROM \
        now",
        then: as_is,
    },
];

pub(crate) const CHURN_SQL: &[Query] = &[
    Query {
        name: "days_since_last_inbound",
        sql: "SELECT (now.at - coalesce((SELECT max(at) FROM e WHERE inbound), coalesce((SELECT \
        min(at) FROM e WHERE type = 'buy' AND status = 'paid'), (SELECT min(at) FROM e WHERE \
        inbound), now.at))) / 86400000.0 FROM now",
        then: as_is,
    },
    Query {
        name: "days_since_last_purchase",
        sql: "SELECT (now.at - (SELECT max(at) FROM e WHERE type = 'buy' AND status = 'paid')) / \
        86400000.0 FROM now",
        then: as_is,
    },
    Query {
        name: "days_since_last_seen",
        sql: "SELECT (now.at - coalesce((SELECT max(at) FROM e WHERE type IN ('in', 'act') OR type = \
        'status' AND status IN ('read', 'played')), coalesce((SELECT min(at) FROM e WHERE type = \
        'buy' AND status = 'paid'), (SELECT min(at) FROM e WHERE inbound), now.at))) / \
        86400000.0 FROM now",
        then: as_is,
    },
    Query {
        name: "days_since_campaign_response",
        sql: "SELECT min(365.0, coalesce((now.at - (SELECT max(a.at) FROM answer a JOIN send s ON \
        s.msg = a.msg WHERE s.campaign AND s.day > now.day - 365)) / 86400000.0, 365.0)) FROM \
        now",
        then: as_is,
    },
    Query {
        name: "customer_age_days",
        sql: "SELECT (now.at - coalesce((SELECT min(at) FROM e WHERE type = 'buy' AND status = \
        'paid'), (SELECT min(at) FROM e WHERE inbound), now.at)) / 86400000.0 FROM now",
        then: as_is,
    },
    Query {
        name: "inactivity_ratio",
        sql: "SELECT (now.at - coalesce((SELECT max(at) FROM e WHERE inbound), coalesce((SELECT \
        min(at) FROM e WHERE type = 'buy' AND status = 'paid'), (SELECT min(at) FROM e WHERE \
        inbound), now.at))) / 86400000.0 / max(1, coalesce((SELECT v FROM (SELECT v, \
        row_number() OVER (ORDER BY v) AS r, count(*) OVER () AS c FROM (SELECT day - lag(day) \
        OVER (ORDER BY day) AS v FROM (SELECT DISTINCT e.day FROM e WHERE inbound AND e.day > \
        now.day - 365 AND e.day > now.kept_after)) WHERE v IS NOT NULL) WHERE r = (c + 1) / 2), \
        30)) FROM now",
        then: as_is,
    },
    Query {
        name: "inbound_msgs_30d",
        sql: "SELECT (SELECT count(*) FROM e WHERE inbound AND e.day > now.day - 30) FROM now",
        then: as_is,
    },
    Query {
        name: "active_days_90d",
        sql: "SELECT count(DISTINCT e.day) FROM e, now WHERE inbound AND e.day > now.day - 90",
        then: as_is,
    },
    Query {
        name: "sessions_90d",
        sql: "SELECT count(*) FROM session, now WHERE session.day > now.day - 90",
        then: as_is,
    },
    Query {
        name: "inbound_trend",
        sql: "SELECT (1.0 + (SELECT count(*) FROM e WHERE inbound AND e.day > now.day - 30)) / (1.0 + \
        ((SELECT count(*) FROM e WHERE inbound AND e.day > now.day - 90) - (SELECT count(*) FROM \
        e WHERE inbound AND e.day > now.day - 30)) / 2.0) FROM now",
        then: f64::ln,
    },
    Query {
        name: "purchases_365d",
        sql: "SELECT count(*) FROM e, now WHERE type = 'buy' AND status = 'paid' AND e.day > now.day - \
        365 AND e.day > now.kept_after",
        then: as_is,
    },
    Query {
        name: "interpurchase_mean_days",
        sql: "SELECT CASE WHEN count(DISTINCT day) > 1 THEN (max(day) - min(day)) * 1.0 / \
        (count(DISTINCT day) - 1) END FROM e WHERE type = 'buy' AND status = 'paid'",
        then: as_is,
    },
    Query {
        name: "marketing_opted_out",
        sql: "SELECT coalesce((SELECT opt FROM e WHERE opt IS NOT NULL ORDER BY seq DESC LIMIT 1), 0)",
        then: as_is,
    },
    Query {
        name: "revenue_90d",
        sql: "SELECT coalesce((SELECT sum(CASE status WHEN 'paid' THEN amount ELSE -amount END) FROM e \
        WHERE type = 'buy' AND status IN ('paid', 'refunded') AND currency = 'EUR' AND e.day > \
        now.day - 90), 0) / 377000.0 FROM now",
        then: as_is,
    },
    Query {
        name: "revenue_365d",
        sql: "SELECT coalesce((SELECT sum(CASE status WHEN 'paid' THEN amount ELSE -amount END) FROM e \
        WHERE type = 'buy' AND status IN ('paid', 'refunded') AND currency = 'EUR' AND e.day > \
        now.day - 365), 0) / 377000.0 FROM now",
        then: as_is,
    },
    Query {
        name: "avg_order_value_365d",
        sql: "SELECT avg(amount) / 377000.0 FROM e, now WHERE type = 'buy' AND status = 'paid' AND \
        currency = 'EUR' AND e.day > now.day - 365",
        then: as_is,
    },
    Query {
        name: "revenue_trend_90d",
        sql: "SELECT (1 + max(0, coalesce((SELECT sum(CASE status WHEN 'paid' THEN amount ELSE -amount \
        END) FROM e WHERE type = 'buy' AND status IN ('paid', 'refunded') AND currency = 'EUR' \
        AND e.day > now.day - 90), 0) / 377000.0)) / (1 + max(0, coalesce((SELECT sum(CASE \
        status WHEN 'paid' THEN amount ELSE -amount END) FROM e WHERE type = 'buy' AND status IN \
        ('paid', 'refunded') AND currency = 'EUR' AND e.day > now.day - 180 AND e.day <= now.day \
        - 90), 0) / 377000.0)) FROM now",
        then: f64::ln,
    },
    Query {
        name: "refunds_365d",
        sql: "SELECT count(*) FROM e, now WHERE type = 'buy' AND status <> 'paid' AND e.day > now.day \
        - 365 AND e.day > now.kept_after",
        then: as_is,
    },
    Query {
        name: "sentiment_mean_30d",
        sql: "SELECT avg(score) / 32768.0 FROM mood, now WHERE mood.day > now.day - 30",
        then: as_is,
    },
    Query {
        name: "sentiment_mean_90d",
        sql: "SELECT avg(score) / 32768.0 FROM mood, now WHERE mood.day > now.day - 90",
        then: as_is,
    },
    Query {
        name: "sentiment_slope_90d",
        sql: "SELECT CASE WHEN n < 3 OR n * xx = x * x THEN 0.0 ELSE 30.0 * (n * xy - x * y) / \
        (32768.0 * (n * xx - x * x)) END FROM (SELECT count(*) AS n, coalesce(sum(x), 0) AS x, \
        coalesce(sum(x * x), 0) AS xx, coalesce(sum(y), 0) AS y, coalesce(sum(x * y), 0) AS xy \
        FROM (SELECT mood.day - now.day AS x, score AS y FROM mood, now WHERE mood.day > now.day \
        - 90))",
        then: as_is,
    },
    Query {
        name: "worst_session_sentiment_90d",
        sql: "SELECT coalesce(min(m), 0) FROM (SELECT avg(score) / 32768.0 AS m FROM session s JOIN \
        mood ON mood.n >= s.began_n AND mood.n < s.ended_n, now WHERE s.day > now.day - 90 GROUP \
        BY s.began_n)",
        then: as_is,
    },
    Query {
        name: "conversations_opened_90d",
        sql: "SELECT count(*) FROM opening, now WHERE opening.day > now.day - 90",
        then: as_is,
    },
    Query {
        name: "open_conversation_age_h",
        sql: "SELECT coalesce((now.at - (SELECT min(at) FROM step s WHERE step <> 'resolved' AND NOT \
        EXISTS (SELECT 1 FROM step x WHERE x.conv = s.conv AND x.step = 'resolved' AND x.seq > \
        s.seq))) / 3600000.0, 0) FROM now",
        then: as_is,
    },
    Query {
        name: "first_response_median_min_90d",
        sql: "SELECT v FROM (SELECT v, row_number() OVER (ORDER BY v) AS r, count(*) OVER () AS c FROM \
        (SELECT (r - opening.at) / 60000.0 AS v FROM (SELECT *, (SELECT min(at) FROM chat WHERE \
        side = 'reply' AND chat.at >= o.at) AS r FROM opening o) opening, now WHERE r < next_at \
        AND opening.day > now.day - 90)) WHERE r = (c + 1) / 2 UNION ALL SELECT NULL LIMIT 1",
        then: as_is,
    },
    Query {
        name: "resolution_median_h_90d",
        sql: "SELECT v FROM (SELECT v, row_number() OVER (ORDER BY v) AS r, count(*) OVER () AS c FROM \
        (SELECT (s.at - o.at) / 3600000.0 AS v FROM step s JOIN step o ON o.conv = s.conv AND \
        o.seq < s.seq AND o.seq = (SELECT min(seq) FROM step x WHERE x.conv = s.conv AND x.step \
        = 'opened'), now WHERE s.step = 'resolved' AND s.day > now.day - 90)) WHERE r = (c + 1) \
        / 2 UNION ALL SELECT NULL LIMIT 1",
        then: as_is,
    },
    Query {
        name: "csat_mean_180d",
        sql: "SELECT avg(rating) FROM e, now WHERE type = 'csat' AND e.day > now.day - 180",
        then: as_is,
    },
];

pub(crate) const ENGAGEMENT_SQL: &[Query] = &[
    Query {
        name: "hour_sin",
        sql: "SELECT (SELECT local_ms / 3600000 % 24 FROM candidate)",
        then: |h| (h * std::f64::consts::TAU / 24.0).sin(),
    },
    Query {
        name: "hour_cos",
        sql: "SELECT (SELECT local_ms / 3600000 % 24 FROM candidate)",
        then: |h| (h * std::f64::consts::TAU / 24.0).cos(),
    },
    Query {
        name: "dow_sin",
        sql: "SELECT (SELECT (local_ms / 86400000 + 3) % 7 FROM candidate)",
        then: |d| (d * std::f64::consts::TAU / 7.0).sin(),
    },
    Query {
        name: "dow_cos",
        sql: "SELECT (SELECT (local_ms / 86400000 + 3) % 7 FROM candidate)",
        then: |d| (d * std::f64::consts::TAU / 7.0).cos(),
    },
    Query {
        name: "is_weekend",
        sql: "SELECT (SELECT (local_ms / 86400000 + 3) % 7 FROM candidate) >= 5",
        then: as_is,
    },
    Query {
        name: "hours_from_peak",
        sql: "SELECT coalesce((SELECT min(abs(h - (SELECT local_ms / 3600000 % 24 FROM candidate)), 24 \
        - abs(h - (SELECT local_ms / 3600000 % 24 FROM candidate))) FROM (SELECT e.hour AS h, \
        count(*) AS c FROM e, now WHERE inbound AND e.day > now.day - 90 GROUP BY e.hour) ORDER \
        BY c DESC, h LIMIT 1), 6)",
        then: as_is,
    },
    Query {
        name: "sends_7d",
        sql: "SELECT count(*) FROM send, now WHERE NOT failed AND send.day > now.day - 7",
        then: as_is,
    },
    Query {
        name: "hours_since_last_send",
        sql: "SELECT coalesce(((SELECT at FROM candidate) - max(send.at)) / 3600000.0, 2160) FROM \
        send, now WHERE NOT failed AND send.day > now.day - 90",
        then: as_is,
    },
    Query {
        name: "hours_since_last_inbound",
        sql: "SELECT coalesce((at - (SELECT max(at) FROM e WHERE inbound)) / 3600000.0, 8760) FROM \
        candidate",
        then: as_is,
    },
    Query {
        name: "window_remaining_h",
        sql: "SELECT coalesce(max(0, 24 - (at - (SELECT max(at) FROM e WHERE inbound)) / 3600000.0), \
        0) FROM candidate",
        then: as_is,
    },
    Query {
        name: "unanswered_sends",
        sql: "SELECT count(*) FROM settled WHERE k > coalesce((SELECT max(k) FROM settled WHERE \
        engaged), 0)",
        then: as_is,
    },
    Query {
        name: "delivery_limited_30d",
        sql: "SELECT count(*) FROM delivery, now WHERE limited_day > now.day - 30",
        then: as_is,
    },
];

pub(crate) const RATE_SQL: &[(&str, &str)] = &[
    (
        "lead_reply",
        "SELECT sum(coalesce(answered_at - t.at <= 86400000, 0)), count(*) FROM outbound_turn t, \
        now WHERE now.at - t.at >= 86400000 AND t.day > now.day - 30",
    ),
    ("rich", "SELECT sum(rich), count(*) FROM e, now WHERE inbound AND e.day > now.day - 30"),
    (
        "negative",
        "SELECT sum(neg > pos AND neg > neu), count(*) FROM mood, now WHERE mood.day > now.day - \
        30",
    ),
    (
        "campaign_read",
        "SELECT sum(read_at IS NOT NULL), count(*) FROM settled, now WHERE campaign AND \
        settled.day > now.day - 90",
    ),
    (
        "campaign_engaged",
        "SELECT sum(engaged), count(*) FROM settled, now WHERE campaign AND settled.day > now.day \
        - 90",
    ),
    (
        "anger_disgust",
        "SELECT sum(anger > max(joy, sadness) AND anger >= max(fear, surprise, disgust, neutral) \
        OR disgust > max(joy, sadness, anger, fear, surprise) AND disgust >= neutral), count(*) \
        FROM mood, now WHERE joy IS NOT NULL AND mood.day > now.day - 90",
    ),
    (
        "reopened",
        "SELECT min(sum(step = 'reopened'), sum(step = 'resolved')), coalesce(sum(step = \
        'resolved'), 0) FROM step, now WHERE step.day > now.day - 180",
    ),
    ("reply", "SELECT sum(replied), count(*) FROM settled, now WHERE settled.day > now.day - 90"),
    (
        "read",
        "SELECT sum(read_at IS NOT NULL), count(*) FROM settled, now WHERE settled.day > now.day \
        - 90",
    ),
    ("click", "SELECT sum(clicked), count(*) FROM settled, now WHERE settled.day > now.day - 90"),
    (
        "purchase_days",
        "SELECT max(count(DISTINCT e.day) - 1, 0), coalesce(max(now.day, max(e.day)) - \
        min(e.day), 0) FROM now LEFT JOIN e ON type = 'buy' AND status = 'paid'",
    ),
];
