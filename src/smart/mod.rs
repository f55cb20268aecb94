//! Smart text: what a person wrote, with places that are filled for each device.
//!
//! `Hello {name|there}` has one. A place is a name in braces, with what stands there when
//! nothing is known after a bar; a brace itself is written twice. A text is read once, by
//! [`SmartText::parse`], and filled as often as there are devices. Who knows what a name stands
//! for is none of its business.

mod parse;
mod part;
#[cfg(test)]
mod tests;

pub use parse::SmartError;
pub use part::Place;

use part::Part;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A text with places to be filled. Equal to what says the same, however it was written.
#[derive(Clone, Debug, Default)]
pub struct SmartText {
    parts: Vec<Part>,
    /// As a person wrote it, who wants to see it again so.
    source: Option<String>,
}

impl PartialEq for SmartText {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for SmartText {}

impl SmartText {
    /// Reads a text as a person wrote it.
    ///
    /// # Errors
    /// [`SmartError`], with the character: a brace that isn't closed, or what is no name.
    pub fn parse(source: &str) -> Result<Self, SmartError> {
        parse::parts(source).map(|parts| Self { parts, source: Some(source.to_owned()) })
    }

    /// A text without places, whatever it holds.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Plain(text)] };
        Self { parts, source: None }
    }

    /// Its places, in order.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.parts.iter().filter_map(|part| match part {
            Part::Plain(_) => None,
            Part::Place(place) => Some(place),
        })
    }

    /// Whether there is nothing to fill.
    pub fn is_plain(&self) -> bool {
        self.places().next().is_none()
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The only place of a text that is nothing else.
    pub fn only_place(&self) -> Option<&Place> {
        match self.parts.as_slice() {
            [Part::Place(place)] => Some(place),
            _ => None,
        }
    }

    /// Fills what `value` knows, and leaves the other places as they are.
    #[must_use]
    pub fn bound(&self, value: impl Fn(&str) -> Option<String>) -> Self {
        let mut bound: Vec<Part> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let text = match part {
                Part::Plain(text) => Some(text.clone()),
                Part::Place(place) => value(&place.name),
            };
            match (text, bound.last_mut()) {
                (None, _) => bound.push(part.clone()),
                (Some(text), Some(Part::Plain(before))) => before.push_str(&text),
                (Some(text), _) if text.is_empty() => {}
                (Some(text), _) => bound.push(Part::Plain(text)),
            }
        }
        Self { parts: bound, source: None }
    }

    /// The text with every place filled: with what `value` knows, else with its fallback, else
    /// with nothing.
    ///
    /// Ours: what an unfilled place without a fallback becomes is not known of the messaging
    /// API. A person should read a gap rather than `{name}`, and a message to a million devices
    /// shouldn't fail because one of them has no name; previews list such places.
    pub fn filled(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Plain(text) => filled.push_str(text),
                Part::Place(place) => {
                    let known = value(&place.name).map(Cow::Owned);
                    let text = known.or(place.fallback.as_deref().map(Cow::Borrowed));
                    filled.push_str(&text.unwrap_or_default());
                }
            }
        }
        filled
    }
}

/// As a person wrote it, or may have written it: reading it gives an equal text.
impl fmt::Display for SmartText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            return f.write_str(source);
        }
        for part in &self.parts {
            match part {
                Part::Plain(text) => f.write_str(&doubled(text))?,
                Part::Place(Place { name, fallback: None }) => write!(f, "{{{name}}}")?,
                Part::Place(Place { name, fallback: Some(text) }) => {
                    write!(f, "{{{name}|{}}}", doubled(text))?;
                }
            }
        }
        Ok(())
    }
}

fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

impl Serialize for SmartText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SmartText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        Self::parse(&source).map_err(D::Error::custom)
    }
}

impl JsonSchema for SmartText {
    fn schema_name() -> Cow<'static, str> {
        "SmartText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A text in which `{name}` or `{name|there}` is filled for each device; \
                            a brace itself is written twice."
        })
    }
}
