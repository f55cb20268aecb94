//! One connection's state: requests become bytes for the peer here. What bytes of the peer do
//! to it is in `receive.rs`.
//!
//! No I/O, no task, no time: bytes in, bytes out, and who is to be woken.

use super::frame::{self, Code, HEAD_BYTES, Head, NUMBER_MAX, Violation, flag, kind};
use super::hpack::{Decoder, Encoder};
use super::settings::{self, Settings};
use super::stream::{Rest, State, Stream};
use super::{Answer, Broken, Request};
use crate::limits;
use indexmap::IndexMap;
use std::collections::VecDeque;
use std::hash::{BuildHasherDefault, Hasher};
use std::task::{Context, Poll, Waker};

/// A connection to a server, as its client sees it.
pub(super) struct Connection {
    /// What is to be written; the driver takes it as a whole.
    pub(super) out: Vec<u8>,
    /// Bytes that were taken before those in `out`, and how many of them are under way.
    taken: u64,
    pub(super) written: u64,
    pub(super) encoder: Encoder,
    pub(super) decoder: Decoder,
    /// A block of headers that goes on in the next frame.
    pub(super) unfinished: Option<Unfinished>,
    pub(super) streams: IndexMap<u32, Stream, BuildHasherDefault<Mixer>>,
    /// Streams that aren't over, whatever has become of those who wait for them.
    pub(super) open: usize,
    /// Streams with a part of their request waiting for a window, oldest first.
    waiting: VecDeque<u32>,
    pub(super) next: u32,
    /// What the peer wants; `None` before it has said so.
    pub(super) peer: Option<Settings>,
    /// What we may still send, and the peer.
    pub(super) window: i64,
    pub(super) allowance: u32,
    /// Why it takes no more requests.
    pub(super) ending: Option<Ending>,
    /// Answers so far: a sign of life.
    pub(super) answers: u64,
    /// The peer has answered our last PING.
    pub(super) ponged: bool,
    pings: u64,
    /// Frames that brought no answer further, since somebody has looked.
    pub(super) idle_frames: u32,
    /// Those whose wait is over.
    pub(super) woken: Vec<Waker>,
    /// The driver, when it sleeps and there is nothing to write.
    driver: Option<Waker>,
}

/// A block of headers without its end.
pub(super) struct Unfinished {
    pub(super) stream: u32,
    pub(super) last: bool,
    pub(super) block: Vec<u8>,
    pub(super) frames: u32,
}

/// Why a connection takes no more requests.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) reason: String,
    pub(super) by: By,
}

/// Who ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Us,
    Peer,
    /// The peer, who has had too much of us.
    WearyPeer,
}

/// Why a request can't begin.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// All streams are taken.
    Full,
    /// The connection takes no more.
    Over,
}

impl Connection {
    /// A connection that says who it is.
    pub(super) fn new() -> Self {
        let mut out = frame::PREFACE.to_vec();
        settings::write_ours(&mut out);
        Self {
            out,
            taken: 0,
            written: 0,
            encoder: Encoder::new(),
            decoder: Decoder::new(),
            unfinished: None,
            streams: IndexMap::default(),
            open: 0,
            waiting: VecDeque::new(),
            next: 1,
            peer: None,
            window: settings::WINDOW.into(),
            allowance: limits::LINE_WINDOW,
            ending: None,
            answers: 0,
            ponged: false,
            pings: 0,
            idle_frames: 0,
            woken: Vec::new(),
            driver: None,
        }
    }

    /// How many requests at once the peer allows, and we want.
    pub(super) fn limit(&self) -> usize {
        self.peer.map_or(0, |peer| peer.streams.min(limits::LINE_STREAMS_MAX))
    }

    /// How many requests may begin now.
    pub(super) fn free(&self) -> usize {
        if self.ending.is_some() { 0 } else { self.limit().saturating_sub(self.open) }
    }

