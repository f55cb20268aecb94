//! A JSON file as it was written: every value with its path and its line.
//!
//! What people write and programs nest deeply (definitions and workspaces) is
//! read into this flat tree, without recursion, so that a stack of ten thousand
//! blocks costs memory only and every problem can be shown in its place.
//! Events and wire bodies are shallow and are read by `serde_json`.

use crate::diag::{Diagnostic, Place, Sentence, say};
use crate::limits;
use jiter::{Jiter, JiterError, Peek};

/// A JSON text read whole.
#[derive(Debug)]
pub struct Source {
    file: Option<String>,
    text: Vec<u8>,
    nodes: Vec<Node>,
    /// All texts and names, one behind the other: an allocation for each would take longer
    /// than reading it.
    words: String,
}

/// Where a text lies in [`Source::words`].
#[derive(Clone, Copy, Debug)]
struct Word {
    start: u32,
    end: u32,
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    /// Where its text begins, in bytes.
    offset: u32,
    parent: u32,
    key: Key,
    /// The next value of the same list or object; 0 when it is the last.
    sibling: u32,
}

#[derive(Debug)]
enum Kind {
    Null,
    Bool(bool),
    Number(f64),
    Text(Word),
    /// The first value in it (0 when empty).
    List(u32),
    Object(u32),
}

#[derive(Clone, Copy, Debug)]
enum Key {
    Index(u32),
    Name(Word),
}

impl Source {
    /// Reads a JSON text; `file` is the name shown in diagnostics.
    ///
    /// # Errors
    /// A diagnostic with the line when the text is no JSON or larger than
    /// [`limits::FILE_BYTES_MAX`].
    pub fn parse(mut text: Vec<u8>, file: Option<&str>) -> Result<Self, Box<Diagnostic>> {
        if text.starts_with(b"\xef\xbb\xbf") {
            text.drain(..3);
        }
        let mut source =
            Self { file: file.map(str::to_owned), text, nodes: Vec::new(), words: String::new() };
        if source.text.len() > limits::FILE_BYTES_MAX {
            let (bytes, bytes_max) = (source.text.len(), limits::FILE_BYTES_MAX);
            return Err(Box::new(
                Diagnostic::error(
                    "file-too-large",
                    say!("the file has {bytes} bytes; the limit is {bytes_max}", bytes, bytes_max),
                    say!("check that it is the file you meant; a flow of ten thousand blocks has 3 MB"),
                )
                .at(source.place(None, 0)),
            ));
        }
        match read(&source.text) {
            Ok((nodes, words)) => (source.nodes, source.words) = (nodes, words),
            Err(error) => {
                let message = say!("this is not JSON: {error}", error = error.error_type);
                return Err(Box::new(
                    Diagnostic::error(
                        "not-json",
                        message,
                        say!("save the workspace again, or mend the line by hand"),
                    )
                    .at(source.place(None, error.index)),
                ));
            }
        }
        Ok(source)
    }

    /// The outermost value.
    pub fn root(&self) -> Item<'_> {
        Item { source: self, index: 0 }
    }

    fn word(&self, word: Word) -> &str {
        &self.words[word.start as usize..word.end as usize]
    }

    fn place(&self, path: Option<String>, offset: usize) -> Place {
        let before = &self.text[..offset.min(self.text.len())];
        let lines = memchr::memchr_iter(b'\n', before).count() + 1;
        // A file on one line needs no line number.
        let line =
            memchr::memchr(b'\n', &self.text).is_some().then(|| u32::try_from(lines).unwrap_or(0));
        Place { path, file: self.file.clone(), line, ..Place::default() }
    }
}

