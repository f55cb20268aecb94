//! One message on its way to its devices: pages are read ahead, senders send, what is answered
//! is kept, all at the same time and each as fast as the slowest lets it.
//!
//! The loop here is the only one who knows the message's progress. It reads the next page
//! while the former is sent, and keeps what was answered as soon as the last commit is
//! done: what a crash may repeat is what is on the wire, and what was answered during one
//! commit.

use super::Shared;
use super::progress::Progress;
use super::running::Held;
use super::sender::{Answer, Item, Sender};
use super::unkept::Unkept;
use crate::clock::{Timestamp, real_pause};
use crate::deliver::faces::Faces;
use crate::deliver::outlet::Outlets;
use crate::deliver::policy::Policy;
use crate::limits;
use crate::model::DeviceKey;
use crate::store::{Job, Lane, Recipient, Retries, Step, StoreError, Tally};
use futures_util::future::{FutureExt, OptionFuture};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc};
use tokio::task::JoinSet;

type Doing<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// What was read.
enum Read {
    /// A page, and how often its devices were told something today.
    Page(Vec<Recipient>, Vec<(DeviceKey, u32)>),
    Retries(Retries),
}

/// Why a message goes no further for now.
enum Halt {
    /// The server stops, or somebody holds or cancels it.
    Held,
    /// Nobody can be sent to until then.
    Outage(Timestamp, String),
}

struct FanOut {
    shared: Arc<Shared>,
    job: Job,
    progress: Progress,
    /// How many seconds the message is worth sending.
    deadline: Timestamp,
    /// Whether policies may keep it from a device.
    policed: bool,
    /// The last device that was read.
    read_to: DeviceKey,
    /// The audience has been read to its end.
    exhausted: bool,
    reading: Option<Doing<Read>>,
    keeping: Option<Doing<()>>,
    /// Read, and not with a sender yet.
    batches: VecDeque<Vec<Item>>,
    /// Devices that are with a sender.
    in_flight: usize,
    unkept: Unkept,
    /// When a retry is due.
    retry_at: Option<Timestamp>,
    halt: Option<Halt>,
    /// Providers, by their names, with devices that wait.
    waiting: Vec<&'static str>,
    /// What was counted and, for a benchmark, isn't kept.
    untold: Tally,
}

/// Brings a message as far as it goes: to its end, to its next retry, or until it is held.
pub(super) async fn fan_out(
    shared: Arc<Shared>,
    outlets: &Arc<Outlets>,
    mut job: Job,
    held: Held,
    broad: Option<OwnedSemaphorePermit>,
) -> Result<(), StoreError> {
    let faces = Faces::new(&job);
    let deadline = deadline(&job, &faces);
    // Named devices are exempt from policies, and count for none.
    let policed = job.lane != Lane::Named;
    let counts_told = policed && shared.policy.daily_cap.is_some();
    let mut fan_out = FanOut {
        progress: Progress::of(&mut job, counts_told),
        policed,
        deadline,
        read_to: job.cursor,
        exhausted: job.fanned_out,
        reading: None,
        keeping: None,
        batches: VecDeque::new(),
        in_flight: 0,
        unkept: Unkept::default(),
        // Whatever waits from an earlier time.
        retry_at: (!job.begins).then(|| shared.clock.now()),
        halt: None,
        waiting: Vec::new(),
        untold: Tally::default(),
        shared: Arc::clone(&shared),
        job,
    };
    let first = if fan_out.exhausted { None } else { fan_out.first_page(outlets).await? };
    let mut broad = broad;
    if let Some(first) = first {
        let Read::Page(page, _) = &first else { return Ok(()) };
        if page.len() == limits::AUDIENCE_PAGE && fan_out.job.lane == Lane::Audience {
            // More than a page: from here on it is a broadcast, of which there are few at once.
            broad = Arc::clone(&shared.broadcasts).try_acquire_owned().ok();
            if broad.is_none() {
                return shared.store.widen(fan_out.job.key, None).await;
            }
        }
        fan_out.open(first);
    }
    fan_out.run(outlets, faces, &held, broad.is_some()).await
}

