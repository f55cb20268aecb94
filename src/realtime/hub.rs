//! The hub: from a channel's name to its listeners, and from a connection to what it
//! listens to. One lock guards both; nothing waits while it is held.

use super::channel::{Channel, ConnectionKey, Key, Listener, Person};
use super::line::Line;
use super::mailbox::Mailbox;
use super::{Envelope, Selector};
use crate::clock::Timestamp;
use crate::id::{AppId, fresh_uuid};
use crate::limits;
use indexmap::IndexMap;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Real time's switchboard. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Hub(Arc<Mutex<State>>);

type ChannelKey = (AppId, String);

#[derive(Debug, Default)]
struct State {
    channels: IndexMap<ChannelKey, Channel>,
    connections: IndexMap<ConnectionKey, Connection>,
    mailboxes: IndexMap<String, OpenMailbox>,
    last_key: ConnectionKey,
    swept_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Connection {
    app: AppId,
    person: Person,
    line: Arc<Line>,
    subscriptions: IndexMap<Arc<str>, (ChannelKey, Kind)>,
}

#[derive(Debug)]
struct OpenMailbox {
    channel: ChannelKey,
    key: Key,
    mailbox: Arc<Mailbox>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Presence,
    Other,
}

/// What a connection can listen to on a channel.
#[derive(Clone, Debug, PartialEq)]
pub enum Subscription {
    /// Nothing: it is there, and others see it.
    Connect,
    /// Messages, those that meet the selector.
    Messages(Option<Selector>),
    /// Commands, its own included (ours).
    Commands,
    /// Who is there, comes and goes.
    Users,
}

/// Why a connection can't listen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// It listens to too much.
    #[error("a connection can have {} subscriptions; end some first", limits::SUBSCRIPTIONS_MAX)]
    TooMany,
    /// Too many poll.
    #[error(
        "{} subscriptions are polled already; listen in real time instead",
        limits::MAILBOXES_MAX
    )]
    TooManyMailboxes,
}

/// A connection's membership, which ends when this is dropped.
#[derive(Debug)]
pub struct Member {
    hub: Hub,
    key: ConnectionKey,
}

impl Hub {
    /// Takes a connection in. `connection_id` is what others see of it.
    pub fn join(&self, app: AppId, connection_id: &str, line: Arc<Line>) -> Member {
        let person = Person { connection_id: connection_id.into(), user_id: None };
        let mut state = self.state();
        state.last_key += 1;
        let key = state.last_key;
        state
            .connections
            .insert(key, Connection { app, person, line, subscriptions: IndexMap::new() });
        Member { hub: self.clone(), key }
    }

    /// Gives a message to a channel's listeners. `make` is called if there are any.
    pub fn publish(&self, app: &AppId, channel: &str, make: impl FnOnce() -> Envelope) {
        let key = (app.clone(), channel.to_owned());
        if !self.state().channels.contains_key(&key) {
            return;
        }
        // Without the lock: others come and go while the JSON is written.
        let envelope = Arc::new(make());
        let mut state = self.state();
        let Some(channel) = state.channels.get(&key) else { return };
        let unreachable = channel.publish(&envelope);
        state.drop_all(unreachable);
    }

    /// Opens a mailbox on a channel and returns its id.
    ///
    /// # Errors
    /// [`SubscribeError::TooManyMailboxes`].
    pub fn open_mailbox(
        &self,
        app: &AppId,
        channel: &str,
        selector: Option<Selector>,
        now: Timestamp,
    ) -> Result<String, SubscribeError> {
        let mut state = self.state();
        state.sweep(now);
        if state.mailboxes.len() >= limits::MAILBOXES_MAX {
            return Err(SubscribeError::TooManyMailboxes);
        }
        state.last_key += 1;
        let id = fresh_uuid(now);
        let key = (state.last_key, Arc::from(id.as_str()));
        let mailbox = Arc::new(Mailbox::new(now));
        let channel = (app.clone(), channel.to_owned());
        let listener = Listener::Mailbox(Arc::clone(&mailbox));
        state.channels.entry(channel.clone()).or_default().listen(key.clone(), selector, listener);
        state.mailboxes.insert(id.clone(), OpenMailbox { channel, key, mailbox });
        Ok(id)
    }

