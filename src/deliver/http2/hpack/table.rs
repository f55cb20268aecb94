//! The two tables of headers: the fixed one (RFC 7541, appendix A), and the one that a
//! connection's blocks fill (section 2.3).

use std::collections::VecDeque;

/// Name and value.
type Known = (&'static str, &'static str);

/// The fixed table; numbers begin at 1.
#[rustfmt::skip]
pub(super) const FIXED: [Known; 61] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"),
    (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"), (":status", "200"),
    (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
    (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""),
    ("accept", ""), ("access-control-allow-origin", ""), ("age", ""), ("allow", ""),
    ("authorization", ""), ("cache-control", ""), ("content-disposition", ""),
    ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""),
    ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""),
    ("if-match", ""), ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""),
    ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""),
    ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
    ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
    ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""),
    ("via", ""), ("www-authenticate", ""),
];

/// Bytes that an entry counts beside its texts.
const OVERHEAD: usize = 32;

/// What a field counts.
pub(in super::super) fn size(name: &[u8], value: &[u8]) -> usize {
    name.len() + value.len() + OVERHEAD
}

/// The number of a field in the fixed table, and of its name; 0 where it isn't.
pub(super) fn fixed(name: &[u8], value: &[u8]) -> (usize, usize) {
    let named = |(known, _): &Known| known.as_bytes() == name;
    let place = FIXED.iter().position(named).map_or(0, |at| at + 1);
    let same = |known: &Known| named(known) && known.1.as_bytes() == value;
    let exact = FIXED.iter().position(same).map_or(0, |at| at + 1);
    (exact, place)
}

/// Name and value of a field that was put in.
type Entry = (Box<[u8]>, Box<[u8]>);

/// The table that fills: new entries in front, old ones dropped when it is full.
pub(super) struct Table {
    entries: VecDeque<Entry>,
    size: usize,
    max: usize,
}

impl Table {
    pub(super) fn new(max: usize) -> Self {
        Self { entries: VecDeque::new(), size: 0, max }
    }

    pub(super) fn max(&self) -> usize {
        self.max
    }

    pub(super) fn resize(&mut self, max: usize) {
        self.max = max;
        self.shrink(max);
    }

    /// Puts an entry in front. One that is larger than the table leaves it empty.
    pub(super) fn insert(&mut self, name: &[u8], value: &[u8]) {
        let size = size(name, value);
        self.shrink(self.max.saturating_sub(size));
        if size <= self.max {
            self.size += size;
            self.entries.push_front((name.into(), value.into()));
        }
    }

    fn shrink(&mut self, to: usize) {
        while self.size > to
            && let Some((name, value)) = self.entries.pop_back()
        {
            self.size -= size(&name, &value);
        }
    }

    /// The entry of that number, the fixed table's first.
    pub(super) fn get(&self, number: usize) -> Option<(&[u8], &[u8])> {
        if let Some((name, value)) = FIXED.get(number.checked_sub(1)?) {
            return Some((name.as_bytes(), value.as_bytes()));
        }
        self.entries.get(number - FIXED.len() - 1).map(|(name, value)| (&**name, &**value))
    }

    /// The number of a field that was put in, and of its name; 0 where it isn't.
    pub(super) fn find(&self, name: &[u8], value: &[u8]) -> (usize, usize) {
        let mut place = 0;
        for ((known, its), number) in self.entries.iter().zip(FIXED.len() + 1..) {
            if **known == *name {
                if **its == *value {
                    return (number, number);
                }
                if place == 0 {
                    place = number;
                }
            }
        }
        (0, place)
    }

    #[cfg(test)]
    pub(super) fn contents(&self) -> (usize, Vec<(String, String)>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let entries = self.entries.iter().map(|(name, value)| (text(name), text(value)));
        (self.size, entries.collect())
    }
}
