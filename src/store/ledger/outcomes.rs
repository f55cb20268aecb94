//! How a ledger's page is written: what became of each of its devices, in runs.
//!
//! A page is a list of runs. A run is the outcome of some devices whose numbers lie equally
//! far apart: a variable-length number `code << 1 | single`, the distance from the device
//! before (the page's first device is 0 away), and, unless `single`, how many devices. A
//! million devices in a row that all accept take a few bytes a page; the worst case is two to
//! four bytes a device.

use crate::model::DeviceKey;

/// What became of a message at one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Its push service has it.
    Accepted,
    /// It will be tried (again).
    Waiting,
    /// It was refused, or tried too often.
    Failed,
    /// The device is gone for good.
    Gone,
    /// Its time to live ended before the service took it.
    Expired,
    /// A policy of ours kept it back.
    Skipped,
}

impl Kind {
    /// All, in the order of the numbers that are kept.
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::Waiting, Self::Failed, Self::Gone, Self::Expired, Self::Skipped];

    /// The word for it in exports and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Gone => "gone",
            Self::Expired => "expired",
            Self::Skipped => "skipped",
        }
    }

    fn number(self) -> u32 {
        match self {
            Self::Accepted => 0,
            Self::Waiting => 1,
            Self::Failed => 2,
            Self::Gone => 3,
            Self::Expired => 4,
            Self::Skipped => 5,
        }
    }
}

/// An outcome as it is kept: its kind, and the number of its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(u32);

impl Code {
    /// Accepted; there is nothing to explain.
    pub const ACCEPTED: Self = Self(0);

    /// An outcome with the reason of that number; 0 is none.
    pub fn new(kind: Kind, reason: u16) -> Self {
        Self(u32::from(reason) << 3 | kind.number())
    }

    /// What it is. An unknown number, of a damaged page, reads as failed.
    pub fn kind(self) -> Kind {
        let known = usize::try_from(self.0 & 7).ok().and_then(|kind| Kind::ALL.get(kind));
        known.copied().unwrap_or(Kind::Failed)
    }

    /// The number of its reason; 0 is none.
    pub fn reason(self) -> u16 {
        u16::try_from(self.0 >> 3).unwrap_or(u16::MAX)
    }
}

/// Outcomes of devices, in rising order of their numbers.
pub type Outcomes = Vec<(DeviceKey, Code)>;

/// Writes a page. The devices must rise; the first one is kept beside the page.
pub(super) fn encode(outcomes: impl IntoIterator<Item = (DeviceKey, Code)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut before: Option<i64> = None;
    let mut run: Option<Run> = None;
    for (device, code) in outcomes {
        let apart = before.map_or(0, |before| device.0.abs_diff(before));
        before = Some(device.0);
        match &mut run {
            Some(run) if run.code == code && run.apart == apart => run.devices += 1,
            _ => {
                let new = Run { code, apart, devices: 1 };
                if let Some(ended) = run.replace(new) {
                    ended.write(&mut bytes);
                }
            }
        }
    }
    if let Some(ended) = run {
        ended.write(&mut bytes);
    }
    bytes
}

struct Run {
    code: Code,
    apart: u64,
    devices: u64,
}

impl Run {
    fn write(&self, bytes: &mut Vec<u8>) {
        let single = u64::from(self.devices == 1);
        put(bytes, u64::from(self.code.0) << 1 | single);
        put(bytes, self.apart);
        if self.devices > 1 {
            put(bytes, self.devices);
        }
    }
}

/// Reads a page whose first device is `first`. A page that was cut short ends early.
pub(super) fn decode(first: DeviceKey, mut bytes: &[u8]) -> Outcomes {
    let mut outcomes = Vec::new();
    let mut device = first.0;
    while let Some((code, apart, devices)) = run(&mut bytes) {
        // A damaged count must not take all memory.
        for _ in 0..devices.min(crate::limits::LEDGER_PAGE_MAX) {
            device = device.saturating_add_unsigned(apart);
            outcomes.push((DeviceKey(device), code));
        }
    }
    outcomes
}

fn run(bytes: &mut &[u8]) -> Option<(Code, u64, u64)> {
    let head = take(bytes)?;
    let code = Code(u32::try_from(head >> 1).ok()?);
    let apart = take(bytes)?;
    let devices = if head & 1 == 1 { 1 } else { take(bytes)? };
    Some((code, apart, devices))
}

/// Seven bits a byte, the lowest first; the highest bit says that there is more.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        bytes.push((number & 127) as u8 | 128);
        number >>= 7;
    }
    bytes.push((number & 127) as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 127) << shift;
        if first & 128 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Code, Kind, decode, encode};
    use crate::model::DeviceKey;
    use proptest::prelude::*;

    #[test]
    fn a_page_in_a_row_takes_a_few_bytes() {
        let page: Vec<_> = (1000..1500).map(|device| (DeviceKey(device), Code::ACCEPTED)).collect();
        // The first is no distance away, so it is a run of its own.
        assert_eq!(encode(page.iter().copied()), [1, 0, 0, 1, 0xf3, 0x03]);
        assert_eq!(decode(DeviceKey(1000), &encode(page.iter().copied())), page);
    }

    #[test]
    fn a_damaged_page_is_no_trap() {
        for bytes in [&[0x80][..], &[0], &[0, 1], &[0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f], &[255; 12]]
        {
            assert!(decode(DeviceKey(1), bytes).len() <= 1_000_000);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            devices in prop::collection::btree_map(1_i64..5_000, (0_usize..6, 0_u16..9), 1..400)
        ) {
            let page: Vec<_> = devices
                .into_iter()
                .map(|(device, (kind, reason))| {
                    (DeviceKey(device), Code::new(Kind::ALL[kind], reason))
                })
                .collect();
            let read = decode(page[0].0, &encode(page.iter().copied()));
            prop_assert_eq!(read, page);
        }
    }
}
