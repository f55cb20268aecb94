//! What each device of a message is shown: drawn once a platform, and shared.

use super::payload::notification;
use super::provider::{ByPlatform, Outgoing, Parcel, Reach};
use crate::clock::Timestamp;
use crate::model::{Notification, Os};
use crate::store::{Fate, Job, Recipient};
use std::sync::Arc;

/// A message as its platforms draw it, each made when the first device needs it.
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

    /// The notifications of this page that are kept in inboxes.
    pub(super) fn for_inbox(
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
