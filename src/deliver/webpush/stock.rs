//! Senders' keys made ahead: RFC 8291 wants a fresh pair for each message, and making one takes a
//! sixth of the work. While nothing is sent, some are made for what comes next.
//!
//! A pair leaves the stock with whoever uses it, so none is used twice; the library wipes a
//! private key when it is dropped.

use super::encrypt::Pair;
use crate::clock::real_pause;
use crate::limits;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Pairs that nobody has used.
#[derive(Default)]
pub(super) struct Stock(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    pairs: Vec<Pair>,
    /// How often one was asked for.
    asked: u64,
    /// Whether somebody fills it.
    is_being_filled: bool,
}

impl Stock {
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A pair of one's own; made now when there is none. `None` when the library fails.
    pub(super) fn take(self: &Arc<Self>) -> Option<Pair> {
        let mut shelf = self.lock();
        shelf.asked += 1;
        if !shelf.is_being_filled {
            shelf.is_being_filled = true;
            tokio::spawn(fill_up(Arc::clone(self)));
        }
        let ready = shelf.pairs.pop();
        drop(shelf);
        ready.or_else(Pair::generate)
    }

    /// Makes a few; true when that is enough.
    fn shelve_some(&self) -> bool {
        let some: Vec<_> = (0..limits::KEYS_AT_ONCE).map_while(|_| Pair::generate()).collect();
        let has_failed = some.len() < limits::KEYS_AT_ONCE;
        let mut shelf = self.lock();
        shelf.pairs.extend(some);
        shelf.is_being_filled = !has_failed && shelf.pairs.len() < limits::KEYS_AHEAD;
        !shelf.is_being_filled
    }
}

/// Makes pairs whenever none was asked for a while, a few at a time, until there are enough.
async fn fill_up(stock: Arc<Stock>) {
    let mut asked = None;
    loop {
        if asked != Some(stock.lock().asked) {
            asked = Some(stock.lock().asked);
            real_pause(Duration::from_millis(limits::KEYS_REST_MS)).await;
            continue;
        }
        if stock.shelve_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::Stock;
    use crate::limits;
    use std::collections::BTreeSet;
    use std::sync::Arc;

    #[tokio::test]
    async fn pairs_are_made_while_nothing_is_sent_and_none_is_given_twice() {
        let stock = Arc::new(Stock::default());
        let mut seen = BTreeSet::new();
        // The first is made at once, the others wait on the shelf.
        assert!(seen.insert(stock.take().unwrap().public));
        while stock.lock().pairs.len() < limits::KEYS_AHEAD {
            tokio::task::yield_now().await;
        }
        let ahead = stock.lock().pairs.len();
        for _ in 0..ahead + 2 {
            assert!(seen.insert(stock.take().unwrap().public));
        }
        assert!(stock.lock().pairs.is_empty(), "while some are asked for, none are made ahead");
    }
}
