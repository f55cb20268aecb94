//! What a message has come to since the last time it was kept: answers become outcomes of the
//! ledger, amounts, retries and inbox entries. Pure.

use super::sender::{Answer, Shown};
use super::window::{Place, Window};
use crate::clock::Timestamp;
use crate::deliver::policy::Policy;
use crate::deliver::retry::{Fate, Reason};
use crate::limits;
use crate::model::{DeviceKey, Os};
use crate::store::{Code, Gone, Inbox, Job, Kind, Outcomes, Recipient, Step, Waiting};
use indexmap::IndexMap;
use std::collections::VecDeque;

pub(super) struct Progress {
    window: Window,
    reasons: IndexMap<Reason, u16>,
    step: Step,
    /// Whether there is something that isn't kept yet.
    news: bool,
    /// Outcomes from before a crash or a pause, beyond the cursor.
    known: VecDeque<(DeviceKey, Code)>,
    /// Platforms of which it is kept what their devices share.
    drawn: Vec<Os>,
    /// Whether it is counted how often a device is told something.
    counts_told: bool,
    /// When the soonest retry that was noted here is due.
    pub(super) retry_at: Option<Timestamp>,
}

/// A device in the course of being answered waits for no reason that is known.
const UNANSWERED: &str = "sent, and not answered yet";
/// All reasons beyond those that a ledger tells apart.
const OTHER: &str = "another reason; there are too many different ones to tell each";

impl Progress {
    /// Goes on where a message is.
    pub(super) fn of(job: &mut Job, counts_told: bool) -> Self {
        let reasons = std::mem::take(&mut job.reasons);
        Self {
            window: Window::default(),
            reasons: reasons.into_iter().map(|(number, reason)| (reason.into(), number)).collect(),
            step: Step::default(),
            news: false,
            known: std::mem::take(&mut job.ahead).into(),
            drawn: Vec::new(),
            counts_told,
            retry_at: None,
        }
    }

    /// Opens a page of the audience; `last` when nothing comes after it. Gives the devices
    /// that are to be sent to, with their places.
    pub(super) fn open(&mut self, page: Vec<Recipient>, last: bool) -> Vec<(Place, Recipient)> {
        let end = page.last().map(|device| device.key).filter(|_| !last);
        let many = self.known.iter().take_while(|(key, _)| end.is_none_or(|end| *key <= end));
        let known: Outcomes = self.known.drain(..many.count()).collect();
        let is_known =
            |key: DeviceKey| known.binary_search_by_key(&key, |(known, _)| *known).is_ok();
        let fresh: Vec<_> = page.into_iter().filter(|device| !is_known(device.key)).collect();
        self.news |= last || !known.is_empty();
        let places = self.window.open(fresh.iter().map(|device| device.key), known);
        if last {
            self.step.last = true;
        }
        places.into_iter().zip(fresh).collect()
    }

    /// Takes an answer.
    pub(super) fn take(&mut self, answer: Answer, now: Timestamp) {
        self.news = true;
        let Answer { place, device, os, fate, forget, inbox, waits_for: _ } = answer;
        let code = self.code(&fate);
        let fresh = place.is_some_and(|place| self.window.set(place, code));
        if fresh {
            self.step.tally.count(code.kind(), 1);
        } else if code.kind() != Kind::Waiting {
            // It waited until now.
            self.step.tally.count(Kind::Waiting, -1);
            self.step.tally.count(code.kind(), 1);
            self.step.settled.push(device);
            if !self.window.amend(device, code) && !self.amend_known(device, code) {
                self.step.amended.push((device, code));
            }
        }
        match fate {
            Fate::Waiting { until, attempts, .. } => self.wait(device, attempts, until),
            Fate::Gone { since } => {
                if let Some(token) = forget {
                    self.step.gone.push(Gone { device, token, since: since.unwrap_or(now) });
                }
            }
            Fate::Accepted if self.counts_told => {
                self.step.told.0 = Policy::day(now);
                self.step.told.1.push(device);
            }
            Fate::Accepted | Fate::Ended(..) => {}
        }
        if let Some(Shown { shared, own }) = inbox {
            if !self.drawn.contains(&os) {
                self.drawn.push(os);
                self.step.notifications.push(shared);
            }
            self.step.inbox.push(Inbox { device, os, own });
        }
    }

