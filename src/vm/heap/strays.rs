//! What was set at a place that no list has, such as 0 or 1.5 counted from 1: in JavaScript a
//! property of the list, which getting by that place and *for each* find again, and nothing else.
//!
//! Most runs have none, so lists have no room for them: they are kept beside, by list.

use super::{Entries, Heap, ObjectRef};
use crate::vm::fault::Fault;
use crate::vm::value::{ListRef, Value};

/// What an entry of the table by lists costs at most, beside the object it leads to.
pub(super) const STRAYS_BYTES: usize = 64;

impl Heap {
    /// What was set at `key`, which is no place; undefined when nothing was.
    pub fn stray(&self, list: ListRef, key: &str) -> Value {
        self.strays_of(list).and_then(|strays| strays.get(key)).copied().unwrap_or(Value::Undefined)
    }

    /// All of `list`, in the order in which they were first set.
    pub fn strays_of(&self, list: ListRef) -> Option<&Entries> {
        self.strays.get(&list.0).map(|object| self.entries(ObjectRef(*object)))
    }

    /// Sets what is at `key`, which is no place.
    ///
    /// # Errors
    /// The memory limit.
    pub fn set_stray(&mut self, list: ListRef, key: &str, value: Value) -> Result<(), Fault> {
        let object = if let Some(object) = self.strays.get(&list.0) {
            ObjectRef(*object)
        } else {
            let Value::Object(made) = self.object(Entries::new())? else {
                unreachable!("a new object is an object")
            };
            self.reserve(STRAYS_BYTES)?;
            self.strays.insert(list.0, made.0);
            made
        };
        self.set_entry(object, key, value)
    }
}
