//! Header compression (RFC 7541), as far as a client of push services needs it.
//!
//! The encoder writes texts as they are: Huffman's code would make a token a quarter shorter,
//! and take longer than to encrypt that quarter.

mod decode;
mod encode;
mod huffman;
mod integer;
mod table;

pub(super) use decode::Decoder;
pub(super) use encode::Encoder;
pub(in crate::deliver) use encode::{Fields, Keep};
pub(super) use table::size;

/// Bytes of a table of headers when nobody says otherwise; we never keep a larger one.
const TABLE_BYTES: usize = 4_096;

/// A block of headers that can't be read; after it nothing can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) &'static str);

#[cfg(test)]
mod tests;
