//! ASCII bytes: a buffer whose few bytes, as most texts have, lie where the buffer itself
//! does, and others behind a pointer; and few of them as one word.
//!
//! As a word they are copied, compared and changed in registers. That matters: what was put
//! together byte by byte in memory can't be moved before all of it has arrived there.

use std::ops::Deref;

/// So many bytes need no memory of their own.
const SHORT: usize = 16;

/// For each number of bytes in a word that which has all their bits, and no other.
const MASKS: [u128; SHORT + 1] = {
    let mut masks = [0; SHORT + 1];
    let mut len = 1;
    while len <= SHORT {
        masks[len] = masks[len - 1] << 8 | 0xFF;
        len += 1;
    }
    masks
};

/// At most sixteen bytes below 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The first byte lowest; 0 behind the last.
    bits: u128,
    len: u8,
}

impl Word {
    /// These bytes, unless they are too many.
    #[inline]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let len = u8::try_from(bytes.len()).ok()?;
        // Read from both ends, in two pieces that overlap where there are fewer than twice as many.
        let behind = |first: usize| 8 * (bytes.len() - first);
        let bits = if let (Some(first), Some(last)) =
            (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
        {
            if bytes.len() > SHORT {
                return None;
            }
            let [first, last] = [*first, *last].map(|piece| u128::from(u64::from_le_bytes(piece)));
            first | last << behind(8)
        } else if let (Some(first), Some(last)) =
            (bytes.first_chunk::<4>(), bytes.last_chunk::<4>())
        {
            let [first, last] = [*first, *last].map(|piece| u64::from(u32::from_le_bytes(piece)));
            u128::from(first | last << behind(4))
        } else if let (Some(first), Some(last)) =
            (bytes.first_chunk::<2>(), bytes.last_chunk::<2>())
        {
            let [first, last] = [*first, *last].map(|piece| u32::from(u16::from_le_bytes(piece)));
            u128::from(first | last << behind(2))
        } else {
            bytes.first().copied().unwrap_or_default().into()
        };
        Some(Self { bits, len })
    }

    /// The bytes from `start` up to, not including, `end`, unless they are too many.
    #[inline]
    pub fn of_part(bytes: &[u8], start: usize, end: usize) -> Option<Self> {
        let part = &bytes[start..end];
        // Where there is more behind it, that is read as well and taken off again.
        match bytes[start..].first_chunk() {
            Some(chunk) => Self::of_first(u128::from_le_bytes(*chunk), part.len()),
            None => Self::of(part),
        }
    }

    /// The first `len` bytes of these, unless that is more than there are.
    #[inline]
    fn of_first(bits: u128, len: usize) -> Option<Self> {
        Some(Self { bits: bits & MASKS.get(len)?, len: u8::try_from(len).ok()? })
    }

    /// How many they are.
    #[inline]
    pub fn count(self) -> u8 {
        self.len
    }

    /// What tells whether these are the first of sixteen bytes.
    #[inline]
    pub fn begins(self) -> impl Fn(&[u8; SHORT]) -> bool {
        let mask = MASKS.get(usize::from(self.len)).copied().unwrap_or_default();
        move |bytes| u128::from_le_bytes(*bytes) & mask == self.bits
    }

    /// With small letters for capitals.
    #[must_use]
    pub fn lowercase(self) -> Self {
        Self { bits: self.bits ^ self.letters(b'A', b'Z'), ..self }
    }

    /// With capitals for small letters.
    #[must_use]
    pub fn uppercase(self) -> Self {
        Self { bits: self.bits ^ self.letters(b'a', b'z'), ..self }
    }

    /// The bit that tells small letters from capitals, in each byte from `first` to `last`.
    fn letters(self, first: u8, last: u8) -> u128 {
        let all = |byte: u8| u128::from_le_bytes([byte; SHORT]);
        // A byte's highest bit is free to tell; no sum goes over into the next byte.
        let from_first = self.bits + all(0x80 - first);
        let behind_last = self.bits + all(0x7F - last);
        (from_first & !behind_last & all(0x80)) >> 2
    }
}

