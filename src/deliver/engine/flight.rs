//! How many sends may be in flight: as many as the provider's latency warrants, and no more.
//!
//! What is in flight when the power fails is sent again, so more than is needed does harm.
//! The number grows while answers come as fast as with few in flight, and shrinks when they
//! come later for it: then they only queue. A send that is slow gives its place to another,
//! so that a few slow devices don't slow the rest.

use crate::clock::Stopwatch;
use crate::limits;
use std::collections::VecDeque;
use std::time::Duration;

pub(super) struct Flight {
    since: Stopwatch,
    limit: usize,
    fast: usize,
    slow: usize,
    seats: Vec<Seat>,
    free: Vec<usize>,
    /// Seats in the order in which their sends began, with what was in them then.
    order: VecDeque<(usize, u32)>,
    turn: Turn,
    floor: Floor,
}

#[derive(Clone, Copy)]
struct Seat {
    began: Duration,
    /// Counts those who sat there.
    guest: u32,
    is_slow: bool,
}

/// As many answers as there are places.
#[derive(Default)]
struct Turn {
    answers: usize,
    elapsed: Duration,
    was_full: bool,
}

/// The latency with few in flight: the least of the last seconds.
struct Floor {
    current: Duration,
    before: Duration,
    until: Duration,
}

/// After so long the least latency is measured anew.
const FLOOR_KEPT: Duration = Duration::from_secs(10);
/// Differences of latency below this are the machine's own.
const NOISE: Duration = Duration::from_millis(2);

impl Flight {
    pub(super) fn new() -> Self {
        Self {
            since: Stopwatch::start(),
            limit: limits::SENDS_FIRST,
            fast: 0,
            slow: 0,
            seats: Vec::new(),
            free: Vec::new(),
            order: VecDeque::new(),
            turn: Turn::default(),
            floor: Floor { current: Duration::MAX, before: Duration::MAX, until: FLOOR_KEPT },
        }
    }

    /// Whether another send may begin.
    pub(super) fn has_room(&mut self) -> bool {
        if self.fast >= self.limit {
            self.set_slow_aside();
            self.turn.was_full |= self.fast >= self.limit;
        }
        self.fast < self.limit && self.slow < limits::SENDS_SLOW
    }

    /// A send begins; gives its seat.
    pub(super) fn begin(&mut self) -> usize {
        let began = self.since.elapsed();
        let seat = self.free.pop().unwrap_or_else(|| {
            self.seats.push(Seat { began, guest: 0, is_slow: false });
            self.seats.len() - 1
        });
        if let Some(taken) = self.seats.get_mut(seat) {
            taken.began = began;
            taken.is_slow = false;
            self.order.push_back((seat, taken.guest));
        }
        self.fast += 1;
        seat
    }

    /// A send has been answered; gives how long it took.
    pub(super) fn end(&mut self, seat: usize) -> Duration {
        let now = self.since.elapsed();
        let Some(left) = self.seats.get_mut(seat) else { return Duration::ZERO };
        let elapsed = now.saturating_sub(left.began);
        left.guest = left.guest.wrapping_add(1);
        self.free.push(seat);
        if left.is_slow {
            self.slow -= 1;
            return elapsed;
        }
        self.fast -= 1;
        self.turn.answers += 1;
        self.turn.elapsed += elapsed;
        if self.turn.answers >= self.limit {
            self.end_turn(now);
        }
        // Those that have ended need no longer be looked at.
        while let Some((seat, guest)) = self.order.front()
            && self.seats.get(*seat).is_none_or(|seat| seat.guest != *guest)
        {
            self.order.pop_front();
        }
        elapsed
    }

    fn end_turn(&mut self, now: Duration) {
        let turn = std::mem::take(&mut self.turn);
        let mean = turn.elapsed / u32::try_from(turn.answers).unwrap_or(u32::MAX);
        let floor = self.floor.with(mean, now);
        if turn.was_full && mean <= floor * 2 + NOISE {
            self.limit = (self.limit + self.limit / 2).min(limits::SENDS_AT_ONCE);
        } else if mean > floor * 3 + NOISE {
            self.limit = (self.limit - self.limit / 4).max(limits::SENDS_FIRST);
        }
    }

    fn set_slow_aside(&mut self) {
        let slow = Duration::from_millis(limits::SEND_SLOW_MS);
        let now = self.since.elapsed();
        while let Some((seat, guest)) = self.order.front().copied() {
            let Some(sitting) = self.seats.get_mut(seat) else { break };
            if sitting.guest == guest {
                if now.saturating_sub(sitting.began) < slow {
                    break;
                }
                sitting.is_slow = true;
                self.fast -= 1;
                self.slow += 1;
            }
            self.order.pop_front();
        }
    }
}

impl Floor {
    fn with(&mut self, mean: Duration, now: Duration) -> Duration {
        if now >= self.until {
            self.before = std::mem::replace(&mut self.current, Duration::MAX);
            self.until = now + FLOOR_KEPT;
        }
        self.current = self.current.min(mean);
        self.current.min(self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::Flight;
    use crate::limits;
    use std::time::Duration;

    /// Ends a whole turn of sends that each took so long.
    fn turn(flight: &mut Flight, latency: Duration) {
        let mut seats = Vec::new();
        while flight.has_room() {
            seats.push(flight.begin());
        }
        for seat in seats {
            // The clock is the machine's; so the beginning is moved.
            flight.seats[seat].began = flight.since.elapsed().saturating_sub(latency);
            flight.end(seat);
        }
    }

    #[test]
    fn it_grows_while_latency_stays_and_shrinks_when_answers_queue() {
        let mut flight = Flight::new();
        // Old enough that beginnings can lie in the past.
        flight.floor.until = Duration::MAX;
        while flight.since.elapsed() < Duration::from_millis(100) {
            std::hint::spin_loop();
        }
        for _ in 0..20 {
            turn(&mut flight, Duration::from_millis(10));
        }
        assert_eq!(flight.limit, limits::SENDS_AT_ONCE);
        for _ in 0..40 {
            turn(&mut flight, Duration::from_millis(50));
        }
        assert_eq!(flight.limit, limits::SENDS_FIRST);
    }

    #[test]
    fn a_slow_send_gives_its_place_to_another() {
        let mut flight = Flight::new();
        let seats: Vec<_> = (0..limits::SENDS_FIRST).map(|_| flight.begin()).collect();
        assert!(!flight.has_room());
        flight.since = crate::clock::Stopwatch::start();
        for seat in &mut flight.seats {
            seat.began = Duration::ZERO;
        }
        let aged = Duration::from_millis(limits::SEND_SLOW_MS);
        while flight.since.elapsed() < aged {
            std::hint::spin_loop();
        }
        assert!(flight.has_room());
        assert_eq!((flight.fast, flight.slow), (0, limits::SENDS_FIRST));
        for seat in seats {
            flight.end(seat);
        }
        assert_eq!((flight.fast, flight.slow), (0, 0));
    }
}
