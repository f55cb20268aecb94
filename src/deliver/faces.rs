//! What each device of a message is shown: drawn once a platform, and shared.

use super::payload::notification;
use super::provider::{Outgoing, Parcel};
use crate::clock::Timestamp;
use crate::model::{Notification, Os};
use crate::store::{Job, Recipient};
use std::sync::Arc;

/// A message as its platforms draw it, each made when the first device needs it.
#[derive(Clone)]
pub(super) struct Faces {
    message: Arc<Outgoing>,
    published_at: Timestamp,
    drawn: Vec<Arc<Notification>>,
}

impl Faces {
    pub(super) fn new(job: &Job) -> Self {
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

    pub(super) fn parcel(&mut self, device: Recipient) -> Parcel {
        let drawn = self.of(device.os);
        Parcel { message: Arc::clone(&self.message), to: Some((device, drawn)) }
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
