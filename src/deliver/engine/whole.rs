//! Handing whole messages to another server.

use super::Shared;
use crate::deliver::provider::{Outgoing, Parcel, Provider};
use crate::deliver::retry::{self, Whole};
use crate::store::{Job, StoreError};
use std::sync::Arc;

pub(super) async fn forward(
    shared: &Shared,
    provider: &dyn Provider,
    job: Job,
) -> Result<(), StoreError> {
    let message =
        Outgoing { id: job.id, channel: job.audience.channel, publication: job.publication };
    let parcel = Parcel { message: Arc::new(message), to: None };
    let outcome = provider.send(&parcel).await;
    let now = shared.clock.now();
    match retry::whole(provider.name(), outcome, job.attempts, now) {
        Whole::Done => shared.store.finish(job.key, None, now).await,
        Whole::Failed(reason) => shared.store.finish(job.key, Some(reason), now).await,
        Whole::Again { until, reason } => {
            tracing::warn!(message = %parcel.message.id, %reason, %until, "engine: forwarding again later");
            shared.store.retry_whole(job.key, until).await
        }
    }
}
