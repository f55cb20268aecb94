//! One channel's listeners and users. Selectors are asked once a message, not once a
//! listener: those with the same one stand together.

use super::line::{Data, Delivery, Line};
use super::mailbox::Mailbox;
use super::{Envelope, Selector};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::sync::Arc;

/// A connection's number in the hub.
pub(super) type ConnectionKey = u64;
/// A subscription: whose, and its owner's word for it.
pub(super) type Key = (ConnectionKey, Arc<str>);

/// Somebody on a channel, as others see them.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The connection's id, by which its owner finds itself.
    pub(super) connection_id: Arc<str>,
    /// Who it is logged in as.
    pub(super) user_id: Option<String>,
}

impl Person {
    pub(super) fn json(&self) -> Value {
        json!({"connectionId": &*self.connection_id, "userId": self.user_id})
    }
}

/// Who gets messages.
#[derive(Clone, Debug)]
pub(super) enum Listener {
    Line(Arc<Line>),
    Mailbox(Arc<Mailbox>),
}

#[derive(Debug)]
struct Group {
    selector: Option<Selector>,
    listeners: IndexMap<Key, Listener>,
}

/// A channel that somebody listens to.
#[derive(Debug, Default)]
pub(super) struct Channel {
    groups: Vec<Group>,
    commands: IndexMap<Key, Arc<Line>>,
    users: IndexMap<Key, Arc<Line>>,
    present: IndexMap<ConnectionKey, (Person, usize)>,
}

impl Channel {
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
            && self.commands.is_empty()
            && self.users.is_empty()
            && self.present.is_empty()
    }

    pub(super) fn listen(&mut self, key: Key, selector: Option<Selector>, listener: Listener) {
        let group = self.groups.iter_mut().find(|group| group.selector == selector);
        if let Some(group) = group {
            group.listeners.insert(key, listener);
        } else {
            let listeners = IndexMap::from([(key, listener)]);
            self.groups.push(Group { selector, listeners });
        }
    }

    pub(super) fn listen_to_commands(&mut self, key: Key, line: Arc<Line>) {
        self.commands.insert(key, line);
    }

    /// Lists who is there, and from then on tells who comes and goes.
    pub(super) fn listen_to_users(&mut self, key: Key, line: Arc<Line>) -> Vec<ConnectionKey> {
        let there: Vec<Value> = self.present.values().map(|(person, _)| person.json()).collect();
        let data = users_json("LISTING", &there);
        let given = line.give(Delivery { subscription: Arc::clone(&key.1), data });
        let connection = key.0;
        self.users.insert(key, line);
        if given { Vec::new() } else { vec![connection] }
    }

    /// Somebody joins; the others hear of the first time. Returns who can't be reached.
    pub(super) fn join(&mut self, connection: ConnectionKey, person: Person) -> Vec<ConnectionKey> {
        if let Some((_, times)) = self.present.get_mut(&connection) {
            *times += 1;
            return Vec::new();
        }
        let data = users_json("CONNECTED", &[person.json()]);
        let unreachable = give_all(&self.users, &data);
        self.present.insert(connection, (person, 1));
        unreachable
    }

    /// Somebody leaves; the others hear of the last time. Returns who can't be reached.
    pub(super) fn part(&mut self, connection: ConnectionKey) -> Vec<ConnectionKey> {
        let Some((person, times)) = self.present.get_mut(&connection) else { return Vec::new() };
        *times -= 1;
        if *times > 0 {
            return Vec::new();
        }
        let data = users_json("DISCONNECTED", &[person.json()]);
        self.present.swap_remove(&connection);
        give_all(&self.users, &data)
    }

    /// Somebody logs in or out; the others hear of it. Returns who can't be reached.
    pub(super) fn update(
        &mut self,
        connection: ConnectionKey,
        user_id: Option<&str>,
    ) -> Vec<ConnectionKey> {
        let Some((person, _)) = self.present.get_mut(&connection) else { return Vec::new() };
        // Who has joined more than once is updated once.
        if person.user_id.as_deref() == user_id {
            return Vec::new();
        }
        person.user_id = user_id.map(str::to_owned);
        let data = users_json("USERUPDATE", &[person.json()]);
        give_all(&self.users, &data)
    }

    pub(super) fn stop(&mut self, key: &Key) {
        for group in &mut self.groups {
            group.listeners.swap_remove(key);
        }
        self.groups.retain(|group| !group.listeners.is_empty());
        self.commands.swap_remove(key);
        self.users.swap_remove(key);
    }

    /// Gives a message to all whose selector it meets. Returns who can't be reached.
    pub(super) fn publish(&self, envelope: &Arc<Envelope>) -> Vec<ConnectionKey> {
        let mut unreachable = Vec::new();
        let admits = |group: &&Group| {
            group.selector.as_ref().is_none_or(|selector| selector.admits(envelope))
        };
        for group in self.groups.iter().filter(admits) {
            for ((connection, subscription), listener) in &group.listeners {
                match listener {
                    Listener::Mailbox(mailbox) => mailbox.put(Arc::clone(envelope)),
                    Listener::Line(line) => {
                        let data = Data::Message(Arc::clone(envelope));
                        let subscription = Arc::clone(subscription);
                        if !line.give(Delivery { subscription, data }) {
                            unreachable.push(*connection);
                        }
                    }
                }
            }
        }
        unreachable
    }

    /// Gives a command to all who listen for commands. Returns who can't be reached.
    pub(super) fn command(&self, kind: &str, data: &Value, sender: &Person) -> Vec<ConnectionKey> {
        let json = json!({"type": kind, "data": data, "userInfo": sender.json()});
        give_all(&self.commands, &Data::Json(json.to_string().into()))
    }
}

fn users_json(status: &str, people: &[Value]) -> Data {
    Data::Json(json!({"status": status, "data": people}).to_string().into())
}

fn give_all(lines: &IndexMap<Key, Arc<Line>>, data: &Data) -> Vec<ConnectionKey> {
    let mut unreachable = Vec::new();
    for ((connection, subscription), line) in lines {
        let delivery = Delivery { subscription: Arc::clone(subscription), data: data.clone() };
        if !line.give(delivery) {
            unreachable.push(*connection);
        }
    }
    unreachable
}
