-- Keys of the service. The secret itself is never kept: `hash` is SHA-256 of its 32 random bytes.
CREATE TABLE api_keys (
  key_id TEXT PRIMARY KEY,
  tenant INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  scopes TEXT NOT NULL,
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
