//! What frames of the peer do to a connection (RFC 9113, sections 5 and 6).
//!
//! What may not be ends the connection with the code that the protocol names for it; what is
//! wrong with one answer ends that stream.

use super::Broken;
use super::connection::{By, Connection, Ending, Unfinished};
use super::frame::{
    self, Code, HEAD_BYTES, Head, NUMBER_MAX, PAYLOAD_MAX, Violation, flag, kind, unpadded,
};
use super::settings::{self, Settings};
use super::stream::Block;
use crate::limits;

/// Frames of one block of headers at most: an honest peer needs two.
const BLOCK_FRAMES_MAX: u32 = 16;

const NOT_OPENED: Violation =
    Violation::new(Code::PROTOCOL_ERROR, "a frame is for a stream that wasn't opened");
const NO_STREAM: Violation =
    Violation::new(Code::PROTOCOL_ERROR, "a frame for the connection names a stream");
const SIZE: Violation = Violation::new(Code::FRAME_SIZE_ERROR, "a frame has a size that can't be");

impl Connection {
    /// Takes bytes of the peer; gives how many. The rest is the beginning of a frame that has
    /// to be given again, with what follows it.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<usize, Violation> {
        let mut rest = bytes;
        while let Some(head) = Head::read(rest) {
            if head.length > PAYLOAD_MAX {
                return Err(SIZE);
            }
            let end = HEAD_BYTES + head.length;
            let Some(payload) = rest.get(HEAD_BYTES..end) else { break };
            self.frame(head, payload)?;
            rest = &rest[end..];
        }
        Ok(bytes.len() - rest.len())
    }

    fn frame(&mut self, head: Head, payload: &[u8]) -> Result<(), Violation> {
        if self.peer.is_none() && (head.kind != kind::SETTINGS || head.has(flag::ACK)) {
            return Err(Violation::new(Code::PROTOCOL_ERROR, "it doesn't begin with SETTINGS"));
        }
        if self.unfinished.is_some() != (head.kind == kind::CONTINUATION) {
            let what = "a block of headers doesn't go on where it ends";
            return Err(Violation::new(Code::PROTOCOL_ERROR, what));
        }
        match head.kind {
            kind::DATA => self.data(head, payload),
            kind::HEADERS => self.headers(head, payload),
            kind::CONTINUATION => self.continuation(head, payload),
            kind::RST_STREAM => self.reset_by_peer(head, payload),
            kind::SETTINGS => self.settings(head, payload),
            kind::PING => self.pinged(head, payload),
            kind::GOAWAY => self.go_away(head, payload),
            kind::WINDOW_UPDATE => self.window_update(head, payload),
            kind::PUSH_PROMISE => {
                Err(Violation::new(Code::PROTOCOL_ERROR, "it pushes, and we said not to"))
            }
            kind::PRIORITY if payload.len() != 5 => Err(SIZE),
            kind::PRIORITY if head.stream == 0 => Err(NOT_OPENED),
            // What nobody knows is left alone.
            _ => self.idle(),
        }
    }

    /// A frame brings no answer further. Of these there may be some.
    fn idle(&mut self) -> Result<(), Violation> {
        self.idle_frames += 1;
        if self.idle_frames > limits::LINE_IDLE_FRAMES {
            let what = "it sends too much that is no answer";
            return Err(Violation::new(Code::ENHANCE_YOUR_CALM, what));
        }
        Ok(())
    }

    /// A frame is for a stream that we have opened, be it over by now or not.
    fn opened(&self, stream: u32) -> Result<(), Violation> {
        if stream % 2 == 1 && stream < self.next { Ok(()) } else { Err(NOT_OPENED) }
    }

    fn data(&mut self, head: Head, payload: &[u8]) -> Result<(), Violation> {
        self.opened(head.stream)?;
        let part = unpadded(head, payload)?;
        let size = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let beyond = Violation::new(Code::FLOW_CONTROL_ERROR, "it sends more than it may");
        self.allowance = self.allowance.checked_sub(size).ok_or(beyond)?;
        if self.allowance < limits::LINE_WINDOW / 2 {
            frame::write_window_update(&mut self.out, 0, limits::LINE_WINDOW - self.allowance);
            self.allowance = limits::LINE_WINDOW;
        }
        let last = head.has(flag::END_STREAM);
        let known = self.streams.get_mut(&head.stream).filter(|stream| stream.is_open());
        let Some(stream) = known else { return self.idle() };
        stream.allowance = stream.allowance.checked_sub(size).ok_or(beyond)?;
        if !last && stream.allowance < settings::WINDOW / 2 {
            let by = settings::WINDOW - stream.allowance;
            stream.allowance = settings::WINDOW;
            frame::write_window_update(&mut self.out, head.stream, by);
        }
        let taken = stream.embodied(part);
        self.after(head.stream, taken, last);
        if part.is_empty() && !last { self.idle() } else { Ok(()) }
    }

    fn headers(&mut self, head: Head, payload: &[u8]) -> Result<(), Violation> {
        self.opened(head.stream)?;
        let mut block = unpadded(head, payload)?;
        if head.has(flag::PRIORITY) {
            block = block.get(5..).ok_or(SIZE)?;
        }
        let last = head.has(flag::END_STREAM);
        if head.has(flag::END_HEADERS) {
            return self.block(head.stream, block, last);
        }
        let block = block.to_vec();
        self.unfinished = Some(Unfinished { stream: head.stream, last, block, frames: 1 });
        Ok(())
    }

    fn continuation(&mut self, head: Head, payload: &[u8]) -> Result<(), Violation> {
        let Some(mut unfinished) = self.unfinished.take().filter(|it| it.stream == head.stream)
        else {
            let what = "a block of headers goes on in another stream";
            return Err(Violation::new(Code::PROTOCOL_ERROR, what));
        };
        unfinished.frames += 1;
        let size = unfinished.block.len() + payload.len();
        if unfinished.frames > BLOCK_FRAMES_MAX || size > limits::ANSWER_HEADERS_MAX * 2 {
            let what = "a block of headers has no end";
            return Err(Violation::new(Code::ENHANCE_YOUR_CALM, what));
        }
        unfinished.block.extend_from_slice(payload);
        if head.has(flag::END_HEADERS) {
            return self.block(unfinished.stream, &unfinished.block, unfinished.last);
        }
        self.unfinished = Some(unfinished);
        Ok(())
    }

    /// A whole block of headers. It is read for whomever it is: later ones build on it.
    fn block(&mut self, id: u32, bytes: &[u8], last: bool) -> Result<(), Violation> {
        let mut block = Block::default();
        self.decoder
            .read(bytes, |name, value| block.field(name, value))
            .map_err(|unreadable| Violation::new(Code::COMPRESSION_ERROR, unreadable.0))?;
        let known = self.streams.get_mut(&id).filter(|stream| stream.is_open());
        let Some(stream) = known else { return self.idle() };
        let taken = stream.headed(block, last);
        let informational = taken.is_ok() && !stream.has_head();
        self.after(id, taken, last);
        if informational { self.idle() } else { Ok(()) }
    }

    /// A part of an answer was taken, or is wrong; and it may have been the last.
    fn after(&mut self, id: u32, taken: Result<(), &'static str>, last: bool) {
        let answer = match (taken, self.streams.get_mut(&id)) {
            (Ok(()), Some(stream)) if last => stream.answer(),
            (Ok(()), _) => return,
            (Err(wrong), _) => Err(wrong),
        };
        match answer {
            Ok(answer) => self.over(id, Ok(answer)),
            Err(wrong) => self.reset(id, Code::PROTOCOL_ERROR, wrong.to_owned()),
        }
    }

    fn reset_by_peer(&mut self, head: Head, payload: &[u8]) -> Result<(), Violation> {
        let code = Code(u32::from_be_bytes(*payload.as_array().ok_or(SIZE)?));
        self.opened(head.stream)?;
        if !self.streams.get(&head.stream).is_some_and(super::stream::Stream::is_open) {
            return self.idle();
        }
        let reason = format!("it reset the stream: {code}");
        let broken = match code {
            Code::REFUSED_STREAM => Broken::Unprocessed(reason),
            _ => Broken::Lost(reason),
        };
        self.over(head.stream, Err(broken));
        Ok(())
    }

    fn settings(&mut self, head: Head, payload: &[u8]) -> Result<(), Violation> {
        if head.stream != 0 {
            return Err(NO_STREAM);
        }
        if head.has(flag::ACK) {
            return if payload.is_empty() { self.idle() } else { Err(SIZE) };
        }
        let before = self.peer.unwrap_or_else(Settings::new);
        let mut peer = before;
        peer.read(payload)?;
        self.peer = Some(peer);
        if peer.table != before.table {
            self.encoder.resize(peer.table);
        }
        let wider = i64::from(peer.window) - i64::from(before.window);
        if wider != 0 {
            for stream in self.streams.values_mut() {
                stream.window += wider;
                if stream.window > i64::from(NUMBER_MAX) {
                    let what = "a stream's window is too large";
                    return Err(Violation::new(Code::FLOW_CONTROL_ERROR, what));
                }
            }
            self.send_waiting();
        }
        frame::write_settings_ack(&mut self.out);
        self.idle()
    }

    fn pinged(&mut self, head: Head, payload: &[u8]) -> Result<(), Violation> {
        let payload = *payload.as_array().ok_or(SIZE)?;
        if head.stream != 0 {
            return Err(NO_STREAM);
        }
        if head.has(flag::ACK) {
            self.pong(payload);
        } else {
            frame::write_ping(&mut self.out, true, payload);
        }
        self.idle()
    }

    /// Streams above the last one that it names weren't processed; the others go on.
    fn go_away(&mut self, head: Head, payload: &[u8]) -> Result<(), Violation> {
        let (last, rest) = payload.split_first_chunk().ok_or(SIZE)?;
        let (code, said) = rest.split_first_chunk().ok_or(SIZE)?;
        if head.stream != 0 {
            return Err(NO_STREAM);
        }
        let last = u32::from_be_bytes(*last) & NUMBER_MAX;
        let code = Code(u32::from_be_bytes(*code));
        let said = String::from_utf8_lossy(&said[..said.len().min(limits::REASON_BYTES_MAX)]);
        let reason = match said.trim() {
            "" => format!("it goes away: {code}"),
            said => format!("it goes away: {code} {said}"),
        };
        let unwelcome = code == Code::ENHANCE_YOUR_CALM;
        let by = if unwelcome { By::WearyPeer } else { By::Peer };
        self.ending = Some(Ending { reason: reason.clone(), by });
        let beyond = self.streams.iter().filter(|(id, stream)| **id > last && stream.is_open());
        for id in beyond.map(|(id, _)| *id).collect::<Vec<_>>() {
            let broken = if unwelcome { Broken::Unwelcome } else { Broken::Unprocessed };
            self.over(id, Err(broken(reason.clone())));
        }
        self.idle()
    }

    fn window_update(&mut self, head: Head, payload: &[u8]) -> Result<(), Violation> {
        let by = u32::from_be_bytes(*payload.as_array().ok_or(SIZE)?) & NUMBER_MAX;
        let id = head.stream;
        if id == 0 {
            self.window += i64::from(by);
            if by == 0 {
                return Err(Violation::new(Code::PROTOCOL_ERROR, "a window grows by nothing"));
            }
            if self.window > i64::from(NUMBER_MAX) {
                let what = "the connection's window is too large";
                return Err(Violation::new(Code::FLOW_CONTROL_ERROR, what));
            }
            self.send_waiting();
            return self.idle();
        }
        self.opened(id)?;
        if let Some(stream) = self.streams.get_mut(&id).filter(|stream| stream.is_open()) {
            stream.window += i64::from(by);
            if by == 0 {
                let reason = "a window grows by nothing".to_owned();
                self.reset(id, Code::PROTOCOL_ERROR, reason);
            } else if stream.window > i64::from(NUMBER_MAX) {
                let reason = "its window is too large".to_owned();
                self.reset(id, Code::FLOW_CONTROL_ERROR, reason);
            } else {
                self.send_rest(id);
            }
        }
        self.idle()
    }
}
