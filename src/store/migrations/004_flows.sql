-- Flows that people keep: a draft that changes, versions that don't, one of them live; the
-- runs that events set off; links to sign in with, and sessions. Secrets are kept as SHA-256.

CREATE TABLE flow (
    id           TEXT PRIMARY KEY,
    app          TEXT NOT NULL REFERENCES app (id),
    name         TEXT NOT NULL,
    description  TEXT NOT NULL,
    source       TEXT NOT NULL,           -- the draft: a flow file
    revision     INTEGER NOT NULL,        -- counts changes of name, description and source
    draft_of     INTEGER,                 -- the version that the draft is the same as
    live         INTEGER,                 -- the version that events set off
    published_at INTEGER,                 -- when it went live
    enabled      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX flow_app ON flow (app, id);

-- Never changed.
CREATE TABLE flow_version (
    app         TEXT NOT NULL,
    flow        TEXT NOT NULL REFERENCES flow (id),
    number      INTEGER NOT NULL,         -- from 1
    name        TEXT NOT NULL,            -- the flow's, at that time
    description TEXT NOT NULL,
    source      TEXT NOT NULL,
    note        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (flow, number)
) STRICT;
CREATE INDEX flow_version_app ON flow_version (app);

CREATE TABLE run (
    id         TEXT PRIMARY KEY,          -- sorts by time
    app        TEXT NOT NULL,
    flow       TEXT NOT NULL REFERENCES flow (id),
    version    INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    event_name TEXT,
    outcome    INTEGER NOT NULL,          -- 0 running, 1 completed, 2 failed, 3 interrupted
    elapsed_us INTEGER,
    steps      INTEGER,
    publishes  INTEGER NOT NULL DEFAULT 0,
    error      TEXT,                      -- JSON
    record     TEXT NOT NULL              -- JSON: the event, what the outside answered, what was said
) STRICT;
CREATE INDEX run_app ON run (app, id);
CREATE INDEX run_flow ON run (flow, id);
CREATE INDEX run_open ON run (outcome) WHERE outcome = 0;

CREATE TABLE sign_in_link (
    hash       BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    hash       BLOB PRIMARY KEY,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
