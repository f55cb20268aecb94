//! What an object holds: values by their names, in the order in which they came.
//!
//! Of our own, because every byte of a run is counted and a run may use all that it is allowed:
//! both tables here have exactly the room that was asked for, a little more when little is left.

use super::value::Value;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Up to here looking at all names is quicker than a table.
const FEW: usize = 8;
/// A place of the table that nothing is at.
const NOTHING: u32 = u32::MAX;

/// Unknown to those who send us names, so that they can't choose them to fall together.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// An object's entries. Keys are Rust text: a lone surrogate in a key becomes U+FFFD.
#[derive(Debug, Default)]
pub struct Entries {
    list: Vec<(Box<str>, Value)>,
    /// Where in the list a name is, near the place that its hash says; empty while there are few.
    table: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    hash: u32,
    at: u32,
}

/// Bytes that an entry takes, beside its key's text: in the list, and in the table.
pub(super) const ENTRY_BYTES: usize = size_of::<(Box<str>, Value)>();
pub(super) const PLACE_BYTES: usize = size_of::<Place>();

/// Places in the table of an object with room for so many entries: a third is free, so that
/// what isn't there is soon known.
pub(super) fn places_for(room: usize) -> usize {
    if room <= FEW { 0 } else { room + room / 2 + 1 }
}

impl Entries {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// None yet, with room for so many.
    pub fn with_capacity(room: usize) -> Self {
        let mut entries = Self::default();
        entries.make_room(room);
        entries
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there is room for.
    pub fn capacity(&self) -> usize {
        self.list.capacity()
    }

    /// The value by this name.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.find(key).map(|at| &self.list[at].1)
    }

    /// Whether there is a value by this name.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// The entry that came as number `at`, from 0.
    pub fn get_index(&self, at: usize) -> Option<(&str, &Value)> {
        self.list.get(at).map(|(key, value)| (&**key, value))
    }

    /// All, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.list.iter().map(|(key, value)| (&**key, value))
    }

    /// All names, in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    /// All values, in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }

    /// Sets a value; a name that is there keeps its place in the order.
    pub fn insert(&mut self, key: Box<str>, value: Value) {
        if let Some(at) = self.find(&key) {
            self.list[at].1 = value;
            return;
        }
        if self.list.len() == self.list.capacity() {
            self.make_room((self.list.len() * 2).max(4));
        }
        if !self.table.is_empty() {
            self.place(hash(&key), self.list.len());
        }
        self.list.push((key, value));
    }

    /// Takes an entry out, the others keep their order; whether there was one.
    pub fn remove(&mut self, key: &str) -> bool {
        let Some(at) = self.find(key) else { return false };
        if !self.table.is_empty() {
            self.take_out(hash(key), at);
        }
        self.list.remove(at);
        // Some room is kept for what comes back; more is given up.
        if self.list.len() < self.list.capacity() / 4 {
            self.list.shrink_to(self.list.len() * 2);
            self.build_table();
        }
        true
    }

    /// Takes what is at `at` in the list out of the table. What stands behind it because of it
    /// moves up, so that whatever is looked for is found before the first empty place.
    fn take_out(&mut self, hash: u32, at: usize) {
        let mut hole = self.first(hash);
        while self.table[hole].at as usize != at {
            hole = self.following(hole);
        }
        for place in self.table.iter_mut().filter(|place| place.at != NOTHING) {
            place.at -= u32::from(place.at as usize > at);
        }
        let mut next = self.following(hole);
        while self.table[next].at != NOTHING {
            let first = self.first(self.table[next].hash);
            let stays = if hole <= next {
                hole < first && first <= next
            } else {
                hole < first || first <= next
            };
            if !stays {
                self.table[hole] = self.table[next];
                hole = next;
            }
            next = self.following(next);
        }
        self.table[hole].at = NOTHING;
    }

    /// Makes room for exactly so many entries, at least those there are.
    pub(super) fn make_room(&mut self, room: usize) {
        let room = room.max(self.list.len());
        self.list.reserve_exact(room - self.list.len());
        self.build_table();
    }

    fn build_table(&mut self) {
        let empty = vec![Place { hash: 0, at: NOTHING }; places_for(self.list.capacity())];
        let before = std::mem::replace(&mut self.table, empty);
        if self.table.is_empty() {
            return;
        }
        for place in before.iter().filter(|place| place.at != NOTHING) {
            self.place(place.hash, place.at as usize);
        }
        if before.is_empty() {
            for at in 0..self.list.len() {
                self.place(hash(&self.list[at].0), at);
            }
        }
    }

    fn place(&mut self, hash: u32, at: usize) {
        let mut place = self.first(hash);
        while self.table[place].at != NOTHING {
            place = self.following(place);
        }
        let at = u32::try_from(at).expect("the memory limit is below 2^32 entries");
        self.table[place] = Place { hash, at };
    }

    fn find(&self, key: &str) -> Option<usize> {
        if self.table.is_empty() {
            return self.list.iter().position(|(known, _)| **known == *key);
        }
        let hash = hash(key);
        let mut place = self.first(hash);
        loop {
            let here = self.table[place];
            if here.at == NOTHING {
                return None;
            }
            if here.hash == hash && *self.list[here.at as usize].0 == *key {
                return Some(here.at as usize);
            }
            place = self.following(place);
        }
    }

    /// Where in the table what has this hash is looked for first.
    fn first(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.table.len() as u64) >> 32) as usize
    }

    fn following(&self, place: usize) -> usize {
        if place + 1 == self.table.len() { 0 } else { place + 1 }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "half of it is enough to tell names apart")]
fn hash(key: &str) -> u32 {
    HASHER.hash_one(key) as u32
}

impl Clone for Entries {
    fn clone(&self) -> Self {
        // The copy of a list has no more room than it needs, and its table is by its room.
        let mut copy = Self { list: self.list.clone(), table: self.table.clone() };
        copy.build_table();
        copy
    }
}

impl Extend<(Box<str>, Value)> for Entries {
    fn extend<T: IntoIterator<Item = (Box<str>, Value)>>(&mut self, more: T) {
        for (key, value) in more {
            self.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_does_what_a_map_in_order_does(
            acts in proptest::collection::vec((0..3_u8, 0..40_u16), 0..300),
        ) {
            let (mut ours, mut map) = (Entries::new(), IndexMap::new());
            for (step, (act, key)) in acts.into_iter().enumerate() {
                let key = format!("key {key}");
                if act == 0 {
                    prop_assert_eq!(ours.remove(&key), map.shift_remove(&*key).is_some());
                } else {
                    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
                    let value = step as f64;
                    ours.insert(key.as_str().into(), Value::Number(value));
                    map.insert(Box::<str>::from(key), value);
                }
                prop_assert_eq!(ours.len(), map.len());
                for ((key, value), (other, wanted)) in ours.iter().zip(&map) {
                    prop_assert_eq!(key, &**other);
                    prop_assert!(matches!(value, Value::Number(value) if value == wanted));
                    prop_assert!(ours.contains_key(key));
                }
                prop_assert!(ours.get("another").is_none());
            }
        }
    }
}
