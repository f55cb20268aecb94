//! Moves bytes between a connection's state and its socket, many frames at a time.
//!
//! One task a connection. What many have to say is written at once, and what comes in at once
//! is read at once; those whose answers are in it are woken after the state is let go of.

use super::line::Line;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are read at once: two frames of the largest size.
const INPUT_BYTES: usize = 32 * 1_024 + 32;
/// Room for what is written that is kept for the next time.
const OUTPUT_KEPT: usize = 256 * 1_024;

/// Drives a connection until it is over; its output says why it ended.
pub(super) struct Driver<S: AsyncRead + AsyncWrite + Unpin> {
    line: Arc<Line>,
    stream: S,
    input: Box<[u8]>,
    /// How much of it is the beginning of a frame.
    filled: usize,
    output: Vec<u8>,
    sent: usize,
    /// Bytes that were sent ever.
    written: u64,
    unflushed: bool,
    woken: Vec<Waker>,
    /// The peer was told that we go.
    parted: bool,
    ended: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    pub(super) fn new(line: Arc<Line>, stream: S) -> Self {
        Self {
            line,
            stream,
            input: vec![0; INPUT_BYTES].into(),
            filled: 0,
            output: Vec::new(),
            sent: 0,
            written: 0,
            unflushed: false,
            woken: Vec::new(),
            parted: false,
            ended: false,
        }
    }

    /// Writes until nothing is left, or the socket takes no more.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), String>> {
        loop {
            if self.sent == self.output.len() {
                self.output.clear();
                self.output.shrink_to(OUTPUT_KEPT);
                self.sent = 0;
                let mut connection = self.line.lock();
                connection.written = self.written;
                if connection.is_spent() && !self.parted {
                    self.parted = true;
                    connection.part();
                }
                connection.take_out(&mut self.output, cx.waker());
                let spent = connection.is_spent();
                drop(connection);
                if self.output.is_empty() {
                    ready!(self.poll_flush(cx))?;
                    return if spent { Poll::Ready(Err(String::new())) } else { Poll::Pending };
                }
            }
            let left = self.output.get(self.sent..).unwrap_or_default();
            match ready!(Pin::new(&mut self.stream).poll_write(cx, left)) {
                Ok(0) => return Poll::Ready(Err(CUT.to_owned())),
                Ok(count) => {
                    self.sent += count;
                    self.written += count as u64;
                    self.unflushed = true;
                }
                Err(error) => return Poll::Ready(Err(cut(&error))),
            }
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), String>> {
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx)).map_err(|error| cut(&error))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads once.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), String>> {
        let mut room = ReadBuf::new(self.input.get_mut(self.filled..).unwrap_or_default());
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut room));
        let count = room.filled().len();
        match read {
            Ok(()) if count == 0 => return Poll::Ready(Err(CUT.to_owned())),
            Ok(()) => self.filled += count,
            Err(error) => return Poll::Ready(Err(cut(&error))),
        }
        let mut connection = self.line.lock();
        let received = connection.receive(self.input.get(..self.filled).unwrap_or_default());
        if let Err(violation) = received {
            connection.blame(violation);
        }
        let news = self.line.note(&mut connection, &mut self.woken);
        drop(connection);
        news.tell(&self.line);
        self.woken.drain(..).for_each(Waker::wake);
        let taken = received.map_err(|violation| {
            format!("it broke the protocol: {} ({})", violation.what, violation.code)
        })?;
        self.input.copy_within(taken..self.filled, 0);
        self.filled -= taken;
        Poll::Ready(Ok(()))
    }

    /// Ends everything that is still open, and says so to the peer, if it listens.
    pub(super) fn end(&mut self, reason: &str) -> String {
        self.ended = true;
        let mut connection = self.line.lock();
        connection.written = self.written;
        connection.cut(reason);
        let news = self.line.note(&mut connection, &mut self.woken);
        if self.sent == self.output.len() {
            self.output.clear();
            self.sent = 0;
        }
        self.output.append(&mut connection.out);
        let reason = connection.ending.as_ref().map_or(reason, |ending| &ending.reason).to_owned();
        drop(connection);
        news.tell(&self.line);
        self.woken.drain(..).for_each(Waker::wake);
        // Tried once: whoever doesn't listen any more needn't hear it.
        let mut cx = Context::from_waker(Waker::noop());
        let left = self.output.get(self.sent..).unwrap_or_default();
        let _ = Pin::new(&mut self.stream).poll_write(&mut cx, left);
        let _ = Pin::new(&mut self.stream).poll_flush(&mut cx);
        let _ = Pin::new(&mut self.stream).poll_shutdown(&mut cx);
        reason
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Drop for Driver<S> {
    /// Nobody may wait for ever, whatever ends the driver.
    fn drop(&mut self) {
        if !self.ended {
            self.end("its driver has ended");
        }
    }
}

const CUT: &str = "the connection was cut";

fn cut(error: &io::Error) -> String {
    tracing::debug!(%error, "http2: a connection is cut");
    CUT.to_owned()
}

/// Reads at most, before something is written.
const READS: usize = 16;

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Driver<S> {
    /// Why it ended.
    type Output = String;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
        let this = &mut *self;
        loop {
            let mut more = true;
            for _ in 0..READS {
                match this.poll_read(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(reason)) => return Poll::Ready(this.end(&reason)),
                    Poll::Pending => {
                        more = false;
                        break;
                    }
                }
            }
            if let Poll::Ready(Err(reason)) = this.poll_write(cx) {
                return Poll::Ready(this.end(&reason));
            }
            if !more {
                return Poll::Pending;
            }
        }
    }
}
