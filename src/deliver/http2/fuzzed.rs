//! What the fuzzer does to a connection; built for it alone.

use super::Request;
use super::connection::Connection;
use std::task::{Context, Waker};

/// Some requests, and a peer that says these bytes. Panics when the connection's state is no
/// longer what it should be.
pub fn http2_hears(bytes: &[u8]) {
    let mut connection = Connection::new();
    let waker = Waker::noop();
    let request = Request { path: &[b"/"], shared: &[], own: None, body: &[&[0; 300]] };
    let mut begun = Vec::new();
    let mut waiting = Vec::new();
    for piece in [&[0, 0, 0, 4, 0, 0, 0, 0, 0][..]].into_iter().chain(bytes.chunks(50)) {
        waiting.extend_from_slice(piece);
        match connection.receive(&waiting) {
            Ok(taken) => waiting.drain(..taken),
            Err(violation) => {
                connection.blame(violation);
                break;
            }
        };
        begun.extend(connection.begin(&request, waker));
        let mut out = Vec::new();
        connection.take_out(&mut out, waker);
        assert!(out.len() < 1 << 20, "what is written is in proportion to what is heard");
    }
    connection.cut("it is over");
    assert_eq!(connection.open, 0);
    for id in begun {
        assert!(connection.poll(id, &Context::from_waker(waker)).is_ready());
    }
    assert!(connection.streams.is_empty());
}
