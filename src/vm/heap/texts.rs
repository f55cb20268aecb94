//! Texts in the heap: buffers that grow at their end only, so that appending costs what is
//! appended.

use super::{CONSTANT, Heap, Stored, u32_of};
use crate::limits;
use crate::number::with_number_text;
use crate::vm::allocation::allocated;
use crate::vm::bytes::{grown, least_grown};
use crate::vm::fault::Fault;
use crate::vm::value::{Ascii, Text, TextBuffer, TextView, Value, Word};
use std::borrow::Cow;

/// The units of a number's text at most, as -1.2345678901234567e-308 has.
pub(in crate::vm) const NUMBER_UNITS_MAX: usize = 24;

/// What is appended to a text.
#[derive(Clone, Copy)]
enum Tail<'t> {
    Text(Text),
    View(TextView<'t>),
}

/// The same, where it lies.
enum Source<'t> {
    /// The first so many units.
    Buffer(&'t TextBuffer, usize),
    View(TextView<'t>),
}

impl Heap {
    /// A new text.
    pub fn text(&mut self, text: &str) -> Result<Value, Fault> {
        self.text_buffer(TextBuffer::from_text(text))
    }

    /// A new text of UTF-16 units.
    pub fn text_units(&mut self, units: Vec<u16>) -> Result<Value, Fault> {
        self.text_buffer(TextBuffer::from_units(units))
    }

    /// A new text in this storage.
    pub fn text_buffer(&mut self, buffer: TextBuffer) -> Result<Value, Fault> {
        let len = u32_of(buffer.len());
        let bytes = buffer.bytes();
        let cell = self.insert(Stored::Text(buffer), bytes)?;
        Ok(Value::Text(Text { cell, len }))
    }

    /// A new text of these bytes.
    #[inline]
    pub fn word_text(&mut self, word: Word) -> Result<Value, Fault> {
        let cell = self.insert(Stored::Text(TextBuffer::Ascii(Ascii::from(word))), 0)?;
        Ok(Value::Text(Text { cell, len: word.count().into() }))
    }

    /// A new text: the units of `text` from `start` up to, not including, `end`.
    pub fn part(&mut self, text: Text, start: usize, end: usize) -> Result<Value, Fault> {
        let view = self.view(text);
        if let TextView::Ascii(bytes) = view
            && let Some(word) = Word::of_part(bytes, start, end)
        {
            return self.word_text(word);
        }
        let buffer = view.slice(start, end).to_buffer();
        self.text_buffer(buffer)
    }

    /// The units of `text`.
    #[inline]
    pub fn view(&self, text: Text) -> TextView<'_> {
        self.buffer(text).view(text.len())
    }

    /// The text as Rust's; a lone surrogate becomes U+FFFD.
    pub fn str(&self, text: Text) -> Cow<'_, str> {
        self.view(text).to_str()
    }

    #[inline]
    pub(super) fn buffer(&self, text: Text) -> &TextBuffer {
        if text.cell & CONSTANT != 0 {
            return &self.constants[(text.cell & !CONSTANT) as usize];
        }
        match &self.cells[text.cell as usize] {
            Stored::Text(buffer) => buffer,
            Stored::Free | Stored::List(_) | Stored::Object(_) => {
                unreachable!("a text points at a text's cell")
            }
        }
    }

    /// `a` followed by `b`.
    ///
    /// When `a` is all of its buffer, `b` is written behind it: appending in a loop
    /// costs what is appended, not what is already there.
    pub fn append(&mut self, a: Text, b: Text) -> Result<Value, Fault> {
        if a.is_empty() { Ok(Value::Text(b)) } else { self.append_tail(a, Tail::Text(b)) }
    }

    /// As [`Heap::append`], with a text that is not in the heap.
    pub fn append_buffer(&mut self, a: Text, b: TextBuffer) -> Result<Value, Fault> {
        if a.is_empty() {
            return self.text_buffer(b);
        }
        self.append_tail(a, Tail::View(b.view(b.len())))
    }

    fn append_tail(&mut self, a: Text, b: Tail<'_>) -> Result<Value, Fault> {
        let tail = self.tail(b);
        if tail.is_empty() {
            return Ok(Value::Text(a));
        }
        if a.len() + tail.len() > limits::TEXT_UNITS_MAX {
            return Err(Fault::memory((a.len() + tail.len()) * 2, self.bytes_max));
        }
        let at_end = a.cell & CONSTANT == 0 && self.buffer(a).len() == a.len();
        let fits = matches!(
            (self.view(a), tail),
            (TextView::Ascii(_), TextView::Ascii(_)) | (TextView::Wide(_), _)
        );
        let itself = matches!(b, Tail::Text(b) if b.cell == a.cell);
        if at_end && fits && !itself {
            return self.append_in_place(a, b);
        }
        let buffer = match (self.view(a), tail) {
            (TextView::Ascii(a), TextView::Ascii(b)) => {
                let mut both = Ascii::with_capacity(a.len() + b.len());
                both.extend_from_slice(a);
                both.extend_from_slice(b);
                TextBuffer::Ascii(both)
            }
            (a, b) => TextBuffer::Wide(a.units().chain(b.units()).collect()),
        };
        self.text_buffer(buffer)
    }

    fn tail<'t>(&'t self, tail: Tail<'t>) -> TextView<'t> {
        match tail {
            Tail::Text(text) => self.view(text),
            Tail::View(view) => view,
        }
    }

    /// `a` followed by what `values` show, written in place. None when that can't be: when
    /// `a` is not all of an ASCII buffer, or when a value is no number and no other such text.
    pub fn append_ascii(&mut self, a: Text, values: &[Value]) -> Result<Option<Value>, Fault> {
        let is_whole = a.cell & CONSTANT == 0
            && matches!(self.buffer(a), TextBuffer::Ascii(bytes) if bytes.len() == a.len());
        if !is_whole {
            return Ok(None);
        }
        let mut added = 0;
        for value in values {
            added += match value {
                Value::Number(_) => NUMBER_UNITS_MAX,
                Value::Text(text) if text.cell != a.cell => match self.buffer(*text) {
                    TextBuffer::Ascii(_) => text.len(),
                    TextBuffer::Wide(_) => return Ok(None),
                },
                _ => return Ok(None),
            };
        }
        if a.len() + added > limits::TEXT_UNITS_MAX {
            return Ok(None);
        }
        self.make_room(a, added)?;
        for value in values {
            match value {
                Value::Number(number) => with_number_text(*number, |text| {
                    self.write(a, Tail::View(TextView::Ascii(text.as_bytes())));
                }),
                Value::Text(text) => self.write(a, Tail::Text(*text)),
                _ => {}
            }
        }
        Ok(Some(self.whole(a)))
    }

    fn append_in_place(&mut self, a: Text, b: Tail<'_>) -> Result<Value, Fault> {
        self.make_room(a, self.tail(b).len())?;
        self.write(a, b);
        Ok(self.whole(a))
    }

    /// The text that is all of the buffer of `a`.
    #[inline]
    fn whole(&self, a: Text) -> Value {
        Value::Text(Text { cell: a.cell, len: u32_of(self.buffer(a).len()) })
    }

    /// Writes at the end of the buffer of `a`, which has room for it, and can hold it.
    #[inline]
    fn write(&mut self, a: Text, tail: Tail<'_>) {
        let at = a.cell as usize;
        let (to, from) = match tail {
            Tail::Text(text) if text.cell & CONSTANT != 0 => {
                let from = &self.constants[(text.cell & !CONSTANT) as usize];
                (self.cells.get_mut(at), Source::Buffer(from, text.len()))
            }
            Tail::Text(text) => match self.cells.get_disjoint_mut([at, text.cell as usize]) {
                Ok([to, Stored::Text(from)]) => (Some(to), Source::Buffer(from, text.len())),
                _ => unreachable!("a text that is appended points at another text's cell"),
            },
            Tail::View(view) => (self.cells.get_mut(at), Source::View(view)),
        };
        let Some(Stored::Text(to)) = to else { unreachable!("a text points at a text's cell") };
        match (to, from) {
            (TextBuffer::Ascii(to), Source::Buffer(TextBuffer::Ascii(from), len)) => {
                to.append(from, len);
            }
            (TextBuffer::Ascii(to), Source::View(TextView::Ascii(from))) => {
                to.extend_from_slice(from);
            }
            (TextBuffer::Wide(to), Source::Buffer(from, len)) => to.extend(from.view(len).units()),
            (TextBuffer::Wide(to), Source::View(from)) => to.extend(from.units()),
            (TextBuffer::Ascii(_), _) => {
                unreachable!("wide text is not appended to ASCII in place")
            }
        }
    }

    /// Makes room for `added` units more in the buffer of `a`, which is all of it.
    #[inline]
    fn make_room(&mut self, a: Text, added: usize) -> Result<(), Fault> {
        self.charge(added);
        if a.len() + added > self.buffer(a).capacity() { self.grow(a, added) } else { Ok(()) }
    }

    #[cold]
    fn grow(&mut self, a: Text, added: usize) -> Result<(), Fault> {
        let (spare, buffer) = (self.bytes_max.saturating_sub(self.bytes), self.buffer(a));
        let (before, len) = (buffer.bytes(), buffer.len());
        let (wanted, capacity, unit) = (len + added, buffer.capacity(), unit_bytes(buffer));
        let bytes = |units: usize| {
            if units == capacity { before } else { allocated(units.saturating_mul(unit)) }
        };
        // What can't be had is asked for as well: it is what the fault tells.
        let room =
            grown(wanted, capacity, spare, bytes).unwrap_or_else(|| least_grown(wanted, len));
        let growth = bytes(room).saturating_sub(before);
        self.reserve(growth)?;
        if let Stored::Text(buffer) = &mut self.cells[a.cell as usize] {
            buffer.reserve_exact(room - len);
            self.bytes = self.bytes + buffer.bytes() - before - growth;
        }
        Ok(())
    }
}

fn unit_bytes(buffer: &TextBuffer) -> usize {
    match buffer {
        TextBuffer::Ascii(_) => 1,
        TextBuffer::Wide(_) => 2,
    }
}
