//! The line to one subscriber: a bounded queue, which is cut when its reader is too slow.
//!
//! A queue holds pointers, so a message costs every waiting subscriber a few bytes and
//! not its length.

use super::Envelope;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Notify, mpsc};

/// Something for one subscription.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Which subscription, in its owner's words.
    pub subscription: Arc<str>,
    /// What it is.
    pub data: Data,
}

/// What subscribers are given.
#[derive(Clone, Debug)]
pub enum Data {
    /// A message.
    Message(Arc<Envelope>),
    /// Something else as JSON: a command, a list of users, "connected".
    Json(Arc<str>),
    /// A packet of the transport's own, as it goes over the wire: in the same queue, so
    /// that it keeps its place.
    Packet(Arc<str>),
}

/// The sender's end.
#[derive(Debug)]
pub struct Line {
    queue: mpsc::Sender<Delivery>,
    is_cut: AtomicBool,
    cut: Notify,
}

/// The reader's end. Dropping it ends the line.
#[derive(Debug)]
pub struct LineEnd {
    queue: mpsc::Receiver<Delivery>,
    line: Arc<Line>,
}

impl Line {
    /// A line on which at most so many deliveries wait.
    pub fn new(capacity: usize) -> (Arc<Self>, LineEnd) {
        let (sender, queue) = mpsc::channel(capacity);
        let line =
            Arc::new(Self { queue: sender, is_cut: AtomicBool::new(false), cut: Notify::new() });
        (Arc::clone(&line), LineEnd { queue, line })
    }

    /// Gives a delivery without waiting. When the queue is full, the line is cut: its reader
    /// learns at once that it has missed something, and can connect again. False when the
    /// line has ended.
    pub fn give(&self, delivery: Delivery) -> bool {
        if self.is_cut.load(Ordering::Acquire) {
            return false;
        }
        match self.queue.try_send(delivery) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.cut();
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }

    /// Ends the line; what still waits on it is lost.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Release);
        // Kept for the reader if it doesn't wait just now.
        self.cut.notify_one();
    }
}

impl LineEnd {
    /// The next delivery; `None` when the line was cut.
    pub async fn next(&mut self) -> Option<Delivery> {
        if self.is_cut() {
            return None;
        }
        tokio::select! {
            biased;
            () = self.line.cut.notified() => None,
            delivery = self.queue.recv() => delivery,
        }
    }

    /// The next delivery if there is one already.
    pub fn next_waiting(&mut self) -> Option<Delivery> {
        self.queue.try_recv().ok()
    }

    /// Whether the line was cut.
    pub fn is_cut(&self) -> bool {
        self.line.is_cut.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::{Data, Delivery, Line};

    fn delivery(text: &str) -> Delivery {
        Delivery { subscription: "s".into(), data: Data::Json(text.into()) }
    }

    #[tokio::test]
    async fn a_line_that_is_full_is_cut() {
        let (line, mut end) = Line::new(2);
        assert!(line.give(delivery("1")));
        assert!(line.give(delivery("2")));
        assert!(end.next().await.is_some());
        assert!(line.give(delivery("3")));
        assert!(!line.give(delivery("4")), "no room for a third");
        assert!(end.next().await.is_none(), "cut");
        assert!(!line.give(delivery("5")), "ended for good");
    }

    #[tokio::test]
    async fn who_waits_learns_of_a_cut() {
        let (line, mut end) = Line::new(2);
        let reader = tokio::spawn(async move { end.next().await.is_none() });
        tokio::task::yield_now().await;
        line.cut();
        assert!(reader.await.unwrap());
    }
}
