-- Applications, devices, messages, and what became of them. Times are milliseconds
-- since 1970 UTC; `state` and `platforms` hold the wire's numbers.

CREATE TABLE app (
    id               TEXT PRIMARY KEY,
    name             TEXT NOT NULL,
    api_key_hash     BLOB NOT NULL,
    admin_token_hash BLOB NOT NULL,
    created_at       INTEGER NOT NULL
) STRICT;

CREATE TABLE channel (
    id         INTEGER PRIMARY KEY,
    app        TEXT NOT NULL REFERENCES app (id),
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (app, name)
) STRICT;

-- The number is never reused: a device that comes back is a new one to a cursor.
CREATE TABLE device (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    app        TEXT NOT NULL REFERENCES app (id),
    device_id  TEXT NOT NULL,
    object_id  TEXT NOT NULL,
    token      TEXT NOT NULL,
    os         INTEGER NOT NULL,
    os_version TEXT,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (app, device_id)
) STRICT;
CREATE INDEX device_expiring ON device (expires_at) WHERE expires_at IS NOT NULL;

-- Keyed for the audience: the devices of a channel, page by page in rising order.
CREATE TABLE device_channel (
    channel  INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    device   INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    os       INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (channel, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_channel_of ON device_channel (device);

CREATE TABLE message (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id        TEXT NOT NULL UNIQUE,
    app               TEXT NOT NULL REFERENCES app (id),
    channel           TEXT NOT NULL,
    publication       TEXT,               -- JSON; a copy of a repeating message has its parent's
    platforms         INTEGER NOT NULL,
    delivers_push     INTEGER NOT NULL,
    state             INTEGER NOT NULL,
    error             TEXT,
    sent              INTEGER NOT NULL DEFAULT 0,
    failed            INTEGER NOT NULL DEFAULT 0,
    accepted_at       INTEGER NOT NULL,
    due_at            INTEGER,            -- when the engine must look next; NULL: never again
    begun_at          INTEGER,            -- when sending began; from then on it can't be cancelled
    cursor            INTEGER NOT NULL DEFAULT 0,  -- the last device of the audience that is done
    fanned_out        INTEGER NOT NULL DEFAULT 0,  -- 1: the audience is through, retries are left
    attempts          INTEGER NOT NULL DEFAULT 0,  -- of a message that is forwarded whole
    parent            INTEGER REFERENCES message (id),
    repeat_from       INTEGER,            -- the phase of a repeating message
    repeat_every_s    INTEGER,
    repeat_expires_at INTEGER,
    copies            INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX message_due ON message (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX message_app ON message (app);

-- The same key never publishes twice.
CREATE TABLE publish_key (
    app     TEXT NOT NULL,
    key     TEXT NOT NULL,
    message INTEGER NOT NULL REFERENCES message (id),
    PRIMARY KEY (app, key)
) STRICT, WITHOUT ROWID;

-- Only what went wrong, or waits to be tried again; the rest is in the counts.
CREATE TABLE delivery (
    message  INTEGER NOT NULL REFERENCES message (id),
    device   INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at   INTEGER,                     -- when to try again; NULL: it has failed
    reason   TEXT NOT NULL,
    PRIMARY KEY (message, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_due ON delivery (message, due_at) WHERE due_at IS NOT NULL;

-- A message as one platform draws it, once for all its virtual devices.
CREATE TABLE notification (
    message INTEGER NOT NULL REFERENCES message (id),
    os      INTEGER NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (message, os)
) STRICT, WITHOUT ROWID;

-- What virtual devices got. Unique, so that a phone shows each message once.
CREATE TABLE inbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    device   INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    message  INTEGER NOT NULL REFERENCES message (id),
    os       INTEGER NOT NULL,
    UNIQUE (device, message)
) STRICT;