    /// Begins a request; gives its stream. `waker` is woken when it is over.
    pub(super) fn begin(&mut self, request: &Request<'_>, waker: &Waker) -> Result<u32, NoRoom> {
        if self.free() == 0 {
            return Err(if self.ending.is_some() { NoRoom::Over } else { NoRoom::Full });
        }
        let Some(peer) = self.peer else { return Err(NoRoom::Full) };
        let id = self.next;
        self.next += 2;
        if self.next > NUMBER_MAX {
            self.give_up(By::Us, "its streams' numbers are used up");
        }
        let length = request.body.iter().map(|part| part.len()).sum::<usize>();
        let head = Head {
            length: 0,
            kind: kind::HEADERS,
            flags: if length == 0 { flag::END_STREAM } else { 0 },
            stream: id,
        };
        self.write_headers(head, request, peer.payload);
        let mut stream = Stream::new(waker.clone(), peer.window);
        let whole = i64::try_from(length).unwrap_or(i64::MAX);
        let at_once = length <= peer.payload && whole <= self.window.min(stream.window);
        if at_once {
            if length > 0 {
                let flags = flag::END_STREAM;
                Head { length, kind: kind::DATA, flags, stream: id }.write(&mut self.out);
            }
            for part in request.body {
                self.out.extend_from_slice(part);
            }
            self.window -= whole;
            stream.window -= whole;
            stream.end = Some(self.taken + self.out.len() as u64);
        } else {
            stream.rest = Rest { body: request.body.concat(), sent: 0 };
        }
        self.streams.insert(id, stream);
        self.open += 1;
        if !at_once {
            self.waiting.push_back(id);
            self.send_rest(id);
            if self.waiting.len() > self.open * 2 {
                // Those that are over stand there still.
                self.send_waiting();
            }
        }
        Ok(id)
    }

    /// Writes a block of headers, in as many frames as it takes.
    fn write_headers(&mut self, head: Head, request: &Request<'_>, payload_max: usize) {
        let start = self.out.len();
        head.write(&mut self.out);
        self.encoder.begin(&mut self.out);
        if !request.path.is_empty() {
            Encoder::own(&mut self.out, ":path", request.path);
        }
        for fields in request.shared {
            self.encoder.shared(&mut self.out, fields);
        }
        if let Some((name, value)) = request.own {
            Encoder::own(&mut self.out, name, &[value]);
        }
        let block = start + HEAD_BYTES;
        let length = self.out.len() - block;
        if length <= payload_max {
            let whole = Head { length, flags: head.flags | flag::END_HEADERS, ..head };
            return whole.overwrite(&mut self.out, start);
        }
        Head { length: payload_max, ..head }.overwrite(&mut self.out, start);
        let more = self.out.split_off(block + payload_max);
        let mut parts = more.chunks(payload_max).peekable();
        while let Some(part) = parts.next() {
            let flags = if parts.peek().is_none() { flag::END_HEADERS } else { 0 };
            let (length, stream) = (part.len(), head.stream);
            Head { length, kind: kind::CONTINUATION, flags, stream }.write(&mut self.out);
            self.out.extend_from_slice(part);
        }
    }

    /// Sends as much of a waiting request as the windows allow.
    pub(super) fn send_rest(&mut self, id: u32) {
        let payload_max = self.peer.map_or(frame::PAYLOAD_MAX, |peer| peer.payload);
        let Some(stream) = self.streams.get_mut(&id).filter(|stream| stream.is_open()) else {
            return;
        };
        while !stream.rest.bytes().is_empty() {
            let may = usize::try_from(self.window.min(stream.window)).unwrap_or(0);
            let part = stream.rest.bytes();
            let length = part.len().min(may).min(payload_max);
            if length == 0 {
                return;
            }
            let last = length == part.len();
            let flags = if last { flag::END_STREAM } else { 0 };
            Head { length, kind: kind::DATA, flags, stream: id }.write(&mut self.out);
            self.out.extend_from_slice(&part[..length]);
            stream.rest.sent += length;
            let sent = i64::try_from(length).unwrap_or(i64::MAX);
            self.window -= sent;
            stream.window -= sent;
            if last {
                stream.rest = Rest::default();
                stream.end = Some(self.taken + self.out.len() as u64);
            }
        }
    }

    /// The same for all that wait.
    pub(super) fn send_waiting(&mut self) {
        let mut ids = std::mem::take(&mut self.waiting);
        ids.retain(|id| {
            if self.window > 0 {
                self.send_rest(*id);
            }
            self.streams
                .get(id)
                .is_some_and(|stream| stream.is_open() && !stream.rest.bytes().is_empty())
        });
        self.waiting = ids;
    }

