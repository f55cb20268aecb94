//! The pages of a message that are being sent: which devices are answered, up to where all
//! are, and what is to be kept of it. Pure.
//!
//! Pages are opened in the order of the audience, and closed in it: that is what the cursor
//! says. A device that doesn't answer must not hold up the rest, so its page can be closed
//! with it waiting; when the answer comes, it is one to a device that waited.

use crate::clock::Stopwatch;
use crate::limits;
use crate::model::DeviceKey;
use crate::store::{Code, Outcomes};
use std::collections::VecDeque;
use std::time::Duration;

/// Where in the window a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    page: u64,
    slot: usize,
}

#[derive(Default)]
pub(super) struct Window {
    pages: VecDeque<Open>,
    /// The number of the first open page.
    first: u64,
}

struct Open {
    slots: Vec<(DeviceKey, Option<Code>)>,
    unanswered: usize,
    since: Stopwatch,
}

/// What a window gives to be kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) cursor: Option<DeviceKey>,
    pub(super) pages: Vec<Outcomes>,
    pub(super) ahead: Outcomes,
}

impl Window {
    /// Opens a page. `devices` are those of the audience that are to be sent to, `known` are
    /// outcomes from before a crash; both rise. Gives the place of each of `devices`.
    pub(super) fn open(
        &mut self,
        devices: impl Iterator<Item = DeviceKey>,
        known: impl IntoIterator<Item = (DeviceKey, Code)>,
    ) -> Vec<Place> {
        let mut slots: Vec<_> = devices.map(|device| (device, None)).collect();
        let unanswered = slots.len();
        slots.extend(known.into_iter().map(|(device, code)| (device, Some(code))));
        slots.sort_by_key(|(device, _)| *device);
        let page = self.first + self.pages.len() as u64;
        let places = (0..slots.len()).filter(|slot| slots[*slot].1.is_none());
        let places = places.map(|slot| Place { page, slot }).collect();
        if !slots.is_empty() {
            self.pages.push_back(Open { slots, unanswered, since: Stopwatch::start() });
        }
        places
    }

    /// Sets a device's outcome. False when it has one, or its page is closed: then the answer is
    /// one to a device that waited.
    pub(super) fn set(&mut self, place: Place, code: Code) -> bool {
        let Some(index) = place.page.checked_sub(self.first) else { return false };
        let page = usize::try_from(index).ok().and_then(|index| self.pages.get_mut(index));
        let Some(page) = page else { return false };
        let Some((_, outcome @ None)) = page.slots.get_mut(place.slot) else { return false };
        *outcome = Some(code);
        page.unanswered -= 1;
        true
    }

    /// Changes the outcome of a device that was answered before. False when it is in no open
    /// page.
    pub(super) fn amend(&mut self, device: DeviceKey, code: Code) -> bool {
        for page in &mut self.pages {
            if let Ok(slot) = page.slots.binary_search_by_key(&device, |(device, _)| *device)
                && let Some((_, Some(outcome))) = page.slots.get_mut(slot)
            {
                *outcome = code;
                return true;
            }
        }
        false
    }

    /// Whether another page may be opened.
    pub(super) fn has_room(&self) -> bool {
        self.pages.len() < limits::PAGES_OPEN
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Closes the oldest pages that have waited too long for their last answers, or are in
    /// the way: gives the devices without an answer, which count as waiting now, with that
    /// code. A page of which much is still to be answered stays: that isn't slowness of a
    /// few devices.
    pub(super) fn close_late(&mut self, waiting: Code) -> Vec<DeviceKey> {
        let late = Duration::from_millis(limits::PAGE_OPEN_MS);
        let full = !self.has_room();
        let mut left = Vec::new();
        for (index, page) in self.pages.iter_mut().enumerate() {
            let in_the_way = page.since.elapsed() >= late || (full && index == 0);
            if !in_the_way || page.unanswered * 4 > page.slots.len() {
                break;
            }
            for (device, outcome) in &mut page.slots {
                if outcome.is_none() {
                    *outcome = Some(waiting);
                    left.push(*device);
                }
            }
            page.unanswered = 0;
        }
        left
    }

    /// Takes the pages that are complete, and copies what is known beyond them.
    pub(super) fn reached(&mut self) -> Reached {
        let mut reached = Reached::default();
        while self.pages.front().is_some_and(|page| page.unanswered == 0) {
            let Some(page) = self.pages.pop_front() else { break };
            self.first += 1;
            reached.cursor = page.slots.last().map(|(device, _)| *device);
            reached.pages.push(known(&page.slots).collect());
        }
        reached.ahead = self.pages.iter().flat_map(|page| known(&page.slots)).collect();
        reached
    }
}

fn known(slots: &[(DeviceKey, Option<Code>)]) -> impl Iterator<Item = (DeviceKey, Code)> + use<'_> {
    slots.iter().filter_map(|(device, code)| code.map(|code| (*device, code)))
}

