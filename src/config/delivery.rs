//! The settings of how messages are brought to devices, whoever delivers them.

use indexmap::IndexMap;

/// How messages are brought to devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Messages a second by the provider's name; one that isn't named keeps its own pace.
    pub paces: IndexMap<String, u32>,
    /// Days for which it is kept what became of a message at each device.
    pub ledger_days: u32,
    /// Minutes of the day from and to which devices are told nothing.
    pub quiet_hours: Option<(u16, u16)>,
    /// The time zone of devices that name none; `None` is UTC.
    pub quiet_zone: Option<String>,
    /// Messages that a device is told a day at most.
    pub daily_cap: Option<u32>,
    /// Whether outcomes are kept when a message is done and not before: what the benchmark
    /// compares with. A crash would repeat all of it, so no setting leads here.
    pub keeps_at_end: bool,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            paces: IndexMap::new(),
            ledger_days: crate::limits::LEDGER_DAYS,
            quiet_hours: None,
            quiet_zone: None,
            daily_cap: None,
            keeps_at_end: false,
        }
    }
}
