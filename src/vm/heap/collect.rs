//! Freeing what a run can't reach any more, and counting anew what is left.

use super::strays::STRAYS_BYTES;
use super::{CELL_BYTES, COLLECT_BYTES_MIN, CONSTANT, Heap, Stored, u32_of};
use crate::vm::bytes::{list_bytes, object_bytes};
use crate::vm::value::{ObjectRef, Value};

impl Heap {
    /// Whether enough was allocated since the last time.
    pub fn wants_collection(&self) -> bool {
        self.bytes_in_use() >= self.collect_at
    }

    /// What is counted, without cells that nothing is in.
    ///
    /// Were those among what doubles between two collections, cells would be added for ever.
    fn bytes_in_use(&self) -> usize {
        let empty = self.cells.capacity() - self.cells.len() + self.free.len();
        self.bytes - empty * CELL_BYTES
    }

    /// Frees what can't be reached from `roots`.
    pub fn collect(&mut self, roots: impl Iterator<Item = Value>) {
        self.charge(self.cells.len());
        let mut reached = vec![false; self.cells.len()];
        // Marked when they are put here, so none is here twice, however often it is held.
        let mut waiting: Vec<u32> = Vec::new();
        let mut mark = |waiting: &mut Vec<u32>, value: Value| {
            if let Some(index) = cell_of(value)
                && !std::mem::replace(&mut reached[index as usize], true)
            {
                waiting.push(index);
            }
        };
        roots.for_each(|root| mark(&mut waiting, root));
        while let Some(index) = waiting.pop() {
            match &self.cells[index as usize] {
                Stored::Free | Stored::Text(_) => {}
                Stored::List(items) => {
                    for item in items {
                        mark(&mut waiting, *item);
                    }
                    if let Some(strays) = self.strays.get(&index) {
                        mark(&mut waiting, Value::Object(ObjectRef(*strays)));
                    }
                }
                Stored::Object(entries) => {
                    entries.values().for_each(|item| mark(&mut waiting, *item));
                }
            }
        }
        self.strays.retain(|list, _| reached[*list as usize]);
        self.bytes = self.cells.capacity() * CELL_BYTES + self.strays.len() * STRAYS_BYTES;
        self.free.clear();
        for (index, cell) in self.cells.iter_mut().enumerate() {
            if reached[index] {
                self.bytes += cell_bytes(cell);
            } else {
                *cell = Stored::Free;
                self.free.push(u32_of(index));
            }
        }
        self.collect_at = (self.bytes_in_use() * 2).max(COLLECT_BYTES_MIN).min(self.bytes_max);
    }
}

fn cell_of(value: Value) -> Option<u32> {
    match value {
        Value::Text(text) => (text.cell & CONSTANT == 0).then_some(text.cell),
        Value::List(list) => Some(list.0),
        Value::Object(object) => Some(object.0),
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::Hole => None,
    }
}

/// What a cell's contents cost.
fn cell_bytes(cell: &Stored) -> usize {
    match cell {
        Stored::Free => 0,
        Stored::Text(buffer) => buffer.bytes(),
        Stored::List(items) => list_bytes(items.capacity()),
        Stored::Object(entries) => object_bytes(entries),
    }
}
