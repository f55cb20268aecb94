//! What clients ask for in real time, event by event: connecting, subscriptions, methods.
//! Every question gets an answer, be it an error.

use super::packet::{Said, Writer, read};
use super::session::Session;
use crate::access::{AccessError, Caller};
use crate::limits;
use crate::model::Role;
use crate::publish::{channel_name, number_of};
use crate::realtime::{Member, Selector, Subscription};
use crate::server::door::Door;
use serde_json::{Value, json};

/// Takes in what came from the client, one engine.io packet. False when the session
/// is over.
pub(super) async fn receive(door: &Door, session: &Session, text: &str) -> bool {
    session.heard();
    match text.as_bytes().first() {
        Some(b'4') => take(door, session, &text[1..]).await,
        // Signs of life, ours answered or the client's own.
        Some(b'3') => true,
        Some(b'2') => {
            session.send(format!("3{}", &text[1..]));
            true
        }
        _ => false,
    }
}

/// Takes in a socket.io packet. False when the session is over.
async fn take(door: &Door, session: &Session, packet: &str) -> bool {
    match read(packet) {
        Some(Said::Connect { namespace }) => {
            connect(door, session, namespace).await;
            true
        }
        Some(Said::Disconnect) => {
            session.leave();
            true
        }
        Some(Said::Event { name, argument }) => {
            if let Some(member) = session.member() {
                event(door, session, &member, &name, &argument).await;
            }
            true
        }
        None => false,
    }
}

/// Connects a client to its application, or says why not. It isn't cut off then: it would
/// not notice, and believe that it is connected.
async fn connect(door: &Door, session: &Session, namespace: &str) {
    if namespace != session.writer.namespace() {
        session.send(Writer::refused(namespace, "Invalid namespace"));
        return;
    }
    if session.member().is_none() {
        match admit(door, session).await {
            Ok(caller) => session.join(&door.app, caller),
            Err(error) => {
                session.send(Writer::refused(namespace, &error.to_string()));
                return;
            }
        }
    }
    session.send(session.writer.connected(&session.id));
}

/// Who the key and the user's token let in. Without a key only where the domain form is
/// served: its `/info` has none to give.
async fn admit(door: &Door, session: &Session) -> Result<Caller, AccessError> {
    let greeting = &session.greeting;
    let caller = match greeting.api_key.as_deref() {
        Some(key) => door.app.gate.caller(&greeting.app, key)?,
        None if door.app.config().domain_api
            && !greeting.from_strange_page
            && greeting.app == door.app.app_id().as_str() =>
        {
            Caller::without_key(door.app.app_id().clone())
        }
        None => return Err(AccessError::Credentials),
    };
    caller.count(door.app.now())?;
    match greeting.user_token.as_deref() {
        Some(token) => door.app.gate.with_user(caller, token).await,
        None => Ok(caller),
    }
}

/// Why something that was asked for can't be had.
struct Refusal {
    /// A word of the table of errors.
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    fn json(&self) -> Value {
        json!({"code": number_of(self.code), "message": self.message, "details": {}})
    }
}

async fn event(door: &Door, session: &Session, member: &Member, name: &str, argument: &Value) {
    // Without an id there is nothing an answer could be about.
    let Some(id) =
        argument["id"].as_str().filter(|id| id.len() <= limits::SUBSCRIPTION_ID_BYTES_MAX)
    else {
        return;
    };
    let (asked, options) = (argument["name"].as_str().unwrap_or_default(), &argument["options"]);
    match name {
        "SUB_ON" => {
            if let Err(refusal) = subscribe(session, member, id, asked, options) {
                let answer = json!({"id": id, "error": refusal.json()});
                session.send(session.writer.event("SUB_RES", &answer));
            }
        }
        "SUB_OFF" => member.unsubscribe(&word(id)),
        "MET_REQ" => {
            let answer = match invoke(door, session, member, asked, options).await {
                Ok(()) => json!({"id": id, "result": null}),
                Err(refusal) => json!({"id": id, "error": refusal.json()}),
            };
            session.send(session.writer.event("MET_RES", &answer));
        }
        _ => {}
    }
}

