//! What a block's value is, in sixteen bytes, and the texts behind it.
//!
//! Texts, lists and objects live in the [`Heap`](super::heap::Heap); a value
//! only points there, so it is copied freely. How values turn into one another
//! is in [`coerce`](super::coerce).

use super::allocation::allocated;
pub use super::ascii::{Ascii, Word};
use crate::diag::{Sentence, say};
use std::borrow::Cow;
use std::cmp::Ordering;

/// A value: Blockly's own kinds (those of JavaScript) plus object and date.
///
/// Source: Blockly's JavaScript generator, whose programs this means to equal.
// The tag as wide as what it tags, so that a value is copied in two whole words: packed,
// its parts were put together on the stack, which cost more than the rest of an instruction.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub enum Value {
    /// A variable never set, an item past a list's end.
    Undefined,
    /// Nothing, said on purpose.
    Null,
    /// True or false.
    Bool(bool),
    /// A double, as every number in Blockly.
    Number(f64),
    /// A moment in milliseconds since 1970, UTC. Not a Blockly kind.
    Date(f64),
    /// A text.
    Text(Text),
    /// A list, by reference.
    List(ListRef),
    /// An object (text → value, in order of insertion), by reference. Not a Blockly kind.
    Object(ObjectRef),
    /// A place in a list that was never filled. Lives inside lists only.
    Hole,
}

const _: () = assert!(size_of::<Value>() == 16, "values are copied at every step");

impl Value {
    /// The kind's name, as an author knows it.
    pub fn kind(self) -> Sentence {
        match self {
            Self::Undefined | Self::Hole => say!("nothing"),
            Self::Null => say!("null"),
            Self::Bool(_) => say!("true/false"),
            Self::Number(_) => say!("a number"),
            Self::Date(_) => say!("a date"),
            Self::Text(_) => say!("a text"),
            Self::List(_) => say!("a list"),
            Self::Object(_) => say!("an object"),
        }
    }

    /// The value as a block reads it: a hole reads as undefined.
    #[must_use]
    pub fn filled(self) -> Self {
        match self {
            Self::Hole => Self::Undefined,
            Self::Undefined
            | Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::Text(_)
            | Self::List(_)
            | Self::Object(_) => self,
        }
    }
}

/// The first `len` units of a text buffer.
///
/// Buffers only ever grow at their end, so a text is never changed by what is
/// appended to another that shares its buffer; that makes `a = a + b` cost only `b`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Text {
    pub(super) cell: u32,
    pub(super) len: u32,
}

/// Bytes from a text's beginning to its length, for machine code.
#[cfg(feature = "native")]
pub(super) const TEXT_LEN_AT: usize = std::mem::offset_of!(Text, len);

impl Text {
    /// UTF-16 units, as Blockly counts them.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there is no unit in it.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// A list in the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListRef(pub(super) u32);

/// An object in the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObjectRef(pub(super) u32);

/// The storage of a text: bytes while all of it is ASCII, else UTF-16.
///
/// Both give a unit by its index at once, which Blockly's index blocks want, and
/// UTF-16 can hold the lone surrogates that cutting an emoji in two leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum TextBuffer {
    /// Every unit below 128; valid UTF-8 as it stands.
    Ascii(Ascii),
    /// At least one unit of 128 or more.
    Wide(Vec<u16>),
}

impl TextBuffer {
    /// From Rust's text.
    pub fn from_text(text: &str) -> Self {
        if text.is_ascii() {
            Self::Ascii(Ascii::from_slice(text.as_bytes()))
        } else {
            Self::Wide(text.encode_utf16().collect())
        }
    }

    /// From UTF-16 units, kept as bytes when they allow it.
    pub fn from_units(units: Vec<u16>) -> Self {
        match Ascii::from_units(&units) {
            Some(bytes) => Self::Ascii(bytes),
            None => Self::Wide(units),
        }
    }

    /// Units in it.
    pub fn len(&self) -> usize {
        match self {
            Self::Ascii(bytes) => bytes.len(),
            Self::Wide(units) => units.len(),
        }
    }