    /// What has come of a request. Once it is over, its stream is forgotten.
    pub(super) fn poll(&mut self, id: u32, cx: &Context<'_>) -> Poll<Result<Answer, Broken>> {
        let Some(stream) = self.streams.get_mut(&id) else {
            return Poll::Ready(Err(Broken::Lost("it was taken already".to_owned())));
        };
        if stream.is_open() {
            if !stream.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                stream.waker = Some(cx.waker().clone());
            }
            return Poll::Pending;
        }
        match self.streams.swap_remove(&id).map(|stream| stream.state) {
            Some(State::Over(outcome)) => Poll::Ready(outcome),
            Some(State::Open) | None => Poll::Pending,
        }
    }

    /// Nobody wants to know any more what comes of a request.
    pub(super) fn cancel(&mut self, id: u32) {
        if self.streams.swap_remove(&id).is_some_and(|stream| stream.is_open()) {
            self.open -= 1;
            frame::write_reset(&mut self.out, id, Code::CANCEL);
        }
    }

    /// A request is over.
    pub(super) fn over(&mut self, id: u32, outcome: Result<Answer, Broken>) {
        let Some(stream) = self.streams.get_mut(&id).filter(|stream| stream.is_open()) else {
            return;
        };
        self.open -= 1;
        if outcome.is_ok() {
            self.answers += 1;
            self.idle_frames = 0;
        }
        if !stream.rest.bytes().is_empty() && outcome.is_ok() {
            // It wants no more of the request, and the peer has to know that none comes.
            stream.rest = Rest::default();
            frame::write_reset(&mut self.out, id, Code::CANCEL);
        }
        stream.state = State::Over(outcome);
        self.woken.extend(stream.waker.take());
    }

    /// Ends a stream that has gone wrong.
    pub(super) fn reset(&mut self, id: u32, code: Code, reason: String) {
        frame::write_reset(&mut self.out, id, code);
        self.over(id, Err(Broken::Lost(reason)));
    }

    /// Takes no more requests; those that are open go on.
    pub(super) fn give_up(&mut self, by: By, reason: &str) {
        if self.ending.is_none() {
            self.ending = Some(Ending { reason: reason.to_owned(), by });
        }
    }

    /// The connection is cut: what had left for the peer may have been processed.
    pub(super) fn cut(&mut self, reason: &str) {
        self.give_up(By::Peer, reason);
        let open = self.streams.iter().filter(|(_, stream)| stream.is_open());
        let ends: Vec<_> = open.map(|(id, stream)| (*id, stream.end)).collect();
        for (id, end) in ends {
            let left = end.is_some_and(|end| end <= self.written);
            let broken = if left { Broken::Lost } else { Broken::Unprocessed };
            self.over(id, Err(broken(reason.to_owned())));
        }
    }

    /// Says to the peer what it has done wrong; nothing more will be read of it.
    pub(super) fn blame(&mut self, violation: Violation) {
        frame::write_go_away(&mut self.out, violation.code);
    }

    /// Says to the peer that we go.
    pub(super) fn part(&mut self) {
        frame::write_go_away(&mut self.out, Code::NO_ERROR);
    }

    /// Whether it ends and nobody needs it any more.
    pub(super) fn is_spent(&self) -> bool {
        self.ending.is_some() && self.open == 0
    }

    /// Asks the peer whether it is there.
    pub(super) fn ping(&mut self) {
        self.pings += 1;
        self.ponged = false;
        frame::write_ping(&mut self.out, false, self.pings.to_be_bytes());
    }

    /// The peer answers a PING.
    pub(super) fn pong(&mut self, payload: [u8; 8]) {
        self.ponged |= payload == self.pings.to_be_bytes() && self.pings > 0;
    }

    /// Looks after what takes too long; called each [`limits::LINE_LOOK_MS`].
    pub(super) fn look(&mut self) {
        const LOOKS: u64 = limits::ANSWER_MS / limits::LINE_LOOK_MS;
        self.idle_frames = 0;
        let mut late = Vec::new();
        for (id, stream) in self.streams.iter_mut().filter(|(_, stream)| stream.is_open()) {
            stream.looks += 1;
            if stream.looks > LOOKS {
                late.push(*id);
            }
        }
        for id in late {
            self.reset(id, Code::CANCEL, format!("no answer within {} ms", limits::ANSWER_MS));
        }
    }

    /// Takes what is to be written; `into` must be empty. When there is nothing, `driver` is
    /// woken as soon as there is.
    pub(super) fn take_out(&mut self, into: &mut Vec<u8>, driver: &Waker) {
        if self.out.is_empty() {
            if !self.driver.as_ref().is_some_and(|known| known.will_wake(driver)) {
                self.driver = Some(driver.clone());
            }
            return;
        }
        std::mem::swap(&mut self.out, into);
        self.taken += into.len() as u64;
    }

    /// The driver, if it has to be woken to write or to end.
    pub(super) fn rouse(&mut self) -> Option<Waker> {
        if self.out.is_empty() && !self.is_spent() { None } else { self.driver.take() }
    }
}

/// Mixes the numbers of streams, which we choose ourselves.
#[derive(Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 32;
    }
}