    /// What came into a channel's mailbox since the last time; `None` when there is no
    /// such mailbox.
    pub fn empty_mailbox(
        &self,
        app: &AppId,
        channel: &str,
        id: &str,
        now: Timestamp,
    ) -> Option<Vec<Arc<Envelope>>> {
        let mut state = self.state();
        state.sweep(now);
        let open = state.mailboxes.get(id)?;
        let fits = open.channel.0 == *app && open.channel.1 == channel;
        fits.then(|| open.mailbox.take(now))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    /// Listens; `id` is the connection's own word for it. The same word again takes the
    /// earlier one's place.
    ///
    /// # Errors
    /// [`SubscribeError::TooMany`].
    pub fn subscribe(
        &self,
        id: &str,
        channel: &str,
        subscription: Subscription,
    ) -> Result<(), SubscribeError> {
        let mut state = self.hub.state();
        state.stop(self.key, id);
        let State { channels, connections, .. } = &mut *state;
        let Some(connection) = connections.get_mut(&self.key) else { return Ok(()) };
        if connection.subscriptions.len() >= limits::SUBSCRIPTIONS_MAX {
            return Err(SubscribeError::TooMany);
        }
        let name = (connection.app.clone(), channel.to_owned());
        let channel = channels.entry(name.clone()).or_default();
        let id: Arc<str> = id.into();
        let key = (self.key, Arc::clone(&id));
        let line = Arc::clone(&connection.line);
        let kind = match subscription {
            Subscription::Connect => Kind::Presence,
            Subscription::Messages(_) | Subscription::Commands | Subscription::Users => Kind::Other,
        };
        connection.subscriptions.insert(id, (name, kind));
        let unreachable = match subscription {
            Subscription::Connect => channel.join(self.key, connection.person.clone()),
            Subscription::Users => channel.listen_to_users(key, line),
            Subscription::Messages(selector) => {
                channel.listen(key, selector, Listener::Line(line));
                Vec::new()
            }
            Subscription::Commands => {
                channel.listen_to_commands(key, line);
                Vec::new()
            }
        };
        state.drop_all(unreachable);
        Ok(())
    }

    /// Ends a subscription, if there is one of that word.
    pub fn unsubscribe(&self, id: &str) {
        self.hub.state().stop(self.key, id);
    }

    /// Sends a command to a channel's listeners for commands.
    pub fn command(&self, channel: &str, kind: &str, data: &Value) {
        let mut state = self.hub.state();
        let Some(connection) = state.connections.get(&self.key) else { return };
        let name = (connection.app.clone(), channel.to_owned());
        let Some(channel) = state.channels.get(&name) else { return };
        let unreachable = channel.command(kind, data, &connection.person);
        state.drop_all(unreachable);
    }

    /// Says who the connection is logged in as.
    pub fn set_user(&self, user_id: Option<&str>) {
        let mut state = self.hub.state();
        let State { channels, connections, .. } = &mut *state;
        let Some(connection) = connections.get_mut(&self.key) else { return };
        connection.person.user_id = user_id.map(str::to_owned);
        let mut unreachable = Vec::new();
        for (name, kind) in connection.subscriptions.values() {
            if *kind == Kind::Presence
                && let Some(channel) = channels.get_mut(name)
            {
                unreachable.extend(channel.update(self.key, user_id));
            }
        }
        state.drop_all(unreachable);
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.hub.state().drop_all(vec![self.key]);
    }
}

impl State {
    fn stop(&mut self, connection: ConnectionKey, id: &str) {
        let Some(found) = self.connections.get_mut(&connection) else { return };
        let Some((word, (name, kind))) = found.subscriptions.swap_remove_entry(id) else { return };
        let unreachable = self.leave(&name, &(connection, word), kind);
        self.drop_all(unreachable);
    }

    /// Drops connections that have gone or can't be reached. Others are told, some of
    /// whom may turn out to be unreachable too.
    fn drop_all(&mut self, mut gone: Vec<ConnectionKey>) {
        while let Some(key) = gone.pop() {
            let Some(connection) = self.connections.swap_remove(&key) else { continue };
            connection.line.cut();
            for (id, (name, kind)) in connection.subscriptions {
                gone.extend(self.leave(&name, &(key, id), kind));
            }
        }
    }

    fn leave(&mut self, name: &ChannelKey, key: &Key, kind: Kind) -> Vec<ConnectionKey> {
        let Some(channel) = self.channels.get_mut(name) else { return Vec::new() };
        channel.stop(key);
        let unreachable = match kind {
            Kind::Presence => channel.part(key.0),
            Kind::Other => Vec::new(),
        };
        if channel.is_empty() {
            self.channels.swap_remove(name);
        }
        unreachable
    }

    /// Drops mailboxes that nobody asks for, now and then.
    fn sweep(&mut self, now: Timestamp) {
        let due =
            self.swept_at.is_none_or(|last| last.plus_millis(limits::MAILBOX_KEEPS_MS) <= now);
        if !due {
            return;
        }
        self.swept_at = Some(now);
        let mut forgotten = Vec::new();
        self.mailboxes.retain(|_, open| {
            let keep = !open.mailbox.is_forgotten(now);
            if !keep {
                forgotten.push((open.channel.clone(), open.key.clone()));
            }
            keep
        });
        for (name, key) in forgotten {
            self.leave(&name, &key, Kind::Other);
        }
    }
}

#[cfg(test)]
mod tests;
