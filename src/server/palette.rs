//! The palette on its way to an editor: in its language, compressed, and once only.

use super::assets::accepts;
use super::door::Door;
use super::language;
use crate::access::hash;
use crate::language::Language;
use axum::Extension;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The palette in each language, made for the first who asks for it: command lines start
/// servers, too.
#[derive(Clone, Default)]
pub(super) struct Palettes(Arc<Mutex<BTreeMap<Language, Palette>>>);

impl Palettes {
    fn of(&self, language: Language, door: &Door) -> Palette {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Palette::new(door.app.palette(language).to_string());
        made.entry(language).or_insert_with(make).clone()
    }
}

/// The palette as text.
#[derive(Clone)]
struct Palette {
    text: Bytes,
    /// The same in gzip, made for the first who reads that; `None` when it can't be made.
    small: Arc<OnceLock<Option<Bytes>>>,
    /// The content's hash.
    tag: String,
}

impl Palette {
    fn new(text: String) -> Self {
        let mut tag = String::new();
        for byte in hash(&text).iter().take(16) {
            let _ = write!(tag, "{byte:02x}");
        }
        Self { text: text.into(), small: Arc::default(), tag }
    }

    fn small(&self) -> Option<Bytes> {
        let made = self.small.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&self.text).and_then(|()| encoder.finish()).ok().map(Bytes::from)
        });
        made.clone()
    }
}

pub(super) async fn blocks(
    State(door): State<Door>,
    Extension(palettes): Extension<Palettes>,
    headers: HeaderMap,
) -> Response {
    let language = language::wanted(&headers);
    let palette = palettes.of(language, &door);
    let small = accepts(&headers, "gzip").then(|| palette.small()).flatten();
    // Another for each encoding, since their bytes differ.
    let tag = format!("\"{}{}\"", palette.tag, if small.is_some() { "-gzip" } else { "" });
    let known = headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let about = [
        (ETAG, tag),
        (CACHE_CONTROL, "no-cache".to_owned()),
        (VARY, "accept-encoding, accept-language".to_owned()),
        (CONTENT_LANGUAGE, language.tag().to_owned()),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let json = [(CONTENT_TYPE, "application/json")];
    match small {
        Some(small) => (about, json, [(CONTENT_ENCODING, "gzip")], small).into_response(),
        None => (about, json, palette.text).into_response(),
    }
}
