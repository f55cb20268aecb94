//! What the admin API's endpoints share: pages with cursors, versions in ETags, idempotency
//! keys, and answers to what was made.

use super::super::problem::Problem;
use crate::access::hash;
use crate::limits;
use crate::store::Once;
use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use schemars::JsonSchema;
use serde::Serialize;
use std::convert::Infallible;
use std::fmt::Write;

/// A page of a list.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageOf{T}")]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// What `cursor` must be for the next page; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// Which page is asked for.
pub(super) struct Wanted {
    pub(super) size: usize,
    /// The last key of the page before.
    pub(super) after: Option<String>,
}

impl Wanted {
    /// From the query's `limit` and `cursor`.
    pub(super) fn new(limit: Option<usize>, cursor: Option<&str>) -> Result<Self, Problem> {
        let size = limit.unwrap_or(limits::PAGE_DEFAULT);
        if !(1..=limits::PAGE_MAX).contains(&size) {
            return Err(refused("`limit` must be a number from 1 to 200".to_owned()));
        }
        let no_cursor =
            || refused("`cursor` is none; use a `nextCursor` as it was given".to_owned());
        let after = cursor.map(|cursor| opened(cursor).ok_or_else(no_cursor)).transpose()?;
        Ok(Self { size, after })
    }

    /// The same where keys are numbers.
    pub(super) fn after_number(&self, first: i64) -> Result<i64, Problem> {
        let Some(after) = &self.after else { return Ok(first) };
        after.parse().map_err(|_| refused("`cursor` is one of another list".to_owned()))
    }

    /// A page of what was read: one more than wanted, so that it is known whether more follows.
    pub(super) fn page<R, T>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> String,
        shown: impl Fn(R) -> T,
    ) -> Page<T> {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        let next_cursor = rows.last().filter(|_| more).map(|row| sealed(&key(row)));
        Page { items: rows.into_iter().map(shown).collect(), next_cursor }
    }
}

/// A key as a cursor: hexadecimal, so that nobody counts on what it means.
fn sealed(key: &str) -> String {
    key.bytes().fold(String::new(), |mut cursor, byte| {
        let _ = write!(cursor, "{byte:02x}");
        cursor
    })
}

fn opened(cursor: &str) -> Option<String> {
    if !cursor.len().is_multiple_of(2) || cursor.len() > 2 * limits::DEVICE_TEXT_BYTES_MAX {
        return None;
    }
    let pairs = cursor.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        // A sign would be read as part of the number.
        pair.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
        u8::from_str_radix(pair, 16).ok()
    });
    String::from_utf8(pairs.collect::<Option<_>>()?).ok()
}

fn refused(message: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "query", message)
}

/// The headers of a request that the admin API knows.
pub(super) struct Preconditions(HeaderMap);

impl<S: Sync> FromRequestParts<S> for Preconditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.clone()))
    }
}

impl Preconditions {
    /// The version that a change is for; `None` takes any (`*`).
    ///
    /// # Errors
    /// 428 without `If-Match`, 412 when it is no version.
    pub(super) fn version(&self) -> Result<Option<u64>, Problem> {
        if self.0.contains_key(IF_MATCH) {
            return self.version_if_given();
        }
        Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "version-missing",
            "send `If-Match` with the `ETag` of what you read, so that nobody's change is \
             overwritten; `*` takes any",
        ))
    }

    /// The same for what may be removed without having been read.
    pub(super) fn version_if_given(&self) -> Result<Option<u64>, Problem> {
        let Some(tag) = self.0.get(IF_MATCH) else { return Ok(None) };
        let tag = tag.to_str().unwrap_or_default().trim();
        if tag == "*" {
            return Ok(None);
        }
        let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        version.and_then(|version| version.parse().ok()).map(Some).ok_or_else(|| {
            Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "version-stale",
                "`If-Match` is no `ETag` of this; read it again, then change it",
            )
        })
    }

    /// The idempotency key of a request that makes something: `request` is what tells it
    /// from others.
    pub(super) fn once(
        &self,
        app: &str,
        kind: &str,
        request: &impl Serialize,
    ) -> Result<Option<Once>, Problem> {
        let Some(key) = self.0.get("idempotency-key") else { return Ok(None) };
        if key.is_empty() || key.len() > limits::IDEMPOTENCY_KEY_BYTES_MAX {
            let message = format!("the idempotency key has {} bytes; use 1 to 255", key.len());
            return Err(Problem::new(StatusCode::BAD_REQUEST, "idempotency-key", message));
        }
        let request = serde_json::to_string(request).unwrap_or_default();
        Ok(Some(Once {
            app: app.to_owned(),
            key: String::from_utf8_lossy(key.as_bytes()).into_owned(),
            fingerprint: hash(&format!("{kind} {request}")),
        }))
    }
}

/// An answer with the version of what it shows.
pub(super) fn with_version(version: u64, shown: impl Serialize) -> Response {
    ([(ETAG, format!("\"{version}\""))], Json(shown)).into_response()
}

/// The answer to making something: 201 with its place, 200 when the same request made it before.
pub(super) fn made(new: bool, place: &str, answer: Response) -> Response {
    let mut answer = answer;
    if new {
        *answer.status_mut() = StatusCode::CREATED;
    }
    if let Ok(place) = HeaderValue::from_str(place) {
        answer.headers_mut().insert(LOCATION, place);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::{Wanted, opened, sealed};

    #[test]
    fn a_cursor_gives_its_key_back_and_nothing_else_is_one() {
        for key in ["", "news room", "é/ü"] {
            assert_eq!(opened(&sealed(key)).as_deref(), Some(key));
        }
        for cursor in ["x", "zz", "c3", "+1"] {
            assert_eq!(opened(cursor), None, "{cursor}");
        }
    }

    #[test]
    fn a_page_tells_whether_more_follows() {
        let wanted = Wanted::new(Some(2), None).unwrap();
        let page = |rows: &[i32]| wanted.page(rows.to_vec(), ToString::to_string, |row| row);
        assert_eq!(page(&[1, 2]).next_cursor, None);
        let first = page(&[1, 2, 3]);
        assert_eq!((first.items, first.next_cursor.as_deref()), (vec![1, 2], Some("32")));
        assert!(Wanted::new(Some(0), None).is_err() && Wanted::new(Some(201), None).is_err());
    }
}
