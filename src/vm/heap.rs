//! The memory of one run: texts, lists and objects, counted and collected. What is done with
//! texts is in `texts`.
//!
//! Values point here by index, so copying them is free, cycles are harmless and
//! a whole run can be moved between threads. Nothing is collected while a block
//! is at work: the machine does it between two instructions.

mod collect;
#[cfg(feature = "native")]
pub(super) mod layout;
mod lookup;
mod strays;
mod texts;

use super::bytes::{grown, key_bytes, least_grown, list_bytes, object_bytes, table_bytes};
pub use super::entries::Entries;
use super::fault::Fault;
use super::value::{ListRef, ObjectRef, Text, TextBuffer, Value};
use crate::limits;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
pub(super) use texts::NUMBER_UNITS_MAX;

/// Set in a text's cell number when it means a constant of the program.
const CONSTANT: u32 = 1 << 31;
/// What a cell costs beside its contents: itself, and while collecting its mark, its place
/// among those that wait to be marked, and its place among the free ones.
pub(super) const CELL_BYTES: usize = size_of::<Stored>() + 1 + 2 * size_of::<u32>();
/// Collecting earlier than this would cost more than it frees.
const COLLECT_BYTES_MIN: usize = 1 << 20;

/// Most runs are small: room for a handful of texts and lists.
const CELLS_AT_FIRST: usize = 16;

#[derive(Clone, Debug)]
enum Stored {
    Free,
    Text(TextBuffer),
    List(Vec<Value>),
    Object(Box<Entries>),
}

/// The texts, lists and objects of one run.
#[derive(Clone, Debug)]
pub struct Heap {
    constants: Arc<[TextBuffer]>,
    cells: Vec<Stored>,
    free: Vec<u32>,
    bytes: usize,
    bytes_max: usize,
    collect_at: usize,
    /// By a list's cell the object with its [`strays`].
    strays: BTreeMap<u32, u32>,
    /// Work inside single steps that was not yet counted; see [`Heap::charge`].
    work: Cell<u64>,
    /// Steps that the work of this one may count for.
    steps_left: u64,
}

impl Heap {
    /// An empty heap beside a program's constant texts, holding at most `bytes_max` bytes.
    pub fn new(constants: Arc<[TextBuffer]>, bytes_max: usize) -> Self {
        let collect_at = COLLECT_BYTES_MIN.min(bytes_max);
        let cells = Vec::with_capacity(CELLS_AT_FIRST);
        Self {
            constants,
            bytes: cells.capacity() * CELL_BYTES,
            cells,
            free: Vec::new(),
            bytes_max,
            collect_at,
            strays: BTreeMap::new(),
            work: Cell::new(0),
            steps_left: u64::MAX,
        }
    }

    /// Takes everything out, so that it is as when it was made; false when it grew, and is better
    /// made anew.
    pub(super) fn empty(&mut self) -> bool {
        if self.cells.capacity() != CELLS_AT_FIRST || self.free.capacity() > CELLS_AT_FIRST {
            return false;
        }
        self.cells.clear();
        self.free.clear();
        self.bytes = CELLS_AT_FIRST * CELL_BYTES;
        if !self.strays.is_empty() {
            self.strays.clear();
        }
        self.work.set(0);
        self.steps_left = u64::MAX;
        true
    }

    /// Makes an empty one ready for a run of the program with these constants.
    pub(super) fn serve(&mut self, constants: &Arc<[TextBuffer]>, bytes_max: usize) {
        if !Arc::ptr_eq(&self.constants, constants) {
            self.constants = Arc::clone(constants);
        }
        self.bytes_max = bytes_max;
        self.collect_at = COLLECT_BYTES_MIN.min(bytes_max);
    }

    /// The value of the program's constant text `index`.
    pub fn constant(constants: &[TextBuffer], index: usize) -> Value {
        let len = u32_of(constants[index].len());
        Value::Text(Text { cell: u32_of(index) | CONSTANT, len })
    }

