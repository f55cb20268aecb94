//! The words of blocks in other languages: read, checked against the blocks, and put on them.
//!
//! `words/LANGUAGE.json` beside the definitions says, by type, what stands on a block in that
//! language. What it doesn't say stays English.

use super::{Definitions, bundled};
use crate::diag::{Diagnostic, nearest};
use crate::language::Language;
use crate::source::{Item, Source};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What a language has for categories and blocks.
#[derive(Debug, Default)]
pub struct Words {
    /// Files as they were written; of two that say the same the first counts.
    files: Vec<Json>,
}

impl Words {
    /// What a category is called; its English name when nobody says.
    pub fn category<'w>(&'w self, name: &'w str) -> &'w str {
        let mut files = self.files.iter().filter_map(|file| file["categories"][name].as_str());
        files.next().unwrap_or(name)
    }

    /// Puts the words of its type on an entry of a definition file.
    pub fn put_on(&self, entry: &mut Json) {
        let name = entry["type"].as_str().unwrap_or_default();
        let words = self.files.iter().map(|file| &file["blocks"][name]).find(|it| it.is_object());
        let Some(words) = words else { return };
        for (key, word) in words.as_object().into_iter().flatten().filter(|(_, it)| it.is_string())
        {
            entry[key] = word.clone();
        }
        for line in 0.. {
            let Some(args) = entry.get_mut(format!("args{line}")) else {
                if entry.get(format!("message{line}")).is_some() {
                    continue;
                }
                break;
            };
            for arg in args.as_array_mut().into_iter().flatten() {
                label(arg, words);
            }
        }
        let shadows = entry.pointer_mut("/blockcast/inputs").and_then(Json::as_object_mut);
        for (input, told) in shadows.into_iter().flatten() {
            let text = told.pointer_mut("/shadow/fields/TEXT");
            if let (Some(text), Some(word)) = (text, words["texts"].get(input)) {
                *text = word.clone();
            }
        }
    }
}

/// The words of a field: its options, and the text that a new block has in it.
fn label(arg: &mut Json, words: &Json) {
    let name = arg["name"].as_str().unwrap_or_default().to_owned();
    for option in arg["options"].as_array_mut().into_iter().flatten() {
        let value = option[1].as_str().unwrap_or_default();
        if let Some(word) = words["options"][&name].get(value) {
            option[0] = word.clone();
        }
    }
    if let Some(word) = words["texts"].get(&name) {
        for key in ["text", "variable"] {
            if arg.get(key).is_some() {
                arg[key] = word.clone();
            }
        }
    }
}

/// What authors' folders have in the way of words, by language.
pub(super) type Authored = BTreeMap<Language, Vec<Json>>;

/// All words of a language, ours first.
pub(super) fn of(language: Language, authored: &Authored) -> Words {
    let ours = bundled::WORDS.iter().filter(|(whose, _)| *whose == language);
    // Whether they can be read is tested; without them there is English.
    let ours = ours.filter_map(|(_, text)| serde_json::from_str(text).ok());
    let theirs = authored.get(&language).into_iter().flatten().cloned();
    Words { files: ours.chain(theirs).collect() }
}

/// Reads a file of words; what is wrong in it is told and left out.
pub(super) fn read(
    file: &str,
    text: Vec<u8>,
    definitions: &Definitions,
    problems: &mut Vec<Diagnostic>,
) -> Option<Json> {
    let source = match Source::parse(text, Some(file)) {
        Ok(source) => source,
        Err(problem) => {
            problems.push(*problem);
            return None;
        }
    };
    let root = source.root();
    let mut words = root.to_json().filter(Json::is_object)?;
    let mut checker = Checker { definitions, problems };
    for (name, item) in root.get("blocks").into_iter().flat_map(Item::entries) {
        if !checker.block(name, item) {
            words["blocks"][name] = Json::Null;
        }
    }
    Some(words)
}

struct Checker<'c> {
    definitions: &'c Definitions,
    problems: &'c mut Vec<Diagnostic>,
}

