//! The messaging API's endpoints: who may use each, and what the document tells of it.

use super::super::endpoint::{Access, Endpoint};
use super::wire::{
    Delivered, Done, Info, Polled, Registered, Registration, StatusAnswer, Subscribed,
};
use super::{devices, events, messages, notifications, polling, start, stream};
use crate::model::Role;
use axum::http::Method;
use schemars::{Schema, SchemaGenerator, json_schema};

const ANY: Access = Access::Key(&[]);
const PUBLISH: Access = Access::Key(&[Role::Publish]);
const REGISTER: Access = Access::Key(&[Role::Register]);
const SUBSCRIBE: Access = Access::Key(&[Role::Subscribe]);
const SEE_DEVICE: Access = Access::Key(&[Role::Register, Role::Read]);
const SEE_MESSAGE: Access = Access::Key(&[Role::Read, Role::Publish]);

/// All of them, below `/{app}/{key}` and, where that is switched on, below `/api`.
pub(in crate::server) fn endpoints() -> Vec<Endpoint> {
    let mut all = starting();
    all.extend(publishing());
    all.extend(registering());
    all.extend(listening());
    all.extend(emitting());
    all
}

fn starting() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/info", ANY, start::info, "info")
            .about("What a client asks first: which application this is, and where real time is.")
            .answers::<Info>(200, "The application."),
        Endpoint::new(Method::GET, "/rt/lookup", ANY, start::lookup, "realTimeAddress")
            .about("Where real time is, as a bare text.")
            .answers::<String>(200, "An address without a path."),
    ]
}

fn publishing() -> Vec<Endpoint> {
    let name = "A channel; made when it isn't there.";
    let id = "The id that publishing answered.";
    let path = "/messaging/{name}";
    vec![
        Endpoint::new(Method::POST, path, PUBLISH, messages::publish, "publish")
            .about("Publishes a message: at once, later, or again and again.")
            .parameter::<String>("path", "name", name)
            .parameter::<Option<String>>(
                "header",
                "Idempotency-Key",
                "The same key publishes once; the first answer is given again.",
            )
            .takes_schema(publish_body)
            .answers::<StatusAnswer>(200, "It is kept, and will be sent."),
        Endpoint::new(Method::GET, path, SEE_MESSAGE, messages::status, "messageStatus")
            .about("How a message fares. An unknown id has the status UNKNOWN.")
            .parameter::<String>("path", "name", id)
            .answers::<StatusAnswer>(200, "Its status.")
            .fails(&[400]),
        Endpoint::new(Method::DELETE, path, PUBLISH, messages::cancel, "cancelMessage")
            .about("Cancels a message that isn't sent yet, or stops a repeating one.")
            .parameter::<String>("path", "name", id)
            .answers::<StatusAnswer>(200, "It is cancelled.")
            .fails(&[400, 404]),
        Endpoint::new(
            Method::DELETE,
            "/messaging/channels/{name}",
            PUBLISH,
            devices::delete_channel,
            "deleteChannel",
        )
        .about("Deletes a channel; its devices stay registered on their others.")
        .parameter::<String>("path", "name", "The channel.")
        .answers::<Done>(200, "It is gone.")
        .fails(&[400, 404]),
    ]
}

fn emitting() -> Vec<Endpoint> {
    let about = "Sets off every live flow that waits for a custom event; the body is its data. \
                 Answers what a flow answers: an object as it is, anything else as `result` of one.";
    vec![
        Endpoint::new(Method::POST, "/servercode/events/{name}", PUBLISH, events::emit, "emit")
            .about(about)
            .parameter::<String>("path", "name", "The event's name.")
            .parameter::<Option<Execution>>(
                "header",
                "bl-execution-type",
                "Whether the answer waits for the flows; `sync` when not said.",
            )
            .takes::<serde_json::Map<String, serde_json::Value>>()
            .answers::<serde_json::Map<String, serde_json::Value>>(200, "What a flow answered.")
            .fails(&[404]),
    ]
}

/// Whether an answer waits for the flows.
#[derive(schemars::JsonSchema)]
#[schemars(inline, rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum Execution {
    Sync,
    Async,
    AsyncLowPriority,
}

