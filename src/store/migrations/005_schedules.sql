-- Schedules: repeating messages are found without a look at all that wait for their time.

CREATE INDEX message_repeating ON message (due_at)
    WHERE repeat_every_s IS NOT NULL AND due_at IS NOT NULL;
