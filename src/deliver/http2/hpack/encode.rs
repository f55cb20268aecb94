//! Writing blocks of headers (RFC 7541, section 6), most of them from what was written before.
//!
//! Requests share most of their headers. What is shared is given as [`Fields`], which have a
//! number: once all of them are in the peer's table, what they come to is kept, and copied as
//! long as the table doesn't change. Then a request costs its own texts and some bytes more.

use super::table::{self, Table};
use super::{TABLE_BYTES, integer};
use http::HeaderValue;
use std::sync::atomic::{AtomicU64, Ordering};

/// Groups of which a connection remembers how they were written.
const REMEMBERED: usize = 16;

/// Whether fields go into the peer's table of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::deliver) enum Keep {
    /// When they are sent first: they are good for long.
    AtOnce,
    /// When they are sent again: what is sent once would only displace others.
    WhenRepeated,
}

/// Headers that many requests share. Shown nowhere: secrets are among them.
pub(in crate::deliver) struct Fields {
    /// Which fields these are, in the whole process.
    number: u64,
    keep: Keep,
    list: Vec<Field>,
}

struct Field {
    name: Box<[u8]>,
    value: Box<[u8]>,
    /// Its number in the fixed table, and that of its name; 0 where it isn't.
    exact: usize,
    named: usize,
}

impl Fields {
    /// Names are in lower case; those that begin with a colon come first.
    pub(in crate::deliver) fn new<'a>(
        keep: Keep,
        fields: impl IntoIterator<Item = (&'a str, &'a HeaderValue)>,
    ) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let fields = fields.into_iter().map(|(name, value)| {
            let (name, value) = (name.as_bytes(), value.as_bytes());
            let (exact, named) = table::fixed(name, value);
            Field { name: name.into(), value: value.into(), exact, named }
        });
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Self { number, keep, list: fields.collect() }
    }
}

/// Writes the blocks of one connection.
pub(in super::super) struct Encoder {
    table: Table,
    /// How often the table has changed.
    changes: u64,
    /// The least size that the peer has asked for since the last block, and the latest.
    resized: Option<(usize, usize)>,
    remembered: Vec<Remembered>,
}

/// How a group was written.
struct Remembered {
    group: u64,
    /// The table of then; none when it was changed by it.
    changes: Option<u64>,
    block: Vec<u8>,
}

impl Encoder {
    pub(in super::super) fn new() -> Self {
        let table = Table::new(TABLE_BYTES);
        Self { table, changes: 0, resized: None, remembered: Vec::new() }
    }

    /// The peer's table has so many bytes from now on.
    pub(in super::super) fn resize(&mut self, size: usize) {
        let size = size.min(TABLE_BYTES);
        let least = self.resized.map_or(size, |(least, _)| least.min(size));
        self.resized = Some((least, size));
    }

    /// Has to come before everything else in a block.
    pub(in super::super) fn begin(&mut self, out: &mut Vec<u8>) {
        let Some((least, latest)) = self.resized.take() else { return };
        let mut resize = |size| {
            if size != self.table.max() {
                integer::write(out, 0x20, 5, size);
                self.table.resize(size);
                self.changes += 1;
            }
        };
        resize(least);
        resize(latest);
    }

    /// Writes fields that others had before, or will have.
    pub(in super::super) fn shared(&mut self, out: &mut Vec<u8>, fields: &Fields) {
        let known = self.remembered.iter().position(|known| known.group == fields.number);
        if let Some(known) = known.and_then(|known| self.remembered.get(known))
            && known.changes == Some(self.changes)
        {
            return out.extend_from_slice(&known.block);
        }
        let (start, before) = (out.len(), self.changes);
        let keep = fields.keep == Keep::AtOnce || known.is_some();
        for field in &fields.list {
            self.field(out, field, keep);
        }
        let same = keep && self.changes == before;
        let remembered = Remembered {
            group: fields.number,
            changes: same.then_some(self.changes),
            block: if same { out[start..].to_vec() } else { Vec::new() },
        };
        if let Some(known) = known {
            self.remembered[known] = remembered;
            return;
        }
        if self.remembered.len() >= REMEMBERED {
            let stale = |known: &Remembered| known.changes != Some(self.changes);
            let least_used = self.remembered.iter().position(stale).unwrap_or(0);
            self.remembered.remove(least_used);
        }
        self.remembered.push(remembered);
    }

    #[cfg(test)]
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    fn field(&mut self, out: &mut Vec<u8>, field: &Field, keep: bool) {
        if field.exact > 0 {
            return integer::write(out, 0x80, 7, field.exact);
        }
        let (exact, named) = self.table.find(&field.name, &field.value);
        if exact > 0 {
            return integer::write(out, 0x80, 7, exact);
        }
        let named = if field.named > 0 { field.named } else { named };
        // What fills most of the table would be displaced soon, and everything else by it.
        let keep = keep && table::size(&field.name, &field.value) <= self.table.max() / 4 * 3;
        let (first, bits) = if keep { (0x40, 6) } else { (0, 4) };
        integer::write(out, first, bits, named);
        if named == 0 {
            text(out, &[&field.name]);
        }
        text(out, &[&field.value]);
        if keep {
            self.table.insert(&field.name, &field.value);
            self.changes += 1;
        }
    }

    /// Writes a field that no other request has, in a way that keeps it out of all tables. Its
    /// value is given in parts.
    pub(in super::super) fn own(out: &mut Vec<u8>, name: &str, value: &[&[u8]]) {
        const PATH: usize = 4;
        let named = if name == ":path" { PATH } else { 0 };
        integer::write(out, 0x10, 4, named);
        if named == 0 {
            text(out, &[name.as_bytes()]);
        }
        text(out, value);
    }
}

fn text(out: &mut Vec<u8>, parts: &[&[u8]]) {
    integer::write(out, 0, 7, parts.iter().map(|part| part.len()).sum());
    for part in parts {
        out.extend_from_slice(part);
    }
}
