//! A sender: keeps some devices' sends in flight and says what became of each.
//!
//! No task a device: a sender polls all its sends itself, and only when they are woken.

use super::flight::Flight;
use super::window::Place;
use crate::clock::{Clock, Timestamp, real_pause};
use crate::deliver::faces::Faces;
use crate::deliver::outlet::{Leave, Outlet, Outlets};
use crate::deliver::provider::{Outcome, Parcel, Provider, Reach};
use crate::deliver::retry::{Fate, Tries};
use crate::limits;
use crate::model::{DeviceKey, Notification, Os};
use crate::store::{Kind, MessageKey, Recipient};
use futures_util::future::{FutureExt, OptionFuture};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};

/// A device to send to, and where in the window it stands; a retry stands nowhere.
pub(super) struct Item {
    pub(super) place: Option<Place>,
    pub(super) device: Recipient,
}

/// What became of a device.
pub(super) struct Answer {
    pub(super) place: Option<Place>,
    pub(super) device: DeviceKey,
    pub(super) os: Os,
    pub(super) fate: Fate,
    /// The token, when the device is gone and is to be forgotten.
    pub(super) forget: Option<String>,
    /// What goes into its inbox.
    pub(super) inbox: Option<Shown>,
    /// The provider, if the device waits for it.
    pub(super) waits_for: Option<&'static str>,
}

/// What a virtual device is shown.
pub(super) struct Shown {
    /// What devices of its platform share.
    pub(super) shared: Arc<Notification>,
    /// What it got instead, if that is its own.
    pub(super) own: Option<Arc<Notification>>,
}

/// Where senders of one message get their devices from.
pub(super) type Batches = Arc<Mutex<mpsc::Receiver<Vec<Item>>>>;

/// One sender.
pub(super) struct Sender {
    pub(super) outlets: Arc<Outlets>,
    pub(super) faces: Faces,
    pub(super) clock: Clock,
    pub(super) message: MessageKey,
    pub(super) begun_at: Timestamp,
    /// Whether it doesn't wait for the provider's pace.
    pub(super) urgent: bool,
}

/// A parcel that may be sent.
struct Ready {
    place: Option<Place>,
    parcel: Parcel,
    shared: Arc<Notification>,
    provider: Arc<dyn Provider>,
    outlet: Arc<Outlet>,
    tries: Tries,
}

/// A send that came to its end.
struct Sent {
    ready: Ready,
    seat: usize,
    outcome: Outcome,
}

/// What the next device of the queue needs.
enum Next {
    /// It is sent.
    Send(Ready),
    /// It needn't be sent.
    Answered(Answer),
    /// Not yet; it stays in the queue.
    Later(Duration, Item),
}

impl Sender {
    /// Sends until there are no more batches and all are answered.
    pub(super) async fn run(mut self, batches: Batches, answers: mpsc::Sender<Vec<Answer>>) {
        let mut sends = FuturesUnordered::new();
        let mut flight = Flight::new();
        let mut queue: VecDeque<Item> = VecDeque::new();
        let mut ended = false;
        let mut done = Vec::new();
        loop {
            let mut pause = None;
            while flight.has_room()
                && let Some(item) = queue.pop_front()
            {
                match self.next(item) {
                    Next::Send(ready) => sends.push(send(ready, flight.begin())),
                    Next::Answered(answer) => done.push(answer),
                    Next::Later(wait, item) => {
                        queue.push_front(item);
                        pause = Some(wait);
                        break;
                    }
                }
            }
            while done.len() < limits::AUDIENCE_PAGE
                && let Some(Some(sent)) = sends.next().now_or_never()
            {
                done.push(self.settle(sent, &mut flight));
            }
            if !done.is_empty() {
                let answered =
                    std::mem::replace(&mut done, Vec::with_capacity(limits::SENDER_BATCH));
                // Fails when whoever asked is gone; then nobody wants the rest either.
                if answers.send(answered).await.is_err() {
                    return;
                }
                continue;
            }
            if ended && queue.is_empty() && sends.is_empty() {
                return;
            }
            let pausing = OptionFuture::from(pause.map(real_pause));
            tokio::select! {
                Some(sent) = sends.next(), if !sends.is_empty() => {
                    done.push(self.settle(sent, &mut flight));
                }
                batch = next_batch(&batches), if queue.is_empty() && !ended => match batch {
                    Some(batch) => queue.extend(batch),
                    None => ended = true,
                },
                Some(()) = pausing => {}
            }
        }
    }