fn listening() -> Vec<Endpoint> {
    let channel = "The channel.";
    vec![
        Endpoint::new(
            Method::GET,
            "/messaging/{name}/stream",
            SUBSCRIBE,
            stream::get,
            "streamChannel",
        )
        .about("A channel as server-sent events without end, for clients without an SDK.")
        .parameter::<String>("path", "name", channel)
        .parameter::<Option<String>>("query", "selector", "Only messages whose headers fit.")
        .parameter::<Option<String>>("query", "subtopic", "Only messages of this subtopic.")
        .answers_text(200, "text/event-stream", "An event `message` for each message."),
        Endpoint::new(
            Method::POST,
            "/messaging/{name}/subscribe",
            SUBSCRIBE,
            polling::subscribe,
            "subscribeByPolling",
        )
        .about("Subscribes a client that will ask now and then what came.")
        .parameter::<String>("path", "name", channel)
        .takes_schema(subscribe_body)
        .answers::<Subscribed>(200, "The subscription.")
        .fails(&[404, 409, 503]),
        Endpoint::new(
            Method::GET,
            "/messaging/{name}/{subscription}",
            SUBSCRIBE,
            polling::get,
            "poll",
        )
        .about("What came since the last time; each message once, for a minute.")
        .parameter::<String>("path", "name", channel)
        .parameter::<String>("path", "subscription", "The subscription's id.")
        .answers::<Polled>(200, "The messages.")
        .fails(&[404]),
    ]
}

fn subscribe_body(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "subscriberId": {"type": ["string", "null"]},
            "selector": {"type": ["string", "null"],
                "description": "A condition over headers, as in a SQL WHERE."},
            "subtopic": {"type": ["string", "null"]}
        }
    })
}

fn registering() -> Vec<Endpoint> {
    let id = "The id that the device chose for itself.";
    let path = "/messaging/registrations/{name}";
    vec![
        Endpoint::new(
            Method::POST,
            "/messaging/registrations",
            REGISTER,
            devices::register,
            "registerDevice",
        )
        .about("Registers a device, or replaces what was registered under its id.")
        .takes_schema(registration_body)
        .answers::<Registered>(200, "It is registered."),
        Endpoint::new(Method::GET, path, SEE_DEVICE, devices::get, "deviceRegistrations")
            .about("A device's registration, as a list of one.")
            .parameter::<String>("path", "name", id)
            .answers::<[Registration; 1]>(200, "The registration.")
            .fails(&[400, 404]),
        Endpoint::new(Method::DELETE, path, REGISTER, devices::delete, "unregisterDevice")
            .about("Forgets a device, and what its inbox holds.")
            .parameter::<String>("path", "name", id)
            .answers::<Done>(200, "It is forgotten.")
            .fails(&[400, 404]),
        Endpoint::new(
            Method::GET,
            "/messaging/registrations/{name}/notifications",
            SEE_DEVICE,
            notifications::get,
            "deviceNotifications",
        )
        .about(
            "A virtual device's inbox: server-sent events without end, or, with \
             `accept: application/json`, a list of what is there.",
        )
        .parameter::<String>("path", "name", id)
        .parameter::<Option<u64>>("query", "after", "Only what came after this sequence number.")
        .parameter::<Option<String>>("header", "Last-Event-ID", "The same; outweighs `after`.")
        .answers::<Vec<Delivered>>(200, "What came in, oldest first.")
        .answers_text(200, "text/event-stream", "The same, event by event.")
        .fails(&[404]),
    ]
}

/// Source: the wire's publish and delivery options, flattened beside `message`.
fn publish_body(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["message"],
        "properties": {
            "message": {"description": "Any JSON but null."},
            "publisherId": {"type": ["string", "null"]},
            "headers": {"type": ["object", "null"],
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
            "subtopic": {"type": ["string", "null"]},
            "publishPolicy": {"type": ["string", "integer", "null"],
                "description": "PUSH, PUBSUB or BOTH, or 0, 1 or 2."},
            "pushBroadcast": {"type": ["string", "integer", "null"],
                "description": "IOS, ANDROID, WP, OSX or ALL, joined by `|`, or a mask of 0 to 15."},
            "pushSinglecast": {"type": ["array", "null"], "items": {"type": "string"},
                "description": "Ids of the only devices to reach."},
            "segmentQuery": {"type": ["string", "null"],
                "description": "A condition over devices, as in a SQL WHERE."},
            "publishAt": {"type": ["integer", "string", "null"],
                "description": "Milliseconds since 1970, or ISO 8601."},
            "repeatEvery": {"type": ["integer", "null"], "description": "Seconds."},
            "repeatExpiresAt": {"type": ["integer", "string", "null"],
                "description": "Milliseconds since 1970, or ISO 8601."}
        }
    })
}

fn registration_body(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["deviceToken", "deviceId", "os"],
        "properties": {
            "deviceToken": {"type": "string", "minLength": 1},
            "deviceId": {"type": "string", "minLength": 1},
            "os": {"type": "string", "enum": ["ANDROID", "IOS", "WP", "OSX"]},
            "osVersion": {"type": ["string", "null"]},
            "channels": {"type": ["array", "null"], "items": {"type": "string"},
                "maxItems": crate::limits::DEVICE_CHANNELS_MAX},
            "expiration": {"type": ["number", "string", "null"],
                "description": "Milliseconds since 1970, seconds, or ISO 8601."},
            "tags": {"type": ["array", "null"], "items": {"type": "string"}},
            "properties": {"type": ["object", "null"]},
            "user": {"type": ["object", "null"]}
        }
    })
}
