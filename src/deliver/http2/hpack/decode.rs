//! Reading blocks of headers (RFC 7541, section 6).

use super::table::Table;
use super::{TABLE_BYTES, Unreadable, huffman, integer};

/// Reads the blocks of one connection, in their order.
pub(in super::super) struct Decoder {
    table: Table,
    // Kept for their room.
    name: Vec<u8>,
    value: Vec<u8>,
}

impl Decoder {
    pub(in super::super) fn new() -> Self {
        Self { table: Table::new(TABLE_BYTES), name: Vec::new(), value: Vec::new() }
    }

    /// Reads a whole block; gives each field's name and value to `field`.
    pub(in super::super) fn read(
        &mut self,
        block: &[u8],
        mut field: impl FnMut(&[u8], &[u8]),
    ) -> Result<(), Unreadable> {
        let mut input = block;
        let mut began = false;
        while let Some(first) = input.first().copied() {
            if first & 0x80 != 0 {
                let number = integer::read(&mut input, 7)?;
                let known = self.table.get(number);
                let (name, value) = known.ok_or(Unreadable("a header isn't in the table"))?;
                field(name, value);
            } else if first & 0xe0 == 0x20 {
                let size = integer::read(&mut input, 5)?;
                if began || size > TABLE_BYTES {
                    return Err(Unreadable("the table's size is changed as it may not be"));
                }
                self.table.resize(size);
                continue;
            } else {
                let keep = first & 0x40 != 0;
                let number = integer::read(&mut input, if keep { 6 } else { 4 })?;
                self.literal(&mut input, number, keep, &mut field)?;
            }
            began = true;
        }
        Ok(())
    }

    fn literal(
        &mut self,
        input: &mut &[u8],
        number: usize,
        keep: bool,
        field: &mut impl FnMut(&[u8], &[u8]),
    ) -> Result<(), Unreadable> {
        let Self { table, name, value } = self;
        if number == 0 {
            let name = text(input, name)?;
            let value = text(input, value)?;
            field(name, value);
            if keep {
                table.insert(name, value);
            }
            return Ok(());
        }
        let (known, _) = table.get(number).ok_or(Unreadable("a name isn't in the table"))?;
        let value = text(input, value)?;
        field(known, value);
        if keep {
            // The entry may be dropped to make room for the new one.
            name.clear();
            name.extend_from_slice(known);
            table.insert(name, value);
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn table(&self) -> &Table {
        &self.table
    }
}

/// Reads a text; one in Huffman's code into `room`.
fn text<'r, 'i: 'r>(input: &mut &'i [u8], room: &'r mut Vec<u8>) -> Result<&'r [u8], Unreadable> {
    let coded = input.first().is_some_and(|first| first & 0x80 != 0);
    let length = integer::read(input, 7)?;
    let (text, rest) =
        input.split_at_checked(length).ok_or(Unreadable("a text is longer than its block"))?;
    *input = rest;
    if !coded {
        return Ok(text);
    }
    room.clear();
    huffman::read(text, room)?;
    Ok(room)
}