impl Checker<'_> {
    fn bad(&mut self, item: Item<'_>, message: String, hint: String) {
        self.problems.push(Diagnostic::error("bad-words", message, hint).at(item.place()));
    }

    /// Whether the words of a block can be used.
    fn block(&mut self, name: &str, words: Item<'_>) -> bool {
        let before = self.problems.len();
        let definitions = self.definitions;
        let Some(entry) = definitions.entry(name) else {
            let known = definitions.iter().map(|known| known.name.as_str());
            let hint = nearest(name, known).map_or_else(
                || "name a type of a block that is defined, or leave it out".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.bad(words, format!("there is no block type `{name}`"), hint);
            return false;
        };
        for (key, word) in words.entries() {
            if let ("options" | "texts", true) = (key, word.is_object()) {
                self.fields(name, entry, key, word);
                continue;
            }
            let Some(text) = word.text() else {
                let hint = format!("write \"{key}\": \"...\"");
                self.bad(word, format!("`{key}` of `{name}` is no text"), hint);
                continue;
            };
            match entry.get(key).and_then(Item::text) {
                Some(english) if key.starts_with("message") => {
                    self.places(key, word, text, english);
                }
                Some(_) if key == "tooltip" => {}
                _ => {
                    let hint = "its words are `message0`, `message1`, ..., `tooltip`, `options` \
                                and `texts`";
                    self.bad(word, format!("`{name}` has no text `{key}`"), hint.to_owned());
                }
            }
        }
        self.problems.len() == before
    }

    /// Both texts must have the same `%n`, once each.
    fn places(&mut self, key: &str, item: Item<'_>, text: &str, english: &str) {
        let (theirs, ours) = (places(text), places(english));
        if theirs != ours {
            let list = |places: &[String]| match places {
                [] => "none".to_owned(),
                places => format!("`{}`", places.join("`, `")),
            };
            let message =
                format!("`{key}` has the places {}, in English {}", list(&theirs), list(&ours));
            let hint = "write each place of the English text once, wherever it fits";
            self.bad(item, message, hint.to_owned());
        }
    }

    /// Options by field and value, or first texts by field or input.
    fn fields(&mut self, name: &str, entry: Item<'_>, key: &str, words: Item<'_>) {
        for (field, word) in words.entries() {
            let arguments =
                (0..).map_while(|line| entry.get(&format!("message{line}")).map(|_| line));
            let arguments = arguments.filter_map(|line| entry.get(&format!("args{line}")));
            let argument = arguments
                .flat_map(Item::items)
                .find(|argument| argument.get("name").and_then(Item::text) == Some(field));
            let Some(argument) = argument else {
                let hint = "name it as in the block's `args`".to_owned();
                self.bad(word, format!("`{name}` has no field or input `{field}`"), hint);
                continue;
            };
            if key == "texts" {
                continue;
            }
            for (value, label) in word.entries() {
                let options = argument.get("options").into_iter().flat_map(Item::items);
                let mut values = options.filter_map(|pair| pair.items().nth(1)?.text());
                if !values.any(|known| known == value) {
                    let hint = "give its label to a value of the dropdown".to_owned();
                    self.bad(label, format!("`{field}` has no option `{value}`"), hint);
                }
            }
        }
    }
}

/// The places of a message, in order of their numbers.
fn places(message: &str) -> Vec<String> {
    let parts = message.split('%').skip(1);
    let mut places: Vec<String> = parts
        .map(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>())
        .filter(|digits| !digits.is_empty())
        .map(|digits| format!("%{digits}"))
        .collect();
    places.sort();
    places
}

#[cfg(test)]
mod tests {
    use super::super::{Bodies, Definition, load};
    use super::{Definitions, Language, bundled, of, places, read};
    use serde_json::Value as Json;
    use std::path::PathBuf;

    /// Runs anything.
    struct Any;

    impl Bodies for Any {
        fn knows(&self, _: &Definition) -> bool {
            true
        }

        fn prepare(&mut self, _: &Definition) -> Result<(), String> {
            Ok(())
        }
    }

    fn ours() -> Definitions {
        load(&[] as &[PathBuf], Vec::new(), &mut Any).0
    }

    fn problems(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        read("de.json", text.into(), &ours(), &mut problems);
        problems.into_iter().map(|problem| problem.message.english()).collect()
    }

