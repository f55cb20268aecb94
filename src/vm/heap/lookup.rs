//! Comparing texts of the heap with one another, and finding one among the items of a list.
//!
//! Most texts that are compared are short: their bytes are one word.

use super::Heap;
use crate::vm::value::{Ascii, Text, TextBuffer, Value, Word};

impl Heap {
    /// The bytes of a text that is short and ASCII.
    #[inline]
    pub fn word(&self, text: Text) -> Option<Word> {
        match self.buffer(text) {
            TextBuffer::Ascii(bytes) => bytes.word(text.len()),
            TextBuffer::Wide(_) => None,
        }
    }

    /// Whether two texts hold the same units.
    #[inline]
    pub fn is_same(&self, a: Text, b: Text) -> bool {
        a.len == b.len
            && match (self.word(a), self.word(b)) {
                (Some(a), Some(b)) => a == b,
                _ => self.is_like(a, b),
            }
    }

    /// Where the first of `items` is, or the last, that is this text.
    pub fn find_text(&self, items: &[Value], text: Text, is_last: bool) -> Option<usize> {
        let as_long = |item: &Value| match item {
            Value::Text(item) if item.len == text.len => Some(*item),
            _ => None,
        };
        if is_last {
            let is_it = |item| as_long(item).is_some_and(|item| self.is_same(item, text));
            return items.iter().rposition(is_it);
        }
        let Some(word) = self.word(text) else {
            let is_it = |item| as_long(item).is_some_and(|item| self.is_like(item, text));
            return items.iter().position(is_it);
        };
        let begins = word.begins();
        items.iter().position(|item| {
            as_long(item).is_some_and(|item| match self.buffer(item) {
                TextBuffer::Ascii(Ascii::Short { bytes, .. }) => begins(bytes),
                _ => self.is_like(item, text),
            })
        })
    }

    /// Whether two texts that are equally long hold the same units.
    #[inline(never)]
    fn is_like(&self, a: Text, b: Text) -> bool {
        self.view(a).same(self.view(b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    proptest! {
        #[test]
        fn it_finds_what_comparing_as_rust_does_finds(
            // Few letters, so that many are the same; of all lengths around sixteen bytes.
            pieces in proptest::collection::vec(("[ab]{0,2}|a{14,18}|[aé]{1,3}", "[ab]{0,3}|é"), 1..12),
            wanted in "[ab]{0,2}|a{14,18}|[aé]{1,3}",
        ) {
            let mut heap = Heap::new(Arc::from([TextBuffer::from_text(&wanted)]), 1 << 20);
            let (mut items, mut shown) = (vec![Value::Null], vec![None]);
            for (piece, more) in pieces {
                let Ok(Value::Text(first)) = heap.text(&piece) else { panic!("a text") };
                let Ok(Value::Text(second)) = heap.text(&more) else { panic!("a text") };
                // The first is a beginning of the buffer that the both of them have.
                items.extend([Value::Text(first), heap.append(first, second).unwrap()]);
                shown.extend([Some(piece.clone()), Some(format!("{piece}{more}"))]);
            }
            let is_it = |text: &Option<String>| text.as_ref() == Some(&wanted);
            let (first, last) = (shown.iter().position(is_it), shown.iter().rposition(is_it));
            let constant = Heap::constant(&heap.constants, 0);
            for sought in [heap.text(&wanted).unwrap(), constant] {
                let Value::Text(sought) = sought else { panic!("a text") };
                prop_assert_eq!(heap.find_text(&items, sought, false), first);
                prop_assert_eq!(heap.find_text(&items, sought, true), last);
                for (item, text) in items.iter().zip(&shown) {
                    if let Value::Text(item) = item {
                        prop_assert_eq!(heap.is_same(*item, sought), is_it(text));
                        let word = heap.word(*item).map(Ascii::from);
                        let bytes = text.as_ref().map(String::as_bytes);
                        prop_assert_eq!(word.as_deref(), bytes.filter(|_| word.is_some()));
                    }
                }
            }
        }
    }
}
