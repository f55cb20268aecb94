//! What phones would show of a message that somebody is writing. Nothing is kept or sent.
//!
//! What a phone shows of a message is drawn where it is delivered
//! ([`deliver`](crate::deliver)): this only asks for it. Templates have their own
//! ([`Templates::preview`](super::Templates::preview)).

use super::error::PublishError;
use super::options::plan;
use crate::clock::Timestamp;
use crate::deliver::notification;
use crate::id::MessageId;
use crate::model::{Notification, Os};
use serde_json::Value;

/// The id that previews have instead of a message's.
pub(super) const PREVIEW_ID: &str = "message:PREVIEW";

/// What each platform that the message goes to would show; nothing when it notifies no
/// device. `body` is the wire body of `POST /messaging/{channel}`. Pure.
///
/// # Errors
/// [`PublishError`], as publishing it would give.
pub fn preview(
    channel: &str,
    body: &Value,
    now: Timestamp,
) -> Result<Vec<Notification>, PublishError> {
    let plan = plan(channel, body, now)?;
    if !plan.delivers_push {
        return Ok(Vec::new());
    }
    let id = MessageId::new(PREVIEW_ID);
    let reached = Os::ALL.into_iter().filter(|os| plan.platforms.contains(*os));
    Ok(reached.map(|os| notification(&id, &plan.channel, &plan.publication, os, now)).collect())
}