#[cfg(test)]
mod tests {
    use super::Window;
    use crate::model::DeviceKey;
    use crate::store::{Code, Kind};

    fn devices(range: std::ops::Range<i64>) -> impl Iterator<Item = DeviceKey> {
        range.map(DeviceKey)
    }

    const SENT: Code = Code::ACCEPTED;

    #[test]
    fn the_cursor_stands_before_the_first_device_without_an_answer() {
        let mut window = Window::default();
        let first = window.open(devices(1..4), []);
        let second = window.open(devices(4..6), []);
        for place in [first[0], first[2], second[0], second[1]] {
            assert!(window.set(place, SENT));
        }
        let reached = window.reached();
        assert_eq!((reached.cursor, reached.pages.len()), (None, 0));
        let ahead: Vec<_> = reached.ahead.iter().map(|(device, _)| device.0).collect();
        assert_eq!(ahead, [1, 3, 4, 5]);
        assert!(window.set(first[1], SENT));
        let reached = window.reached();
        assert_eq!(reached.cursor, Some(DeviceKey(5)));
        assert_eq!(reached.pages.len(), 2);
        assert!(reached.ahead.is_empty() && window.is_empty());
        assert!(!window.set(first[1], SENT), "its page is closed");
    }

    #[test]
    fn what_was_known_before_a_crash_is_not_sent_again_and_is_kept() {
        let mut window = Window::default();
        // 2 was answered and is still registered, 3 was found gone and isn't.
        let known = [(DeviceKey(2), SENT), (DeviceKey(3), Code::new(Kind::Gone, 1))];
        let places = window.open([1, 4].map(DeviceKey).into_iter(), known);
        assert_eq!(places.len(), 2);
        for place in places {
            window.set(place, SENT);
        }
        let pages = window.reached().pages;
        let kept: Vec<_> = pages[0].iter().map(|(device, code)| (device.0, code.kind())).collect();
        let all = [1, 2, 4].map(|device| (device, Kind::Accepted));
        assert_eq!(kept, [all[0], all[1], (3, Kind::Gone), all[2]]);
    }

    #[test]
    fn a_slow_device_does_not_hold_up_the_rest() {
        let mut window = Window::default();
        let slow = window.open(devices(0..8), []);
        while window.has_room() {
            let from = 8 * i64::try_from(window.pages.len()).unwrap();
            window.open(devices(from..from + 8), []);
        }
        let waiting = Code::new(Kind::Waiting, 1);
        assert!(window.close_late(waiting).is_empty(), "nothing of it is answered: all is slow");
        for place in &slow[..7] {
            window.set(*place, SENT);
        }
        assert_eq!(window.close_late(waiting), [DeviceKey(7)]);
        // Its page is late and not taken yet: counted as fresh, it would be counted twice.
        assert!(!window.set(slow[7], SENT));
        let reached = window.reached();
        assert_eq!(reached.cursor, Some(DeviceKey(7)));
        assert_eq!(reached.pages[0][7], (DeviceKey(7), waiting));
        assert!(!window.set(slow[7], SENT), "its answer is one to a device that waited");
    }

    #[test]
    fn a_device_that_waits_in_an_open_page_is_amended_there() {
        let mut window = Window::default();
        let places = window.open(devices(1..3), []);
        assert!(!window.amend(DeviceKey(1), SENT), "it has no outcome yet");
        window.set(places[0], Code::new(Kind::Waiting, 1));
        assert!(window.amend(DeviceKey(1), SENT));
        assert!(!window.amend(DeviceKey(7), SENT));
        assert_eq!(window.reached().ahead, [(DeviceKey(1), SENT)]);
    }
}
