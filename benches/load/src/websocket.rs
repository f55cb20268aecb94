//! A subscriber of a channel by a bare websocket: it answers the server's pings and gives the
//! text of each message, as it stands in the buffer.

use crate::http::{find, split};
use std::io::{Error, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An open subscription.
pub(crate) struct Subscriber {
    socket: TcpStream,
    buffer: Vec<u8>,
    /// Where in the buffer the next frame begins.
    at: usize,
}

impl Subscriber {
    /// Subscribes to the channel that `url` publishes to: `http://HOST/APP/KEY/messaging/CHANNEL`.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let (host, path) = split(url)?;
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let [app, key, _, channel] = parts[..] else {
            return Err(Error::other("expected .../APP/KEY/messaging/CHANNEL"));
        };
        let mut socket = TcpStream::connect(host).await?;
        socket.set_nodelay(true)?;
        let upgrade = format!(
            "GET /{app}/?apiKey={key}&EIO=4&transport=websocket HTTP/1.1\r\nhost: {host}\r\n\
             connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        socket.write_all(upgrade.as_bytes()).await?;
        let mut this = Self { socket, buffer: Vec::with_capacity(16_384), at: 0 };
        while find(&this.buffer, b"\r\n\r\n").is_none() {
            this.read().await?;
        }
        this.at = find(&this.buffer, b"\r\n\r\n").unwrap_or_default() + 4;
        this.until("0{").await?;
        this.send(&format!("40/{app},")).await?;
        this.until(&format!("40/{app},")).await?;
        let ask = format!(
            "42/{app},[\"SUB_ON\",{{\"id\":\"s\",\"name\":\"PUB_SUB_MESSAGES\",\
             \"options\":{{\"channel\":\"{channel}\"}}}}]"
        );
        this.send(&ask).await?;
        this.until(&format!("42/{app},[\"SUB_READY\"")).await?;
        Ok(this)
    }

    /// Waits for messages and hands each to `heard`.
    pub(crate) async fn listen(&mut self, mut heard: impl FnMut(&[u8])) -> Result<()> {
        let mut pinged = false;
        self.read().await?;
        while let Some((from, to)) = self.frame() {
            match &self.buffer[from..to] {
                b"2" => pinged = true,
                message => heard(message),
            }
        }
        if pinged {
            self.send("3").await?;
        }
        Ok(())
    }

    async fn until(&mut self, beginning: &str) -> Result<()> {
        loop {
            while let Some((from, to)) = self.frame() {
                if self.buffer[from..to].starts_with(beginning.as_bytes()) {
                    return Ok(());
                }
            }
            self.read().await?;
        }
    }

    /// Where the text of the next whole frame is. A server's frames aren't masked.
    fn frame(&mut self) -> Option<(usize, usize)> {
        let rest = &self.buffer[self.at..];
        let (head, length) = match rest {
            [_, 126, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
            [_, 126 | 127, ..] => return None,
            [_, length, ..] => (2, usize::from(*length)),
            _ => return None,
        };
        if rest.len() < head + length {
            return None;
        }
        let from = self.at + head;
        self.at = from + length;
        Some((from, self.at))
    }

    async fn read(&mut self) -> Result<()> {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.reserve(16_384);
        if self.socket.read_buf(&mut self.buffer).await? == 0 {
            return Err(Error::other("a subscriber was cut off"));
        }
        Ok(())
    }

    /// Sends a text, masked with zeros, which is as good as any mask.
    async fn send(&mut self, text: &str) -> Result<()> {
        let length = text.len();
        let mut frame = match u8::try_from(length) {
            Ok(length @ ..126) => vec![0x81, 0x80 | length],
            _ => vec![0x81, 0xfe, (length >> 8) as u8, length as u8],
        };
        frame.extend([0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.socket.write_all(&frame).await
    }
}