fn deadline(job: &Job, faces: &Faces) -> Timestamp {
    let mut faces = faces.clone();
    let lifetimes = job.audience.platforms.iter().map(|os| faces.lifetime(os));
    let longest = lifetimes.map(|life| life.map_or(limits::RETRY_FOR_MS, |s| i64::from(s) * 1_000));
    job.begun_at.plus_millis(longest.max().unwrap_or(limits::RETRY_FOR_MS))
}

impl FanOut {
    /// The first page, or nothing when nobody can be sent to.
    async fn first_page(&mut self, outlets: &Outlets) -> Result<Option<Read>, StoreError> {
        self.look_for_outage(outlets);
        if self.halt.is_some() {
            return Ok(None);
        }
        self.next_page().await.map(Some)
    }

    /// Reads the page after those that were read.
    fn next_page(&self) -> Doing<Read> {
        let shared = Arc::clone(&self.shared);
        let (audience, after) = (self.job.audience.clone(), self.read_to);
        let capped = self.policed && shared.policy.daily_cap.is_some();
        Box::pin(async move {
            let now = shared.clock.now();
            let size = limits::AUDIENCE_PAGE;
            let page = shared.store.audience_page(audience, after, size, now).await?;
            let told = match (page.first(), page.last()) {
                (Some(first), Some(last)) if capped => {
                    shared.store.told_on(Policy::day(now), first.key, last.key).await?
                }
                _ => Vec::new(),
            };
            Ok(Read::Page(page, told))
        })
    }

    async fn run(
        mut self,
        outlets: &Arc<Outlets>,
        faces: Faces,
        held: &Held,
        broad: bool,
    ) -> Result<(), StoreError> {
        let senders = if broad { self.shared.senders } else { 1 };
        let (out, batches) = mpsc::channel(senders);
        let (answer, mut answers) = mpsc::channel::<Vec<Answer>>(senders);
        let batches = Arc::new(Mutex::new(batches));
        // Aborted when this ends early; then nothing more of it is wanted.
        let mut tasks = JoinSet::new();
        for _ in 0..senders {
            let sender = Sender {
                outlets: Arc::clone(outlets),
                faces: faces.clone(),
                clock: self.shared.clock.clone(),
                message: self.job.key,
                begun_at: self.job.begun_at,
                urgent: !broad,
            };
            let run = sender.run(Arc::clone(&batches), answer.clone());
            tasks.spawn(tracing::Instrument::instrument(run, tracing::Span::current()));
        }
        drop(answer);
        if broad && self.job.begins {
            tasks.spawn(count(Arc::clone(&self.shared), self.job.clone()));
        }
        let ended = self.pump(outlets, &out, &mut answers, held).await;
        drop(out);
        ended?;
        let (store, key) = (&self.shared.store, self.job.key);
        if let Some(Halt::Outage(until, reason)) = self.halt {
            return store.put_off(key, until.min(self.deadline), reason).await;
        }
        let now = self.shared.clock.now();
        match outlets.trouble(&self.waiting, now) {
            // Its devices wait one by one; the status says why.
            Some(reason) => store.note(key, reason).await,
            None => Ok(()),
        }
    }

