//! Sentences for people: what is said in English where it is written, with named values, and in
//! other languages by `words/LANGUAGE.json`, whose keys are the English sentences.
//!
//! `tests/words.rs` fails when a sentence of [`say!`](crate::diag::say) lacks a translation.

use crate::language::Language;
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt::Display;
use std::sync::OnceLock;

/// Makes a [`Sentence`](crate::diag::Sentence): English with `{name}` for each value, then the
/// values, by name or as `name = expression`. A value is anything that shows itself, or another
/// sentence.
macro_rules! say {
    ($english:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::diag::Sentence::of(
            $english,
            vec![$((stringify!($name), $crate::diag::say!(@value $name $(= $value)?))),*],
        )
    };
    (@value $name:ident) => { $crate::diag::Value::from(&$name) };
    (@value $name:ident = $value:expr) => { $crate::diag::Value::from(&$value) };
}
pub(crate) use say;

/// Something that is said to a person. One pointer: results and answers carry it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence(Box<Parts>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Parts {
    english: Cow<'static, str>,
    values: Vec<(Cow<'static, str>, Value)>,
}

/// What stands in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The same in every language.
    Same(String),
    /// Words themselves.
    Said(Sentence),
}

impl<T: Display + ?Sized> From<&T> for Value {
    fn from(value: &T) -> Self {
        Self::Same(value.to_string())
    }
}

impl From<&Sentence> for Value {
    fn from(sentence: &Sentence) -> Self {
        Self::Said(sentence.clone())
    }
}

impl From<&&Sentence> for Value {
    fn from(sentence: &&Sentence) -> Self {
        Self::Said((*sentence).clone())
    }
}

/// Words that nobody translates: those of a script, of another program, or for operators.
impl From<String> for Sentence {
    fn from(words: String) -> Self {
        Self(Box::new(Parts { english: words.into(), values: Vec::new() }))
    }
}

/// As from a `String`.
impl From<&str> for Sentence {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

impl Sentence {
    /// For [`say!`](crate::diag::say).
    pub(crate) fn of(english: &'static str, values: Vec<(&'static str, Value)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Self(Box::new(Parts { english: english.into(), values }))
    }

    /// Whether there are no words in it.
    pub fn is_empty(&self) -> bool {
        self.0.english.is_empty()
    }

    /// It in English.
    pub fn english(&self) -> String {
        self.said(Language::English)
    }

    /// It in a language; in English where that has no words for it.
    pub fn said(&self, language: Language) -> String {
        let words = words(language).get(&*self.0.english).map_or(&*self.0.english, String::as_str);
        let value = |name: &str| self.0.values.iter().find(|(own, _)| own == name);
        let mut said = String::with_capacity(words.len() + 32);
        let mut rest = words;
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            said.push_str(before);
            let name = from[1..].split('}').next().unwrap_or_default();
            // Braces around anything else are braces.
            let Some((_, value)) = value(name) else {
                said.push('{');
                rest = &from[1..];
                continue;
            };
            match value {
                Value::Same(text) => said.push_str(text),
                Value::Said(sentence) => said.push_str(&sentence.said(language)),
            }
            rest = &from[name.len() + 2..];
        }
        said.push_str(rest);
        said
    }
}

/// By the English sentence that of another language.
fn words(language: Language) -> &'static IndexMap<String, String> {
    static WORDS: [OnceLock<IndexMap<String, String>>; 5] = [const { OnceLock::new() }; 5];
    let (place, text) = match language {
        Language::English => (0, "{}"),
        Language::German => (1, include_str!("words/de.json")),
        Language::Spanish => (2, include_str!("words/es.json")),
        Language::Ukrainian => (3, include_str!("words/uk.json")),
        Language::Chinese => (4, include_str!("words/zh.json")),
    };
    // Whether they can be read is tested; without them there is English.
    WORDS[place].get_or_init(|| serde_json::from_str(text).unwrap_or_default())
}

/// In English.
impl Serialize for Sentence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.english())
    }
}

/// Words, which nobody translates any more.
impl<'de> Deserialize<'de> for Sentence {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

/// How a sentence is kept, to be said in any language later: `#[serde(with = "kept")]`.
pub mod kept {
    use super::{
        Cow, Deserialize, Deserializer, IndexMap, Parts, Sentence, Serialize, Serializer, Value,
    };

    /// Words alone, or a sentence and its values.
    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Kept<'k> {
        Words(Cow<'k, str>),
        Sentence {
            say: Cow<'k, str>,
            #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
            with: IndexMap<Cow<'k, str>, Kept<'k>>,
        },
    }

    impl<'k> From<&'k Value> for Kept<'k> {
        fn from(value: &'k Value) -> Self {
            match value {
                Value::Same(text) => Self::Words(text.into()),
                Value::Said(sentence) => sentence.into(),
            }
        }
    }

    impl<'k> From<&'k Sentence> for Kept<'k> {
        fn from(sentence: &'k Sentence) -> Self {
            let with =
                sentence.0.values.iter().map(|(name, value)| ((&**name).into(), value.into()));
            Self::Sentence { say: (&*sentence.0.english).into(), with: with.collect() }
        }
    }

    impl From<Kept<'_>> for Value {
        fn from(kept: Kept<'_>) -> Self {
            match kept {
                Kept::Words(text) => Self::Same(text.into_owned()),
                kept @ Kept::Sentence { .. } => Self::Said(kept.into()),
            }
        }
    }

    impl From<Kept<'_>> for Sentence {
        fn from(kept: Kept<'_>) -> Self {
            match kept {
                Kept::Words(words) => words.into_owned().into(),
                Kept::Sentence { say, with } => Self(Box::new(Parts {
                    english: say.into_owned().into(),
                    values: with
                        .into_iter()
                        .map(|(name, value)| (name.into_owned().into(), value.into()))
                        .collect(),
                })),
            }
        }
    }

    /// Words alone are kept as a text.
    pub fn serialize<S: Serializer>(sentence: &Sentence, to: S) -> Result<S::Ok, S::Error> {
        if sentence.0.values.is_empty() {
            return to.serialize_str(&sentence.0.english);
        }
        Kept::from(sentence).serialize(to)
    }

    /// What [`serialize`] wrote, or a text.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Sentence, D::Error> {
        Kept::deserialize(from).map(Sentence::from)
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, Sentence, kept};

    #[test]
    fn a_sentence_is_filled_with_its_values_and_nothing_else() {
        let kind = say!("a list");
        let (socket, text) = ("LIST", "{kind}");
        let said = say!("`{socket}` is {kind}: write {\"a\": 1}, {text}", socket, kind, text);
        assert_eq!(said.english(), "`LIST` is a list: write {\"a\": 1}, {kind}");
        assert_eq!(Sentence::from("{kind} {").said(Language::German), "{kind} {");
    }

    #[test]
    fn what_is_kept_can_be_said_in_any_language_later() {
        #[derive(serde::Serialize, serde::Deserialize)]
        struct Kept(#[serde(with = "kept")] Sentence);

        let got = say!("a list");
        for sentence in [
            say!("`{socket}` wants an object and got {got}", socket = "OBJECT", got),
            say!("call it, or delete it"),
            Sentence::from("the script's own words"),
        ] {
            let text = serde_json::to_string(&Kept(sentence.clone())).unwrap();
            let Kept(read) = serde_json::from_str(&text).unwrap();
            assert_eq!(read, sentence, "{text}");
        }
        let text = serde_json::to_string(&Kept(say!("call it, or delete it"))).unwrap();
        assert_eq!(text, "\"call it, or delete it\"");
    }
}
