//! What every request is handed: the app, the clients of real time, and word of the stop.

use super::realtime::Sessions;
use crate::app::App;
use std::sync::Arc;
use tokio::sync::watch;

/// What every request is handed. Cheap to clone: it is cloned several times a request.
#[derive(Clone)]
pub(super) struct Door(Arc<Inside>);

pub(super) struct Inside {
    pub(super) app: App,
    /// Clients of real time.
    pub(super) sessions: Sessions,
    /// True when the server stops: open streams end then.
    pub(super) stopping: watch::Receiver<bool>,
}

impl Door {
    pub(super) fn new(app: App, stopping: watch::Receiver<bool>) -> Self {
        Self(Arc::new(Inside { app, sessions: Sessions::default(), stopping }))
    }
}

impl std::ops::Deref for Door {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.0
    }
}

/// Waits until the server stops.
pub(super) async fn until_stopping(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is what is waited for.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
