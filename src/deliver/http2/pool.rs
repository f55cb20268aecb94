//! The connections to one peer, shared by all that is sent to it.

use super::connect::connect;
use super::connection::By;
use super::driver::Driver;
use super::line::{Exchange, Line, Room};
use super::target::Target;
use super::{Answer, Broken, Fault, Request};
use crate::clock::{Clock, Stopwatch, Timestamp, real_pause};
use crate::limits;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

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
    room: Arc<Room>,
}

#[derive(Default)]
struct State {
    lines: Vec<Arc<Line>>,
    /// The line in use, and how many requests have begun on it since it was another's turn.
    current: usize,
    begun: usize,
    connecting: usize,
    /// Streams that the peer was seen to allow at most.
    streams: usize,
    /// Connections in a row that ended without an answer.
    fruitless: u32,
    /// Attempts to connect that failed, and what the last one said.
    failures: u64,
    last: Option<(Fault, Timestamp)>,
}

/// Requests that begin on one connection before it is another's turn: what is written at once
/// should be much, and all processors should share the work of the drivers.
const TURN: usize = 32;

impl Pool {
    pub(in crate::deliver) fn new(target: Target, clock: Clock) -> Self {
        Self(Arc::new(Shared { target, clock, state: Mutex::default(), room: Arc::default() }))
    }

    /// Sends a request and waits for its answer, [`limits::ANSWER_MS`] at most. What the peer
    /// surely didn't process is sent again.
    pub(in crate::deliver) async fn send(&self, request: &Request<'_>) -> Result<Answer, Fault> {
        let broken = match self.begin(request).await?.await {
            Ok(answer) => return Ok(answer),
            Err(broken) => broken,
        };
        // Apart, so that those who needn't send again carry no memory for it.
        Box::pin(self.send_again(request, broken)).await
    }

    async fn send_again(&self, request: &Request<'_>, mut broken: Broken) -> Result<Answer, Fault> {
        let allowed = Duration::from_millis(limits::ANSWER_MS);
        let since = Stopwatch::start();
        let mut attempts = 1;
        while matches!(broken, Broken::Unprocessed(_)) && since.elapsed() < allowed {
            if attempts >= limits::RESENDS_AT_ONCE {
                // A service that is being restarted sends many away, and takes them soon.
                real_pause(Duration::from_millis(limits::RESEND_REST_MS)).await;
            }
            broken = match self.begin(request).await?.await {
                Ok(answer) => return Ok(answer),
                Err(broken) => broken,
            };
            attempts += 1;
        }
        Err(broken.lost(&self.0.target.server()))
    }

    /// Gives up the connections: requests on their way are answered, later ones go by new ones.
    /// Those that are new already are kept: many answers may ask for it at once.
    pub(in crate::deliver) fn renew(&self) {
        let before = self.0.clock.now().plus_millis(-limits::RECONNECT_REST_MS);
        let mut state = self.0.lock();
        let old = state.lines.extract_if(.., |line| line.since() <= before).collect::<Vec<_>>();
        drop(state);
        for line in old {
            line.close();
        }
    }

    /// Begins a request, as soon as there is a place on a connection.
    async fn begin(&self, request: &Request<'_>) -> Result<Exchange, Fault> {
        let begun = poll_fn(|cx| Poll::Ready(self.begin_now(request, cx.waker()))).await;
        match begun {
            Ok(exchange) => Ok(exchange),
            // Apart, so that those who needn't wait carry no memory for it.
            Err(failures) => Box::pin(self.begin_later(request, failures)).await,
        }
    }

    /// Begins a request; or says how many attempts to connect have failed so far.
    fn begin_now(&self, request: &Request<'_>, waker: &Waker) -> Result<Exchange, u64> {
        loop {
            let line = {
                let mut state = self.0.lock();
                match state.next() {
                    Some(line) => line,
                    None => return Err(state.failures),
                }
            };
            // Fails when others were faster; then the line knows that it is full.
            if let Ok(exchange) = line.begin(request, waker) {
                return Ok(exchange);
            }
        }
    }