    async fn pump(
        &mut self,
        outlets: &Outlets,
        out: &mpsc::Sender<Vec<Item>>,
        answers: &mut mpsc::Receiver<Vec<Answer>>,
        held: &Held,
    ) -> Result<(), StoreError> {
        let mut patience = None;
        loop {
            if self.halt.is_none() && held.is_held() {
                self.halt(Halt::Held);
            }
            self.begin_reading(outlets);
            self.begin_keeping(held);
            if self.is_done() {
                return Ok(());
            }
            if self.halt.is_some() && patience.is_none() {
                let length = Duration::from_millis(limits::SENDS_STOP_MS.unsigned_abs());
                patience = Some(Box::pin(real_pause(length)));
            }
            let late = Duration::from_millis(limits::PAGE_OPEN_MS / 4);
            let due_in = self.unkept.due_in().filter(|_| self.keeping.is_none());
            tokio::select! {
                biased;
                Some(kept) = OptionFuture::from(self.keeping.as_mut()) => {
                    self.keeping = None;
                    self.unkept.end();
                    kept?;
                }
                Some(read) = OptionFuture::from(self.reading.as_mut()) => {
                    self.reading = None;
                    self.open(read?);
                }
                Some(answered) = answers.recv(), if self.in_flight > 0 => self.take(answered),
                Ok(permit) = out.reserve(), if self.has_more() => {
                    let batch = self.batches.pop_front().unwrap_or_default();
                    self.in_flight += batch.len();
                    permit.send(batch);
                }
                () = held.changed(), if self.halt.is_none() => {}
                Some(()) = OptionFuture::from(due_in.map(real_pause)) => {}
                () = real_pause(late), if self.progress.has_open_pages() => {
                    self.progress.close_late(self.shared.clock.now());
                }
                Some(()) = OptionFuture::from(patience.as_mut()) => {
                    // What isn't answered by now is sent again next time.
                    self.in_flight = 0;
                    patience = Some(Box::pin(real_pause(Duration::MAX)));
                }
            }
        }
    }

    /// Whether something may be handed out. When the store falls behind, nothing is: what is
    /// answered and not kept would be sent again after a crash.
    fn has_more(&self) -> bool {
        !self.batches.is_empty() && !self.unkept.is_too_much()
    }

    fn is_done(&self) -> bool {
        let idle = self.reading.is_none() && self.keeping.is_none() && self.batches.is_empty();
        idle && self.in_flight == 0 && !self.progress.has_news()
    }

    /// Reads on: retries that are due first, else the next page.
    fn begin_reading(&mut self, outlets: &Outlets) {
        let enough = self.batches.len() > limits::AUDIENCE_PAGE / limits::SENDER_BATCH;
        if self.reading.is_some() || self.halt.is_some() || enough {
            return;
        }
        let now = self.shared.clock.now();
        let retry = self.retry_at.is_some_and(|at| at <= now);
        if !retry && (self.exhausted || !self.progress.has_room()) {
            return;
        }
        self.look_for_outage(outlets);
        if self.halt.is_some() {
            return;
        }
        if !retry {
            self.reading = Some(self.next_page());
            return;
        }
        self.retry_at = None;
        let (store, key) = (self.shared.store.clone(), self.job.key);
        self.reading = Some(Box::pin(async move {
            store.lease_retries(key, limits::AUDIENCE_PAGE, now).await.map(Read::Retries)
        }));
    }

    /// When nothing can be sent to anybody, the message waits as a whole: a million devices
    /// needn't be noted one by one.
    fn look_for_outage(&mut self, outlets: &Outlets) {
        let now = self.shared.clock.now();
        if now <= self.deadline
            && let Some((until, reason)) = outlets.outage(self.job.audience.platforms, now)
        {
            self.halt(Halt::Outage(until, reason));
        }
    }

    /// Hands out nothing more. What was read and not handed out is read again next time.
    fn halt(&mut self, halt: Halt) {
        self.halt = Some(halt);
        self.reading = None;
        let now = self.shared.clock.now();
        for item in self.batches.drain(..).flatten() {
            if item.place.is_none() {
                self.progress.give_back(&item.device, now);
            }
        }
    }

