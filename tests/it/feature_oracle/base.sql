-- Joins of the flattened event table e, written from the definitions of docs/FEATURES.md.
-- One contact, fewer events than any limit of the state.

CREATE TABLE delivery AS
SELECT msg,
       min(seq) AS first_seq,
       max(status = 'failed') AS failed,
       CASE WHEN max(status = 'failed') = 0
            THEN min(CASE WHEN status IN ('delivered', 'read', 'played') THEN at END)
       END AS delivered_at,
       CASE WHEN max(status = 'failed') = 0
            THEN min(CASE WHEN status IN ('read', 'played') THEN at END)
       END AS read_at,
       (SELECT s.category FROM e s
         WHERE s.type = 'status' AND s.msg = e.msg AND s.category IS NOT NULL
         ORDER BY s.seq LIMIT 1) AS category,
       (SELECT s.day FROM e s
         WHERE s.type = 'status' AND s.msg = e.msg AND s.status = 'failed'
           AND s.code IN (131049, 131026, 131047)
         ORDER BY s.seq LIMIT 1) AS limited_day
  FROM e WHERE type = 'status' GROUP BY msg;

CREATE TABLE outbound AS
SELECT e.at, 1 AS rank, e.id, e.day, e.hour, e.msg, e.author,
       coalesce(e.category, d.category) AS category,
       e.template, e.media, e.buttons, coalesce(d.failed, 0) AS failed, d.delivered_at, d.read_at
  FROM e LEFT JOIN delivery d ON d.msg = e.msg
 WHERE e.type = 'out'
UNION ALL
SELECT s.at, 1, s.id, s.day, s.hour, d.msg,
       CASE WHEN d.category = 'marketing' THEN 'campaign'
            WHEN d.category IN ('utility', 'authentication') THEN 'app'
            ELSE 'agent' END,
       d.category, 0, 0, 0, d.failed, d.delivered_at, d.read_at
  FROM delivery d JOIN e s ON s.seq = d.first_seq
 WHERE d.msg NOT IN (SELECT msg FROM e WHERE type = 'out');

CREATE TABLE chat AS
SELECT row_number() OVER (ORDER BY at, rank, id) AS n, *
  FROM (SELECT at, 0 AS rank, id, day, 'in' AS side, conv IS NOT NULL AS desk, msg
          FROM e WHERE inbound
        UNION ALL
        SELECT at, rank, id, day,
               CASE WHEN author = 'campaign' OR category = 'marketing'
                    THEN 'campaign' ELSE 'reply' END,
               0, NULL
          FROM outbound
         WHERE author <> 'auto' AND NOT failed);
CREATE UNIQUE INDEX chat_n ON chat(n);

CREATE TABLE mood AS
SELECT c.n, c.day, m.pos - m.neg AS score, m.pos, m.neu, m.neg,
       m.joy, m.sadness, m.anger, m.fear, m.surprise, m.disgust, m.neutral, m.language
  FROM chat c JOIN e m ON m.type = 'enrich' AND m.msg = c.msg
 WHERE m.seq = (SELECT min(seq) FROM e x WHERE x.type = 'enrich' AND x.msg = c.msg);

CREATE TABLE maybe AS
SELECT row_number() OVER (ORDER BY at, rank, id) AS k,
       row_number() OVER (PARTITION BY msg ORDER BY at, rank, id) AS record,
       author = 'campaign' OR coalesce(category, '') = 'marketing' AS campaign, *
  FROM outbound
 WHERE author IN ('campaign', 'app') OR (author IN ('agent', 'bot') AND template);

CREATE TABLE send AS
SELECT *, CASE WHEN buttons THEN 2 WHEN media THEN 1 ELSE 0 END AS format
  FROM maybe s
 WHERE record = 1
   AND (campaign OR NOT coalesce(
        (SELECT c.side = 'in' AND s.at - c.at <= 86400000 FROM chat c
          WHERE (c.at, c.rank, c.id) < (s.at, s.rank, s.id) AND c.side <> 'campaign'
          ORDER BY c.n DESC LIMIT 1), 0));

CREATE TABLE answer AS
SELECT a.at, a.inbound, a.pressed, s.msg
  FROM e a JOIN send s ON s.msg = CASE
       WHEN a.reply IS NOT NULL THEN a.reply
       ELSE (SELECT p.msg FROM send p
              WHERE p.at < a.at AND p.delivered_at IS NOT NULL ORDER BY p.k DESC LIMIT 1) END
 WHERE (a.inbound OR a.link) AND s.at < a.at AND a.at <= s.delivered_at + 86400000;

-- Delivered at least 24 hours ago.
CREATE TABLE settled AS
SELECT s.*,
       EXISTS (SELECT 1 FROM answer a WHERE a.msg = s.msg) AS engaged,
       EXISTS (SELECT 1 FROM answer a WHERE a.msg = s.msg AND a.inbound) AS replied,
       EXISTS (SELECT 1 FROM answer a WHERE a.msg = s.msg AND a.pressed) AS clicked
  FROM send s, now WHERE now.at - s.delivered_at >= 86400000;

CREATE TABLE outbound_turn AS
SELECT at, day, CASE WHEN next_side = 'in' THEN next_at END AS answered_at
  FROM (SELECT *, lead(side) OVER (ORDER BY n) AS next_side, lead(at) OVER (ORDER BY n) AS next_at
          FROM chat)
 WHERE side <> 'in' AND (next_side IS NULL OR next_side = 'in' OR next_at - at >= 86400000);

CREATE TABLE inbound_turn AS
SELECT at, day, (SELECT min(r.at) FROM chat r WHERE r.side = 'reply' AND r.n > c.n) AS reply_at
  FROM (SELECT *, lag(side) OVER (ORDER BY n) AS last_side, lag(at) OVER (ORDER BY n) AS last_at
          FROM chat WHERE side <> 'campaign') c
 WHERE side = 'in' AND (last_side IS NULL OR last_side <> 'in' OR at - last_at >= 86400000);

CREATE TABLE session AS
SELECT began_n, at AS began_at, day,
       (SELECT max(desk) FROM chat c WHERE c.side = 'in' AND c.n >= began_n AND c.n < ended_n) AS desk,
       ended_n
  FROM (SELECT n AS began_n, at, day,
               coalesce(lead(n) OVER (ORDER BY n), 9223372036854775807) AS ended_n
          FROM (SELECT *, lag(at) OVER (ORDER BY n) AS last_at FROM chat WHERE side = 'in')
         WHERE last_at IS NULL OR at - last_at >= 86400000);

CREATE TABLE step AS
SELECT seq, at, day, coalesce(conv, x'00') AS conv, step FROM e
 WHERE type = 'step' AND step IN ('opened', 'resolved', 'reopened');

CREATE TABLE opening AS
SELECT at, day, coalesce(lead(at) OVER (ORDER BY at, day), 9223372036854775807) AS next_at
  FROM (SELECT at, day FROM step s
         WHERE step = 'opened'
           AND seq = (SELECT min(seq) FROM step x WHERE x.conv = s.conv AND x.step = 'opened')
        UNION ALL
        SELECT began_at, day FROM session WHERE NOT desk);
