//! The engine: takes due messages from the store and brings them to their devices.
//!
//! [`lanes`] looks what is due and starts a worker a message; [`fan_out`] is that worker:
//! it reads pages, [`sender`]s send them, [`progress`] makes of the answers what is kept. All
//! state is in the store, so a crash costs what was on the wire.

mod fan_out;
mod flight;
mod lanes;
mod progress;
mod running;
mod sender;
mod unkept;
mod whole;
mod window;

use super::outlet::{Outlets, Reading};
use super::policy::Policy;
use super::provider::{Provider, Providers};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Delivery as Settings;
use crate::limits;
use crate::realtime::Hub;
use crate::store::{Carrier, Lane, MessageKey, Store, StoreError};
use running::Running;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// The engine's handle. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

struct Shared {
    store: Store,
    bus: Bus,
    clock: Clock,
    way: Way,
    hub: Hub,
    settings: Settings,
    policy: Policy,
    running: Running,
    broadcasts: Arc<Semaphore>,
    /// Tasks that send the devices of one broadcast.
    senders: usize,
    stopping: watch::Sender<bool>,
}

/// How messages leave.
enum Way {
    /// To each device.
    Devices(Arc<Outlets>),
    /// As a whole, to another server.
    Whole(Arc<dyn Provider>),
}

impl Shared {
    /// Who brings messages on.
    fn carrier(&self) -> Carrier {
        match self.way {
            Way::Devices(_) => Carrier::Devices,
            Way::Whole(_) => Carrier::Whole,
        }
    }
}

impl Engine {
    /// An engine that stands still until it is [started](Self::start) or asked to
    /// [drain](Self::drain) the queue.
    pub fn new(
        store: Store,
        bus: Bus,
        clock: Clock,
        providers: Providers,
        hub: Hub,
        settings: Settings,
    ) -> Self {
        let way = match providers {
            Providers::Devices(providers) => {
                Way::Devices(Arc::new(Outlets::new(providers, &settings.paces, &clock)))
            }
            Providers::Whole(provider) => Way::Whole(provider),
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let shared = Arc::new(Shared {
            store,
            bus,
            clock,
            way,
            hub,
            policy: Policy::of(&settings),
            settings,
            running: Running::default(),
            broadcasts: Arc::new(Semaphore::new(limits::BROADCASTS_AT_ONCE)),
            senders: cores.min(limits::SENDERS_MAX),
            stopping: watch::Sender::new(false),
        });
        Self { shared, task: Arc::default() }
    }

    /// Starts on the current runtime, unless it has started or stopped.
    pub fn start(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.is_none() && !*self.shared.stopping.borrow() {
            *task = Some(tokio::spawn(lanes::run(Arc::clone(&self.shared))));
        }
    }

    /// Waits until nothing that is due is left. What is scheduled for later, or waits
    /// for its next attempt, or is held, isn't waited for.
    pub async fn drain(&self) {
        self.start();
        let mut progress = self.shared.bus.progress();
        // In case the hint of the publisher was lost.
        self.shared.bus.message_due();
        loop {
            progress.mark_unchanged();
            let due = self.shared.store.next_due(&Lane::ALL, 1).await;
            let now = self.shared.clock.now();
            match due {
                Ok(due) if due.iter().all(|message| message.at > now) => return,
                Err(StoreError::Closed) => return,
                Ok(_) | Err(_) => {}
            }
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    /// Stops: takes nothing more, and returns when what is in flight is answered and kept.
    /// What takes longer than [`limits::SENDS_STOP_MS`] for that is sent again next time.
    pub async fn stop(&self) {
        self.shared.stopping.send_replace(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "engine: ended by a bug");
        }
    }

    /// Stops sending a message for now, after the store was told that it is paused or
    /// cancelled.
    pub fn hold(&self, key: MessageKey) {
        self.shared.running.hold(key);
    }

    /// Devices a second of a message, if it is being sent now.
    pub fn rate(&self, key: MessageKey) -> Option<u64> {
        self.shared.running.rate(key)
    }

    /// Messages that are being sent now.
    pub fn running(&self) -> usize {
        self.shared.running.count()
    }

    /// What there is to tell of each provider.
    pub fn readings(&self) -> Vec<Reading> {
        match &self.shared.way {
            Way::Devices(outlets) => outlets.all().iter().map(|outlet| outlet.reading()).collect(),
            Way::Whole(_) => Vec::new(),
        }
    }
}
