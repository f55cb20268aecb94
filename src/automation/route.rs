//! HTTP requests as events: which hat a path means, and what the flow gets of the request.

use super::fire::Firing;
use super::live::LiveFlow;
use super::{Automation, AutomationError};
use crate::flow::Event;
use crate::id::AppId;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

/// The type of events that HTTP requests are.
const KIND: &str = "http";

/// A request, as far as flows see it.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// GET, POST, ...
    pub method: String,
    /// The path below the application's hooks, decoded part by part.
    pub path: Vec<String>,
    /// The query, of several with one name the last.
    pub query: IndexMap<String, String>,
    /// Headers, names in small letters.
    pub headers: IndexMap<String, String>,
    /// The body as it came.
    pub text: String,
    /// The body as JSON, or as text.
    pub body: Json,
}

/// What a request comes to.
#[derive(Debug)]
pub enum Routed {
    /// These flows run.
    Runs(Vec<Firing>),
    /// No flow waits for that path.
    NoPath,
    /// Flows wait for that path, with these methods.
    NoMethod(Vec<String>),
}

impl Automation {
    /// Starts the live flows that wait for this request: those with the hat that fits best.
    ///
    /// # Errors
    /// The store's.
    pub async fn request(&self, app: &AppId, call: Call) -> Result<Routed, AutomationError> {
        let live = self.live.of(app, &self.store, &self.blocks).await?;
        let hats = live.ready.iter().flat_map(|flow: &std::sync::Arc<LiveFlow>| &flow.waits);
        let hats = hats.filter(|hat| hat.kind == KIND).filter_map(|hat| Pattern::read(&hat.name));
        let mut fitting: Vec<(Pattern, Map<String, Json>)> = hats
            .filter_map(|pattern| {
                let params = pattern.fits(&call.path)?;
                Some((pattern, params))
            })
            .collect();
        if fitting.is_empty() {
            return Ok(Routed::NoPath);
        }
        let methods: Vec<String> = fitting.iter().map(|(hat, _)| hat.method.clone()).collect();
        let is_meant = |hat: &Pattern| hat.method == "ANY" || hat.method == call.method;
        fitting.retain(|(hat, _)| is_meant(hat));
        // The most special first; of those that are alike the method's own before any.
        fitting.sort_by_key(|(hat, _)| (hat.generality(), hat.method == "ANY"));
        let Some((hat, params)) = fitting.into_iter().next() else {
            return Ok(Routed::NoMethod(methods));
        };
        let event = Event {
            kind: Some(KIND.to_owned()),
            name: Some(hat.name),
            data: Some(json!({
                "method": call.method,
                "path": format!("/{}", call.path.join("/")),
                "params": params,
                "query": call.query,
                "headers": call.headers,
                "body": call.body,
                "text": call.text,
            })),
            ..Event::default()
        };
        Ok(Routed::Runs(self.fire(app, &event).await?))
    }
}

/// A hat's method and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// As the hat has it.
    name: String,
    pub(super) method: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Word(String),
    Param(String),
    Rest,
}

impl Pattern {
    /// From `METHOD /path`; none when it is something else.
    pub(super) fn read(name: &str) -> Option<Self> {
        let (method, path) = name.split_once(' ')?;
        let parts = path.trim().trim_matches('/').split('/').filter(|part| !part.is_empty());
        let parts = parts.map(|part| match part.strip_prefix(':') {
            Some(param) if !param.is_empty() => Part::Param(param.to_owned()),
            _ if part == "*" => Part::Rest,
            _ => Part::Word(part.to_owned()),
        });
        Some(Self { name: name.to_owned(), method: method.to_owned(), parts: parts.collect() })
    }

    /// What its parameters are in this path; none when it doesn't fit.
    fn fits(&self, path: &[String]) -> Option<Map<String, Json>> {
        let mut params = Map::new();
        let mut left = path.iter();
        for part in &self.parts {
            match part {
                Part::Rest => {
                    let rest: Vec<&str> = left.map(String::as_str).collect();
                    params.insert("*".to_owned(), rest.join("/").into());
                    return Some(params);
                }
                Part::Word(word) => (left.next()? == word).then_some(())?,
                Part::Param(name) => {
                    params.insert(name.clone(), left.next()?.clone().into());
                }
            }
        }
        left.next().is_none().then_some(params)
    }

    /// Sorts what fits fewer paths first.
    fn generality(&self) -> Vec<u8> {
        let rank = |part: &Part| match part {
            Part::Word(_) => 0,
            Part::Param(_) => 1,
            Part::Rest => 2,
        };
        self.parts.iter().map(rank).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn fits(pattern: &str, path: &str) -> Option<String> {
        let path: Vec<String> =
            path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let params = Pattern::read(pattern).unwrap().fits(&path)?;
        Some(serde_json::to_string(&params).unwrap())
    }

    #[test]
    fn a_path_fits_word_by_word() {
        assert_eq!(fits("GET /orders", "/orders").as_deref(), Some("{}"));
        assert_eq!(fits("GET orders/", "/orders").as_deref(), Some("{}"));
        assert_eq!(fits("GET /", "").as_deref(), Some("{}"));
        assert_eq!(fits("GET /orders/:id", "/orders/7").as_deref(), Some(r#"{"id":"7"}"#));
        assert_eq!(fits("GET /a/*", "/a/b/c").as_deref(), Some(r#"{"*":"b/c"}"#));
        assert_eq!(fits("GET /orders/:id", "/orders"), None);
        assert_eq!(fits("GET /orders", "/orders/7"), None);
        assert_eq!(Pattern::read("nothing"), None);
    }

    #[test]
    fn the_most_special_comes_first() {
        let mut all =
            ["GET /a/*", "GET /a/:b", "GET /a/c"].map(|name| Pattern::read(name).unwrap());
        all.sort_by_key(Pattern::generality);
        assert_eq!(all.map(|pattern| pattern.name), ["GET /a/c", "GET /a/:b", "GET /a/*"]);
    }
}
