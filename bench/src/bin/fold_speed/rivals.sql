SELECT contact,
       sum(day > today - 30) AS inbound_30d,
       count(DISTINCT CASE WHEN day > today - 30 THEN day END) AS active_days_30d,
       sum(day > today - 90 AND (last_at IS NULL OR ms - last_at >= 86400000)) AS sessions_90d
  FROM (SELECT contact, ms, day, lag(ms) OVER (PARTITION BY contact ORDER BY ms, seq) AS last_at
          FROM flat WHERE inbound = 1)
  JOIN now USING (contact)
 GROUP BY contact
 ORDER BY contact
