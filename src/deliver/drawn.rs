//! What a provider makes of a notification, made once for all the devices that get it.

use crate::limits;
use crate::model::Notification;
use std::sync::{Arc, Mutex, PoisonError};

/// The latest notifications and what was made of them.
///
/// Entries hold their notification, so an address stands for one notification as long as it
/// is here.
pub(super) struct Drawn<T>(Mutex<Vec<(Arc<Notification>, Arc<T>)>>);

impl<T> Default for Drawn<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Drawn<T> {
    /// What `draw` makes of the notification, now or at an earlier call.
    pub(super) fn of(&self, notification: &Arc<Notification>, draw: impl FnOnce() -> T) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().rev().find(|(of, _)| Arc::ptr_eq(of, notification));
        if let Some((_, drawn)) = found {
            return Arc::clone(drawn);
        }
        let drawn = Arc::new(draw());
        if kept.len() >= limits::DRAWN_KEPT {
            kept.remove(0);
        }
        kept.push((Arc::clone(notification), Arc::clone(&drawn)));
        drawn
    }
}
