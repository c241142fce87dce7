-- Plain SQLite that Cloudflare D1 takes as well: no extension, few columns. The tenant is the
-- first part of every key.

-- A business. `key` makes every id of the log a keyed hash of the natural one.
CREATE TABLE tenants (
  tenant INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;

CREATE TABLE settings (
  tenant INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- The event log. The table is its own covering index for the one scan that feeds the fold.
-- `contact` is the canonical id of the person; `body` is the binary form of the whole event, with
-- the id under which the source knew the person.
CREATE TABLE events (
  tenant INTEGER NOT NULL,
  contact BLOB NOT NULL,
  occurred_at INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  event_id BLOB NOT NULL,
  available_at INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (tenant, contact, occurred_at, rank, event_id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX events_by_id ON events (tenant, event_id);

-- Ids that belong to a person whose canonical id is another one (the smallest of the group).
CREATE TABLE contact_alias (
  tenant INTEGER NOT NULL,
  contact BLOB NOT NULL,
  canonical BLOB NOT NULL,
  PRIMARY KEY (tenant, contact)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_alias_by_canonical ON contact_alias (tenant, canonical);

-- Names and numbers of people: the only place that holds them.
CREATE TABLE directory (
  tenant INTEGER NOT NULL,
  contact BLOB NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (tenant, contact, field)
) STRICT, WITHOUT ROWID;

-- Names of campaigns, templates and agents.
CREATE TABLE labels (
  tenant INTEGER NOT NULL,
  kind TEXT NOT NULL,
  id BLOB NOT NULL,
  label TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, id)
) STRICT, WITHOUT ROWID;

-- How far each import has come. `source` is a hash of the content and the options; `watermark`
-- is the last value of an incremental source's watermark column.
CREATE TABLE imports (
  tenant INTEGER NOT NULL,
  source BLOB NOT NULL,
  position INTEGER NOT NULL,
  new INTEGER NOT NULL,
  duplicate INTEGER NOT NULL,
  erased INTEGER NOT NULL,
  watermark TEXT,
  done INTEGER NOT NULL,
  PRIMARY KEY (tenant, source)
) STRICT, WITHOUT ROWID;

-- Erased people, as a keyed hash of the contact id: what happened up to `erased_at` never comes
-- back.
CREATE TABLE tombstones (
  tenant INTEGER NOT NULL,
  contact_hash BLOB NOT NULL,
  erased_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, contact_hash)
) STRICT, WITHOUT ROWID;
