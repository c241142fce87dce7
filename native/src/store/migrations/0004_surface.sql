-- One line about every contact of the log, so that lists can be filtered and sorted without reading
-- it. `doubt` says that some event could take consent away; `consent` is then folded from the log
-- (bits: 1 opted out, 2 objected, 4 probably blocked), NULL while that is still to be done. The
-- newest score of each model is kept beside, by a trigger on `scores`.
CREATE TABLE contacts (
  tenant INTEGER NOT NULL,
  contact BLOB NOT NULL,
  events INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  doubt INTEGER NOT NULL,
  consent INTEGER,
  lead REAL,
  lead_label TEXT,
  lead_at INTEGER,
  churn REAL,
  churn_label TEXT,
  churn_at INTEGER,
  engagement REAL,
  engagement_label TEXT,
  engagement_at INTEGER,
  PRIMARY KEY (tenant, contact)
) STRICT, WITHOUT ROWID;

CREATE INDEX contacts_unsettled ON contacts (tenant) WHERE consent IS NULL;

INSERT INTO contacts (tenant, contact, events, first_at, last_at, doubt, consent)
SELECT tenant, contact, count(*), min(occurred_at), max(occurred_at), 1, NULL FROM events
WHERE contact <> zeroblob(16) GROUP BY tenant, contact;

CREATE TRIGGER scores_newest AFTER INSERT ON scores BEGIN
  UPDATE contacts SET lead = NEW.value, lead_label = NEW.label, lead_at = NEW.computed_at
  WHERE NEW.model = 'lead' AND tenant = NEW.tenant AND contact = NEW.contact
    AND ifnull(lead_at, NEW.computed_at) <= NEW.computed_at;
  UPDATE contacts SET churn = NEW.value, churn_label = NEW.label, churn_at = NEW.computed_at
  WHERE NEW.model = 'churn' AND tenant = NEW.tenant AND contact = NEW.contact
    AND ifnull(churn_at, NEW.computed_at) <= NEW.computed_at;
  UPDATE contacts SET engagement = NEW.value, engagement_label = NEW.label,
    engagement_at = NEW.computed_at
  WHERE NEW.model = 'engagement' AND tenant = NEW.tenant AND contact = NEW.contact
    AND ifnull(engagement_at, NEW.computed_at) <= NEW.computed_at;
END;

-- What people said of scores and recommendations. `subject` is an action, the label that would have
-- been right, or a free label.
CREATE TABLE feedback (
  tenant INTEGER NOT NULL,
  contact BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  feedback_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  model TEXT NOT NULL,
  subject TEXT NOT NULL,
  verdict TEXT NOT NULL,
  PRIMARY KEY (tenant, contact, created_at, feedback_id)
) STRICT, WITHOUT ROWID;
