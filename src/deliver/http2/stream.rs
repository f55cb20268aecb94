//! One request and what has come of its answer.

use super::{Answer, Broken, KEPT};
use crate::limits;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::task::Waker;

/// A stream that was opened and whose outcome nobody has taken yet.
pub(super) struct Stream {
    pub(super) state: State,
    /// Who waits for it.
    pub(super) waker: Option<Waker>,
    /// What we may still send.
    pub(super) window: i64,
    /// Where its request ends in all that is ever written; `None` while some of it waits.
    pub(super) end: Option<u64>,
    /// What waits for a window.
    pub(super) rest: Rest,
    /// What the peer may still send.
    pub(super) allowance: u32,
    /// How often somebody has looked whether it takes too long.
    pub(super) looks: u64,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Vec<u8>,
    /// Bytes of the body, kept or not; and how many it should have.
    received: u64,
    announced: Option<u64>,
}

/// How far it is.
pub(super) enum State {
    /// There is no whole answer yet.
    Open,
    /// This came of it.
    Over(Result<Answer, Broken>),
}

/// The part of a body that wasn't sent yet.
#[derive(Default)]
pub(super) struct Rest {
    pub(super) body: Vec<u8>,
    pub(super) sent: usize,
}

impl Rest {
    pub(super) fn bytes(&self) -> &[u8] {
        self.body.get(self.sent..).unwrap_or_default()
    }
}

impl Stream {
    pub(super) fn new(waker: Waker, window: u32) -> Self {
        Self {
            state: State::Open,
            waker: Some(waker),
            window: window.into(),
            end: None,
            rest: Rest::default(),
            allowance: super::settings::WINDOW,
            looks: 0,
            status: None,
            headers: HeaderMap::new(),
            body: Vec::new(),
            received: 0,
            announced: None,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open)
    }

    /// Whether the head of the answer is here.
    pub(super) fn has_head(&self) -> bool {
        self.status.is_some()
    }

    /// Takes headers: the answer's head, or what follows its body. The error says what is wrong
    /// with them.
    pub(super) fn headed(&mut self, block: Block, last: bool) -> Result<(), &'static str> {
        if let Some(wrong) = block.wrong {
            return Err(wrong);
        }
        if self.status.is_some() {
            let fits = last && block.status.is_none();
            return if fits { Ok(()) } else { Err("its answer has two heads") };
        }
        let status = block.status.ok_or("its answer has no status")?;
        if status.is_informational() {
            let fits = !last && status != StatusCode::SWITCHING_PROTOCOLS;
            return if fits { Ok(()) } else { Err("its answer says no more than 1xx") };
        }
        self.status = Some(status);
        self.headers = block.headers;
        self.announced = block.length;
        Ok(())
    }

    /// Takes a part of the answer's body.
    pub(super) fn embodied(&mut self, part: &[u8]) -> Result<(), &'static str> {
        if self.status.is_none() {
            return Err("its answer has a body before its head");
        }
        self.received += part.len() as u64;
        let room = limits::ANSWER_BYTES_MAX.saturating_sub(self.body.len());
        self.body.extend_from_slice(&part[..part.len().min(room)]);
        Ok(())
    }

    /// The whole answer.
    pub(super) fn answer(&mut self) -> Result<Answer, &'static str> {
        let status = self.status.ok_or("its answer has no head")?;
        if self.announced.is_some_and(|announced| announced != self.received) {
            return Err("its answer isn't as long as it says");
        }
        let (headers, body) = (std::mem::take(&mut self.headers), std::mem::take(&mut self.body));
        Ok(Answer { status, headers, body })
    }
}

/// A block of headers, as far as anybody wants to know it.
#[derive(Default)]
pub(super) struct Block {
    status: Option<StatusCode>,
    headers: HeaderMap,
    length: Option<u64>,
    /// What is wrong with it; then the stream ends.
    wrong: Option<&'static str>,
    /// Names and values, as the peer's tables count them.
    size: usize,
    /// A header has come that is no pseudo-header.
    plain: bool,
}

impl Block {
    pub(super) fn field(&mut self, name: &[u8], value: &[u8]) {
        self.size += super::hpack::size(name, value);
        if self.size > limits::ANSWER_HEADERS_MAX {
            self.wrong = Some("its answer has too many headers");
            return;
        }
        match name {
            b":status" => {
                if self.plain || self.status.is_some() {
                    self.wrong = Some("its answer's status is out of place");
                }
                self.status = StatusCode::from_bytes(value).ok();
                if self.status.is_none() {
                    self.wrong = Some("its answer's status is none");
                }
            }
            [b':', ..] | [] => self.wrong = Some("its answer has a header that can't be"),
            b"content-length" => {
                self.plain = true;
                self.length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                if self.length.is_none() {
                    self.wrong = Some("its answer's length is no number");
                }
            }
            name => {
                self.plain = true;
                if name.iter().any(u8::is_ascii_uppercase) {
                    self.wrong = Some("its answer has a header in upper case");
                }
                if KEPT.iter().any(|kept| kept.as_bytes() == name)
                    && let Ok(name) = HeaderName::from_bytes(name)
                    && let Ok(value) = HeaderValue::from_bytes(value)
                {
                    self.headers.insert(name, value);
                }
            }
        }
    }
}
