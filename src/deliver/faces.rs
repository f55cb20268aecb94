//! What each device of a message is shown. Drawn once a platform and shared, but for what a
//! template says to one device alone.

use super::payload::notification;
use super::provider::{Outgoing, Parcel};
use crate::clock::Timestamp;
use crate::model::{Notification, Os};
use crate::store::{Job, Recipient};
use crate::template::{Drawing, Stamp};
use std::sync::Arc;

/// A message as its devices are shown it, each face made when the first device needs it.
#[derive(Clone)]
pub(super) struct Faces {
    message: Arc<Outgoing>,
    published_at: Timestamp,
    /// There when a template draws it.
    drawing: Option<Drawing>,
    drawn: Vec<Arc<Notification>>,
}

impl Faces {
    pub(super) fn new(job: &Job) -> Self {
        let message = Outgoing {
            id: job.id.clone(),
            channel: job.audience.channel.clone(),
            publication: job.publication.clone(),
        };
        let push = job.publication.template.as_deref().cloned();
        let stamp = Stamp {
            message_id: message.id.clone(),
            channel: message.channel.clone(),
            published_at: job.begun_at,
        };
        Self {
            message: Arc::new(message),
            published_at: job.begun_at,
            drawing: push.map(|push| Drawing::new(push, stamp)),
            drawn: Vec::new(),
        }
    }

    /// What devices of a platform share.
    fn of(&mut self, os: Os) -> Arc<Notification> {
        if let Some(drawn) = self.drawn.iter().find(|drawn| drawn.os == os) {
            return Arc::clone(drawn);
        }
        let drawn = if let Some(drawing) = &mut self.drawing {
            drawing.shared(os)
        } else {
            let Outgoing { id, channel, publication } = self.message.as_ref();
            Arc::new(notification(id, channel, publication, os, self.published_at))
        };
        self.drawn.push(Arc::clone(&drawn));
        drawn
    }

    /// What a device is sent, and what its platform shares: the same, unless a template says
    /// something to it alone.
    pub(super) fn parcel(&mut self, device: Recipient) -> (Parcel, Arc<Notification>) {
        let shared = self.of(device.os);
        let person = device.person.as_deref();
        let own = self.drawing.as_mut().and_then(|drawing| drawing.own(device.os, person));
        let shown = own.unwrap_or_else(|| Arc::clone(&shared));
        (Parcel { message: Arc::clone(&self.message), to: Some((device, shown)) }, shared)
    }

    /// Seconds for which the message is worth delivering to that device, if it says so.
    pub(super) fn time_to_live(&mut self, device: &Recipient) -> Option<u32> {
        self.lifetime(device.os)
    }

    /// The same for devices of a platform, when nothing is said for one of them.
    pub(super) fn lifetime(&mut self, os: Os) -> Option<u32> {
        self.of(os).carriage.time_to_live
    }
}
