//! A stream of server-sent events, read as it comes.

use libtest_mimic::Failed;
use serde_json::Value;

/// An open stream.
pub(crate) struct Stream {
    response: reqwest::Response,
    buffer: String,
}

/// One event of it.
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

impl Stream {
    /// Opens a stream, to go on after the event `last`.
    pub(crate) async fn open(
        client: &reqwest::Client,
        url: String,
        last: Option<&str>,
    ) -> Result<Self, Failed> {
        let mut request = client.get(url);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await?.error_for_status()?;
        let mut stream = Self { response, buffer: String::new() };
        // The first comment: from here on nothing is missed.
        stream.block().await?.ok_or("the stream ended at once")?;
        Ok(stream)
    }

    /// The next event; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, Failed> {
        while let Some(block) = self.block().await? {
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some(kind), Some(id), Some(data)) =
                (field("event:"), field("id:"), field("data:"))
            {
                let (id, kind) = (id.to_owned(), kind.to_owned());
                return Ok(Some(Event { id, kind, data: serde_json::from_str(data)? }));
            }
        }
        Ok(None)
    }

    async fn block(&mut self) -> Result<Option<String>, Failed> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.buffer = rest;
                return Ok(Some(block));
            }
            let Some(chunk) = self.response.chunk().await? else { return Ok(None) };
            self.buffer.push_str(std::str::from_utf8(&chunk)?);
        }
    }
}
