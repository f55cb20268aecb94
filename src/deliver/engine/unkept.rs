//! What is answered and not kept yet, how much and for how long: a crash would repeat it. Pure.

use crate::clock::Stopwatch;
use crate::limits;
use std::time::Duration;

const KEPT_AFTER: Duration = Duration::from_millis(limits::KEPT_AFTER_MS);
const UNKEPT_FOR: Duration = Duration::from_millis(limits::UNKEPT_FOR_MS);

#[derive(Default)]
pub(super) struct Unkept {
    answers: usize,
    /// Of these, how many are being kept.
    in_commit: usize,
    /// Since when there is something that isn't being kept.
    since: Option<Stopwatch>,
    /// Since when there was something of what is being kept.
    in_commit_since: Option<Stopwatch>,
}

impl Unkept {
    /// So many more were answered.
    pub(super) fn answered(&mut self, answers: usize) {
        self.answers += answers;
    }

    /// There is something to keep; says whether it is time to. Unless more comes, it is; else
    /// some more is waited for that the same commit can take along.
    pub(super) fn is_due(&mut self, more_comes: bool) -> bool {
        let since = *self.since.get_or_insert_with(Stopwatch::start);
        !more_comes || since.elapsed() >= KEPT_AFTER
    }

    /// How long until it is time to keep what there is.
    pub(super) fn due_in(&self) -> Option<Duration> {
        self.since.map(|since| KEPT_AFTER.saturating_sub(since.elapsed()))
    }

    /// All that there is is being kept.
    pub(super) fn begin(&mut self) {
        self.in_commit = self.answers;
        self.in_commit_since = self.since.take();
    }

    /// It is kept.
    pub(super) fn end(&mut self) {
        self.answers -= std::mem::take(&mut self.in_commit);
        self.in_commit_since = None;
    }

    /// Whether the store falls behind, so that nothing more is to be sent.
    pub(super) fn is_too_much(&self) -> bool {
        let oldest = self.in_commit_since.or(self.since);
        oldest.is_some_and(|since| since.elapsed() >= UNKEPT_FOR)
            || self.answers >= limits::UNKEPT_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT_AFTER, UNKEPT_FOR, Unkept};
    use crate::clock::Stopwatch;
    use crate::limits;
    use std::time::Duration;

    fn spin(length: Duration) {
        let since = Stopwatch::start();
        while since.elapsed() < length {
            std::hint::spin_loop();
        }
    }

    #[test]
    fn answers_are_gathered_for_a_while_unless_no_more_come() {
        let mut unkept = Unkept::default();
        assert_eq!(unkept.due_in(), None);
        unkept.answered(1);
        assert!(unkept.is_due(false), "the last one is kept at once");
        spin(KEPT_AFTER);
        assert!(unkept.is_due(true));
        assert_eq!(unkept.due_in(), Some(Duration::ZERO));
    }

    #[test]
    fn a_commit_that_takes_long_stops_the_sending_until_it_is_done() {
        let mut unkept = Unkept::default();
        unkept.answered(1);
        unkept.is_due(true);
        unkept.begin();
        spin(UNKEPT_FOR);
        assert!(unkept.is_too_much());
        unkept.end();
        assert!(!unkept.is_too_much());
        unkept.answered(limits::UNKEPT_MAX);
        assert!(unkept.is_too_much());
    }
}
