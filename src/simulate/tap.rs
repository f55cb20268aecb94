//! A tap on what is written to a client, to put a frame between those that `h2` writes.
//!
//! The crate can't say GOAWAY with a last stream that is older than the newest; services do.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is to be put into the stream next; shared with who asks for it.
#[derive(Clone, Default)]
pub(super) struct Insert(Arc<Mutex<Option<Vec<u8>>>>);

impl Insert {
    /// A GOAWAY frame (RFC 9113, section 6.8) after the frame that is being written.
    pub(super) fn go_away(&self, last_stream: u32, debug: &[u8]) {
        let length = u32::try_from(8 + debug.len()).unwrap_or(8).to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], 7, 0, 0, 0, 0, 0];
        frame.extend_from_slice(&last_stream.to_be_bytes());
        // NO_ERROR
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(debug);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(frame);
    }

    fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A stream whose writes are followed frame by frame.
pub(super) struct Tap<S> {
    inner: S,
    insert: Insert,
    /// What is being inserted, and how much of it is written.
    inserting: Option<(Vec<u8>, usize)>,
    /// Bytes of the frame's header seen so far, and of its payload still to come.
    header: Vec<u8>,
    payload: usize,
}

impl<S> Tap<S> {
    pub(super) fn new(inner: S, insert: Insert) -> Self {
        Self { inner, insert, inserting: None, header: Vec::with_capacity(9), payload: 0 }
    }

    /// Follows bytes that were written.
    fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.payload > 0 {
                let taken = self.payload.min(bytes.len());
                self.payload -= taken;
                bytes = &bytes[taken..];
                continue;
            }
            let taken = (9 - self.header.len()).min(bytes.len());
            self.header.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if let [a, b, c, _, _, _, _, _, _] = self.header[..] {
                self.payload = u32::from_be_bytes([0, a, b, c]) as usize;
                self.header.clear();
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Tap<S> {
    /// Writes what is to be inserted, if this is the end of a frame.
    fn insert(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let between = self.payload == 0 && self.header.is_empty();
        if self.inserting.is_none() && between {
            self.inserting = self.insert.take().map(|bytes| (bytes, 0));
        }
        while let Some((bytes, written)) = &mut self.inserting {
            let more = ready!(Pin::new(&mut self.inner).poll_write(cx, &bytes[*written..]))?;
            *written += more;
            if *written == bytes.len() {
                self.inserting = None;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.insert(cx))?;
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        self.follow(&buf[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.insert(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
