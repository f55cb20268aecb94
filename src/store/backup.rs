//! Online backup of a data folder, and checking that what is kept is sound. Both work
//! beside a running server: they read a state that was committed.

use super::{DATABASE, StoreError, connection};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Pages copied between two looks at progress.
const PAGES: i32 = 1_024;

/// What must be so in every store. Each gives the offending rows, as text.
const INVARIANTS: [(&str, &str); 8] = [
    (
        "a device listens to a channel that isn't its application's",
        "SELECT device.device_id FROM device_channel AS listed
         JOIN device ON device.id = listed.device
         LEFT JOIN channel ON channel.id = listed.id >> 40
         WHERE channel.app IS NOT device.app LIMIT 5",
    ),
    (
        "a device differs from what its channels know of it",
        "SELECT device.device_id FROM device_channel AS listed
         JOIN device ON device.id = listed.device
         WHERE device.os <> listed.os OR device.expires_at IS NOT listed.expires_at
           OR listed.id & 1099511627775 <> device.id LIMIT 5",
    ),
    (
        "a message that has ended is still queued",
        "SELECT message_id FROM message WHERE due_at IS NOT NULL AND state <> 2 LIMIT 5",
    ),
    (
        "a message that waits is in no queue",
        "SELECT message_id FROM message WHERE due_at IS NULL AND state = 2 LIMIT 5",
    ),
    (
        "a message's state is none of the five",
        "SELECT message_id FROM message WHERE state NOT BETWEEN 0 AND 3 LIMIT 5",
    ),
    (
        "a message has no content and no parent that has it",
        "SELECT message_id FROM message AS m WHERE publication IS NULL AND NOT EXISTS
           (SELECT 1 FROM message WHERE id = m.parent AND publication IS NOT NULL) LIMIT 5",
    ),
    (
        "what was published isn't JSON",
        "SELECT message_id FROM message WHERE publication IS NOT NULL AND NOT json_valid(publication)
         LIMIT 5",
    ),
    (
        "a key's hash isn't a SHA-256",
        "SELECT id FROM api_key WHERE length(hash) <> 32
         UNION ALL SELECT id FROM user_token WHERE length(hash) <> 32 LIMIT 5",
    ),
];

/// Why a backup wasn't made, or something can't be verified.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to read.
    #[error("`{path}` has no blockcast data; give the data folder of a server with `--data`")]
    NoData {
        /// Where it was looked for.
        path: String,
    },
    /// The file is there already.
    #[error("`{path}` exists already; choose another name, a backup never replaces a file")]
    Exists {
        /// The file.
        path: String,
    },
    /// The file can't be made.
    #[error("can't write `{path}`: {source}; check the folder and its permissions")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The copy isn't sound.
    #[error("the copy is not sound: {}; the data folder may be damaged, run `blockcast verify`",
        problems.join("; "))]
    Unsound {
        /// What is wrong.
        problems: Vec<String>,
    },
    /// SQLite or its files failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Copies the store of a data folder into a new file, while a server may be running, and
/// verifies the copy. Returns its bytes.
///
/// # Errors
/// [`BackupError`]; no file is left behind then.
pub fn back_up(folder: &Path, to: &Path) -> Result<u64, BackupError> {
    let from = open_folder(folder)?;
    let path = to.display().to_string();
    let written = super::open_new_private(to);
    written.map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => BackupError::Exists { path: path.clone() },
        _ => BackupError::Write { path: path.clone(), source },
    })?;
    let copied = copy(&from, to);
    if copied.is_err() {
        // Half a backup is worse than none; what is wrong is told already.
        let _ = std::fs::remove_file(to);
    }
    copied?;
    let bytes = std::fs::metadata(to).map_err(|source| BackupError::Write { path, source })?;
    Ok(bytes.len())
}

fn copy(from: &Connection, to: &Path) -> Result<(), BackupError> {
    let mut target = Connection::open(to).map_err(StoreError::from)?;
    // Reading begins here and holds one state of the database until it ends; others may write
    // meanwhile, into the log. Otherwise each write would have the copy begin anew.
    from.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1;")?;
    Backup::new(from, &mut target)?.run_to_completion(PAGES, Duration::ZERO, None)?;
    from.execute_batch("ROLLBACK")?;
    // A file of its own: without a log beside it.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    let problems = problems_of(&target)?;
    if problems.is_empty() { Ok(()) } else { Err(BackupError::Unsound { problems }) }
}

/// What is wrong with a data folder's store, or with a backup file; empty when all is well.
///
/// # Errors
/// [`BackupError::NoData`], or SQLite can't even read it.
pub fn verify(path: &Path) -> Result<Vec<String>, BackupError> {
    let connection = if path.is_dir() { open_folder(path)? } else { open(path, path)? };
    Ok(problems_of(&connection)?)
}

fn open_folder(folder: &Path) -> Result<Connection, BackupError> {
    open(&folder.join(DATABASE), folder)
}

fn open(file: &Path, named: &Path) -> Result<Connection, BackupError> {
    if !file.is_file() {
        return Err(BackupError::NoData { path: named.display().to_string() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

fn problems_of(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    if let Err(problem) = sound_file(connection) {
        // Nothing below can be trusted, or even read.
        return Ok(vec![problem]);
    }
    let is_current = connection::is_current(connection)?;
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        problems.push(format!("a row of `{table}` refers to a row of `{parent}` that isn't there"));
        if problems.len() >= 20 {
            break;
        }
    }
    // A folder that an older blockcast wrote has other tables; the next start mends that.
    let invariants: &[_] = if is_current { &INVARIANTS } else { &[] };
    for (what, sql) in invariants {
        let mut statement = connection.prepare(sql)?;
        let found = statement.query_map([], |row| row.get(0))?;
        let found: Vec<String> = found.collect::<Result<_, _>>()?;
        if !found.is_empty() {
            problems.push(format!("{what}: {}", found.join(", ")));
        }
    }
    Ok(problems)
}

fn sound_file(connection: &Connection) -> Result<(), String> {
    let check = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("PRAGMA integrity_check(5)")?;
        let lines = statement.query_map([], |row| row.get(0))?;
        lines.collect()
    };
    match check() {
        Ok(lines) if lines == ["ok"] => Ok(()),
        Ok(lines) => Err(format!("the database file is damaged: {}", lines.join("; "))),
        Err(error) => Err(format!("the database file can't be read: {error}")),
    }
}
