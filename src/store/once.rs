//! Idempotency keys of the admin API: the same request makes its thing once.
//!
//! Kept is the id of what was made, not the answer: that may hold a secret.

use super::StoreError;
use crate::clock::Timestamp;
use crate::limits;
use rusqlite::{Connection, OptionalExtension, params};

/// A request that must not be done twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The application it belongs to; empty for none.
    pub app: String,
    /// The client's key.
    pub key: String,
    /// SHA-256 of what is asked for: another request must have another key.
    pub fingerprint: Vec<u8>,
}

/// What came of making something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// It was made now.
    New,
    /// The same request made this before.
    Before(String),
    /// Another request had that key.
    Clash,
}

/// Notes that `made` is about to be made. Anything but [`Made::New`] means: don't.
pub(super) fn claim(
    connection: &Connection,
    once: Option<&Once>,
    made: &str,
    now: Timestamp,
) -> Result<Made, StoreError> {
    let Some(once) = once else { return Ok(Made::New) };
    let forgotten = now.plus_millis(-limits::IDEMPOTENCY_KEPT_MS);
    connection
        .prepare_cached("DELETE FROM made_once WHERE created_at < ?1")?
        .execute([forgotten.millis()])?;
    let earlier: Option<(Vec<u8>, String)> = connection
        .prepare_cached("SELECT fingerprint, made FROM made_once WHERE app = ?1 AND key = ?2")?
        .query_row([&once.app, &once.key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match earlier {
        Some((fingerprint, made)) if fingerprint == once.fingerprint => Ok(Made::Before(made)),
        Some(_) => Ok(Made::Clash),
        None => {
            connection
                .prepare_cached("INSERT INTO made_once VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![once.app, once.key, once.fingerprint, made, now.millis()])?;
            Ok(Made::New)
        }
    }
}
