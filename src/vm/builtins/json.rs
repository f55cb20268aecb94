//! The functions of the JSON blocks: values to JSON text and back.

use super::{Builtin, Call};
use crate::diag::say;
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::heap::{Entries, Heap};
use crate::vm::json::to_json;
use crate::vm::value::Value;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::fmt;

pub(super) const FUNCTIONS: &[(&str, Builtin)] =
    &[("text_to_json", text_to_json), ("text_from_json", text_from_json)];

/// VALUE; STYLE.
fn text_to_json(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let json = to_json(call.heap, call.arg(0))?;
    let mut bounded = Bounded { heap: call.heap, bytes: Vec::new(), full: None };
    let written = if call.field(0) == "INDENTED" {
        serde_json::to_writer_pretty(&mut bounded, &json)
    } else {
        serde_json::to_writer(&mut bounded, &json)
    };
    let Bounded { bytes, full, .. } = bounded;
    if let Some(fault) = full {
        return Err(fault.into());
    }
    let text = written
        .map_err(|error| error.to_string())
        .and_then(|()| String::from_utf8(bytes).map_err(|error| error.to_string()));
    match text {
        Ok(text) => Ok(call.heap.text(&text)?),
        Err(error) => Err(Fault::new("bad-json", error, "").into()),
    }
}

/// Takes what is written as long as the memory limit allows it.
struct Bounded<'h> {
    heap: &'h Heap,
    bytes: Vec<u8>,
    full: Option<Fault>,
}

impl std::io::Write for Bounded<'_> {
    fn write(&mut self, more: &[u8]) -> std::io::Result<usize> {
        if let Err(fault) = self.heap.check_room(self.bytes.len() + more.len()) {
            self.full = Some(fault);
            return Err(std::io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// TEXT. Read straight into the heap, so that every byte counts as it comes.
fn text_from_json(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let text = super::want::plain_string(call, 0, "TEXT")?;
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let full = RefCell::new(None);
    let heap = RefCell::new(&mut *call.heap);
    let seed = Seed { heap: &heap, full: &full };
    let read = seed.deserialize(&mut deserializer).and_then(|value| {
        deserializer.end()?;
        Ok(value)
    });
    if let Some(fault) = full.into_inner() {
        return Err(fault.into());
    }
    read.map_err(|error| bad_json(&text, &error).into())
}

fn bad_json(text: &str, error: &serde_json::Error) -> Fault {
    let told = error.to_string();
    let what = told.split(" at line ").next().unwrap_or_default();
    // Bytes of the line, which are shown as characters.
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = line.char_indices().take_while(|(at, _)| *at < error.column());
    let column = before.count().max(1);
    Fault::new(
        "bad-json",
        say!(
            "the text is no JSON: {what} at line {line}, column {column}",
            what,
            line = error.line(),
            column
        ),
        say!(
            "texts and names of entries stand in double quotes, and nothing comes after the last \
         item; print the text to see what it is"
        ),
    )
}

/// Makes a value of the heap from whatever JSON comes.
#[derive(Clone, Copy)]
struct Seed<'s, 'h> {
    heap: &'s RefCell<&'h mut Heap>,
    /// Why it stopped, when the JSON is not to blame.
    full: &'s RefCell<Option<Fault>>,
}

impl Seed<'_, '_> {
    fn in_heap<E: serde::de::Error, T>(
        &self,
        make: impl FnOnce(&mut Heap) -> Result<T, Fault>,
    ) -> Result<T, E> {
        make(&mut self.heap.borrow_mut()).map_err(|fault| {
            *self.full.borrow_mut() = Some(fault);
            E::custom("the memory limit")
        })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "numbers are doubles, as in JavaScript")]
        Ok(Value::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "numbers are doubles, as in JavaScript")]
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.in_heap(|heap| heap.text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            if read.len() == read.capacity() {
                // What it grows to stands beside the old one for a moment.
                let grown = read.capacity().max(4) * 3 * size_of::<Value>();
                self.in_heap(|heap| heap.check_room(grown))?;
            }
            read.push(item);
        }
        self.in_heap(|heap| heap.list(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Entries::new();
        let mut bytes = 0_usize;
        while let Some(key) = map.next_key::<String>()? {
            bytes += key.len() + 64;
            self.in_heap(|heap| heap.check_room(bytes))?;
            let value = map.next_value_seed(self)?;
            entries.insert(key.into(), value);
        }
        if self.full.borrow().is_some() {
            return Err(A::Error::custom("the memory limit"));
        }
        self.in_heap(|heap| heap.object(entries))
    }
}
