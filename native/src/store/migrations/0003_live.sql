-- What models said of contacts, newest for the last. `answer` is the prediction as JSON, with its
-- explanation; `version` is that of the model, 0 for a shipped one; `value` is a lead score of 0 to
-- 100, else a probability.
CREATE TABLE scores (
  tenant INTEGER NOT NULL,
  contact BLOB NOT NULL,
  model TEXT NOT NULL,
  computed_at INTEGER NOT NULL,
  as_of INTEGER NOT NULL,
  version INTEGER NOT NULL,
  value REAL NOT NULL,
  label TEXT NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (tenant, contact, model, computed_at)
) STRICT, WITHOUT ROWID;
