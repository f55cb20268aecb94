//! How the heap lies in memory, for machine code, which reads lists where they are. Rust
//! promises none of it, so it is looked at.

use super::{Heap, Stored, Value};

/// Bytes from one cell to the next.
#[expect(clippy::cast_possible_wrap, reason = "some dozens")]
pub(in crate::vm) const CELL_BYTES_OF_CODE: i64 = size_of::<Stored>() as i64;

/// Where in the cell of a list it says where the items are, and how many.
#[derive(Clone, Copy, Debug)]
pub(in crate::vm) struct ListLayout {
    pub(in crate::vm) items: i32,
    pub(in crate::vm) len: i32,
}

/// Looks at the cell of a list that is known; none if it can't be told.
#[expect(unsafe_code, reason = "the bytes of a list are looked at")]
pub(in crate::vm) fn list_layout() -> Option<ListLayout> {
    const WORDS: usize = size_of::<Vec<Value>>() / size_of::<usize>();
    let mut items = Vec::with_capacity(77);
    items.extend([Value::Null; 3]);
    let cell = Stored::List(items);
    let Stored::List(list) = &cell else { return None };
    let in_cell = std::ptr::from_ref(list).addr().checked_sub(std::ptr::from_ref(&cell).addr())?;
    // SAFETY: a `Vec` is three words without a gap; they are read as numbers only.
    let words = unsafe { std::ptr::from_ref(list).cast::<[usize; WORDS]>().read() };
    let place = |wanted: usize| {
        let word = words.iter().position(|word| *word == wanted)?;
        i32::try_from(in_cell + word * size_of::<usize>()).ok()
    };
    Some(ListLayout { items: place(list.as_ptr().addr())?, len: place(list.len())? })
}

impl Heap {
    /// The cells, for machine code: valid until a cell is added.
    pub(in crate::vm) fn cells(&mut self) -> *mut u8 {
        self.cells.as_mut_ptr().cast()
    }
}