    /// Bytes held now, garbage that was not yet collected included.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes room for `more` bytes.
    ///
    /// # Errors
    /// The memory limit. The machine then collects and tries the block once more,
    /// so reserve before changing anything.
    pub fn reserve(&mut self, more: usize) -> Result<(), Fault> {
        self.check_room(more)?;
        self.bytes += more;
        Ok(())
    }

    /// Whether `more` bytes would fit, without taking them: asked before something
    /// large is built outside of the heap.
    ///
    /// # Errors
    /// The memory limit.
    pub fn check_room(&self, more: usize) -> Result<(), Fault> {
        let bytes = self.bytes.saturating_add(more);
        if bytes > self.bytes_max {
            return Err(Fault::memory(bytes, self.bytes_max));
        }
        Ok(())
    }

    /// Counts work that one step does beside its constant cost: about a nanosecond for
    /// each unit, such as a byte compared or an item visited.
    ///
    /// What is put into the heap is counted there; who only reads much says so.
    pub fn charge(&self, units: usize) {
        self.work.set(self.work.get() + units as u64);
    }

    /// As [`Heap::charge`], for work that may go on for very long inside one step: of many
    /// items, or of lists that hold one another many times.
    ///
    /// # Errors
    /// The run has no steps left for it.
    pub fn spend(&self, units: usize) -> Result<(), Fault> {
        self.charge(units);
        let most = self.steps_left.saturating_mul(limits::WORK_OF_A_STEP);
        if self.work.get() > most.saturating_add(limits::WORK_INCLUDED) {
            return Err(Fault::out_of_steps());
        }
        Ok(())
    }

    /// How many steps the next step's work may count for.
    pub(super) fn allow_steps(&mut self, steps: u64) {
        self.steps_left = steps;
    }

    /// The work of the step just taken, in further steps; none when it was small, and no more
    /// than it may count for: where it did more, or was refused, it took all.
    pub(super) fn take_steps(&self) -> u64 {
        let steps = self.work.take().saturating_sub(limits::WORK_INCLUDED) / limits::WORK_OF_A_STEP;
        steps.min(self.steps_left)
    }

    #[inline]
    fn insert(&mut self, cell: Stored, bytes: usize) -> Result<u32, Fault> {
        let index = self.take_cell(bytes)?;
        self.put(index as usize, cell);
        Ok(index)
    }

    /// Takes a cell that nothing is in, for what holds so many bytes beside it.
    fn take_cell(&mut self, bytes: usize) -> Result<u32, Fault> {
        if self.free.is_empty() && self.cells.len() == self.cells.capacity() {
            self.check_room(bytes)?;
            self.add_cells()?;
        }
        self.reserve(bytes)?;
        if let Err(fault) = self.spend(bytes + CELL_BYTES) {
            self.bytes -= bytes;
            return Err(fault);
        }
        if let Some(index) = self.free.pop() {
            return Ok(index);
        }
        let index = self.cells.len();
        // Not pushed: that would be put together elsewhere and moved here.
        self.cells.resize_with(index + 1, || Stored::Free);
        Ok(u32_of(index))
    }

    /// Puts something into a free cell. That has nothing to be dropped; to ask whether it has is
    /// a call. Inlined, so that it is written where it is to lie.
    #[inline]
    fn put(&mut self, index: usize, cell: Stored) {
        let free = std::mem::replace(&mut self.cells[index], cell);
        debug_assert!(matches!(free, Stored::Free), "a cell in use was taken for a free one");
        std::mem::forget(free);
    }

    /// Makes room for more cells: half as many again, as they count whether in use or not.
    #[cold]
    fn add_cells(&mut self) -> Result<(), Fault> {
        let count = self.cells.len();
        let spare = self.bytes_max.saturating_sub(self.bytes);
        let room = grown(count + 1, count, spare, |cells| cells.saturating_mul(CELL_BYTES))
            .unwrap_or_else(|| least_grown(count + 1, count));
        let more = (room - count).min(count / 2 + 1);
        self.reserve(more * CELL_BYTES)?;
        self.cells.reserve_exact(more);
        Ok(())
    }

    // ---- lists

