//! A peer that says what a test has written down, and what came of it as a text.

use crate::deliver::http2::connection::Connection;
use crate::deliver::http2::frame::{Code, HEAD_BYTES, Head, PREFACE, kind};
use crate::deliver::http2::hpack::{Fields, Keep};
use crate::deliver::http2::{Broken, Request};
use http::HeaderValue;
use std::fmt::Write;
use std::task::{Context, Poll, Waker};

/// A frame by its kind, flags, stream and payload.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Head { length: payload.len(), kind, flags, stream }.write(&mut out);
    out.extend_from_slice(payload);
    out
}

pub(super) const END: u8 = 1;
pub(super) const ACK: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;
pub(super) const PRIORITY: u8 = 32;

pub(super) fn settings(pairs: &[(u16, u32)]) -> Vec<u8> {
    let pairs = pairs
        .iter()
        .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()[..]].concat());
    frame(kind::SETTINGS, 0, 0, &pairs.collect::<Vec<_>>())
}

/// An answer's head; 200 is `88` in the fixed table.
pub(super) fn headers(stream: u32, flags: u8, block: &[u8]) -> Vec<u8> {
    frame(kind::HEADERS, END_HEADERS | flags, stream, block)
}

pub(super) fn ok(stream: u32) -> Vec<u8> {
    headers(stream, END, b"\x88")
}

pub(super) fn data(stream: u32, flags: u8, body: &[u8]) -> Vec<u8> {
    frame(kind::DATA, flags, stream, body)
}

pub(super) fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(kind::RST_STREAM, 0, stream, &code.to_be_bytes())
}

pub(super) fn go_away(last: u32, code: u32, said: &str) -> Vec<u8> {
    let payload = [&last.to_be_bytes()[..], &code.to_be_bytes()[..], said.as_bytes()].concat();
    frame(kind::GOAWAY, 0, 0, &payload)
}

pub(super) fn window(stream: u32, by: u32) -> Vec<u8> {
    frame(kind::WINDOW_UPDATE, 0, stream, &by.to_be_bytes())
}

/// A header that is in no table, and isn't put into one.
pub(super) fn literal(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    let parts: [&[u8]; 5] =
        [b"\0", &[length(name)], name.as_bytes(), &[length(value)], value.as_bytes()];
    parts.concat()
}

/// A connection with some requests on it.
pub(super) struct Play {
    pub(super) connection: Connection,
    head: Fields,
    waker: Waker,
    begun: Vec<u32>,
}

impl Play {
    pub(super) fn new() -> Self {
        let post = HeaderValue::from_static("POST");
        let mut connection = Connection::new();
        let mut play = Self {
            head: Fields::new(Keep::AtOnce, [(":method", &post)]),
            waker: Waker::noop().clone(),
            begun: Vec::new(),
            connection: Connection::new(),
        };
        std::mem::swap(&mut connection, &mut play.connection);
        assert!(play.connection.out.starts_with(PREFACE));
        play.take_out();
        play
    }

    /// One with so many requests, which have left.
    pub(super) fn with(requests: usize) -> Self {
        let mut play = Self::new();
        assert_eq!(play.hear(&settings(&[])), "SETTINGS ack");
        for _ in 0..requests {
            assert!(play.begin(b"body"));
        }
        play.take_out();
        play
    }

    /// Begins a request, if there is room.
    pub(super) fn begin(&mut self, body: &[u8]) -> bool {
        let shared = [&self.head];
        let request = Request { path: &[b"/p"], shared: &shared, own: None, body: &[body] };
        let begun = self.connection.begin(&request, &self.waker);
        self.begun.extend(begun.as_ref().ok());
        begun.is_ok()
    }

    /// Nobody waits for that answer any more.
    pub(super) fn cancel(&mut self, id: u32) {
        self.connection.cancel(id);
        self.begun.retain(|begun| *begun != id);
    }

    /// Takes what is written, as if all of it had left.
    pub(super) fn take_out(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.connection.take_out(&mut out, Waker::noop());
        self.connection.written += out.len() as u64;
        out
    }

    /// Hears frames; gives what came of it.
    pub(super) fn hear(&mut self, frames: &[u8]) -> String {
        let mut said = Vec::new();
        match self.connection.receive(frames) {
            Ok(taken) => assert_eq!(taken, frames.len(), "whole frames are taken"),
            Err(violation) => {
                self.connection.blame(violation);
                self.connection.cut(violation.what);
            }
        }
        said.extend(self.outcomes());
        said.extend(spoken(&self.take_out()));
        said.join("; ")
    }

    /// Outcomes that weren't told yet.
    pub(super) fn outcomes(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        let connection = &mut self.connection;
        self.begun.retain(|id| {
            let polled = connection.poll(*id, &Context::from_waker(&self.waker));
            let Poll::Ready(outcome) = polled else { return true };
            let mut text = format!("{id}: ");
            let _ = match outcome {
                Ok(answer) => {
                    write!(text, "{}", answer.status.as_u16()).unwrap();
                    for (name, value) in &answer.headers {
                        write!(text, " {name}={}", value.to_str().unwrap()).unwrap();
                    }
                    match String::from_utf8_lossy(&answer.body) {
                        body if body.is_empty() => Ok(()),
                        body => write!(text, " `{body}`"),
                    }
                }
                Err(Broken::Unprocessed(reason)) => write!(text, "unprocessed, {reason}"),
                Err(Broken::Unwelcome(reason)) => write!(text, "unwelcome, {reason}"),
                Err(Broken::Lost(reason)) => write!(text, "lost, {reason}"),
            };
            told.push(text);
            false
        });
        told
    }
}

/// Frames that were written, as texts.
pub(super) fn spoken(mut bytes: &[u8]) -> Vec<String> {
    let mut frames = Vec::new();
    while let Some(head) = Head::read(bytes) {
        let payload = &bytes[HEAD_BYTES..HEAD_BYTES + head.length];
        bytes = &bytes[HEAD_BYTES + head.length..];
        let number = |at: usize| u32::from_be_bytes(payload[at..at + 4].try_into().unwrap());
        let stream = head.stream;
        frames.push(match head.kind {
            kind::SETTINGS if head.has(ACK) => "SETTINGS ack".to_owned(),
            kind::PING if head.has(ACK) => format!("PING ack {:x}", payload[7]),
            kind::PING => format!("PING {:x}", payload[7]),
            kind::RST_STREAM => format!("RST_STREAM {stream} {}", Code(number(0))),
            kind::GOAWAY => format!("GOAWAY {}", Code(number(4))),
            kind::WINDOW_UPDATE => format!("WINDOW_UPDATE {stream} {}", number(0)),
            kind::HEADERS => format!("HEADERS {stream} {}", head.length),
            kind::CONTINUATION => format!("CONTINUATION {stream} {}", head.length),
            kind::DATA => {
                let end = if head.has(END) { " END" } else { "" };
                format!("DATA {stream} {}{end}", head.length)
            }
            other => format!("kind {other}"),
        });
    }
    assert!(bytes.is_empty(), "whole frames are written");
    frames
}