/// Bytes below 128; the few of most texts lie in the text's cell.
#[derive(Clone, Debug)]
pub enum Ascii {
    /// The first `len` of these; the others are 0.
    Short {
        /// At most sixteen.
        len: u8,
        /// With those behind the last.
        bytes: [u8; SHORT],
    },
    /// In memory of their own. They were too many once, or might have become too many.
    Long(Vec<u8>),
}

impl Ascii {
    /// Empty, with room for so many bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        if capacity > SHORT {
            return Self::Long(Vec::with_capacity(capacity));
        }
        Self::default()
    }

    /// A copy of these bytes.
    #[inline]
    pub fn from_slice(from: &[u8]) -> Self {
        Word::of(from).map_or_else(|| Self::Long(from.to_vec()), Self::from)
    }

    /// The bytes that UTF-16 units are; none if one of them is no ASCII.
    pub fn from_units(units: &[u16]) -> Option<Self> {
        if units.iter().any(|unit| *unit >= 128) {
            return None;
        }
        let bytes = units.iter().map(|unit| unit.to_le_bytes()[0]);
        let mut all = Self::default();
        all.make_room(units.len());
        match &mut all {
            Self::Short { len, bytes: to } => {
                to.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
                *len = u8::try_from(units.len()).ok()?;
            }
            Self::Long(to) => to.extend(bytes),
        }
        Some(all)
    }

    /// Whether they lie in memory of their own.
    pub fn spilled(&self) -> bool {
        matches!(self, Self::Long(_))
    }

    /// Bytes it can hold without growing.
    #[inline]
    pub fn capacity(&self) -> usize {
        match self {
            Self::Short { .. } => SHORT,
            Self::Long(bytes) => bytes.capacity(),
        }
    }

    /// The first `len` bytes, of which there must be as many.
    #[inline]
    pub fn first(&self, len: usize) -> &[u8] {
        match self {
            Self::Short { bytes, .. } => &bytes[..len],
            Self::Long(bytes) => &bytes[..len],
        }
    }

    /// The first `len` bytes, where all lie in the buffer itself and there are as many.
    #[inline]
    pub fn word(&self, len: usize) -> Option<Word> {
        match self {
            Self::Short { bytes, .. } => Word::of_first(u128::from_le_bytes(*bytes), len),
            Self::Long(_) => None,
        }
    }

    /// Makes room for exactly `more` bytes.
    pub fn reserve_exact(&mut self, more: usize) {
        let len = self.len();
        match self {
            Self::Short { bytes, .. } => {
                if len + more > SHORT {
                    let mut long = Vec::with_capacity(len + more);
                    long.extend_from_slice(&bytes[..len]);
                    *self = Self::Long(long);
                }
            }
            Self::Long(bytes) => bytes.reserve_exact(more),
        }
    }

    /// Makes room for `more` bytes, and for more of them the longer it is.
    fn make_room(&mut self, more: usize) {
        let (len, capacity) = (self.len(), self.capacity());
        if capacity - len < more {
            self.reserve_exact((len + more).next_power_of_two() - len);
        }
    }

    /// Appends bytes.
    #[inline]
    pub fn extend_from_slice(&mut self, more: &[u8]) {
        if self.capacity() - self.len() < more.len() {
            self.make_room(more.len());
        }
        match self {
            Self::Short { len, bytes } => {
                let from = usize::from(*len);
                bytes[from..from + more.len()].copy_from_slice(more);
                // No more than fit, which are 16.
                *len += u8::try_from(more.len()).unwrap_or_default();
            }
            Self::Long(bytes) => match more {
                [byte] => bytes.push(*byte),
                more => bytes.extend_from_slice(more),
            },
        }
    }

    /// Appends the first `len` bytes of another, of which there must be as many.
    #[inline]
    pub fn append(&mut self, from: &Self, len: usize) {
        match (self, from) {
            (Self::Long(to), Self::Short { bytes, .. }) if to.capacity() - to.len() >= SHORT => {
                // So many at once are moved without a call.
                let end = to.len() + len;
                to.extend_from_slice(bytes);
                to.truncate(end);
            }
            (to, from) => to.extend_from_slice(from.first(len)),
        }
    }
}