fn read(text: &[u8]) -> Result<(Vec<Node>, String), JiterError> {
    let mut reader = Jiter::new(text);
    let mut nodes: Vec<Node> = Vec::with_capacity(text.len() / 16);
    let mut words = String::with_capacity(text.len() / 2);
    // The lists and objects that are open, each with the last value read in it.
    let mut open: Vec<(u32, u32)> = Vec::new();
    let mut key = Key::Index(0);
    let mut peek = reader.peek()?;
    loop {
        let index = number(nodes.len());
        let offset = number(reader.current_index());
        if let Some((parent, last)) = open.last_mut() {
            if *last == 0 {
                match &mut nodes[*parent as usize].kind {
                    Kind::List(first) | Kind::Object(first) => *first = index,
                    Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => {}
                }
            } else {
                nodes[*last as usize].sibling = index;
            }
            *last = index;
        }
        let parent = open.last().map_or(0, |(parent, _)| *parent);
        let mut next = None;
        let kind = match peek {
            Peek::Array => {
                next = reader.known_array()?;
                if next.is_some() {
                    open.push((index, 0));
                }
                Kind::List(0)
            }
            Peek::Object => {
                if let Some(name) = reader.known_object()? {
                    let name = Key::Name(keep(&mut words, name));
                    next = Some(reader.peek()?);
                    open.push((index, 0));
                    nodes.push(Node { kind: Kind::Object(0), offset, parent, key, sibling: 0 });
                    key = name;
                    peek = next.unwrap_or(peek);
                    continue;
                }
                Kind::Object(0)
            }
            _ => scalar(&mut reader, peek, &mut words)?,
        };
        nodes.push(Node { kind, offset, parent, key, sibling: 0 });
        if let Some(first) = next {
            (key, peek) = (Key::Index(0), first);
            continue;
        }
        match step(&mut reader, &nodes, &mut open, &mut words)? {
            Some(following) => (key, peek) = following,
            None => break,
        }
    }
    reader.finish()?;
    Ok((nodes, words))
}

fn keep(words: &mut String, text: &str) -> Word {
    let start = number(words.len());
    words.push_str(text);
    Word { start, end: number(words.len()) }
}

fn scalar(reader: &mut Jiter<'_>, peek: Peek, words: &mut String) -> Result<Kind, JiterError> {
    Ok(match peek {
        Peek::Null => {
            reader.known_null()?;
            Kind::Null
        }
        Peek::True | Peek::False => Kind::Bool(reader.known_bool(peek)?),
        Peek::String => Kind::Text(keep(words, reader.known_str()?)),
        number => Kind::Number(reader.known_float(number)?),
    })
}

/// Goes on to the next value, closing what ends before it.
fn step(
    reader: &mut Jiter<'_>,
    nodes: &[Node],
    open: &mut Vec<(u32, u32)>,
    words: &mut String,
) -> Result<Option<(Key, Peek)>, JiterError> {
    while let Some((parent, last)) = open.last() {
        if let Kind::List(_) = nodes[*parent as usize].kind {
            if let Some(peek) = reader.array_step()? {
                let Key::Index(before) = nodes[*last as usize].key else { break };
                return Ok(Some((Key::Index(before + 1), peek)));
            }
        } else if let Some(name) = reader.next_key()? {
            let key = Key::Name(keep(words, name));
            return Ok(Some((key, reader.peek()?)));
        }
        open.pop();
    }
    Ok(None)
}

/// Values are numbered in 32 bits; the file limit is far below that.
fn number(index: usize) -> u32 {
    u32::try_from(index).expect("the file limit is below 2^32 bytes")
}

/// One value in a [`Source`].
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    source: &'a Source,
    index: u32,
}