    /// A new list of these items.
    pub fn list(&mut self, items: Vec<Value>) -> Result<Value, Fault> {
        let bytes = list_bytes(items.capacity());
        Ok(Value::List(ListRef(self.insert(Stored::List(items), bytes)?)))
    }

    /// The items of `list`; may hold [`Value::Hole`].
    pub fn items(&self, list: ListRef) -> &[Value] {
        match &self.cells[list.0 as usize] {
            Stored::List(items) => items,
            Stored::Free | Stored::Text(_) | Stored::Object(_) => {
                unreachable!("a list points at a list's cell")
            }
        }
    }

    /// Changes the items of `list`; what it grows by is counted.
    ///
    /// # Errors
    /// The memory limit, before anything is changed, when `more` items don't fit.
    pub fn change_list<R>(
        &mut self,
        list: ListRef,
        more: usize,
        change: impl FnOnce(&mut Vec<Value>) -> R,
    ) -> Result<R, Fault> {
        let (len, capacity) = {
            let items = self.list_mut(list);
            (items.len(), items.capacity())
        };
        let wanted = len.saturating_add(more);
        let spare = self.bytes_max.saturating_sub(self.bytes);
        let room = if wanted > capacity {
            grown(wanted.max(4), capacity, spare, list_bytes)
                .unwrap_or_else(|| least_grown(wanted, capacity))
        } else {
            capacity
        };
        self.reserve(list_bytes(room) - list_bytes(capacity))?;
        if room > capacity {
            self.charge(room);
        }
        let items = self.list_mut(list);
        items.reserve_exact(room - len);
        let answer = change(items);
        Ok(answer)
    }

    /// The items of `list`, to be set one by one; see [`Heap::change_list`] for the rest.
    #[inline]
    pub fn items_mut(&mut self, list: ListRef) -> &mut [Value] {
        self.list_mut(list)
    }

    fn list_mut(&mut self, list: ListRef) -> &mut Vec<Value> {
        match &mut self.cells[list.0 as usize] {
            Stored::List(items) => items,
            Stored::Free | Stored::Text(_) | Stored::Object(_) => {
                unreachable!("a list points at a list's cell")
            }
        }
    }

    // ---- objects

    /// A new object of these entries.
    pub fn object(&mut self, entries: Entries) -> Result<Value, Fault> {
        let bytes = object_bytes(&entries);
        Ok(Value::Object(ObjectRef(self.insert(Stored::Object(Box::new(entries)), bytes)?)))
    }

    /// The entries of `object`, in order of insertion.
    pub fn entries(&self, object: ObjectRef) -> &Entries {
        match &self.cells[object.0 as usize] {
            Stored::Object(entries) => entries,
            Stored::Free | Stored::Text(_) | Stored::List(_) => {
                unreachable!("an object points at an object's cell")
            }
        }
    }

    /// Sets an entry; a key that is there keeps its place.
    ///
    /// # Errors
    /// The memory limit.
    pub fn set_entry(&mut self, object: ObjectRef, key: &str, value: Value) -> Result<(), Fault> {
        let entries = self.entries(object);
        let (len, capacity) = (entries.len(), entries.capacity());
        let mut room = capacity;
        if !entries.contains_key(key) {
            if len == capacity {
                let spare = self.bytes_max.saturating_sub(self.bytes + key_bytes(key));
                room = grown((len + 1).max(3), capacity, spare, table_bytes)
                    .unwrap_or_else(|| least_grown(len + 1, capacity));
            }
            self.reserve(table_bytes(room) - table_bytes(capacity) + key_bytes(key))?;
        }
        if room > capacity {
            self.charge(room);
        }
        if let Stored::Object(entries) = &mut self.cells[object.0 as usize] {
            if room > capacity {
                entries.make_room(room);
            }
            entries.insert(key.into(), value);
        }
        Ok(())
    }

    /// Takes an entry out; the others keep their order.
    pub fn remove_entry(&mut self, object: ObjectRef, key: &str) {
        self.charge(self.entries(object).len());
        if let Stored::Object(entries) = &mut self.cells[object.0 as usize] {
            let before = table_bytes(entries.capacity()) + key_bytes(key);
            if entries.remove(key) {
                self.bytes = self.bytes + table_bytes(entries.capacity()) - before;
            }
        }
    }
}

