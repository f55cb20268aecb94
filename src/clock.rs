//! What time it is, and waiting for a time. Nobody else asks the machine.
//!
//! A [`Clock`] is the system's or a virtual one that only moves when a test (or a
//! replay) moves it. Times are [`Timestamp`]s: milliseconds, as on the wire.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// Milliseconds since 1970-01-01 UTC, as the messaging API writes times.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A time from milliseconds since 1970 UTC.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The time from a text in ISO 8601 with an offset or `Z`.
    ///
    /// `None` when the text is no such time.
    pub fn from_iso(text: &str) -> Option<Self> {
        text.trim().parse::<jiff::Timestamp>().ok().map(|time| Self(time.as_millisecond()))
    }

    /// Milliseconds since 1970 UTC.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whether fewer milliseconds than these have gone by from this time to `now`. Not when it
    /// lies after `now`: then the clock was set back since, and who waits for something to pass
    /// would wait for the old time.
    pub fn is_within(self, millis: i64, now: Self) -> bool {
        self <= now && now < self.plus_millis(millis)
    }

    /// This time moved by so many milliseconds, stopping at the ends of time.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 in UTC, or the number when it lies outside the years jiff knows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// The source of time. Cheap to clone; clones of a virtual clock move together.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    /// With a moment at which it was looked at, by both of the machine's clocks.
    System(Instant, Timestamp),
    Virtual(Arc<watch::Sender<Hands>>),
}

/// What a virtual clock shows.
#[derive(Clone, Copy, Debug)]
struct Hands {
    now: Timestamp,
    set_by: i64,
}

/// The longest nap of the system clock, so that a clock set by hand is noticed.
const NAP: Duration = Duration::from_mins(1);
/// The same of somebody who must be on time: ten looks at the clock a second cost nothing.
const ALARM_NAP: Duration = Duration::from_millis(100);
/// Two clocks drift apart by themselves; so many milliseconds at once are a hand's work.
const SET_BACK_MS: i64 = 100;

impl Clock {
    /// The machine's clock.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn system() -> Self {
        Self(Source::System(Instant::now(), system_now()))
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn virtual_at(start: Timestamp) -> Self {
        Self(Source::Virtual(Arc::new(watch::Sender::new(Hands { now: start, set_by: 0 }))))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System(..) => system_now(),
            Source::Virtual(hands) => hands.borrow().now,
        }
    }

    /// Waits until it is `until` or later. Wakes late rather than early.
    pub async fn sleep_until(&self, until: Timestamp) {
        match &self.0 {
            Source::System(..) => while !nap_until(until, NAP).await {},
            Source::Virtual(hands) => {
                // Fails only when the sender is gone, and we hold one.
                let _ = hands.subscribe().wait_for(|hands| hands.now >= until).await;
            }
        }
    }

    /// Milliseconds by which somebody has set the clock since it was made, rather than by
    /// which it went: negative when it was set back.
    pub fn set_by(&self) -> i64 {
        match &self.0 {
            Source::System(instant, then) => {
                let went = i64::try_from(instant.elapsed().as_millis()).unwrap_or(i64::MAX);
                system_now().0.saturating_sub(then.0).saturating_sub(went)
            }
            Source::Virtual(hands) => hands.borrow().set_by,
        }
    }

    /// Whether it was set back since [`Clock::set_by`] was `set_by`.
    pub fn was_set_back(&self, set_by: i64) -> bool {
        self.set_by() <= set_by.saturating_sub(SET_BACK_MS)
    }

    /// Waits as [`Clock::sleep_until`] does, but is on time even when the clock is set
    /// forward meanwhile, and ends at once when it is set back.
    pub async fn alarm_at(&self, until: Timestamp, set_by: i64) {
        match &self.0 {
            Source::System(..) => {
                while !self.was_set_back(set_by) && !nap_until(until, ALARM_NAP).await {}
            }
            Source::Virtual(hands) => {
                let rings =
                    |hands: &Hands| hands.now >= until || hands.set_by <= set_by - SET_BACK_MS;
                let _ = hands.subscribe().wait_for(rings).await;
            }
        }
    }

    /// Moves a virtual clock forward, as if time went by. The system's clock is left alone.
    pub fn advance(&self, millis: i64) {
        if let Source::Virtual(hands) = &self.0 {
            hands.send_modify(|hands| hands.now = hands.now.plus_millis(millis));
        }
    }

    /// Sets a virtual clock, as a hand or a time server does.
    pub fn set(&self, now: Timestamp) {
        if let Source::Virtual(hands) = &self.0 {
            hands.send_modify(|hands| {
                hands.set_by += now.0.saturating_sub(hands.now.0);
                hands.now = now;
            });
        }
    }
}

