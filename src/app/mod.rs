//! The one place that joins things: store, bus, providers, engine and publisher become
//! an [`App`], which server and command line are handed. Start and stop are in order here.

mod client_file;
mod error;

pub use client_file::ClientFile;
pub use error::AppError;

use crate::access::{self, Gate};
use crate::automation::Automation;
use crate::bus::{Bus, InboxHints};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::deliver::{Engine, Providers, Reading, Upstream};
use crate::flow::BlockSet;
use crate::id::{AppId, DeviceId, MessageId};
use crate::language::Language;
use crate::model::{Counts, Credentials, DeviceKey, InboxEntry, State};
use crate::publish::{PublishError, Publisher, Registry, Templates};
use crate::realtime::Hub;
use crate::reference;
use crate::reference::html::{Book, Home};
use crate::store::{MessageKey, Store, StoreError};
use serde_json::Value;
use std::sync::Arc;

/// Everything that runs. Cheap to clone; [`App::stop`] stops it for all clones.
#[derive(Clone)]
pub struct App {
    /// Takes messages in.
    pub publisher: Publisher,
    /// Registers devices.
    pub registry: Registry,
    /// Keeps push templates and pushes them.
    pub templates: Templates,
    /// Who listens in real time.
    pub hub: Hub,
    /// Keeps flows and runs them.
    pub automation: Automation,
    /// Knows applications, keys and who may do what.
    pub gate: Gate,
    default: AppId,
    /// The block reference, as `GET /docs/blocks` answers it.
    pub reference: Arc<Book>,
    first: Option<Arc<Credentials>>,
    config: Arc<Config>,
    clock: Clock,
    store: Store,
    bus: Bus,
    engine: Engine,
}

impl App {
    /// Opens the data folder, making it when it isn't there, and starts delivery. With
    /// no folder in `config`, everything is kept in memory.
    ///
    /// # Errors
    /// [`AppError::Locked`] when another process has the folder; the others as named.
    pub async fn open(config: &Config) -> Result<Self, AppError> {
        Self::open_at(config, Clock::system()).await
    }

    /// The same, by another clock.
    pub async fn open_at(config: &Config, clock: Clock) -> Result<Self, AppError> {
        let app = Self::open_idle(config, clock).await?;
        app.engine.start();
        Ok(app)
    }

    /// The same for somebody who only looks or changes something: nothing is delivered before
    /// [`App::drain`]. The settings of the server that uses the folder may not be the same.
    pub async fn open_idle(config: &Config, clock: Clock) -> Result<Self, AppError> {
        let providers = match &config.upstream {
            Some(upstream) => {
                let upstream = Upstream::new(&upstream.url, &upstream.app_id, &upstream.api_key)?;
                Providers::same(Arc::new(upstream))
            }
            None => Providers::from_settings(&config.providers, &clock)?,
        };
        Self::assemble(config, clock, providers).await
    }

    /// The same, with these providers instead of those that `config` names.
    pub async fn open_with(
        config: &Config,
        clock: Clock,
        providers: Providers,
    ) -> Result<Self, AppError> {
        let app = Self::assemble(config, clock, providers).await?;
        app.engine.start();
        Ok(app)
    }

    async fn assemble(
        config: &Config,
        clock: Clock,
        providers: Providers,
    ) -> Result<Self, AppError> {
        let store = Store::open(config)?;
        let gate = Gate::open(store.clone(), clock.clone(), config.rate_per_s).await?;
        let (app_id, first) = if let Some(app) = gate.first_app() {
            (app.id, None)
        } else {
            let credentials = access::first_credentials(&config.first)?;
            gate.found(&credentials).await?;
            (credentials.app_id.clone(), Some(credentials))
        };
        if let (Some(folder), Some(first)) = (&config.data, &first) {
            ClientFile::of(first).write(folder)?;
        }
        store.interrupt_runs().await?;
        let bus = Bus::default();
        let hub = Hub::default();
        let engine = Engine::new(
            store.clone(),
            bus.clone(),
            clock.clone(),
            providers,
            hub.clone(),
            config.delivery.clone(),
        );
        let publisher = Publisher::new(store.clone(), bus.clone(), clock.clone());
        let templates = Templates::new(store.clone(), publisher.clone(), clock.clone());
        let app = Self {
            automation: Automation::new(
                store.clone(),
                clock.clone(),
                publisher.clone(),
                templates.clone(),
                Arc::default(),
            ),
            templates,
            publisher,
            registry: Registry::new(store.clone(), clock.clone()),
            hub,
            gate,
            default: app_id,
            reference: Arc::default(),
            first: first.map(Arc::new),
            config: Arc::new(config.clone()),
            clock,
            store,
            bus,
            engine,
        };
        app.purge_in_background();
        Ok(app)
    }

