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

-- Answers given to requests with an idempotency key, for a day. `key_hash` and `request_hash` are
-- keyed hashes: neither the caller's key nor anything of the body is kept.
CREATE TABLE idempotency (
  tenant INTEGER NOT NULL,
  key_hash BLOB NOT NULL,
  request_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, key_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (tenant, created_at);

-- Where other systems deliver webhooks. Their signatures can be checked only with the secrets
-- themselves, so these are kept as they are: `secret_before` is the one before the last rotation.
CREATE TABLE channels (
  channel_id TEXT PRIMARY KEY,
  tenant INTEGER NOT NULL,
  kind TEXT NOT NULL,
  secret TEXT NOT NULL,
  secret_before TEXT,
  verify_token TEXT NOT NULL,
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- Folded states of contacts with a long log, so that a score costs the same however long it is.
-- `body` is the state with every event up to `position` of the tail; null while it is being made.
-- `generation` tells one life of the row from the next.
CREATE TABLE states (
  tenant INTEGER NOT NULL,
  contact BLOB NOT NULL,
  generation INTEGER NOT NULL,
  position INTEGER NOT NULL,
  body BLOB,
  PRIMARY KEY (tenant, contact)
) STRICT, WITHOUT ROWID;

-- Events that have come since, in the order of their coming.
CREATE TABLE state_tails (
  tenant INTEGER NOT NULL,
  contact BLOB NOT NULL,
  position INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (tenant, contact, position)
) STRICT, WITHOUT ROWID;
