//! What each device of a message is shown. Drawn once a platform and shared, but for what a
//! template says to one device alone.

use super::payload::notification;
use super::provider::{ByPlatform, Outgoing, Parcel, Reach};
use crate::clock::Timestamp;
use crate::model::{DeviceKey, Notification, Os};
use crate::store::{Fate, Job, Recipient};
use crate::template::{Drawing, Stamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A message as its devices are shown it, each face made when the first device needs it.
pub(super) struct Faces {
    message: Arc<Outgoing>,
    published_at: Timestamp,
    /// There when a template draws it.
    drawing: Option<Drawing>,
    drawn: Vec<Arc<Notification>>,
    /// What devices of the page in work get that is theirs alone.
    own: BTreeMap<DeviceKey, Arc<Notification>>,
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
            own: BTreeMap::new(),
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

    pub(super) fn parcel(&mut self, device: Recipient) -> Parcel {
        let shared = self.of(device.os);
        let person = device.person.as_deref();
        let own = self.drawing.as_mut().and_then(|drawing| drawing.own(device.os, person));
        let shown = match own {
            Some(own) => {
                self.own.insert(device.key, Arc::clone(&own));
                own
            }
            None => shared,
        };
        Parcel { message: Arc::clone(&self.message), to: Some((device, shown)) }
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

    /// What devices of this page got that is theirs alone; the next page begins without.
    pub(super) fn take_own(&mut self) -> BTreeMap<DeviceKey, Arc<Notification>> {
        std::mem::take(&mut self.own)
    }
}
