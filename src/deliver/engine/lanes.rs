//! What is worked on next: messages that are due, each in its lane.
//!
//! A lane has so many places, and no message takes a place of another lane: one to a single
//! person waits behind no broadcast, and of broadcasts there are few at once.

use super::fan_out::fan_out;
use super::whole::forward;
use super::{Shared, Way};
use crate::clock::Timestamp;
use crate::limits;
use crate::model::PublishPolicy;
use crate::realtime::Envelope;
use crate::store::{Carrier, Due, Job, Lane, MessageKey, StoreError};
use indexmap::IndexMap;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument;

/// The messages in work and their lanes, by the task that works on each.
type Busy = IndexMap<tokio::task::Id, (MessageKey, Lane)>;
type Workers = JoinSet<Result<(), StoreError>>;

/// Works until the engine stops, then waits for the workers.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut stopping = shared.stopping.subscribe();
    let mut workers = Workers::new();
    let mut busy = Busy::new();
    let mut sweep_at = shared.clock.now();
    let mut prune_at = sweep_at;
    // As if it had been set back: it may have been while we were away.
    let mut set_by = i64::MAX;
    while !*stopping.borrow_and_update() {
        let now = shared.clock.now();
        if shared.clock.was_set_back(set_by) {
            let by_ms = (set_by != i64::MAX).then(|| set_by - shared.clock.set_by());
            keep_repeating(&shared).await;
            keep_retrying(&shared, by_ms).await;
            sweep_at = sweep_at.min(now.plus_millis(limits::SWEEP_MS));
            prune_at = prune_at.min(now.plus_millis(limits::PRUNE_MS));
        }
        set_by = shared.clock.set_by();
        if now >= sweep_at {
            sweep(&shared).await;
            sweep_at = now.plus_millis(limits::SWEEP_MS);
        }
        if now >= prune_at {
            tokio::spawn(prune(Arc::clone(&shared)));
            prune_at = now.plus_millis(limits::PRUNE_MS);
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

async fn keep_retrying(shared: &Shared, by_ms: Option<i64>) {
    match shared.store.keep_retrying(by_ms, shared.clock.now()).await {
        Ok(0) => {}
        Ok(messages) => tracing::info!(messages, "engine: the clock was set back; they go on"),
        Err(error) => tracing::warn!(%error, "engine: retries wait for the old time"),
    }
}

async fn sweep(shared: &Shared) {
    match shared.store.sweep_expired(shared.clock.now()).await {
        Ok(0) => {}
        Ok(devices) => tracing::info!(devices, "engine: expired registrations are forgotten"),
        Err(error) => tracing::warn!(%error, "engine: expired registrations are still there"),
    }
}

async fn prune(shared: Arc<Shared>) {
    let kept = i64::from(shared.settings.ledger_days) * 24 * 3_600_000;
    match shared.store.prune_ledgers(shared.clock.now().plus_millis(-kept)).await {
        Ok(0) | Err(StoreError::Closed) => {}
        Ok(pages) => tracing::info!(pages, "engine: old ledgers are forgotten"),
        Err(error) => tracing::warn!(%error, "engine: old ledgers are still there"),
    }
}

/// How many messages of a lane are worked on at once.
fn places(lane: Lane) -> usize {
    match lane {
        Lane::Named => limits::NAMED_AT_ONCE,
        Lane::Audience => limits::AUDIENCES_AT_ONCE,
        Lane::Broad => limits::BROADCASTS_AT_ONCE,
    }
}

/// Claims what is due: all that needs no worker, and the rest as long as its lane has room for
/// one. Returns when to look again: at once after some were claimed, else when the next one is
/// due. A lane without room is looked at when one of its workers ends.
async fn start_due(
    shared: &Arc<Shared>,
    busy: &mut Busy,
    workers: &mut Workers,
) -> Result<Option<Timestamp>, StoreError> {
    // As many more as are busy, since those may be among the first.
    let due = shared.store.next_due(&Lane::ALL, busy.len() + limits::CLAIMS_AT_ONCE).await?;
    let now = shared.clock.now();
    let mut free = Lane::ALL.map(|lane| {
        (lane, places(lane) - busy.values().filter(|(_, working)| *working == lane).count())
    });
    let mut later: Option<Timestamp> = None;
    let mut ready = Vec::new();
    for Due { key, lane, at, notifies } in due {
        let works = notifies || shared.carrier() == Carrier::Whole;
        let Some((_, free)) = free.iter_mut().find(|(known, _)| *known == lane) else { continue };
        if works && *free == 0 || busy.values().any(|(working, _)| *working == key) {
            continue;
        }
        if at > now {
            later = Some(later.map_or(at, |soonest| soonest.min(at)));
            continue;
        }
        if !works {
            ready.push((key, None));
            continue;
        }
        let permit = match lane {
            Lane::Broad => match Arc::clone(&shared.broadcasts).try_acquire_owned() {
                Ok(permit) => Some(permit),
                Err(_) => continue,
            },
            Lane::Named | Lane::Audience => None,
        };
        *free -= 1;
        ready.push((key, permit));
    }
    if ready.is_empty() {
        return Ok(later);
    }
    start(shared, busy, workers, ready, now).await?;
    Ok(Some(now))
}

async fn start(
    shared: &Arc<Shared>,
    busy: &mut Busy,
    workers: &mut Workers,
    ready: Vec<(MessageKey, Option<OwnedSemaphorePermit>)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let expected = ready.len();
    let keys = ready.iter().map(|(key, _)| *key).collect();
    let mut permits: IndexMap<MessageKey, _> = ready.into_iter().collect();
    let jobs = shared.store.claim(keys, shared.carrier(), now).await?;
    let mut started = 0;
    for job in jobs {
        // Here and not in the workers, so that subscribers get messages in order.
        give_to_subscribers(shared, &job);
        if job.is_over {
            continue;
        }
        started += 1;
        let (key, lane) = (job.key, job.lane);
        let permit = permits.swap_remove(&key).flatten();
        let span = tracing::info_span!("deliver", message = %job.id);
        let task = workers.spawn(work(Arc::clone(shared), job, permit).instrument(span));
        busy.insert(task.id(), (key, lane));
    }
    if started < expected {
        // Some ended without a worker: who drains must hear of it.
        shared.bus.progressed();
    }
    Ok(())
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
async fn work(
    shared: Arc<Shared>,
    job: Job,
    broad: Option<OwnedSemaphorePermit>,
) -> Result<(), StoreError> {
    match &shared.way {
        Way::Whole(provider) => forward(&shared, provider.as_ref(), job).await,
        Way::Devices(outlets) => {
            let outlets = Arc::clone(outlets);
            let held = shared.running.begin(job.key, shared.stopping.subscribe());
            fan_out(Arc::clone(&shared), &outlets, job, held, broad).await
        }
    }
}