    /// The same for one who has to wait, since so many attempts to connect had failed.
    async fn begin_later(&self, request: &Request<'_>, failures: u64) -> Result<Exchange, Fault> {
        let waiting = Waiting::new(&self.0.room.waiting);
        let waited = tokio::time::timeout(Duration::from_millis(limits::ANSWER_MS), async {
            loop {
                let mut hint = std::pin::pin!(self.0.room.hint.notified());
                // From here on no hint is missed.
                hint.as_mut().enable();
                let begun = poll_fn(|cx| Poll::Ready(self.begin_now(request, cx.waker()))).await;
                if let Ok(exchange) = begun {
                    return Ok(exchange);
                }
                {
                    let mut state = self.0.lock();
                    if let Some(fault) = self.0.failed_since(&state, failures) {
                        return Err(fault);
                    }
                    self.0.grow(&mut state);
                }
                hint.await;
            }
        })
        .await;
        drop(waiting);
        let Ok(begun) = waited else {
            let reason = "no stream is free, and no connection can be added".to_owned();
            return Err(Fault::Refused { server: self.0.target.server(), reason });
        };
        if begun.is_ok() {
            // There may be room for more than one.
            self.0.room.tell(1);
        }
        begun
    }
}

impl State {
    /// The connection for the next request: one that has room, and each in its turn.
    fn next(&mut self) -> Option<Arc<Line>> {
        if self.begun >= TURN {
            self.turn();
        }
        for _ in 0..self.lines.len() {
            if let Some(line) = self.lines.get(self.current)
                && line.free() > 0
            {
                self.begun += 1;
                return Some(Arc::clone(line));
            }
            self.turn();
        }
        self.lines.retain(|line| !line.is_over());
        self.turn();
        None
    }

    fn turn(&mut self) {
        self.begun = 0;
        self.current += 1;
        if self.current >= self.lines.len() {
            self.current = 0;
        }
    }

    /// Connections that those who wait would fill, beside those that were opened after `lately`
    /// and may take more soon: APNs allows one stream until it has answered something.
    fn wanted(&mut self, waiting: usize, lately: Timestamp) -> usize {
        let most = self.lines.iter().map(|line| line.streams()).max().unwrap_or(0);
        self.streams = self.streams.max(most);
        if self.streams == 0 {
            // It was never reached: first one has to see whether it is there.
            return 1;
        }
        let likely = self.streams.max(limits::LINE_STREAMS_LIKELY);
        let promising = |line: &&Arc<Line>| {
            !line.is_proven() && line.since() > lately && line.streams() < likely
        };
        let promised = self.lines.iter().filter(promising).count() * likely;
        let waiting = waiting.saturating_sub(promised);
        waiting.div_ceil(likely).min(limits::CONNECTS_AT_ONCE)
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

    /// Opens more connections beside everything else, as many as those who wait would fill, if
    /// there may be more.
    fn grow(self: &Arc<Self>, state: &mut State) {
        if state.last.as_ref().is_some_and(|(_, at)| self.rests(*at)) {
            return;
        }
        let waiting = self.room.waiting.load(Ordering::Relaxed);
        let lately = self.clock.now().plus_millis(-limits::RECONNECT_REST_MS);
        let wanted = state.wanted(waiting, lately);
        while state.connecting < wanted
            && state.lines.len() + state.connecting < self.target.connections_max
        {
            state.connecting += 1;
            tokio::spawn(run(Arc::clone(self)));
        }
    }

    /// Why there is no connection, for one who waits since there had been so many failures.
    fn failed_since(&self, state: &State, failures: u64) -> Option<Fault> {
        let (fault, at) = state.last.as_ref().filter(|_| state.lines.is_empty())?;
        (state.failures > failures || self.rests(*at)).then(|| fault.clone())
    }

    fn failed(&self, state: &mut State, fault: Fault) {
        state.failures += 1;
        state.last = Some((fault, self.clock.now()));
    }

    /// A connection can be used.
    fn opened(&self, line: &Arc<Line>) {
        let mut state = self.lock();
        state.connecting -= 1;
        state.last = None;
        state.lines.push(Arc::clone(line));
        drop(state);
        self.room.hint.notify_waiters();
    }

    /// A connection can't be opened.
    fn not_opened(&self, fault: Fault) {
        let mut state = self.lock();
        state.connecting -= 1;
        self.failed(&mut state, fault);
        drop(state);
        self.room.hint.notify_waiters();
    }

    /// A connection is over.
    fn ended(&self, line: &Arc<Line>, reason: String) {
        tracing::debug!(server = self.target.server(), reason, "http2: a connection ended");
        let (answers, by) = line.fruits();
        let mut state = self.lock();
        state.lines.retain(|other| !Arc::ptr_eq(other, line));
        if answers > 0 {
            state.fruitless = 0;
        } else if by != Some(By::Us) {
            state.fruitless += 1;
        }
        if by == Some(By::WearyPeer) || state.fruitless >= limits::LINES_FRUITLESS {
            let fault = Fault::Refused { server: self.target.server(), reason };
            self.failed(&mut state, fault);
        }
        drop(state);
        self.room.hint.notify_waiters();
    }
}

/// Opens a connection and drives it to its end.
async fn run(shared: Arc<Shared>) {
    let stream = match connect(&shared.target).await {
        Ok(stream) => stream,
        Err(fault) => return shared.not_opened(fault),
    };
    let line = Arc::new(Line::new(Arc::clone(&shared.room), shared.clock.now()));
    let mut driver = Driver::new(Arc::clone(&line), stream);
    let allowed = Duration::from_millis(limits::LINE_PONG_MS);
    let opened = tokio::select! {
        reason = &mut driver => Err(reason),
        ready = tokio::time::timeout(allowed, line.ready()) => {
            ready.map_err(|_| format!("the peer said nothing within {allowed:?}"))
        }
    };
    if let Err(reason) = opened {
        let server = shared.target.server();
        return shared.not_opened(Fault::Unreachable { server, reason });
    }
    shared.opened(&line);
    let reason = tokio::select! {
        reason = &mut driver => reason,
        silent = line.watch() => driver.end(&silent),
    };
    shared.ended(&line, reason);
}

#[cfg(test)]
mod tests {
    use super::State;
    use crate::clock::Timestamp;
    use crate::deliver::http2::line::Line;
    use crate::limits;
    use std::sync::Arc;