impl<'a> Item<'a> {
    fn node(self) -> &'a Node {
        &self.source.nodes[self.index as usize]
    }

    fn at(self, index: u32) -> Option<Self> {
        (index != 0).then_some(Self { source: self.source, index })
    }

    /// Its number in the source: the same for the same value, and smaller than any inside it.
    pub fn number(self) -> u32 {
        self.index
    }

    /// The value numbered `number`, from [`Item::number`] of the same source.
    #[must_use]
    pub fn numbered(self, number: u32) -> Self {
        Self { source: self.source, index: number }
    }

    /// The word for its kind in an error.
    pub fn kind(self) -> Sentence {
        match self.node().kind {
            Kind::Null => say!("null"),
            Kind::Bool(_) => say!("true or false"),
            Kind::Number(_) => say!("a number"),
            Kind::Text(_) => say!("a text"),
            Kind::List(_) => say!("a list"),
            Kind::Object(_) => say!("an object"),
        }
    }

    /// The entry `name` of an object; of several with one name the last, as in JavaScript.
    pub fn get(self, name: &str) -> Option<Item<'a>> {
        self.entries().filter(|(key, _)| *key == name).last().map(|(_, value)| value)
    }

    /// The entries of an object; none of anything else.
    pub fn entries(self) -> impl Iterator<Item = (&'a str, Item<'a>)> {
        let first = match self.node().kind {
            Kind::Object(first) => self.at(first),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => None,
        };
        std::iter::successors(first, |item| item.at(item.node().sibling)).map(|item| {
            let name = match item.node().key {
                Key::Name(name) => item.source.word(name),
                Key::Index(_) => "",
            };
            (name, item)
        })
    }

    /// The items of a list; none of anything else.
    pub fn items(self) -> impl Iterator<Item = Item<'a>> {
        let first = match self.node().kind {
            Kind::List(first) => self.at(first),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Object(_) => None,
        };
        std::iter::successors(first, |item| item.at(item.node().sibling))
    }

    /// The text, if it is one.
    pub fn text(self) -> Option<&'a str> {
        match self.node().kind {
            Kind::Text(text) => Some(self.source.word(text)),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::List(_) | Kind::Object(_) => None,
        }
    }

    /// The number, if it is one.
    pub fn number_value(self) -> Option<f64> {
        match self.node().kind {
            Kind::Number(number) => Some(number),
            Kind::Null | Kind::Bool(_) | Kind::Text(_) | Kind::List(_) | Kind::Object(_) => None,
        }
    }

    /// True or false, if it is that.
    pub fn bool(self) -> Option<bool> {
        match self.node().kind {
            Kind::Bool(value) => Some(value),
            Kind::Null | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Object(_) => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(self) -> bool {
        matches!(self.node().kind, Kind::Null)
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        matches!(self.node().kind, Kind::Object(_))
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        matches!(self.node().kind, Kind::List(_))
    }

    /// A copy for those who know `serde_json`.
    ///
    /// `None` when it is nested deeper than `serde_json` itself would read.
    pub fn to_json(self) -> Option<serde_json::Value> {
        self.to_json_within(120)
    }

    fn to_json_within(self, depth: usize) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        let depth = depth.checked_sub(1)?;
        Some(match self.node().kind {
            Kind::Null => Json::Null,
            Kind::Bool(value) => Json::Bool(value),
            // The number's own text, so that 1 stays 1 and 1.0 stays 1.0.
            Kind::Number(_) => {
                let rest = &self.source.text[self.node().offset as usize..];
                let end = rest.iter().position(|b| !b"+-.0123456789eE".contains(b));
                serde_json::from_slice(&rest[..end.unwrap_or(rest.len())]).ok()?
            }
            Kind::Text(text) => Json::String(self.source.word(text).to_owned()),
            Kind::List(_) => {
                Json::Array(self.items().map(|i| i.to_json_within(depth)).collect::<Option<_>>()?)
            }
            Kind::Object(_) => Json::Object(
                self.entries()
                    .map(|(key, value)| Some((key.to_owned(), value.to_json_within(depth)?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// The path from the top of the file: `blocks.blocks[0].inputs.TEXT`.
    pub fn path(self) -> String {
        let mut keys = Vec::new();
        let mut item = self;
        while item.index != 0 {
            keys.push(item.node().key);
            item.index = item.node().parent;
        }
        let mut path = String::new();
        for key in keys.into_iter().rev() {
            match key {
                Key::Index(index) => {
                    path.push('[');
                    path.push_str(&index.to_string());
                    path.push(']');
                }
                Key::Name(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(self.source.word(name));
                }
            }
        }
        path
    }

    /// Its place: path, file and line.
    pub fn place(self) -> Place {
        let path = self.path();
        self.source.place((!path.is_empty()).then_some(path), self.node().offset as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_knows_its_path_and_line() {
        let text = b"{\n \"blocks\": [1,\n  {\"a\": {\"b\": null}}]}".to_vec();
        let source = Source::parse(text, Some("flow.json")).unwrap();
        let b = source.root().get("blocks").unwrap().items().nth(1).unwrap();
        let b = b.get("a").unwrap().get("b").unwrap();
        let place = b.place();
        assert_eq!(place.to_string(), "blocks[1].a.b, flow.json:3");
    }

    #[test]
    fn a_hundred_thousand_levels_are_read() {
        let depth = 100_000;
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(Source::parse(text.into_bytes(), None).unwrap().nodes.len(), depth);
    }

    #[test]
    fn broken_text_is_an_error_with_its_line() {
        let error = Source::parse(b"{\n\"a\": 1,\n}".to_vec(), Some("f.json")).unwrap_err();
        assert_eq!((error.code, error.place.line), ("not-json", Some(3)));
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i32>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 64, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_reads_back_the_same(value in json()) {
            let source = Source::parse(value.to_string().into_bytes(), None).unwrap();
            prop_assert_eq!(source.root().to_json().unwrap(), value);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]{}\",:0-9a-z\\\\ -]{0,64}") {
            let ours = Source::parse(text.clone().into_bytes(), None).is_ok();
            prop_assert_eq!(ours, serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
