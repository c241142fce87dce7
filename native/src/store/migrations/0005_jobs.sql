-- Training jobs. A model has one job at a time (`jobs_open`). `lease_*`: the process that works on
-- it; a lease that is not renewed ends, and the next one takes the job with the next token, so that
-- the one before can change nothing any more. `outcome` is JSON.
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL UNIQUE,
  tenant INTEGER NOT NULL,
  model TEXT NOT NULL,
  request TEXT NOT NULL,
  scheduled INTEGER NOT NULL,
  status TEXT NOT NULL,
  stage TEXT NOT NULL DEFAULT '',
  progress REAL NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  run_after INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  cancel INTEGER NOT NULL DEFAULT 0,
  lease_owner TEXT,
  lease_token INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  outcome TEXT,
  error TEXT
) STRICT;

CREATE UNIQUE INDEX jobs_open ON jobs (tenant, model) WHERE finished_at IS NULL;

CREATE INDEX jobs_by_tenant ON jobs (tenant, seq);

-- Jobs that were asked for together; `seq` tells which groups are the oldest.
CREATE TABLE job_groups (
  seq INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  group_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  job_id TEXT NOT NULL,
  UNIQUE (tenant, group_id, position)
) STRICT;

CREATE INDEX job_groups_by_tenant ON job_groups (tenant, seq);
