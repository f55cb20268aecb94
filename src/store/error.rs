//! Why the store can't do something, and how to mend it.

use std::path::PathBuf;

/// Why the store can't do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder can't be made or read.
    #[error("can't use the data folder `{path}`: {source}; check that it can be written")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process has the folder.
    #[error(
        "the data folder `{path}` is in use by another blockcast; stop that one, or give this one \
         a folder of its own with `--data`"
    )]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The folder was written by a later version.
    #[error(
        "the data folder was written by a later version (schema {found}, this one knows {known}); \
         run that version, or start from a backup"
    )]
    Newer {
        /// The schema found.
        found: i64,
        /// The newest schema this version knows.
        known: i64,
    },
    /// The database refused.
    #[error("the store failed: {0}; check the disk's free space and the data folder's permissions")]
    Sql(#[from] rusqlite::Error),
    /// A commit failed; nothing of it was kept.
    #[error("the store could not commit: {0}; check the disk's free space, then try again")]
    Commit(String),
    /// What was kept can't be read back.
    #[error("a stored {what} can't be read: {source}; restore the data folder from a backup")]
    Unreadable {
        /// What it is.
        what: &'static str,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// As many as there may be.
    #[error("there are {most} {what} already, and no more may be; delete one first")]
    Full {
        /// Of what.
        what: &'static str,
        /// The bound.
        most: i64,
    },
    /// A segment that was checked can't be asked.
    #[error("a segment can't be asked: {0}; this is a bug, please report it")]
    Segment(String),
    /// The store is closed.
    #[error("the store is closed because the server is stopping; try again when it is up")]
    Closed,
}
