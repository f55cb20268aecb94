//! Numbers of RFC 7541, section 5.1: some bits of the first byte, then seven a byte.

use super::Unreadable;

/// No size or index is larger: what is has to be an attack.
const MAX: usize = 1 << 24;

/// Reads a number from the last `bits` of the first byte on.
pub(super) fn read(input: &mut &[u8], bits: u32) -> Result<usize, Unreadable> {
    let ended = Unreadable("a number isn't whole");
    let (first, rest) = input.split_first().ok_or(ended)?;
    *input = rest;
    let full = (1_usize << bits) - 1;
    let mut number = usize::from(*first) & full;
    if number < full {
        return Ok(number);
    }
    for shift in [0, 7, 14, 21] {
        let (byte, rest) = input.split_first().ok_or(ended)?;
        *input = rest;
        number += (usize::from(*byte) & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return if number <= MAX {
                Ok(number)
            } else {
                Err(Unreadable("a number is too large"))
            };
        }
    }
    Err(Unreadable("a number is too long"))
}

/// Writes a number into the last `bits` of a byte and those after it; `first` are the bits
/// before.
#[expect(clippy::cast_possible_truncation, reason = "each is below 2^8 where it is cast")]
pub(super) fn write(out: &mut Vec<u8>, first: u8, bits: u32, number: usize) {
    let full = (1_usize << bits) - 1;
    if number < full {
        return out.push(first | number as u8);
    }
    out.push(first | full as u8);
    let mut left = number - full;
    while left >= 0x80 {
        out.push(0x80 | (left & 0x7f) as u8);
        left >>= 7;
    }
    out.push(left as u8);
}
