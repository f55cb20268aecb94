-- The ledger: what became of a message at each device, a blob a page of its audience.
-- Lanes, so that a message to one person waits behind no broadcast; holding a broadcast.

-- 0: to named devices; 1: to an audience; 2: to an audience of more than a page.
ALTER TABLE message ADD COLUMN lane INTEGER NOT NULL DEFAULT 1;
UPDATE message SET lane = 0 WHERE json_array_length(publication, '$.singlecast') > 0;
ALTER TABLE message ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
-- Of `failed`: gone for good, and not worth sending any more.
ALTER TABLE message ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
-- Devices of the audience, counted while the sending begins.
ALTER TABLE message ADD COLUMN audience INTEGER;
-- Outcomes of devices beyond the cursor: pages that aren't complete yet.
ALTER TABLE message ADD COLUMN ahead BLOB;
ALTER TABLE message ADD COLUMN ended_at INTEGER;
UPDATE message SET ended_at = coalesce(begun_at, accepted_at) WHERE state <> 2;
ALTER TABLE message ADD COLUMN ledger_pruned INTEGER NOT NULL DEFAULT 0;
DROP INDEX message_due;
CREATE INDEX message_due ON message (lane, due_at) WHERE due_at IS NOT NULL AND paused = 0;
CREATE INDEX message_ledger ON message (ended_at) WHERE ended_at IS NOT NULL AND ledger_pruned = 0;

-- store/ledger/outcomes.rs says what the bytes mean.
CREATE TABLE ledger (
    message  INTEGER NOT NULL REFERENCES message (id),
    first    INTEGER NOT NULL,            -- the page's first device
    outcomes BLOB NOT NULL,
    PRIMARY KEY (message, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_reason (
    message INTEGER NOT NULL REFERENCES message (id),
    number  INTEGER NOT NULL,             -- from 1; 0 is no reason
    reason  TEXT NOT NULL,
    PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;

-- What the first schema knew: failures, and what waits. Each becomes a page of one device.
INSERT INTO ledger_reason
    SELECT message, row_number() OVER (PARTITION BY message ORDER BY reason), reason
    FROM (SELECT DISTINCT message, reason FROM delivery);
INSERT INTO ledger
    SELECT d.message, device,
      unhex(printf('%02x%02x00', (code & 127) | 128, (code >> 7) & 127))
    FROM (SELECT delivery.message, device,
            ((min(number, 1000) << 3 | iif(due_at IS NULL, 2, 1)) << 1) | 1 AS code
          FROM delivery JOIN ledger_reason
            ON ledger_reason.message = delivery.message AND ledger_reason.reason = delivery.reason) AS d;
UPDATE message SET waiting =
    (SELECT count(*) FROM delivery WHERE message = message.id AND due_at IS NOT NULL)
    WHERE state = 2 AND begun_at IS NOT NULL;

-- Only what waits to be tried again.
CREATE TABLE waiting (
    message  INTEGER NOT NULL REFERENCES message (id),
    device   INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at   INTEGER NOT NULL,
    leased   INTEGER NOT NULL DEFAULT 0,  -- 1: it is on its way
    PRIMARY KEY (message, device)
) STRICT, WITHOUT ROWID;
INSERT INTO waiting SELECT message, device, attempts, due_at, 0 FROM delivery WHERE due_at IS NOT NULL;
DROP TABLE delivery;
ALTER TABLE waiting RENAME TO delivery;
CREATE INDEX delivery_due ON delivery (message, leased, due_at);
CREATE INDEX delivery_leased ON delivery (message) WHERE leased = 1;

-- A device whose service says it is gone stays if it registered since.
ALTER TABLE device ADD COLUMN registered_at INTEGER NOT NULL DEFAULT 0;
UPDATE device SET registered_at = created_at;
-- Devices that were forgotten because they were gone, for the ledgers that name them.
CREATE TABLE departed (
    device    INTEGER PRIMARY KEY,
    app       TEXT NOT NULL REFERENCES app (id),
    device_id TEXT NOT NULL,
    gone_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX departed_app ON departed (app);
CREATE INDEX departed_age ON departed (gone_at);

-- How often a device was told something in the current day; kept only with a frequency cap.
CREATE TABLE device_told (
    device INTEGER PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,
    day    INTEGER NOT NULL,              -- days since 1970 UTC
    times  INTEGER NOT NULL
) STRICT;
