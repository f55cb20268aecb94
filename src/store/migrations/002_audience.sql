-- Audiences: tags, properties and users of devices; templates of push notifications.

ALTER TABLE device ADD COLUMN properties TEXT NOT NULL DEFAULT '{}';       -- a flat JSON object
ALTER TABLE device ADD COLUMN user_id TEXT;
ALTER TABLE device ADD COLUMN user_properties TEXT NOT NULL DEFAULT '{}';  -- a flat JSON object

-- Pairs of a set (a channel, a tag) and a device are one number, set * 2^40 + device: two such
-- tables join by walking both in step, several times as fast as by keys of two columns.
-- A channel's rows hold what an audience asks of every device, so that counting reads no other table.
CREATE TABLE listing (
    id         INTEGER PRIMARY KEY,
    device     INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    os         INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
INSERT INTO listing
    SELECT device_channel.channel * 1099511627776 + device, device, device_channel.os, position, expires_at
    FROM device_channel JOIN device ON device.id = device ORDER BY 1;
CREATE INDEX listing_of ON listing (device);
DROP TABLE device_channel;
ALTER TABLE listing RENAME TO device_channel;

CREATE TABLE tag (
    id   INTEGER PRIMARY KEY,
    app  TEXT NOT NULL REFERENCES app (id),
    name TEXT NOT NULL,
    UNIQUE (app, name)
) STRICT;
CREATE TABLE device_tag (
    id     INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX device_tag_of ON device_tag (device);

CREATE TABLE template (
    app        TEXT NOT NULL REFERENCES app (id),
    name       TEXT NOT NULL,
    body       TEXT NOT NULL,              -- JSON
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (app, name)
) STRICT, WITHOUT ROWID;

-- What a virtual device got, when it isn't what all of its platform got.
ALTER TABLE inbox ADD COLUMN body TEXT;    -- JSON
