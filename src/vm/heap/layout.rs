//! How the heap lies in memory, for machine code, which reads lists where they are.

use super::{Heap, Stored, Value};

/// Bytes from one cell to the next.
#[expect(clippy::cast_possible_wrap, reason = "some dozens")]
pub(in crate::vm) const CELL_BYTES_OF_CODE: i64 = size_of::<Stored>() as i64;
/// Bytes from a cell's beginning to the list in it.
pub(in crate::vm) const CELL_LIST_AT: usize = 8;

/// Where in a list's own bytes it says where its items are, and how many.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) struct ListLayout {
    pub(in crate::vm) items: i32,
    pub(in crate::vm) len: i32,
}

/// How lists lie in memory, which Rust doesn't promise: so it is looked at, in one that is
/// known. None if it can't be told.
#[expect(unsafe_code, reason = "the bytes of a list are looked at")]
pub(in crate::vm) fn list_layout() -> Option<ListLayout> {
    const WORDS: usize = size_of::<Vec<Value>>() / size_of::<usize>();
    let mut list = Vec::with_capacity(77);
    list.extend([Value::Null; 3]);
    let items = list.as_ptr().addr();
    // SAFETY: a `Vec` is three words without a gap; they are read as numbers only.
    let words = unsafe { std::ptr::from_ref(&list).cast::<[usize; WORDS]>().read() };
    let place = |wanted: usize| {
        let word = words.iter().position(|word| *word == wanted)?;
        i32::try_from(word * size_of::<usize>()).ok()
    };
    Some(ListLayout { items: place(items)?, len: place(list.len())? })
}

impl Heap {
    /// The cells, for machine code: valid until a cell is added.
    pub(in crate::vm) fn cells(&mut self) -> *mut u8 {
        self.cells.as_mut_ptr().cast()
    }
}
