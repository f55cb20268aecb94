//! The connections to one peer, shared by all that is sent to it.

use super::connect::connect;
use super::line::{Broken, Line};
use super::{Answer, Fault};
use crate::clock::{Clock, Stopwatch, Timestamp, real_pause};
use crate::limits;
use bytes::Bytes;
use http::Request;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_rustls::rustls::ClientConfig;

/// Whom to connect to, and how.
#[derive(Clone)]
pub(in crate::deliver) struct Target {
    pub(in crate::deliver) host: String,
    pub(in crate::deliver) port: u16,
    pub(in crate::deliver) tls: Arc<ClientConfig>,
    /// Which addresses the name may stand for.
    pub(in crate::deliver) may_reach: fn(IpAddr) -> bool,
    /// Connections at most.
    pub(in crate::deliver) connections_max: usize,
}

impl Target {
    pub(super) fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Connections to one peer. They end when it is dropped and what is on its way is answered.
pub(in crate::deliver) struct Pool(Arc<Shared>);

impl Drop for Pool {
    fn drop(&mut self) {
        for line in self.0.lock().lines.drain(..) {
            line.close();
        }
    }
}

struct Shared {
    target: Target,
    clock: Clock,
    state: Mutex<State>,
    /// Told when there may be room.
    room: Notify,
    waiting: AtomicUsize,
}

#[derive(Default)]
struct State {
    lines: Vec<Arc<Line>>,
    /// Which line was used last.
    last_used: usize,
    connecting: bool,
    /// Attempts to connect that failed, and what the last one said.
    failures: u64,
    last: Option<(Fault, Timestamp)>,
}

/// A place on a connection; given back when dropped.
struct Place<'a> {
    shared: &'a Shared,
    line: Arc<Line>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.line.leave();
        self.shared.tell_one();
    }
}

