-- Several applications, each with keys and user tokens; who may do what. Secrets are
-- kept as SHA-256. `roles` is a mask; `channels` is JSON: {"allow": [...], "deny": [...]}.

-- The admin token is the server's, no longer the first application's.
CREATE TABLE operator (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    token_hash BLOB NOT NULL
) STRICT;
INSERT INTO operator SELECT 1, admin_token_hash FROM app ORDER BY created_at, app.id LIMIT 1;

CREATE TABLE api_key (
    id         TEXT PRIMARY KEY,
    app        TEXT NOT NULL REFERENCES app (id),
    name       TEXT NOT NULL,
    hash       BLOB NOT NULL,
    roles      INTEGER NOT NULL,
    channels   TEXT NOT NULL,
    rate_per_s INTEGER,                   -- requests a second; NULL: the server's setting
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX api_key_app ON api_key (app, id);
-- 15: publish, subscribe, register and read, which a key could do until now.
INSERT INTO api_key (id, app, name, hash, roles, channels, created_at)
    SELECT 'key_' || lower(hex(randomblob(16))), id, 'default', api_key_hash, 15,
      '{"allow":[],"deny":[]}', created_at FROM app;

CREATE TABLE user_token (
    id         TEXT PRIMARY KEY,
    app        TEXT NOT NULL REFERENCES app (id),
    user_id    TEXT NOT NULL,
    hash       BLOB NOT NULL,
    roles      INTEGER NOT NULL,
    channels   TEXT NOT NULL,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (app, hash)
) STRICT;
CREATE INDEX user_token_app ON user_token (app, id);

-- What a request with an idempotency key made, so that the same request makes it once.
CREATE TABLE made_once (
    app         TEXT NOT NULL,            -- '' for what belongs to no application
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL,            -- SHA-256 of the request
    made        TEXT NOT NULL,            -- the id of what it made
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (app, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX made_once_age ON made_once (created_at);

ALTER TABLE app DROP COLUMN api_key_hash;
ALTER TABLE app DROP COLUMN admin_token_hash;
ALTER TABLE app ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- Set: nobody may use it any more, and what it holds is being deleted.
ALTER TABLE app ADD COLUMN removed_at INTEGER;

-- Deleting a message asks who refers to it.
CREATE INDEX message_parent ON message (parent) WHERE parent IS NOT NULL;
CREATE INDEX publish_key_message ON publish_key (message);
CREATE INDEX inbox_message ON inbox (message);
-- The admin API lists the newest first, and what is still to come.
CREATE INDEX message_listed ON message (app, id);
CREATE INDEX message_waiting ON message (app, id) WHERE state = 2;
DROP INDEX message_app;