    #[test]
    fn words_of_ours_fit_their_blocks() {
        let mut problems = Vec::new();
        for (language, text) in bundled::WORDS {
            read(language.tag(), (*text).into(), &ours(), &mut problems);
        }
        assert!(problems.is_empty(), "{problems:#?}");
    }

    /// What an author reads on a block: by a name, the text.
    fn read_on(entry: &Json, texts: &[&str]) -> Vec<(String, String)> {
        let mut told = Vec::new();
        let mut tell = |name: String, text: &Json| {
            if let Some(text) = text.as_str().filter(|it| it.contains(char::is_alphabetic)) {
                told.push((name, text.to_owned()));
            }
        };
        tell("tooltip".to_owned(), &entry["tooltip"]);
        for line in (0..).map_while(|n| entry.get(format!("message{n}")).map(|_| n)) {
            tell(format!("message{line}"), &entry[format!("message{line}")]);
            for arg in entry[format!("args{line}")].as_array().into_iter().flatten() {
                let name = arg["name"].as_str().unwrap_or_default();
                for option in arg["options"].as_array().into_iter().flatten() {
                    tell(format!("{name} {}", option[1]), &option[0]);
                }
                let shadow = &entry["blockcast"]["inputs"][name]["shadow"]["fields"]["TEXT"];
                for text in [&arg["text"], &arg["variable"], shadow] {
                    if text.as_str().is_some_and(|text| texts.contains(&text)) {
                        tell(format!("{name} holds"), text);
                    }
                }
            }
        }
        told
    }

    #[test]
    fn every_language_has_words_for_all_that_is_read_on_our_blocks() {
        // First texts that are words and no samples of data.
        const TEXTS: [&str; 5] = ["Hello", "key", "item", "total", " and "];
        // What is the same in several languages.
        const SAME: [&str; 14] = [
            "POST",
            "GET",
            "PUT",
            "PATCH",
            "DELETE",
            "Text",
            "Text %1 %2 %3",
            "total",
            "%1 plus %2 %3",
            "script %1 with a %2 b %3 c %4",
            "Script",
            "Variables",
            "as",
            "JSON",
        ];
        let definitions = ours();
        let mut missing = Vec::new();
        for language in Language::OTHERS {
            let words = of(language, &definitions.words);
            for category in definitions.palette() {
                if words.category(&category.name) == category.name
                    && !SAME.contains(&category.name.as_str())
                {
                    missing.push(format!("{}: category {}", language.tag(), category.name));
                }
                for entry in category.blocks().iter().filter(|it| it["blockcast"]["core"] != true) {
                    let mut theirs = entry.clone();
                    words.put_on(&mut theirs);
                    for (name, text) in read_on(entry, &TEXTS) {
                        let same = read_on(&theirs, &TEXTS).contains(&(name.clone(), text.clone()));
                        if same && !SAME.contains(&text.as_str()) {
                            let kind = &entry["type"];
                            missing.push(format!("{}: {kind} {name} `{text}`", language.tag()));
                        }
                    }
                }
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn words_that_do_not_fit_are_told() {
        for (words, told) in [
            (r#"{"trigger_evnt": {}}"#, "there is no block type `trigger_evnt`"),
            (
                r#"{"trigger_event": {"message0": "wenn"}}"#,
                "`message0` has the places none, in English `%1`",
            ),
            (
                r#"{"trigger_event": {"message1": "wenn"}}"#,
                "`trigger_event` has no text `message1`",
            ),
            (r#"{"trigger_event": {"type": "x"}}"#, "`trigger_event` has no text `type`"),
            (r#"{"trigger_event": {"tooltip": 1}}"#, "`tooltip` of `trigger_event` is no text"),
            (
                r#"{"trigger_event": {"texts": {"NAM": "x"}}}"#,
                "`trigger_event` has no field or input `NAM`",
            ),
            (
                r#"{"trigger_http": {"options": {"METHOD": {"HEAD": "x"}}}}"#,
                "`METHOD` has no option `HEAD`",
            ),
        ] {
            assert_eq!(problems(&format!("{{\"blocks\": {words}}}")), [told]);
        }
    }

    #[test]
    fn places_are_told_whatever_their_order() {
        assert_eq!(places("%2 of %1, 5% off"), ["%1", "%2"]);
    }
}