    /// Whether it has no unit.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes it holds in memory beside its cell.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Ascii(bytes) if bytes.spilled() => allocated(bytes.capacity()),
            Self::Ascii(_) => 0,
            Self::Wide(units) => allocated(units.capacity() * 2),
        }
    }

    /// Units it can hold without growing.
    pub fn capacity(&self) -> usize {
        match self {
            Self::Ascii(bytes) => bytes.capacity(),
            Self::Wide(units) => units.capacity(),
        }
    }

    /// Makes room for exactly `more` units.
    pub fn reserve_exact(&mut self, more: usize) {
        match self {
            Self::Ascii(bytes) => bytes.reserve_exact(more),
            Self::Wide(units) => units.reserve_exact(more),
        }
    }

    /// The first `len` units.
    #[inline]
    pub fn view(&self, len: usize) -> TextView<'_> {
        match self {
            Self::Ascii(bytes) => TextView::Ascii(bytes.first(len)),
            Self::Wide(units) => TextView::Wide(&units[..len]),
        }
    }
}

/// A text being looked at.
#[derive(Clone, Copy, Debug)]
pub enum TextView<'a> {
    /// ASCII bytes.
    Ascii(&'a [u8]),
    /// UTF-16 units.
    Wide(&'a [u16]),
}

impl<'a> TextView<'a> {
    /// Units in it.
    pub fn len(self) -> usize {
        match self {
            Self::Ascii(bytes) => bytes.len(),
            Self::Wide(units) => units.len(),
        }
    }

    /// Whether it has no unit.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The unit at `index`, which must be below the length.
    pub fn unit(self, index: usize) -> u16 {
        match self {
            Self::Ascii(bytes) => u16::from(bytes[index]),
            Self::Wide(units) => units[index],
        }
    }

    /// Units from `start` up to, not including, `end`; both within the length.
    #[must_use]
    pub fn slice(self, start: usize, end: usize) -> Self {
        match self {
            Self::Ascii(bytes) => Self::Ascii(&bytes[start..end]),
            Self::Wide(units) => Self::Wide(&units[start..end]),
        }
    }

    /// All units, one after another.
    pub fn units(self) -> impl DoubleEndedIterator<Item = u16> + ExactSizeIterator + 'a {
        (0..self.len()).map(move |index| self.unit(index))
    }

    /// As Rust's text; a lone surrogate becomes U+FFFD.
    pub fn to_str(self) -> Cow<'a, str> {
        match self {
            // The quick way to read it, whose error there can't be.
            Self::Ascii(bytes) => {
                str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
            }
            Self::Wide(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// A buffer of its own.
    pub fn to_buffer(self) -> TextBuffer {
        match self {
            Self::Ascii(bytes) => TextBuffer::Ascii(Ascii::from_slice(bytes)),
            Self::Wide(units) => TextBuffer::from_units(units.to_vec()),
        }
    }

    /// Whether both hold the same units.
    #[inline]
    pub fn same(self, other: TextView<'_>) -> bool {
        match (self, other) {
            // The first alone tells most texts apart, and looking at it is no call.
            (Self::Ascii(a), TextView::Ascii(b)) => a.first() == b.first() && a == b,
            (Self::Wide(a), TextView::Wide(b)) => a == b,
            (Self::Ascii(_), TextView::Wide(_)) | (Self::Wide(_), TextView::Ascii(_)) => {
                self.len() == other.len() && self.units().eq(other.units())
            }
        }
    }

    /// Order by UTF-16 units, as JavaScript's `<` on two texts.
    pub fn order(self, other: TextView<'_>) -> Ordering {
        match (self, other) {
            (Self::Ascii(a), TextView::Ascii(b)) => a.cmp(b),
            (Self::Wide(a), TextView::Wide(b)) => a.cmp(b),
            (Self::Ascii(_), TextView::Wide(_)) | (Self::Wide(_), TextView::Ascii(_)) => {
                self.units().cmp(other.units())
            }
        }
    }
}
