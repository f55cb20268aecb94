//! Packets of engine.io 4 and socket.io 5 as text: what a client sends, and what it is
//! sent. Binary packets are not spoken: nothing of pub/sub needs them.

use crate::realtime::{Data, Delivery};
use serde_json::{Value, json};

/// Between two packets in one HTTP body.
pub(super) const SEPARATOR: char = '\u{1e}';
/// A sign of life is asked for, and given.
pub(super) const PING: &str = "2";
/// Says nothing; ends a waiting HTTP request.
pub(super) const NOOP: &str = "6";
/// The session is over.
pub(super) const CLOSE: &str = "1";

/// What a client said in a socket.io packet.
#[derive(Debug, PartialEq)]
pub(super) enum Said<'a> {
    /// It wants to be connected to a namespace.
    Connect { namespace: &'a str },
    /// It leaves the namespace.
    Disconnect,
    /// An event with its first argument.
    Event { name: String, argument: Value },
}

/// Reads a socket.io packet; `None` when it is none that we speak.
pub(super) fn read(packet: &str) -> Option<Said<'_>> {
    let kind = packet.chars().next()?;
    let rest = packet.get(1..)?;
    let (namespace, rest) = match rest.strip_prefix('/') {
        Some(named) => {
            let end = named.find(',').unwrap_or(named.len());
            (&rest[..=end], named.get(end + 1..).unwrap_or_default())
        }
        None => ("/", rest),
    };
    match kind {
        '0' => Some(Said::Connect { namespace }),
        '1' => Some(Said::Disconnect),
        '2' => {
            // An acknowledgement's number may stand before the event; none is given.
            let event = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
            let Ok(Value::Array(event)) = serde_json::from_str(event) else { return None };
            let mut values = event.into_iter();
            let Some(Value::String(name)) = values.next() else { return None };
            let argument = values.next().unwrap_or_default();
            Some(Said::Event { name, argument })
        }
        _ => None,
    }
}

/// Writes packets for one namespace.
#[derive(Debug)]
pub(super) struct Writer {
    namespace: String,
    /// Everything of a subscription's event before its id.
    result: String,
}

impl Writer {
    /// A writer for the namespace of this application.
    pub(super) fn new(app: &str) -> Self {
        let namespace = format!("/{app}");
        Self { result: format!("42{namespace},[\"SUB_RES\",{{\"id\":"), namespace }
    }

    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(super) fn connected(&self, id: &str) -> String {
        format!("40{},{}", self.namespace, json!({ "sid": id }))
    }

    /// Refuses a connection to a namespace. The client reports it and tries again.
    pub(super) fn refused(namespace: &str, message: &str) -> String {
        format!("44{namespace},{}", json!({ "message": message }))
    }

    /// Any event with one argument.
    pub(super) fn event(&self, name: &str, argument: &Value) -> String {
        format!("42{},{}", self.namespace, json!([name, argument]))
    }

    /// A delivery as a packet. Its subscription is the id as JSON, quotes included, so
    /// that a frame is made by joining texts.
    pub(super) fn delivery(&self, delivery: &Delivery) -> String {
        let data: &str = match &delivery.data {
            Data::Packet(packet) => return packet.to_string(),
            Data::Message(envelope) => &envelope.json,
            Data::Json(json) => json,
        };
        let (start, id) = (&self.result, &delivery.subscription);
        let mut packet = String::with_capacity(start.len() + id.len() + data.len() + 12);
        for part in [start.as_str(), id, ",\"data\":", data, "}]"] {
            packet.push_str(part);
        }
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::{Said, Writer, read};
    use crate::realtime::{Data, Delivery};
    use serde_json::json;

    #[test]
    fn packets_are_read() {
        for (packet, said) in [
            ("0/APP-1,", Said::Connect { namespace: "/APP-1" }),
            ("0/APP-1,{\"token\":1}", Said::Connect { namespace: "/APP-1" }),
            ("0", Said::Connect { namespace: "/" }),
            ("1/APP-1,", Said::Disconnect),
            (
                "2/A,[\"SUB_OFF\",{\"id\":\"1\"}]",
                Said::Event { name: "SUB_OFF".into(), argument: json!({"id": "1"}) },
            ),
            ("2/A,12[\"X\"]", Said::Event { name: "X".into(), argument: json!(null) }),
        ] {
            assert_eq!(read(packet), Some(said), "{packet}");
        }
        for packet in ["", "2", "2/A", "2/A,", "2/A,[]", "2/A,[1]", "2/A,{}", "51-[]", "9", "é"] {
            assert_eq!(read(packet), None, "{packet}");
        }
    }

    #[test]
    fn a_delivery_is_the_event_that_the_sdk_expects() {
        let writer = Writer::new("APP-1");
        let subscription = serde_json::to_string("a\"b").unwrap();
        let delivery =
            Delivery { subscription: subscription.into(), data: Data::Json("[1]".into()) };
        assert_eq!(
            writer.delivery(&delivery),
            "42/APP-1,[\"SUB_RES\",{\"id\":\"a\\\"b\",\"data\":[1]}]"
        );
    }
}
