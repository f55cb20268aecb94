//! One kept-alive connection that posts JSON.

use std::io::{Error, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// `http://HOST:PORT` and the path of an address.
pub(crate) fn split(url: &str) -> Result<(&str, &str)> {
    let rest = url.strip_prefix("http://").ok_or_else(|| Error::other("not an http address"))?;
    let at = rest.find('/').unwrap_or(rest.len());
    Ok(rest.split_at(at))
}

/// A connection and what it reads into.
pub(crate) struct Connection {
    socket: TcpStream,
    head: String,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let (host, path) = split(url)?;
        let socket = TcpStream::connect(host).await?;
        socket.set_nodelay(true)?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: "
        );
        Ok(Self { socket, head, request: Vec::new(), answer: Vec::with_capacity(4_096) })
    }

    /// Posts a body and reads the whole answer.
    ///
    /// # Errors
    /// The network's, and any status but 200.
    pub(crate) async fn post(&mut self, body: &str) -> Result<()> {
        self.request.clear();
        self.request.extend_from_slice(self.head.as_bytes());
        self.request.extend_from_slice(body.len().to_string().as_bytes());
        self.request.extend_from_slice(b"\r\n\r\n");
        self.request.extend_from_slice(body.as_bytes());
        self.socket.write_all(&self.request).await?;
        self.answer.clear();
        loop {
            if self.socket.read_buf(&mut self.answer).await? == 0 {
                return Err(Error::other("the server closed the connection"));
            }
            let Some(end) = find(&self.answer, b"\r\n\r\n") else { continue };
            let length = content_length(&self.answer[..end])?;
            if self.answer.len() >= end + 4 + length {
                break;
            }
        }
        if self.answer.starts_with(b"HTTP/1.1 200") {
            return Ok(());
        }
        Err(Error::other(String::from_utf8_lossy(&self.answer).into_owned()))
    }
}

pub(crate) fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

fn content_length(head: &[u8]) -> Result<usize> {
    let head = std::str::from_utf8(head).map_err(Error::other)?;
    let field = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value.trim())
    });
    field.and_then(|value| value.parse().ok()).ok_or_else(|| Error::other("no content-length"))
}
