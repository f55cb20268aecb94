//! What the writer's queue holds.

use rusqlite::Connection;

/// What the thread is told.
pub(super) enum Queue {
    Write(Box<dyn Write>),
    /// The log was flushed: who waited for that may go on.
    Flushed,
}

/// A write of any type of answer.
pub(super) trait Write: Send {
    /// Does it inside the open transaction; false when it failed and must be undone.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Whether it is answered only when it is on the disk.
    fn must_last(&self) -> bool;
    /// Tells whoever waits; `failure` is why the commit failed, or its flush.
    fn answer(self: Box<Self>, failure: Option<&str>);
}
