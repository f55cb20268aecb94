//! The engine: takes due messages from the store and brings them to their devices.
//!
//! One task looks what is due and starts a worker a message; a worker goes through the
//! audience page by page. All state is in the store, so a crash costs the page in flight.

use super::payload::notification;
use super::provider::{ByPlatform, Outcome, Outgoing, Parcel, Provider, Providers, Reach};
use super::retry;
use crate::bus::Bus;
use crate::clock::{Clock, Timestamp};
use crate::limits;
use crate::model::{DeviceKey, Notification, Os, PublishPolicy};
use crate::realtime::{Envelope, Hub};
use crate::store::{Carrier, Due, Fate, Job, MessageKey, Page, Recipient, Store, StoreError};
use indexmap::IndexMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, JoinSet};

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
    providers: Providers,
    hub: Hub,
    stopping: watch::Sender<bool>,
}

impl Engine {
    /// Starts the engine on the current runtime.
    pub fn start(store: Store, bus: Bus, clock: Clock, providers: Providers, hub: Hub) -> Self {
        let stopping = watch::Sender::new(false);
        let shared = Arc::new(Shared { store, bus, clock, providers, hub, stopping });
        let task = tokio::spawn(run(Arc::clone(&shared)));
        Self { shared, task: Arc::new(Mutex::new(Some(task))) }
    }

