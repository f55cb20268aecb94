//! What both sides tell each other to keep to (RFC 9113, section 6.5).

use super::frame::{self, Code, NUMBER_MAX, PAYLOAD_MAX, Violation};
use crate::limits;

const HEADER_TABLE_SIZE: u16 = 1;
const ENABLE_PUSH: u16 = 2;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;
const MAX_FRAME_SIZE: u16 = 5;
const MAX_HEADER_LIST_SIZE: u16 = 6;

/// Bytes of a window when nobody says otherwise.
pub(super) const WINDOW: u32 = 65_535;

/// What a peer allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Bytes of its table of headers.
    pub(super) table: usize,
    /// Streams at once.
    pub(super) streams: usize,
    /// Bytes of a stream's window at first.
    pub(super) window: u32,
    /// Bytes of a frame's payload.
    pub(super) payload: usize,
}

impl Settings {
    /// Before it has said anything.
    pub(super) fn new() -> Self {
        Self { table: 4_096, streams: usize::MAX, window: WINDOW, payload: PAYLOAD_MAX }
    }

    /// Takes over what a SETTINGS frame says.
    pub(super) fn read(&mut self, payload: &[u8]) -> Result<(), Violation> {
        let (pairs, rest) = payload.as_chunks::<6>();
        if !rest.is_empty() {
            return Err(Violation::new(Code::FRAME_SIZE_ERROR, "SETTINGS aren't whole"));
        }
        for [a, b, value @ ..] in pairs {
            let value = u32::from_be_bytes(*value);
            let number = usize::try_from(value).unwrap_or(usize::MAX);
            match u16::from_be_bytes([*a, *b]) {
                HEADER_TABLE_SIZE => self.table = number,
                ENABLE_PUSH if value != 0 => {
                    let what = "a server may not enable push";
                    return Err(Violation::new(Code::PROTOCOL_ERROR, what));
                }
                MAX_CONCURRENT_STREAMS => self.streams = number,
                INITIAL_WINDOW_SIZE if value > NUMBER_MAX => {
                    let what = "the initial window is too large";
                    return Err(Violation::new(Code::FLOW_CONTROL_ERROR, what));
                }
                INITIAL_WINDOW_SIZE => self.window = value,
                MAX_FRAME_SIZE if !(PAYLOAD_MAX..1 << 24).contains(&number) => {
                    let what = "the largest frame has a size that may not be";
                    return Err(Violation::new(Code::PROTOCOL_ERROR, what));
                }
                MAX_FRAME_SIZE => self.payload = number,
                _ => {}
            }
        }
        Ok(())
    }
}

/// What we say first: our settings, and how much may be on its way to us.
pub(super) fn write_ours(out: &mut Vec<u8>) {
    let list = u32::try_from(limits::ANSWER_HEADERS_MAX).unwrap_or(u32::MAX);
    frame::write_settings(out, &[(ENABLE_PUSH, 0), (MAX_HEADER_LIST_SIZE, list)]);
    frame::write_window_update(out, 0, limits::LINE_WINDOW - WINDOW);
}
