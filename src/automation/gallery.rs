//! Flows to start from: the folder `gallery/` beside this, each also a case that the tests run.

use crate::flow::Event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A flow to start from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Example {
    /// Its name for programs.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The flow file.
    pub source: Json,
    /// An event that sets it off.
    pub event: Event,
}

macro_rules! files {
    ($($id:literal),* $(,)?) => {
        [$((
            $id,
            include_str!(concat!("gallery/", $id, "/flow.json")),
            include_str!(concat!("gallery/", $id, "/event.json")),
        )),*]
    };
}

/// All of them, the simplest first. (Two JSON texts each, which the tests read.)
const FILES: [(&str, &str, &str); 6] = files![
    "order_shipped",
    "abandoned_cart",
    "price_alert",
    "on_call_page",
    "daily_digest",
    "delivery_failure_fallback",
];

/// The flows to start from, the simplest first.
pub fn gallery() -> Vec<Example> {
    let read = |(id, source, event): &(&str, &str, &str)| {
        let source: Json = serde_json::from_str(source).ok()?;
        let text = |key: &str| source[key].as_str().unwrap_or_default().to_owned();
        let (name, description) = (text("name"), text("description"));
        let event = Event { schema: None, ..Event::read(event.as_bytes()).ok()? };
        Some(Example { id: (*id).to_owned(), name, description, source, event })
    };
    FILES.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::{FILES, gallery};

    #[test]
    fn every_one_can_be_read() {
        assert_eq!(gallery().len(), FILES.len());
    }
}