/// The hub's word for a subscription: its id as JSON, ready to be put into frames.
fn word(id: &str) -> String {
    Value::from(id).to_string()
}

/// Begins a subscription. `SUB_READY` goes first and then data, if there is any yet;
/// the Swift client knows only the data.
fn subscribe(
    session: &Session,
    member: &Member,
    id: &str,
    name: &str,
    options: &Value,
) -> Result<(), Refusal> {
    let subscription = match name {
        "PUB_SUB_CONNECT" => Subscription::Connect,
        "PUB_SUB_MESSAGES" => Subscription::Messages(selector(options)?),
        "PUB_SUB_COMMANDS" => Subscription::Commands,
        "PUB_SUB_USERS" => Subscription::Users,
        other => {
            let message = format!("there is no subscription `{}`", shortened(other));
            return Err(Refusal::new("realtime-name", message));
        }
    };
    let channel = channel(options)?;
    may_on(session, &[Role::Subscribe], &channel)?;
    let ready = session.writer.event("SUB_READY", &json!({ "id": id }));
    let connects = subscription == Subscription::Connect;
    // The list of users is the first answer to this one, so it must come after.
    let lists = subscription == Subscription::Users;
    if lists {
        session.send(ready.clone());
    }
    let word = word(id);
    member
        .subscribe(&word, &channel, subscription)
        .map_err(|error| Refusal::new("realtime-subscriptions", error.to_string()))?;
    if !lists {
        session.send(ready);
    }
    if connects {
        session.deliver(&word, "\"connected\"");
    }
    Ok(())
}

async fn invoke(
    door: &Door,
    session: &Session,
    member: &Member,
    name: &str,
    options: &Value,
) -> Result<(), Refusal> {
    match name {
        "PUB_SUB_COMMAND" => {
            let channel = channel(options)?;
            let Some(kind) = options["type"].as_str().filter(|kind| !kind.is_empty()) else {
                return Err(Refusal::new(
                    "realtime-options",
                    "`type` is missing; name the command",
                ));
            };
            may_on(session, &[Role::Publish], &channel)?;
            member.command(&channel, kind, &options["data"]);
            Ok(())
        }
        "SET_USER_TOKEN" => log_in(door, session, member, options["userToken"].as_str()).await,
        other => {
            let message = format!("there is no method `{}`", shortened(other));
            Err(Refusal::new("realtime-name", message))
        }
    }
}

/// Takes a user's token, or none, from now on. Subscriptions that are there stay: they were
/// allowed when they began.
async fn log_in(
    door: &Door,
    session: &Session,
    member: &Member,
    token: Option<&str>,
) -> Result<(), Refusal> {
    let Some(caller) = session.caller() else { return Ok(()) };
    let caller = caller.logged_out();
    let caller = match token.filter(|token| !matches!(*token, "" | "null")) {
        Some(token) => door.app.gate.with_user(caller, token).await?,
        None => caller,
    };
    member.set_user(caller.user_id());
    session.set_caller(caller);
    Ok(())
}

fn may_on(session: &Session, roles: &'static [Role], channel: &str) -> Result<(), Refusal> {
    let caller = session.caller().ok_or(AccessError::Credentials)?;
    Ok(caller.may_on(roles, channel)?)
}

impl From<AccessError> for Refusal {
    fn from(error: AccessError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

fn channel(options: &Value) -> Result<String, Refusal> {
    let Some(name) = options["channel"].as_str() else {
        return Err(Refusal::new("realtime-options", "`channel` is missing; name the channel"));
    };
    channel_name(name).map_err(|error| Refusal::new(error.code(), error.to_string()))
}

fn selector(options: &Value) -> Result<Option<Selector>, Refusal> {
    match &options["selector"] {
        Value::Null => Ok(None),
        Value::String(text) => {
            Selector::read(text, None).map_err(|error| Refusal::new("selector", error.to_string()))
        }
        _ => Err(Refusal::new("selector", "`selector` must be a text, like `city = 'Kyiv'`")),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
