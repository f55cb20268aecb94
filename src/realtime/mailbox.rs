//! A mailbox for those who ask now and then instead of listening: what was published
//! since they last asked, for a while.

use super::Envelope;
use crate::clock::Timestamp;
use crate::limits;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The messages that wait for one who polls.
#[derive(Debug)]
pub(super) struct Mailbox(Mutex<Held>);

#[derive(Debug)]
struct Held {
    asked_at: Timestamp,
    messages: VecDeque<Arc<Envelope>>,
}

impl Mailbox {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Mutex::new(Held { asked_at: now, messages: VecDeque::new() }))
    }

    /// Keeps a message; the oldest makes room when there are too many.
    pub(super) fn put(&self, message: Arc<Envelope>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.forget_old(message.published_at);
        if held.messages.len() >= limits::MAILBOX_MESSAGES_MAX {
            held.messages.pop_front();
        }
        held.messages.push_back(message);
    }

    /// Gives out what is there, once.
    pub(super) fn take(&self, now: Timestamp) -> Vec<Arc<Envelope>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.asked_at = now;
        held.forget_old(now);
        held.messages.drain(..).collect()
    }

    /// Whether nobody has asked for so long that nobody will.
    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.forget_old(now);
        held.asked_at.plus_millis(limits::MAILBOX_IDLE_MS) <= now
    }
}

impl Held {
    fn forget_old(&mut self, now: Timestamp) {
        let kept_since = now.plus_millis(-limits::MAILBOX_KEEPS_MS);
        while self.messages.front().is_some_and(|oldest| oldest.published_at < kept_since) {
            self.messages.pop_front();
        }
    }
}
