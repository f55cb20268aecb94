//! A published message as every subscriber gets it. Its JSON is written once, however
//! many there are, so it is spelled here and not with the rest of the wire's JSON.

use crate::clock::Timestamp;
use crate::id::{DeviceId, MessageId};
use crate::model::{Platforms, Publication, json_text};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

/// A message on its way to subscribers.
#[derive(Debug)]
pub struct Envelope {
    /// Its id; a copy of a repeating message has its own.
    pub id: MessageId,
    /// When it was published: when its time came, not when it was accepted.
    pub published_at: Timestamp,
    /// Who published it, in the publisher's words.
    pub publisher_id: Option<String>,
    /// An older way to divide channels.
    pub subtopic: Option<String>,
    /// The message itself.
    pub message: Value,
    /// All headers, as text: what selectors are about.
    pub headers: IndexMap<String, String>,
    /// The whole as JSON, with every field of the messaging API present.
    pub json: String,
}

/// Every field is always there: absent options are null, absent times 0. Source: the
/// JavaScript SDK's own tests.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    message_id: &'a MessageId,
    timestamp: Timestamp,
    message: &'a Value,
    publisher_id: Option<&'a str>,
    subtopic: Option<&'a str>,
    push_singlecast: Option<&'a [DeviceId]>,
    push_broadcast: Option<String>,
    publish_policy: Option<&'static str>,
    /// Only messages from push templates have any, and those have no subscribers.
    template_values: Option<&'a Value>,
    query: Option<&'a str>,
    publish_at: i64,
    repeat_every: i64,
    repeat_expires_at: i64,
    headers: &'a IndexMap<String, String>,
}

impl Envelope {
    /// The message as its subscribers get it.
    pub fn new(id: MessageId, published_at: Timestamp, publication: Publication) -> Self {
        let headers: IndexMap<String, String> = publication
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), json_text(value)))
            .collect();
        let repeat = publication.repeat;
        let singlecast = &publication.singlecast[..];
        let wire = Wire {
            message_id: &id,
            timestamp: published_at,
            message: &publication.message,
            publisher_id: publication.publisher_id.as_deref(),
            subtopic: publication.subtopic.as_deref(),
            push_singlecast: (!singlecast.is_empty()).then_some(singlecast),
            push_broadcast: publication.broadcast.map(broadcast),
            publish_policy: publication.policy.map(crate::model::PublishPolicy::name),
            template_values: None,
            query: publication.segment_query.as_deref(),
            publish_at: publication.publish_at.map_or(0, Timestamp::millis),
            repeat_every: repeat.map_or(0, |repeat| repeat.every_s),
            repeat_expires_at: repeat
                .and_then(|repeat| repeat.expires_at)
                .map_or(0, Timestamp::millis),
            headers: &headers,
        };
        // Texts, numbers and JSON values can always be written.
        let json = serde_json::to_string(&wire).unwrap_or_default();
        Self {
            id,
            published_at,
            publisher_id: publication.publisher_id,
            subtopic: publication.subtopic,
            message: publication.message,
            headers,
            json,
        }
    }
}

/// The platforms as a number in text (ours): Swift reads a number and crashes on names.
fn broadcast(platforms: Platforms) -> String {
    platforms.mask().to_string()
}

#[cfg(test)]
mod tests {
    use super::Envelope;
    use crate::clock::Timestamp;
    use crate::id::MessageId;
    use crate::model::Publication;
    use serde_json::{Value, json};

    #[test]
    fn every_field_is_there_and_headers_are_text() {
        let publication: Publication =
            serde_json::from_value(json!({"message": {"a": 1}, "headers": {"n": 5, "b": true}}))
                .unwrap();
        let id = MessageId::new("message:1");
        let envelope = Envelope::new(id, Timestamp::from_millis(7), publication);
        let found: Value = serde_json::from_str(&envelope.json).unwrap();
        assert_eq!(
            found,
            json!({
                "messageId": "message:1", "timestamp": 7, "message": {"a": 1},
                "publisherId": null, "subtopic": null, "pushSinglecast": null,
                "pushBroadcast": null, "publishPolicy": null, "templateValues": null,
                "query": null, "publishAt": 0, "repeatEvery": 0, "repeatExpiresAt": 0,
                "headers": {"n": "5", "b": "true"}
            })
        );
    }
}