    fn open(&mut self, read: Read) {
        let now = self.shared.clock.now();
        let (items, told): (Vec<Item>, _) = match read {
            Read::Page(page, told) => {
                let last = page.len() < limits::AUDIENCE_PAGE;
                self.exhausted |= last;
                self.read_to = page.last().map_or(self.read_to, |device| device.key);
                let opened = self.progress.open(page, last).into_iter();
                (opened.map(|(place, device)| Item { place: Some(place), device }).collect(), told)
            }
            Read::Retries(retries) => {
                for device in retries.forgotten {
                    self.progress.forgotten(device, now);
                }
                self.note_retry(retries.next);
                let due = retries.due.into_iter();
                (due.map(|device| Item { place: None, device }).collect(), Vec::new())
            }
        };
        let items = self.permitted(items, &told, now);
        let mut items = items.into_iter();
        loop {
            let batch: Vec<_> = items.by_ref().take(limits::SENDER_BATCH).collect();
            if batch.is_empty() {
                return;
            }
            self.batches.push_back(batch);
        }
    }

    /// Those that no policy keeps the message from; the others are answered.
    fn permitted(
        &mut self,
        mut items: Vec<Item>,
        told: &[(DeviceKey, u32)],
        now: Timestamp,
    ) -> Vec<Item> {
        if !self.policed {
            return items;
        }
        let policy = &self.shared.policy;
        items.retain(|Item { place, device }| {
            let times = told.binary_search_by_key(&device.key, |(device, _)| *device);
            let times = times.ok().and_then(|at| told.get(at)).map_or(0, |(_, times)| *times);
            let Some(reason) = policy.keeps_from(device, times, now) else { return true };
            self.progress.skip(*place, device, reason, now);
            false
        });
        items
    }

    fn note_retry(&mut self, at: Option<Timestamp>) {
        self.retry_at = match (self.retry_at, at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    fn take(&mut self, answered: Vec<Answer>) {
        self.in_flight = self.in_flight.saturating_sub(answered.len());
        self.unkept.answered(answered.len());
        let now = self.shared.clock.now();
        for answer in answered {
            if let Some(provider) = answer.waits_for.filter(|name| !self.waiting.contains(name)) {
                self.waiting.push(provider);
            }
            self.progress.take(answer, now);
        }
    }

    /// Keeps what was answered, unless a commit is on its way already, or more comes soon that
    /// the next one can take along.
    fn begin_keeping(&mut self, held: &Held) {
        let more_comes = self.in_flight > 0 || self.has_more();
        if !self.progress.has_news() || !self.unkept.is_due(more_comes) || self.keeping.is_some() {
            return;
        }
        self.unkept.begin();
        let mut step = self.progress.step();
        held.note(&step.tally);
        // Retries are leased in the store, which knows them once they are kept.
        let noted = self.progress.retry_at.take();
        self.note_retry(noted);
        let (shared, key) = (Arc::clone(&self.shared), self.job.key);
        let now = shared.clock.now();
        if shared.settings.keeps_at_end && more_comes && step.is_plain() {
            self.untold = self.untold.and(step.tally);
            self.keeping = Some(std::future::ready(Ok(())).boxed());
            return;
        }
        step.tally = std::mem::take(&mut self.untold).and(step.tally);
        self.keeping = Some(keep(shared, key, step, now).boxed());
    }
}

async fn keep(
    shared: Arc<Shared>,
    key: crate::store::MessageKey,
    step: Step,
    now: Timestamp,
) -> Result<(), StoreError> {
    let grown: Vec<DeviceKey> = step.inbox.iter().map(|entry| entry.device).collect();
    if !shared.store.keep_step(key, step, now).await? {
        shared.running.hold(key);
    }
    if !grown.is_empty() {
        shared.bus.inbox_grew(grown);
    }
    Ok(())
}

/// Counts whom a broadcast is for, while it is being sent.
async fn count(shared: Arc<Shared>, job: Job) {
    let now = shared.clock.now();
    let counted = match shared.store.audience_size(job.audience, now).await {
        Ok(size) => shared.store.widen(job.key, Some(size)).await,
        Err(error) => Err(error),
    };
    if let Err(error) = counted {
        tracing::warn!(%error, "engine: a broadcast's devices aren't counted");
    }
}