    /// Knows these blocks from now on, in flows, in the palette and in the reference.
    #[must_use]
    pub fn with_blocks(self, blocks: BlockSet) -> Self {
        let reference = Arc::new(Book::new(blocks.definitions(), Home::Server));
        let automation = self.automation.clone().with_blocks(Arc::new(blocks));
        Self { automation, reference, ..self }
    }

    /// The block definitions, as `GET /api/blocks` answers them.
    pub fn palette(&self, language: Language) -> Value {
        reference::palette(self.automation.blocks().definitions(), language)
    }

    /// Waits until nothing that is due is left to deliver.
    pub async fn drain(&self) {
        self.engine.drain().await;
    }

    /// Stops in order: delivery after the pages in flight, then the store after its
    /// last commit. What was accepted stays, and goes on at the next start.
    pub async fn stop(self) {
        self.automation.stop().await;
        self.engine.stop().await;
        self.store.close().await;
    }

    /// The secrets in clear; only when this start made the application.
    pub fn first_start(&self) -> Option<&Credentials> {
        self.first.as_deref()
    }

    /// The application "default".
    pub fn app_id(&self) -> &AppId {
        &self.default
    }

    /// The settings it runs by.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The clock it runs by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Cancels a message, also one that is being sent: what is on its way to devices arrives.
    ///
    /// # Errors
    /// [`PublishError::NotCancellable`] when it is done, or there is no such message.
    pub async fn cancel(&self, app: &AppId, id: &MessageId) -> Result<(), PublishError> {
        self.publisher.cancel_running(app, id).await?;
        self.hold(app, id).await?;
        Ok(())
    }

    /// Holds a message that isn't done yet, or lets it go on. `None` when there is no such
    /// message, else its state.
    pub async fn pause(
        &self,
        app: &AppId,
        id: &MessageId,
        paused: bool,
    ) -> Result<Option<State>, StoreError> {
        let held = self.store.pause(app, id, paused).await?;
        if paused {
            self.hold(app, id).await?;
        } else {
            self.bus.message_due();
        }
        Ok(held.map(|(state, _)| state))
    }

    /// Has the engine look at what the store says of a message.
    async fn hold(&self, app: &AppId, id: &MessageId) -> Result<(), StoreError> {
        if let Some(delivery) = self.store.delivery(app, id).await? {
            self.engine.hold(delivery.key);
        }
        Ok(())
    }

    /// Devices a second of a message, if it is being sent now.
    pub fn delivery_rate(&self, key: MessageKey) -> Option<u64> {
        self.engine.rate(key)
    }

    /// Messages that are being sent now.
    pub fn messages_running(&self) -> usize {
        self.engine.running()
    }

    /// What there is to tell of each provider.
    pub fn provider_readings(&self) -> Vec<Reading> {
        self.engine.readings()
    }

    /// How much an application holds.
    pub async fn counts(&self, app: &AppId) -> Result<Counts, StoreError> {
        self.store.counts(app).await
    }

    /// What is kept, for the operator's lists.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Deletes what removed applications have left behind, beside everything else.
    pub fn purge_in_background(&self) {
        let gate = self.gate.clone();
        tokio::spawn(async move {
            match gate.purge().await {
                Ok(()) | Err(StoreError::Closed) => {}
                Err(error) => tracing::warn!(%error, "app: a removed application is left over"),
            }
        });
    }

    /// What came into a virtual device's inbox after a sequence number, oldest first.
    pub async fn inbox_after(
        &self,
        device: DeviceKey,
        id: &DeviceId,
        sequence: i64,
    ) -> Result<Vec<InboxEntry>, StoreError> {
        self.store.inbox_after(device, id, sequence).await
    }

    /// The newest of a virtual device's inbox, oldest first.
    pub async fn inbox_recent(
        &self,
        device: DeviceKey,
        id: &DeviceId,
    ) -> Result<Vec<InboxEntry>, StoreError> {
        self.store.inbox_recent(device, id).await
    }

    /// Hints for a virtual device's inbox.
    pub fn inbox_hints(&self, device: DeviceKey) -> InboxHints {
        self.bus.inbox_of(device)
    }

    /// Writes into the data folder where this server is, for command lines beside it.
    ///
    /// # Errors
    /// [`AppError::ClientFile`].
    pub fn announce(&self, url: &str) -> Result<(), AppError> {
        let Some(folder) = &self.config.data else { return Ok(()) };
        ClientFile::set_url(folder, url)
    }

    /// The time now, by the app's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

#[cfg(test)]
mod delivery_tests;
#[cfg(test)]
mod template_tests;
#[cfg(test)]
mod tests;
