//! Whether what a heap counts is what it takes: shapes of lists, texts and objects, compared
//! with an allocator that adds up what it gave to the thread.

use super::allocation::allocated;
use super::heap::{Entries, Heap};
use super::value::{ListRef, ObjectRef, TextBuffer, Value};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
}

struct Weighing;

#[global_allocator]
static ALLOCATOR: Weighing = Weighing;

#[expect(unsafe_code, reason = "an allocator is; it hands everything on to the system's")]
// SAFETY: every call goes to `System` as it came.
unsafe impl GlobalAlloc for Weighing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.set(HELD.get().wrapping_add(allocated(layout.size())));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get().wrapping_sub(allocated(layout.size())));
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Fills a heap until it is full; `fill` can keep a value from one call to the next. What it counts is no less than what it holds and at most
/// `over` percent more; and of its limit, at least `used` percent were used.
fn weigh(
    shape: &str,
    over: usize,
    used: usize,
    fill: impl Fn(&mut Heap, &mut Option<Value>) -> bool,
) {
    for limit in [1 << 16, 1 << 20, 3 << 20, 6 << 20] {
        let before = HELD.get();
        let mut heap = Heap::new(Arc::from([]), limit);
        let mut kept = None;
        while fill(&mut heap, &mut kept) {}
        let held = HELD.get().wrapping_sub(before);
        let counted = heap.bytes();
        assert!(counted >= held, "{shape}: counted {counted} of {held} bytes, limit {limit}");
        assert!(
            held * (100 + over) >= counted * 100,
            "{shape}: counted {counted}, but held only {held} bytes, limit {limit}"
        );
        assert!(
            counted <= limit && counted * 100 >= limit * used,
            "{shape}: full at {counted} of {limit} bytes"
        );
    }
}

fn list(value: Value) -> ListRef {
    let Value::List(list) = value else { panic!("{value:?} is no list") };
    list
}

fn object(value: Value) -> ObjectRef {
    let Value::Object(object) = value else { panic!("{value:?} is no object") };
    object
}

#[test]
fn lists_of_small_lists() {
    weigh("empty lists", 50, 99, |heap, _| heap.list(Vec::new()).is_ok());
    weigh("lists of one", 20, 99, |heap, _| heap.list(vec![Value::Null]).is_ok());
    weigh("lists that grew to five", 20, 99, |heap, _| {
        let Ok(grown) = heap.list(Vec::new()) else { return false };
        (0..5).all(|_| heap.change_list(list(grown), 1, |items| items.push(Value::Null)).is_ok())
    });
}

#[test]
fn one_long_list() {
    let of = |heap: &mut Heap, kept: &mut Option<Value>| {
        let long = kept.map_or_else(|| heap.list(Vec::new()), Ok).ok();
        *kept = long;
        long.map(list)
    };
    weigh("a list item by item", 2, 99, |heap, kept| {
        let Some(long) = of(heap, kept) else { return false };
        heap.change_list(long, 1, |items| items.push(Value::Null)).is_ok()
    });
    weigh("a sparse list", 2, 99, |heap, kept| {
        let Some(long) = of(heap, kept) else { return false };
        let len = heap.items(long).len();
        heap.change_list(long, 10, |items| items.resize(len + 10, Value::Hole)).is_ok()
    });
}

#[test]
fn texts() {
    weigh("texts in their cells", 50, 99, |heap, _| heap.text("sixteen letters.").is_ok());
    weigh("texts of 17 letters", 20, 99, |heap, _| heap.text("seventeen letters").is_ok());
    weigh("wide texts", 20, 99, |heap, _| heap.text("über alles, weit").is_ok());
    let grown = |letters: &'static str| {
        move |heap: &mut Heap, kept: &mut Option<Value>| {
            let Some(Value::Text(all)) = kept.or_else(|| heap.text(letters).ok()) else {
                return false;
            };
            *kept = heap.append_buffer(all, TextBuffer::from_text(letters)).ok();
            kept.is_some()
        }
    };
    weigh("a text that grows", 4, 99, grown("a few letters at a time"));
    weigh("a wide text that grows", 4, 99, grown("ein paar Zeichen für jedes Mal"));
}

#[test]
fn one_large_object() {
    weigh("an object key by key", 2, 99, |heap, kept| {
        let Some(large) = kept.or_else(|| heap.object(Entries::new()).ok()) else { return false };
        *kept = Some(large);
        let key = format!("key {}", heap.entries(object(large)).len());
        heap.set_entry(object(large), &key, Value::Null).is_ok()
    });
}

#[test]
fn objects() {
    for keys in [0, 1, 3, 4, 8, 20] {
        weigh(&format!("objects of {keys} keys"), 20, 99, |heap, _| {
            let Ok(small) = heap.object(Entries::new()) else { return false };
            let mut keys = (0..keys).map(|key| format!("key {key}"));
            keys.all(|key| heap.set_entry(object(small), &key, Value::Null).is_ok())
        });
    }
    weigh("objects that lost keys", 30, 99, |heap, _| {
        let Ok(small) = heap.object(Entries::new()) else { return false };
        let keys: Vec<String> = (0..40).map(|key| format!("key {key}")).collect();
        if !keys.iter().all(|key| heap.set_entry(object(small), key, Value::Null).is_ok()) {
            return false;
        }
        keys.iter().skip(3).for_each(|key| heap.remove_entry(object(small), key));
        true
    });
}