    fn next(&mut self, item: Item) -> Next {
        let now = self.clock.now();
        let Item { place, device } = item;
        let lifetime = self.faces.time_to_live(&device);
        let lifetime_ms =
            lifetime.map_or(limits::RETRY_FOR_MS, |seconds| i64::from(seconds) * 1_000);
        let tries = Tries {
            message: self.message,
            device: device.key,
            attempts: device.attempts,
            deadline: self.begun_at.plus_millis(lifetime_ms),
        };
        // 0 seconds are "now or never": one attempt is made.
        if now > tries.deadline && (device.attempts > 0 || lifetime_ms > 0) {
            let fate =
                Fate::Ended(Kind::Expired, "its time to live ended before it could be sent".into());
            return Next::Answered(unsent(place, &device, fate));
        }
        let Some((provider, outlet)) = self.outlets.of(&device) else {
            let fate = Fate::Ended(Kind::Failed, "no provider serves this device".into());
            return Next::Answered(unsent(place, &device, fate));
        };
        match outlet.leave(self.urgent) {
            Leave::Go => {}
            Leave::Later(wait) => return Next::Later(wait, Item { place, device }),
            Leave::Refused { until, reason } => {
                let fate = tries.refused(until, reason, now);
                let waits_for = (fate.kind() == Kind::Waiting).then_some(outlet.name);
                return Next::Answered(Answer { waits_for, ..unsent(place, &device, fate) });
            }
        }
        let (provider, outlet) = (Arc::clone(provider), Arc::clone(outlet));
        let (parcel, shared) = self.faces.parcel(device);
        Next::Send(Ready { place, parcel, shared, provider, outlet, tries })
    }

    fn settle(&self, sent: Sent, flight: &mut Flight) -> Answer {
        let Sent { ready, seat, outcome } = sent;
        let Ready { place, parcel, shared, provider, outlet, tries } = ready;
        outlet.answered(&outcome, flight.end(seat));
        let fate = tries.fate(outcome, self.clock.now());
        outlet.count(fate.kind());
        tracing::debug!(device = tries.device.0, provider = outlet.name, ?fate, "engine: answered");
        let mut answer = Answer {
            place,
            device: tries.device,
            os: Os::Android,
            waits_for: (fate.kind() == Kind::Waiting).then_some(outlet.name),
            fate,
            forget: None,
            inbox: None,
        };
        if let Some((recipient, drawn)) = parcel.to {
            answer.os = recipient.os;
            let gone = matches!(answer.fate, Fate::Gone { .. });
            answer.forget = gone.then_some(recipient.token);
            let kept = answer.fate == Fate::Accepted && provider.reach() == Reach::Inbox;
            answer.inbox = kept.then(|| {
                let own = (!Arc::ptr_eq(&shared, &drawn)).then_some(drawn);
                Shown { shared, own }
            });
        }
        answer
    }
}

fn unsent(place: Option<Place>, device: &Recipient, fate: Fate) -> Answer {
    Answer {
        place,
        device: device.key,
        os: device.os,
        fate,
        forget: None,
        inbox: None,
        waits_for: None,
    }
}

async fn next_batch(batches: &Batches) -> Option<Vec<Item>> {
    batches.lock().await.recv().await
}

/// Sends one parcel. A bug in a provider is that one device's failure.
async fn send(ready: Ready, seat: usize) -> Sent {
    let sending = AssertUnwindSafe(ready.provider.send(&ready.parcel)).catch_unwind();
    let outcome = sending.await.unwrap_or_else(|_| {
        tracing::error!(provider = ready.outlet.name, "engine: a send ended by a bug");
        let reason = "an internal error; please report it".to_owned();
        Outcome::Rejected { reason }
    });
    Sent { ready, seat, outcome }
}
