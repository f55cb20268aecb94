-- Devices of an application in the order in which they came: else a page of a million is found
-- by sorting them all.
CREATE INDEX device_listed ON device (app, id);