impl From<Vec<u8>> for Ascii {
    fn from(bytes: Vec<u8>) -> Self {
        Word::of(&bytes).map_or(Self::Long(bytes), Self::from)
    }
}

impl From<Word> for Ascii {
    #[inline]
    fn from(word: Word) -> Self {
        Self::Short { len: word.len, bytes: word.bits.to_le_bytes() }
    }
}

impl Default for Ascii {
    fn default() -> Self {
        Self::Short { len: 0, bytes: [0; SHORT] }
    }
}

impl Deref for Ascii {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes } => &bytes[..usize::from(*len)],
            Self::Long(bytes) => bytes,
        }
    }
}

impl PartialEq for Ascii {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_holds_what_was_put_in(pieces in proptest::collection::vec("[a-zA-Z]{0,19}", 0..5)) {
            let mut ours = Ascii::default();
            let mut plain = String::new();
            for piece in &pieces {
                ours.extend_from_slice(piece.as_bytes());
                plain.push_str(piece);
                prop_assert_eq!(&*ours, plain.as_bytes());
                prop_assert!(ours.capacity() >= plain.len());
            }
            let copy = Ascii::from_slice(plain.as_bytes());
            prop_assert_eq!(copy.spilled(), plain.len() > SHORT);
            prop_assert_eq!(&copy, &ours);
            let units: Vec<u16> = plain.encode_utf16().collect();
            prop_assert_eq!(Ascii::from_units(&units), Some(copy.clone()));
            for len in 0..=plain.len() {
                let bytes = &plain.as_bytes()[..len];
                prop_assert_eq!(copy.first(len), bytes);
                let mut joined = ours.clone();
                joined.append(&copy, len);
                prop_assert_eq!(&*joined, [plain.as_bytes(), bytes].concat());
                for start in 0..=len {
                    let part = Word::of_part(plain.as_bytes(), start, len);
                    prop_assert_eq!(part, Word::of(&bytes[start..]));
                }
            }
        }

        #[test]
        fn a_word_is_its_bytes(bytes in "[ -~]{0,18}", more in "[ -~]{0,18}") {
            let both = format!("{bytes}{more}");
            let word = Word::of(bytes.as_bytes());
            prop_assert_eq!(word.is_some(), bytes.len() <= SHORT);
            prop_assert_eq!(Word::of_part(both.as_bytes(), 0, bytes.len()), word);
            prop_assert_eq!(Ascii::from_slice(both.as_bytes()).word(bytes.len()), word.filter(|_| both.len() <= SHORT));
            if let Some(word) = word {
                prop_assert_eq!(&*Ascii::from(word), bytes.as_bytes());
                let mut sixteen = [b'x'; SHORT];
                sixteen[..bytes.len()].copy_from_slice(bytes.as_bytes());
                prop_assert!(word.begins()(&sixteen));
                sixteen[bytes.len().saturating_sub(1)] ^= 1;
                prop_assert_eq!(word.begins()(&sixteen), bytes.is_empty());
                let (lower, upper) = (Ascii::from(word.lowercase()), Ascii::from(word.uppercase()));
                prop_assert_eq!(&*lower, &*bytes.as_bytes().to_ascii_lowercase());
                prop_assert_eq!(&*upper, &*bytes.as_bytes().to_ascii_uppercase());
            }
        }
    }

    #[test]
    fn a_unit_beyond_ascii_is_refused() {
        assert_eq!(Ascii::from_units(&[97, 128]), None);
        assert_eq!(Ascii::from_units(&[&[97; 20][..], &[0x161]].concat()), None);
    }
}