/// Measures how long something took; the one use of time that no replay repeats.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts to measure.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits so long by the machine's clock, whatever a [`Clock`] says: for what is measured by
/// a [`Stopwatch`].
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub async fn real_pause(length: Duration) {
    tokio::time::sleep(length).await;
}

/// A moment by which something must have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// So long from now; none when that is further than the clock reaches.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn after(length: Duration) -> Option<Self> {
        Instant::now().checked_add(length).map(Self)
    }

    /// The time left; nothing when it is over.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it has passed.
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn system_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Sleeps until then by the system's clock, or for a nap; true when that time has come.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
async fn nap_until(until: Timestamp, nap: Duration) -> bool {
    let left = until.0.saturating_sub(system_now().0);
    let Ok(left @ 1..) = u64::try_from(left) else { return true };
    tokio::time::sleep(Duration::from_millis(left).min(nap)).await;
    until <= system_now()
}

#[cfg(test)]
mod tests {
    use super::{Clock, Timestamp};

    #[test]
    fn iso_texts_are_read_and_written() {
        let time = Timestamp::from_iso("2026-11-23T22:28:09.522Z").unwrap();
        assert_eq!(time.millis(), 1_795_472_889_522);
        assert_eq!(time.to_string(), "2026-11-23T22:28:09.522Z");
        assert_eq!(Timestamp::from_iso("2026-11-23T23:28:09.522+01:00"), Some(time));
        assert_eq!(Timestamp::from_iso("tomorrow"), None);
        assert_eq!(Timestamp::from_iso("2026-11-23"), None, "no offset: which midnight?");
    }

    #[tokio::test]
    async fn a_virtual_sleeper_wakes_when_time_is_moved_far_enough() {
        let clock = Clock::virtual_at(Timestamp::from_millis(1_000));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(Timestamp::from_millis(3_000)).await;
                clock.now()
            }
        });
        clock.advance(1_000);
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(1_500);
        assert_eq!(sleeper.await.unwrap(), Timestamp::from_millis(3_500));
    }

    #[tokio::test]
    async fn an_alarm_rings_at_once_when_the_clock_is_set_back() {
        let clock = Clock::virtual_at(Timestamp::from_millis(10_000));
        let set_by = clock.set_by();
        let alarm = |at| {
            let clock = clock.clone();
            let at = Timestamp::from_millis(at);
            tokio::spawn(async move { clock.alarm_at(at, set_by).await })
        };
        let (soon, late) = (alarm(11_000), alarm(99_000));
        clock.advance(1_000);
        soon.await.unwrap();
        assert!(!clock.was_set_back(set_by), "it only went on");
        clock.set(Timestamp::from_millis(5_000));
        assert!(clock.was_set_back(set_by));
        late.await.unwrap();
        assert_eq!(clock.now(), Timestamp::from_millis(5_000));
    }

    #[tokio::test]
    async fn the_machines_clock_is_not_set_while_it_goes() {
        let clock = Clock::system();
        let set_by = clock.set_by();
        clock.alarm_at(clock.now().plus_millis(5), set_by).await;
        assert!(!clock.was_set_back(set_by));
    }

    #[test]
    fn a_moment_that_is_still_to_come_is_no_recent_one() {
        let moment = Timestamp::from_millis(1_000);
        let found = [999, 1_000, 1_099, 1_100].map(Timestamp::from_millis);
        let found = found.map(|now| moment.is_within(100, now));
        assert_eq!(found, [false, true, true, false]);
    }

    #[tokio::test]
    async fn a_time_that_is_over_is_not_waited_for() {
        Clock::system().sleep_until(Timestamp::from_millis(0)).await;
    }
}