    /// Changes the outcome of a device whose page isn't open yet. False when there is none.
    fn amend_known(&mut self, device: DeviceKey, code: Code) -> bool {
        let Ok(at) = self.known.binary_search_by_key(&device, |(known, _)| *known) else {
            return false;
        };
        if let Some((_, known)) = self.known.get_mut(at) {
            *known = code;
        }
        true
    }

    /// A device that a policy keeps the message from.
    pub(super) fn skip(
        &mut self,
        place: Option<Place>,
        device: &Recipient,
        reason: Reason,
        now: Timestamp,
    ) {
        let fate = Fate::Ended(Kind::Skipped, reason);
        let (device, os) = (device.key, device.os);
        self.take(
            Answer { place, device, os, fate, forget: None, inbox: None, waits_for: None },
            now,
        );
    }

    /// A device that waited and was forgotten meanwhile.
    pub(super) fn forgotten(&mut self, device: DeviceKey, now: Timestamp) {
        let reason = "it was unregistered while it waited".into();
        let fate = Fate::Ended(Kind::Gone, reason);
        let os = Os::Android;
        self.take(
            Answer { place: None, device, os, fate, forget: None, inbox: None, waits_for: None },
            now,
        );
    }

    /// A device that was taken to be tried again, and wasn't: it is due again at once.
    pub(super) fn give_back(&mut self, device: &Recipient, now: Timestamp) {
        self.news = true;
        self.wait(device.key, device.attempts, now);
    }

    fn wait(&mut self, device: DeviceKey, attempts: u32, until: Timestamp) {
        self.retry_at = Some(self.retry_at.map_or(until, |soonest| soonest.min(until)));
        self.step.waiting.push(Waiting { device, attempts, until, leased: false });
    }

    /// Stops waiting for the last answers of pages that are late. They may come yet; after a
    /// crash, the device is tried again.
    pub(super) fn close_late(&mut self, now: Timestamp) {
        let code = self.numbered(Kind::Waiting, UNANSWERED.into());
        let late = self.window.close_late(code);
        for device in late {
            self.news = true;
            self.step.tally.count(Kind::Waiting, 1);
            self.step.waiting.push(Waiting { device, attempts: 1, until: now, leased: true });
        }
    }

    /// Whether another page may be opened.
    pub(super) fn has_room(&self) -> bool {
        self.window.has_room()
    }

    /// Whether pages are open that may have to be closed.
    pub(super) fn has_open_pages(&self) -> bool {
        !self.window.is_empty()
    }

    /// Whether there is something to keep.
    pub(super) fn has_news(&self) -> bool {
        self.news
    }

    /// What is to be kept now; nothing of it will be given again.
    pub(super) fn step(&mut self) -> Step {
        self.news = false;
        let mut step = std::mem::take(&mut self.step);
        let reached = self.window.reached();
        let last = step.last;
        step.cursor = reached.cursor;
        step.pages = reached.pages;
        step.ahead = reached.ahead;
        if last && !self.window.is_empty() {
            // The audience is through when its last page is.
            step.last = false;
            self.step.last = true;
        }
        // What was known before and whose page isn't open yet.
        step.ahead.extend(self.known.iter().copied());
        step.amended.sort_unstable_by_key(|(device, _)| *device);
        step
    }

    fn code(&mut self, fate: &Fate) -> Code {
        match fate {
            Fate::Accepted => Code::ACCEPTED,
            Fate::Gone { .. } => self
                .numbered(Kind::Gone, "the device is no longer registered with its service".into()),
            Fate::Waiting { reason, .. } => self.numbered(Kind::Waiting, reason.clone()),
            Fate::Ended(kind, reason) => self.numbered(*kind, reason.clone()),
        }
    }

    fn numbered(&mut self, kind: Kind, mut reason: Reason) -> Code {
        if let Some(number) = self.reasons.get(&reason) {
            return Code::new(kind, *number);
        }
        let next = u16::try_from(self.reasons.len()).unwrap_or(u16::MAX).saturating_add(1);
        if next >= limits::LEDGER_REASONS_MAX {
            reason = OTHER.into();
        }
        let number = *self.reasons.entry(reason.clone()).or_insert(next);
        if number == next {
            self.step.reasons.push((number, reason.into_owned()));
        }
        Code::new(kind, number)
    }
}