impl Pool {
    pub(in crate::deliver) fn new(target: Target, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            target,
            clock,
            state: Mutex::default(),
            room: Notify::new(),
            waiting: AtomicUsize::new(0),
        }))
    }

    /// Sends a request and waits for its answer, [`limits::ANSWER_MS`] at most. `request` is
    /// called for each attempt: what the peer surely didn't process is sent again.
    pub(in crate::deliver) async fn send(
        &self,
        request: impl Fn() -> Request<()>,
        body: &Bytes,
    ) -> Result<Answer, Fault> {
        let allowed = Duration::from_millis(limits::ANSWER_MS);
        let since = Stopwatch::start();
        let mut attempts = 0;
        loop {
            let place = self.place().await?;
            let broken = match place.line.begin(request(), body.clone()) {
                Err(broken) => broken,
                Ok(response) => {
                    let answer = place.line.answer(response);
                    match tokio::time::timeout(allowed, answer).await {
                        Ok(Ok(answer)) => return Ok(answer),
                        Ok(Err(broken)) => broken,
                        Err(_) => Broken::Lost(format!("no answer within {allowed:?}")),
                    }
                }
            };
            attempts += 1;
            let again = matches!(broken, Broken::Unprocessed(_)) && since.elapsed() < allowed;
            if !again {
                return Err(broken.lost(&self.0.target.server()));
            }
            if attempts >= limits::RESENDS_AT_ONCE {
                // A service that is being restarted sends many away, and takes them soon.
                real_pause(Duration::from_millis(limits::RESEND_REST_MS)).await;
            }
        }
    }

    /// Gives up the connections: requests on their way are answered, later ones go by new ones.
    /// Those that are new already are kept: many answers may ask for it at once.
    pub(in crate::deliver) fn renew(&self) {
        let before = self.0.clock.now().plus_millis(-limits::RECONNECT_REST_MS);
        self.0.lock().lines.retain(|line| {
            let stays = line.since() > before;
            if !stays {
                line.close();
            }
            stays
        });
    }

    /// A place on a connection, as soon as there is one.
    async fn place(&self) -> Result<Place<'_>, Fault> {
        let failures = {
            let mut state = self.0.lock();
            if let Some(place) = self.take(&mut state) {
                return Ok(place);
            }
            state.failures
        };
        // Apart, so that those who needn't wait carry no memory for it.
        Box::pin(self.place_after(failures)).await
    }

    /// A place on a connection, for one who waits since there had been so many failures.
    async fn place_after(&self, failures: u64) -> Result<Place<'_>, Fault> {
        let waiting = Waiting::new(&self.0.waiting);
        let waited = tokio::time::timeout(Duration::from_millis(limits::ANSWER_MS), async {
            loop {
                let mut room = std::pin::pin!(self.0.room.notified());
                // From here on no hint is missed.
                room.as_mut().enable();
                {
                    let mut state = self.0.lock();
                    if let Some(place) = self.take(&mut state) {
                        return Ok(place);
                    }
                    if let Some(fault) = self.failed_since(&state, failures) {
                        return Err(fault);
                    }
                    self.grow(&mut state);
                }
                room.await;
            }
        })
        .await;
        drop(waiting);
        let Ok(place) = waited else {
            let reason = "no stream is free, and no connection can be added".to_owned();
            return Err(Fault::Refused { server: self.0.target.server(), reason });
        };
        if place.is_ok() {
            // There may be room for more than one.
            self.0.tell_one();
        }
        place
    }

    /// A place on the next connection that has room: in turns, so that all processors share the
    /// work of their drivers.
    fn take(&self, state: &mut State) -> Option<Place<'_>> {
        for _ in 0..state.lines.len() {
            state.last_used = (state.last_used + 1) % state.lines.len();
            let line = &state.lines[state.last_used];
            if line.free() > 0 {
                line.enter();
                return Some(Place { shared: &self.0, line: Arc::clone(line) });
            }
        }
        state.lines.retain(|line| !line.is_closed());
        None
    }

    /// Opens one more connection beside everything else, if there may be one more.
    fn grow(&self, state: &mut State) {
        let hasty = state.last.as_ref().is_some_and(|(_, at)| self.0.rests(*at));
        if hasty || state.connecting || state.lines.len() >= self.0.target.connections_max {
            return;
        }
        state.connecting = true;
        tokio::spawn(run(Arc::clone(&self.0)));
    }

    /// Why there is no connection, for one who waits since there had been so many failures.
    fn failed_since(&self, state: &State, failures: u64) -> Option<Fault> {
        let (fault, at) = state.last.as_ref().filter(|_| state.lines.is_empty())?;
        (state.failures > failures || self.0.rests(*at)).then(|| fault.clone())
    }
}

/// One who waits for a place; counted as long as it is there.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is too soon to connect again after a failure: services take hasty reconnects
    /// for abuse.
    fn rests(&self, failed_at: Timestamp) -> bool {
        failed_at.is_within(limits::RECONNECT_REST_MS, self.clock.now())
    }

    fn tell_one(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.room.notify_one();
        }
    }
}

/// Opens a connection and drives it to its end.
async fn run(shared: Arc<Shared>) {
    let (line, driver) = match connect(&shared.target).await {
        Ok((sender, driver)) => (Arc::new(Line::new(sender, shared.clock.now())), driver),
        Err(fault) => return shared.failed(fault),
    };
    let mut served = false;
    let ready = || {
        served = true;
        let mut state = shared.lock();
        state.connecting = false;
        state.last = None;
        state.lines.push(Arc::clone(&line));
        drop(state);
        shared.room.notify_waiters();
    };
    let reason = line.drive(driver, shared.clock.clone(), ready).await;
    tracing::debug!(server = shared.target.server(), reason, "http2: a connection ended");
    if !served {
        let server = shared.target.server();
        return shared.failed(Fault::Unreachable { server, reason });
    }
    shared.lock().lines.retain(|other| !Arc::ptr_eq(other, &line));
    shared.room.notify_waiters();
}

impl Shared {
    fn failed(&self, fault: Fault) {
        let mut state = self.lock();
        state.connecting = false;
        state.failures += 1;
        state.last = Some((fault, self.clock.now()));
        drop(state);
        self.room.notify_waiters();
    }
}
