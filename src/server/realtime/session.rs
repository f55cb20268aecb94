//! Sessions: one a client, over whichever transport it uses at the time.
//!
//! What goes to the client waits on the session's line; whoever has the line's end, an
//! HTTP request or the websocket, sends it. A session ends when its line is cut.

use super::packet::{self, Writer};
use crate::access::Caller;
use crate::app::App;
use crate::limits;
use crate::realtime::{Data, Delivery, Line, LineEnd, Member};
use indexmap::IndexMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The sessions that are open. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::server) struct Sessions(Arc<Mutex<IndexMap<String, Arc<Session>>>>);

/// What a client said when it opened its session.
pub(super) struct Greeting {
    /// The application in the path.
    pub(super) app: String,
    /// The key, which is checked when the client connects to its namespace.
    pub(super) api_key: Option<String>,
    /// What only this client knows. Other users of a channel see the session's id, so the id
    /// alone lets nobody take the session over.
    pub(super) client_id: Option<String>,
    /// The logged-in user's token.
    pub(super) user_token: Option<String>,
    /// Whether a web page of another origin opened it.
    pub(super) from_strange_page: bool,
}

/// A client's session.
pub(super) struct Session {
    /// Its id: engine.io's, socket.io's, and what other users of a channel see.
    pub(super) id: String,
    pub(super) greeting: Greeting,
    pub(super) writer: Writer,
    /// Held by the transport that sends.
    pub(super) end: tokio::sync::Mutex<LineEnd>,
    /// A websocket is about to take over: HTTP requests must not wait.
    pub(super) is_upgrading: AtomicBool,
    /// A websocket has taken over.
    pub(super) is_upgraded: AtomicBool,
    line: Arc<Line>,
    member: Mutex<Option<Arc<Member>>>,
    caller: Mutex<Option<Caller>>,
    was_heard: AtomicBool,
}

impl Sessions {
    /// Opens a session; `None` when there are too many.
    pub(super) fn open(&self, app: &App, greeting: Greeting) -> Option<Arc<Session>> {
        let (line, end) = Line::new(limits::REALTIME_WAITING_MAX);
        let session = Arc::new(Session {
            id: uuid::Uuid::new_v4().simple().to_string(),
            writer: Writer::new(&greeting.app),
            greeting,
            end: tokio::sync::Mutex::new(end),
            is_upgrading: AtomicBool::new(false),
            is_upgraded: AtomicBool::new(false),
            line,
            member: Mutex::new(None),
            caller: Mutex::new(None),
            was_heard: AtomicBool::new(true),
        });
        {
            let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if open.len() >= limits::REALTIME_SESSIONS_MAX {
                return None;
            }
            open.insert(session.id.clone(), Arc::clone(&session));
        }
        tokio::spawn(heartbeat(app.clone(), self.clone(), session.id.clone()));
        Some(session)
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).map(Arc::clone)
    }

    /// Ends a session: it leaves its channels, and whoever sends for it stops.
    pub(super) fn close(&self, id: &str) {
        let closed = self.0.lock().unwrap_or_else(PoisonError::into_inner).swap_remove(id);
        if let Some(session) = closed {
            session.line.cut();
            session.leave();
        }
    }
}

impl Session {
    /// Notes a sign of life.
    pub(super) fn heard(&self) {
        self.was_heard.store(true, Ordering::Relaxed);
    }

    /// Sends a packet, after what waits already.
    pub(super) fn send(&self, packet: impl Into<Arc<str>>) {
        let data = Data::Packet(packet.into());
        // When the line has ended, whoever has its other end ends the session.
        let _ = self.line.give(Delivery { subscription: Arc::default(), data });
    }

    /// Sends data to one subscription, in line with what the hub sends.
    pub(super) fn deliver(&self, subscription: &str, data: &str) {
        let delivery =
            Delivery { subscription: subscription.into(), data: Data::Json(data.into()) };
        let _ = self.line.give(delivery);
    }

    /// The membership of the application's channels; `None` before the client connected.
    pub(super) fn member(&self) -> Option<Arc<Member>> {
        self.member.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who is connected, and what that may do; `None` before the client connected.
    pub(super) fn caller(&self) -> Option<Caller> {
        self.caller.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_caller(&self, caller: Caller) {
        *self.caller.lock().unwrap_or_else(PoisonError::into_inner) = Some(caller);
    }

    /// Joins the application's channels.
    pub(super) fn join(&self, app: &App, caller: Caller) {
        let member = app.hub.join(caller.app().clone(), &self.id, Arc::clone(&self.line));
        member.set_user(caller.user_id());
        self.set_caller(caller);
        *self.member.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(member));
    }

    /// Leaves all channels.
    pub(super) fn leave(&self) {
        self.member.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Asks a client for a sign of life now and then, and ends its session when none came
/// since the last time, when it never connected to its application, or when its key was
/// revoked or changed: the client connects again, with the rights there are then.
async fn heartbeat(app: App, sessions: Sessions, id: String) {
    let mut changes = app.gate.changes();
    let clock = app.clock();
    let mut next = clock.now().plus_millis(limits::REALTIME_PING_MS);
    loop {
        let is_time = tokio::select! {
            () = clock.sleep_until(next) => true,
            _ = changes.changed() => false,
        };
        let Some(caller) = sessions.find(&id).map(|session| session.caller()) else { return };
        if let Some(caller) = caller
            && !app.gate.still_knows(&caller).await
        {
            sessions.close(&id);
            return;
        }
        if !is_time {
            continue;
        }
        next = clock.now().plus_millis(limits::REALTIME_PING_MS);
        let Some(session) = sessions.find(&id) else { return };
        let is_alive =
            session.was_heard.swap(false, Ordering::Relaxed) && session.member().is_some();
        if !is_alive {
            sessions.close(&id);
            return;
        }
        session.send(packet::PING);
    }
}