    /// Waits until nothing that is due is left. What is scheduled for later, or waits
    /// for its next attempt, isn't waited for.
    pub async fn drain(&self) {
        let mut progress = self.shared.bus.progress();
        // In case the hint of the publisher was lost.
        self.shared.bus.message_due();
        loop {
            progress.mark_unchanged();
            let due = self.shared.store.next_due(1).await;
            let now = self.shared.clock.now();
            match due {
                Ok(due) if due.first().is_none_or(|message| message.at > now) => return,
                Err(StoreError::Closed) => return,
                Ok(_) | Err(_) => {}
            }
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    /// Stops: takes nothing more, and returns when the pages in flight are committed.
    pub async fn stop(&self) {
        self.shared.stopping.send_replace(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "engine: ended by a bug");
        }
    }
}

/// The messages in work, by the task that works on each.
type Busy = IndexMap<tokio::task::Id, MessageKey>;
type Workers = JoinSet<Result<(), StoreError>>;

async fn run(shared: Arc<Shared>) {
    let mut stopping = shared.stopping.subscribe();
    let mut workers = Workers::new();
    let mut busy = Busy::new();
    let mut sweep_at = shared.clock.now();
    // As if it had been set back: it may have been while we were away.
    let mut set_by = i64::MAX;
    while !*stopping.borrow_and_update() {
        if shared.clock.was_set_back(set_by) {
            keep_repeating(&shared).await;
            sweep_at = sweep_at.min(shared.clock.now().plus_millis(limits::SWEEP_MS));
        }
        set_by = shared.clock.set_by();
        if shared.clock.now() >= sweep_at {
            sweep(&shared).await;
            sweep_at = shared.clock.now().plus_millis(limits::SWEEP_MS);
        }
        let wake_at = match start_due(&shared, &mut busy, &mut workers).await {
            Ok(next) => next.unwrap_or(sweep_at).min(sweep_at),
            Err(StoreError::Closed) => break,
            Err(error) => {
                tracing::error!(%error, "engine: the store failed; resting");
                shared.clock.now().plus_millis(limits::ENGINE_REST_MS)
            }
        };
        tokio::select! {
            // An error means that the handle is gone: the loop ends by itself soon.
            _ = stopping.changed() => {}
            () = shared.bus.until_message_due() => {}
            () = shared.clock.alarm_at(wake_at, set_by) => {}
            Some(ended) = workers.join_next_with_id() => {
                settle_worker(&shared, &mut busy, ended).await;
            }
        }
    }
    while workers.join_next().await.is_some() {}
    shared.bus.progressed();
}

async fn keep_repeating(shared: &Shared) {
    match shared.store.keep_repeating(shared.clock.now()).await {
        Ok(0) => {}
        Ok(messages) => tracing::info!(messages, "engine: the clock was set back; they repeat on"),
        Err(error) => tracing::warn!(%error, "engine: repeating messages wait for the old time"),
    }
}

async fn sweep(shared: &Shared) {
    match shared.store.sweep_expired(shared.clock.now()).await {
        Ok(0) => {}
        Ok(devices) => tracing::info!(devices, "engine: expired registrations are forgotten"),
        Err(error) => tracing::warn!(%error, "engine: expired registrations are still there"),
    }
}

/// Claims what is due: all that needs no worker, and the rest as long as there is room for
/// one. Returns when to look again: at once after some were claimed, else when the next is due.
async fn start_due(
    shared: &Arc<Shared>,
    busy: &mut Busy,
    workers: &mut Workers,
) -> Result<Option<Timestamp>, StoreError> {
    let carrier = match &shared.providers {
        Providers::Whole(_) => Carrier::Whole,
        Providers::Devices(_) => Carrier::Devices,
    };
    let mut due = shared.store.next_due(limits::CLAIMS_AT_ONCE).await?;
    let now = shared.clock.now();
    due.retain(|message| !busy.values().any(|working| *working == message.key));
    let later = due.iter().map(|message| message.at).find(|at| *at > now);
    let mut room = limits::MESSAGES_AT_ONCE.saturating_sub(busy.len());
    let fits = |message: &&Due| {
        if !message.notifies && carrier == Carrier::Devices {
            return true;
        }
        let fits = room > 0;
        room = room.saturating_sub(1);
        fits
    };
    let ready = due.iter().take_while(|message| message.at <= now);
    let ready: Vec<_> = ready.filter(fits).map(|message| message.key).collect();
    if ready.is_empty() {
        return Ok(later);
    }
    let expected = ready.len();
    let jobs = shared.store.claim(ready, carrier, now).await?;
    let mut started = 0;
    for job in jobs {
        // Here and not in the workers, so that subscribers get messages in order.
        give_to_subscribers(shared, &job);
        if job.is_over {
            continue;
        }
        let key = job.key;
        let task = workers.spawn(work(Arc::clone(shared), job));
        busy.insert(task.id(), key);
        started += 1;
    }
    if started < expected {
        // Some ended without a worker: who drains must hear of it.
        shared.bus.progressed();
    }
    Ok(Some(now))
}

/// Gives a message to those who listen now. Once, when its time comes: retries are the
/// devices' business, and who comes back after a crash has missed it.
fn give_to_subscribers(shared: &Shared, job: &Job) {
    if !job.begins || job.publication.policy == Some(PublishPolicy::Push) {
        return;
    }
    shared.hub.publish(&job.audience.app, &job.audience.channel, || {
        Envelope::new(job.id.clone(), job.begun_at, job.publication.clone())
    });
}

async fn settle_worker(
    shared: &Shared,
    busy: &mut Busy,
    ended: Result<(tokio::task::Id, Result<(), StoreError>), JoinError>,
) {
    match ended {
        Ok((task, Ok(()))) => {
            busy.swap_remove(&task);
        }
        Ok((task, Err(error))) => {
            busy.swap_remove(&task);
            tracing::error!(%error, "engine: a message is left for the next attempt");
            let rest = shared.clock.now().plus_millis(limits::ENGINE_REST_MS);
            shared.clock.sleep_until(rest).await;
        }
        // A bug. The message stays marked as busy, so that it can't do it again before
        // a restart; everything else goes on.
        Err(error) => tracing::error!(%error, "engine: a worker ended by a bug"),
    }
    shared.bus.progressed();
}

/// Brings one message as far as it goes: to its end, or to its next retry.
async fn work(shared: Arc<Shared>, job: Job) -> Result<(), StoreError> {
    match &shared.providers {
        Providers::Whole(provider) => forward(&shared, provider.as_ref(), job).await,
        Providers::Devices(providers) => fan_out(&shared, providers, job).await,
    }
}

/// Hands the whole message to one provider.
async fn forward(shared: &Shared, provider: &dyn Provider, job: Job) -> Result<(), StoreError> {
    let message =
        Outgoing { id: job.id, channel: job.audience.channel, publication: job.publication };
    let parcel = Parcel { message: Arc::new(message), to: None };
    let outcome = provider.send(&parcel).await;
    match retry::fate(outcome, job.attempts, shared.clock.now()) {
        Fate::Sent => shared.store.finish(job.key, None).await,
        Fate::Waiting { until, reason, .. } => {
            tracing::warn!(message = %parcel.message.id, %reason, %until, "engine: forwarding again later");
            shared.store.retry_whole(job.key, until).await
        }
        Fate::Failed(reason) => shared.store.finish(job.key, Some(reason)).await,
        Fate::Gone => {
            let reason = format!("the provider `{}` no longer exists", provider.name());
            shared.store.finish(job.key, Some(reason)).await
        }
    }
}

/// Goes through the audience, or through the retries that are due, page by page.
async fn fan_out(shared: &Shared, providers: &ByPlatform, job: Job) -> Result<(), StoreError> {
    let mut cursor = job.cursor;
    let mut faces = Faces::new(&job);
    while !*shared.stopping.borrow() {
        let now = shared.clock.now();
        let size = limits::AUDIENCE_PAGE;
        let recipients = if job.fanned_out {
            shared.store.retries_due(job.key, size, now).await?
        } else {
            shared.store.audience_page(job.audience.clone(), cursor, size, now).await?
        };
        let last = recipients.len() < size;
        cursor = recipients.last().map_or(cursor, |device| device.key);
        let fates = send_page(shared, providers, &mut faces, recipients).await;
        let inbox = faces.for_inbox(providers, &fates);
        let grown: Vec<DeviceKey> = if inbox.is_empty() {
            Vec::new()
        } else {
            fates.iter().map(|(device, _)| device.key).collect()
        };
        let page = Page { cursor: (!job.fanned_out).then_some(cursor), last, fates, inbox };
        if !shared.store.commit_page(job.key, page, shared.clock.now()).await? {
            return Ok(());
        }
        if !grown.is_empty() {
            shared.bus.inbox_grew(grown);
        }
        if last {
            return Ok(());
        }
    }
    Ok(())
}

/// Sends to each device of a page, some at a time, and says what became of each.
async fn send_page(
    shared: &Shared,
    providers: &ByPlatform,
    faces: &mut Faces,
    recipients: Vec<Recipient>,
) -> Vec<(Recipient, Fate)> {
    let mut fates = Vec::with_capacity(recipients.len());
    let mut sends = JoinSet::new();
    for device in recipients {
        let provider = Arc::clone(providers.of(device.os));
        let parcel = faces.parcel(device.clone());
        if provider.reach() == Reach::Inbox {
            // Nothing leaves the process: not worth a task.
            let outcome = provider.send(&parcel).await;
            let fate = retry::fate(outcome, device.attempts, shared.clock.now());
            fates.push((device, fate));
            continue;
        }
        if sends.len() >= limits::SENDS_AT_ONCE {
            fates.extend(next_sent(shared, &mut sends).await);
        }
        sends.spawn(async move { (provider.send(&parcel).await, device) });
    }
    while !sends.is_empty() {
        fates.extend(next_sent(shared, &mut sends).await);
    }
    fates
}

async fn next_sent(
    shared: &Shared,
    sends: &mut JoinSet<(Outcome, Recipient)>,
) -> Option<(Recipient, Fate)> {
    match sends.join_next().await? {
        Ok((outcome, device)) => {
            let fate = retry::fate(outcome, device.attempts, shared.clock.now());
            Some((device, fate))
        }
        Err(error) => {
            tracing::error!(%error, "engine: a send ended by a bug; its device is passed over");
            None
        }
    }
}

/// A message as its platforms draw it, each made when the first device needs it.
struct Faces {
    message: Arc<Outgoing>,
    published_at: Timestamp,
    drawn: Vec<Arc<Notification>>,
}

impl Faces {
    fn new(job: &Job) -> Self {
        let message = Outgoing {
            id: job.id.clone(),
            channel: job.audience.channel.clone(),
            publication: job.publication.clone(),
        };
        Self { message: Arc::new(message), published_at: job.begun_at, drawn: Vec::new() }
    }

    fn of(&mut self, os: Os) -> Arc<Notification> {
        if let Some(drawn) = self.drawn.iter().find(|drawn| drawn.os == os) {
            return Arc::clone(drawn);
        }
        let Outgoing { id, channel, publication } = self.message.as_ref();
        let drawn = Arc::new(notification(id, channel, publication, os, self.published_at));
        self.drawn.push(Arc::clone(&drawn));
        drawn
    }

    fn parcel(&mut self, device: Recipient) -> Parcel {
        let drawn = self.of(device.os);
        Parcel { message: Arc::clone(&self.message), to: Some((device, drawn)) }
    }

    /// The notifications of this page that are kept in inboxes.
    fn for_inbox(
        &self,
        providers: &ByPlatform,
        fates: &[(Recipient, Fate)],
    ) -> Vec<Arc<Notification>> {
        self.drawn
            .iter()
            .filter(|drawn| providers.of(drawn.os).reach() == Reach::Inbox)
            .filter(|drawn| fates.iter().any(|(device, _)| device.os == drawn.os))
            .map(Arc::clone)
            .collect()
    }
}