    /// A line that allows so many streams.
    fn line(streams: u32, since: i64) -> Arc<Line> {
        let line = Line::new(Arc::default(), Timestamp::from_millis(since));
        let value = streams.to_be_bytes();
        let settings = [&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3][..], &value].concat();
        let mut connection = line.lock();
        connection.receive(&settings).unwrap();
        let _ = line.note(&mut connection, &mut Vec::new());
        drop(connection);
        Arc::new(line)
    }

    #[test]
    fn as_many_connections_are_opened_as_those_who_wait_would_fill() {
        let lately = Timestamp::from_millis(1_000);
        for (name, lines, seen, waiting, wanted) in [
            ("nothing is known of the peer", vec![], 0, 5_000, 1),
            ("one is enough", vec![line(100, 0)], 0, 100, 1),
            ("two are", vec![line(100, 0)], 0, 101, 2),
            ("not too many at once", vec![], 100, 5_000, limits::CONNECTS_AT_ONCE),
            ("by what it allowed before", vec![], 1_000, 2_500, 3),
            ("few streams say nothing", vec![line(3, 0)], 0, 90, 1),
            ("a new one may take more soon", vec![line(1, 2_000)], 0, 90, 0),
            ("one that is older doesn't", vec![line(1, 0)], 0, 90, 1),
            ("it takes so many more", vec![line(1, 2_000)], 1_000, 1_001, 1),
        ] {
            let mut state = State { lines, streams: seen, ..State::default() };
            assert_eq!(state.wanted(waiting, lately), wanted, "{name}");
        }
    }

    #[test]
    fn connections_take_turns_and_full_ones_are_left_out() {
        let mut state =
            State { lines: vec![line(9, 0), line(0, 0), line(9, 0)], ..State::default() };
        let lines = state.lines.clone();
        let which = |state: &mut State| {
            let line = state.next().unwrap();
            lines.iter().position(|other| Arc::ptr_eq(other, &line)).unwrap()
        };
        let turns: Vec<_> = (0..super::TURN * 3).map(|_| which(&mut state)).collect();
        let expected = [0, 2, 0].map(|line| vec![line; super::TURN]).concat();
        assert_eq!(turns, expected);
        lines[0].close();
        lines[2].close();
        assert!(state.next().is_none());
        assert_eq!(state.lines.len(), 1, "those that are over are forgotten");
    }
}
