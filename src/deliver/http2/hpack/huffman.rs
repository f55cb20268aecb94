//! Huffman's code of RFC 7541, appendix B: reading it.
//!
//! The code is canonical: shorter words first, words of equal length in the order of their
//! bytes. So the lengths say everything.

use super::Unreadable;

/// Bits of each byte's word.
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, //
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, //
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, //
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, //
    7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
    23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
    21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];
/// Bits of the longest word; the one of all ones means the end of a text and stands in none.
const LONGEST: usize = 30;
/// Words of so many bits and less are found by one look.
const SHORT: u32 = 8;

/// What is known of the words of each length.
struct Code {
    /// The bytes, by their words.
    bytes: [u8; 256],
    /// The first word of each length.
    first: [u32; LONGEST + 1],
    /// How many there are of it.
    count: [u32; LONGEST + 1],
    /// Where their bytes begin.
    from: [usize; LONGEST + 1],
    /// The byte that the next bits begin with, and the length of its word; 0 for longer ones.
    short: [(u8, u8); 1 << SHORT],
}

static CODE: Code = code();

#[expect(clippy::cast_possible_truncation, reason = "bytes are counted up to 255")]
const fn code() -> Code {
    let mut code = Code {
        bytes: [0; 256],
        first: [0; LONGEST + 1],
        count: [0; LONGEST + 1],
        from: [0; LONGEST + 1],
        short: [(0, 0); 1 << SHORT],
    };
    let (mut word, mut placed, mut length) = (0_u32, 0, 1);
    while length <= LONGEST {
        word <<= 1;
        code.first[length] = word;
        code.from[length] = placed;
        let mut byte = 0;
        while byte < 256 {
            if LENGTHS[byte] as usize == length {
                code.bytes[placed] = byte as u8;
                if length <= SHORT as usize {
                    let spare = SHORT - length as u32;
                    let mut at = word << spare;
                    while at < (word + 1) << spare {
                        code.short[at as usize] = (byte as u8, length as u8);
                        at += 1;
                    }
                }
                placed += 1;
                word += 1;
                code.count[length] += 1;
            }
            byte += 1;
        }
        length += 1;
    }
    code
}

/// Reads a text in the code, behind what `text` has.
pub(super) fn read(coded: &[u8], text: &mut Vec<u8>) -> Result<(), Unreadable> {
    // The next bits, on the left; and how many there are.
    let (mut bits, mut have) = (0_u64, 0_u32);
    let mut coded = coded.iter();
    loop {
        while have <= 56
            && let Some(byte) = coded.next()
        {
            bits |= u64::from(*byte) << (56 - have);
            have += 8;
        }
        let (byte, length) = match CODE.short[usize::from(bits.to_be_bytes()[0])] {
            (_, 0) => match long(bits) {
                Some(found) => found,
                None => return end(bits, have),
            },
            (byte, length) => (byte, u32::from(length)),
        };
        if length > have {
            return end(bits, have);
        }
        text.push(byte);
        bits <<= length;
        have -= length;
    }
}

/// A word of more than [`SHORT`] bits at the beginning of these, and its length.
fn long(bits: u64) -> Option<(u8, u32)> {
    for length in SHORT + 1..=30 {
        let word = u32::try_from(bits >> (64 - length)).ok()?;
        let at = usize::try_from(length).ok()?;
        let place = word.checked_sub(CODE.first[at])?;
        if place < CODE.count[at] {
            return Some((CODE.bytes[CODE.from[at] + usize::try_from(place).ok()?], length));
        }
    }
    None
}

/// What is left when no word is whole must be fewer than eight bits, all ones.
fn end(bits: u64, have: u32) -> Result<(), Unreadable> {
    let ones = !(u64::MAX >> have.min(63));
    if have < 8 && bits == ones {
        return Ok(());
    }
    Err(Unreadable("a text in Huffman's code ends in the middle"))
}
