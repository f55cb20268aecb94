//! What keeps a message from a device though it could be delivered: quiet hours, and a cap on
//! how often a device is told something. Off unless the settings say so.
//!
//! A message to named devices is exempt: a code to log in with can't wait for the morning.

use super::retry::Reason;
use crate::clock::Timestamp;
use crate::config::Delivery;
use crate::store::Recipient;
use jiff::tz::TimeZone;

/// The property of a device that names its time zone, `Europe/Kyiv`.
const ZONE: &str = "timezone";
const DAY_MS: i64 = 24 * 3_600_000;

/// The policies of the settings.
pub(super) struct Policy {
    /// Minutes of the day from and to which it is quiet.
    quiet: Option<(u16, u16)>,
    /// The zone of devices that name none.
    zone: TimeZone,
    pub(super) daily_cap: Option<u32>,
}

impl Policy {
    pub(super) fn of(settings: &Delivery) -> Self {
        // Checked when the settings were read.
        let zone = settings.quiet_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        Self {
            quiet: settings.quiet_hours,
            zone: zone.unwrap_or(TimeZone::UTC),
            daily_cap: settings.daily_cap,
        }
    }

    /// The day by which a cap counts: days since 1970 UTC.
    pub(super) fn day(now: Timestamp) -> i64 {
        now.millis().div_euclid(DAY_MS)
    }

    /// Why a device that was told `told` things today isn't told this one now; `None` when it
    /// is.
    pub(super) fn keeps_from(
        &self,
        device: &Recipient,
        told: u32,
        now: Timestamp,
    ) -> Option<Reason> {
        if let Some(cap) = self.daily_cap
            && told >= cap
        {
            return Some(format!("it was told {cap} messages today, and no more may be").into());
        }
        let (from, to) = self.quiet?;
        let minute = self.minute_of_day(device, now)?;
        let is_quiet =
            if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to };
        is_quiet.then(|| "it is in its quiet hours".into())
    }

    fn minute_of_day(&self, device: &Recipient, now: Timestamp) -> Option<u16> {
        let named = device.person.as_ref().and_then(|person| person.properties.get(ZONE));
        let own = named.and_then(|name| TimeZone::get(name.as_str()?).ok());
        let zone = own.unwrap_or_else(|| self.zone.clone());
        let local = jiff::Timestamp::from_millisecond(now.millis()).ok()?.to_zoned(zone);
        let minutes = i16::from(local.hour()) * 60 + i16::from(local.minute());
        u16::try_from(minutes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;
    use crate::clock::Timestamp;
    use crate::config::Delivery;
    use crate::id::DeviceId;
    use crate::model::{DeviceKey, Os, Person};
    use crate::store::Recipient;
    use serde_json::json;
    use std::sync::Arc;

    fn device(zone: Option<&str>) -> Recipient {
        let person = zone.map(|zone| {
            let properties = json!({"timezone": zone}).as_object().cloned().unwrap_or_default();
            Arc::new(Person { properties, user: None })
        });
        Recipient {
            key: DeviceKey(1),
            id: DeviceId::new("d"),
            token: "t".to_owned(),
            os: Os::Ios,
            attempts: 0,
            person,
        }
    }

    #[test]
    fn it_is_quiet_by_the_clock_of_the_device() {
        let settings = Delivery { quiet_hours: Some((22 * 60, 7 * 60)), ..Delivery::default() };
        let policy = Policy::of(&settings);
        let is_quiet = |time: &str, zone: Option<&str>| {
            let now = Timestamp::from_iso(time).unwrap();
            policy.keeps_from(&device(zone), 0, now).is_some()
        };
        assert!(is_quiet("2026-11-25T22:00:00Z", None));
        assert!(is_quiet("2026-11-25T06:59:00Z", None));
        assert!(!is_quiet("2026-11-25T07:00:00Z", None));
        assert!(!is_quiet("2026-11-25T21:59:00Z", None));
        assert!(is_quiet("2026-11-25T20:00:00Z", Some("Europe/Kyiv")), "22:00 there");
        assert!(!is_quiet("2026-11-25T05:00:00Z", Some("Europe/Kyiv")), "07:00 there");
        assert!(is_quiet("2026-11-25T23:00:00Z", Some("Atlantis/Deep")), "no such zone: ours");
    }

    #[test]
    fn a_cap_counts_the_day() {
        let policy = Policy::of(&Delivery { daily_cap: Some(2), ..Delivery::default() });
        let now = Timestamp::from_millis(0);
        assert_eq!(policy.keeps_from(&device(None), 1, now), None);
        assert!(policy.keeps_from(&device(None), 2, now).is_some());
        assert_eq!(Policy::of(&Delivery::default()).keeps_from(&device(None), 99, now), None);
    }
}