/// Cells and units are numbered in 32 bits; the memory limit ends a run long before.
fn u32_of(index: usize) -> u32 {
    u32::try_from(index).expect("the memory limit is below 2^32 cells")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heap(bytes_max: usize) -> Heap {
        Heap::new(Arc::from([]), bytes_max)
    }

    fn text(value: Value) -> Text {
        let Value::Text(text) = value else { panic!("{value:?} is no text") };
        text
    }

    #[test]
    fn appending_leaves_the_shorter_text_as_it_was() {
        let mut heap = heap(1 << 20);
        let ab = text(heap.text("ab").unwrap());
        let c = text(heap.text("c").unwrap());
        let abc = text(heap.append(ab, c).unwrap());
        let e = text(heap.text("é").unwrap());
        let abe = text(heap.append(ab, e).unwrap());
        let abec = text(heap.append(abe, c).unwrap());
        assert_eq!(heap.str(ab), "ab");
        assert_eq!(heap.str(abc), "abc");
        assert_eq!(heap.str(abe), "abé");
        assert_eq!(heap.str(abec), "abéc");
        let twice = text(heap.append(abc, abc).unwrap());
        assert_eq!(heap.str(twice), "abcabc");
    }

    #[test]
    fn a_cycle_is_freed_and_what_is_reached_stays() {
        let mut heap = heap(1 << 20);
        let Value::List(list) = heap.list(Vec::new()).unwrap() else { panic!() };
        heap.change_list(list, 1, |items| items.push(Value::List(list))).unwrap();
        let kept = heap.text("kept").unwrap();
        heap.collect([kept].into_iter());
        assert_eq!(heap.bytes(), CELLS_AT_FIRST * CELL_BYTES);
        assert_eq!(heap.str(text(kept)), "kept");
    }

    #[test]
    fn what_is_set_at_no_place_lives_and_goes_with_its_list() {
        let mut heap = heap(1 << 20);
        let list = heap.list(vec![Value::Null]).unwrap();
        let Value::List(inner) = list else { panic!() };
        let half = heap.text("half").unwrap();
        heap.set_stray(inner, "0.5", half).unwrap();
        let counted = heap.bytes();
        heap.collect([list].into_iter());
        assert_eq!(heap.bytes(), counted);
        assert_eq!(heap.str(text(heap.stray(inner, "0.5"))), "half");
        heap.collect(std::iter::empty());
        assert_eq!(heap.bytes(), CELLS_AT_FIRST * CELL_BYTES);
        assert!(heap.strays_of(inner).is_none());
    }

    #[test]
    fn the_limit_is_an_error_before_anything_changes() {
        let mut heap = heap(4_000);
        let Value::List(list) = heap.list(vec![Value::Null]).unwrap() else { panic!() };
        let full = heap.change_list(list, 1_000, Vec::clear);
        assert_eq!(full.unwrap_err().code, Fault::MEMORY);
        assert_eq!(heap.items(list).len(), 1);
    }

    #[test]
    fn what_is_counted_while_running_is_what_a_collection_counts() {
        let mut heap = heap(1 << 20);
        let mut a = text(heap.text("x").unwrap());
        let b = text(heap.text("yz").unwrap());
        let list = heap.list(Vec::new()).unwrap();
        let Value::List(inner) = list else { panic!() };
        for _ in 0..100 {
            a = text(heap.append(a, b).unwrap());
            heap.change_list(inner, 1, |items| items.push(Value::Text(a))).unwrap();
        }
        let counted = heap.bytes();
        heap.collect([list, Value::Text(b)].into_iter());
        assert_eq!(heap.bytes(), counted);
    }

    #[test]
    fn what_is_thrown_away_needs_no_more_room_than_once() {
        let mut heap = heap(256 << 20);
        for _ in 0..500_000 {
            heap.text("short").unwrap();
            if heap.wants_collection() {
                heap.collect(std::iter::empty());
            }
        }
        assert!(heap.bytes() < 4 << 20, "{} bytes for nothing", heap.bytes());
    }
}
