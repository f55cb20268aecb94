//! Reads definition files and puts them together, problems told by file and path.

use super::bundled::FILES;
use super::entry::read_entry;
use super::written::Written;
use super::{Category, Definition, Definitions, Runner, words};
use crate::diag::{Diagnostic, nearest};
use crate::language::Language;
use crate::source::{Item, Source};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The folder beside definitions that holds their words in other languages.
const WORDS: &str = "words";

/// Who knows what can run a block.
pub trait Bodies {
    /// Whether there is a function as the definition names it.
    fn knows(&self, definition: &Definition) -> bool;

    /// Gets ready to run blocks of this type.
    ///
    /// # Errors
    /// What is wrong with the definition's script, in words.
    fn prepare(&mut self, definition: &Definition) -> Result<(), String>;
}

/// Loads the bundled blocks and those of the author's folders, in this order.
///
/// `made` are further files, by name and text: those that libraries made of what they
/// say of themselves. `bodies` knows what can run a block. A file or entry with a
/// problem is left out; everything else is there.
///
/// Every `*.json` in a folder is read, in order of its name:
/// `{"category": {"name", "colour"}, "blocks": [entry, ...]}`. Its folder `words`, if there is
/// one, says what stands on the blocks in other languages.
pub fn load(
    folders: &[impl AsRef<Path>],
    made: Vec<(String, String)>,
    bodies: &mut dyn Bodies,
) -> (Definitions, Vec<Diagnostic>) {
    let definitions = Definitions::default();
    let mut loader = Loader { definitions, problems: Vec::new(), bundled: true, bodies };
    for (file, text) in FILES {
        loader.file(file, text.as_bytes().to_vec());
    }
    loader.bundled = false;
    for (file, text) in made {
        loader.file(&file, text.into_bytes());
    }
    for folder in folders {
        loader.folder(folder.as_ref());
    }
    for folder in folders {
        loader.words(&folder.as_ref().join(WORDS));
    }
    (loader.definitions, loader.problems)
}

struct Loader<'a> {
    definitions: Definitions,
    problems: Vec<Diagnostic>,
    /// Whether the files being read came with the binary.
    bundled: bool,
    bodies: &'a mut dyn Bodies,
}

impl Loader<'_> {
    fn folder(&mut self, folder: &Path) {
        let shown = folder.display().to_string();
        let listed = std::fs::read_dir(folder).and_then(|entries| {
            entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()
        });
        let mut files = match listed {
            Ok(files) => files,
            Err(error) => {
                self.problems.push(unreadable(&shown, "folder of blocks", &error));
                return;
            }
        };
        let is_library = |file: &PathBuf| file.extension().is_some_and(|it| it == "wasm");
        let has_library = files.iter().any(is_library);
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        if files.is_empty() && !has_library {
            self.problems.push(
                Diagnostic::warning(
                    "no-blocks",
                    "the folder has no block files",
                    "put a file `NAME.json` with block definitions or a library `NAME.wasm` into it",
                )
                .in_file(&shown),
            );
        }
        for file in files {
            let shown = file.display().to_string();
            match std::fs::read(&file) {
                Ok(text) => self.file(&shown, text),
                Err(error) => self.problems.push(unreadable(&shown, "block file", &error)),
            }
        }
    }

    /// Words in other languages, by the files' names.
    fn words(&mut self, folder: &Path) {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        let mut files: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        for file in files {
            let shown = file.display().to_string();
            let tag = file.file_stem().unwrap_or_default().to_string_lossy();
            let Some(language) = Language::of(&tag).filter(|it| *it != Language::English) else {
                let tags = Language::OTHERS.map(Language::tag).join("`, `");
                self.problems.push(
                    Diagnostic::warning(
                        "unknown-language",
                        format!("`{tag}` is no language that blocks are shown in"),
                        format!("name the file by one of `{tags}`; English is in the definitions"),
                    )
                    .in_file(&shown),
                );
                continue;
            };
            match std::fs::read(&file) {
                Ok(text) => {
                    let read = words::read(&shown, text, &self.definitions, &mut self.problems);
                    self.definitions.words.entry(language).or_default().extend(read);
                }
                Err(error) => self.problems.push(unreadable(&shown, "file of words", &error)),
            }
        }
    }

    fn file(&mut self, file: &str, text: Vec<u8>) {
        let source = match Source::parse(text, Some(file)) {
            Ok(source) => Arc::new(source),
            Err(problem) => {
                self.problems.push(*problem);
                return;
            }
        };
        let root = source.root();
        let (Some(category), Some(blocks)) = (root.get("category"), root.get("blocks")) else {
            self.problems.push(
                Diagnostic::error(
                    "bad-definition",
                    "a block file is an object with `category` and `blocks`",
                    "write {\"category\": {\"name\": \"Mine\", \"colour\": \"#5b80a5\"}, \
                     \"blocks\": [...]}",
                )
                .at(root.place()),
            );
            return;
        };
        let Some(category) = self.category(category) else { return };
        for item in blocks.items() {
            self.entry(&source, item, category);
        }
    }

    /// The number of the category with this name, made when it is new.
    fn category(&mut self, item: Item<'_>) -> Option<usize> {
        let text = |key| item.get(key).and_then(Item::text);
        let (Some(name), Some(colour)) = (text("name"), text("colour")) else {
            self.problems.push(
                Diagnostic::error(
                    "bad-definition",
                    "a category needs a `name` and a `colour`",
                    "write \"category\": {\"name\": \"Mine\", \"colour\": \"#5b80a5\"}",
                )
                .at(item.place()),
            );
            return None;
        };
        let categories = &mut self.definitions.categories;
        if let Some(known) = categories.iter().position(|category| category.name == name) {
            return Some(known);
        }
        categories.push(Category {
            name: name.to_owned(),
            colour: colour.to_owned(),
            entries: Vec::new(),
            blocks: OnceLock::new(),
        });
        Some(categories.len() - 1)
    }

    fn entry(&mut self, source: &Arc<Source>, item: Item<'_>, category: usize) {
        let before = self.problems.len();
        let name = &self.definitions.categories[category].name;
        let read = read_entry(source, item, name, self.bundled, &mut self.problems);
        let Some(definition) = read else { return };
        if self.definitions.get(&definition.name).is_some() {
            self.problems.push(
                Diagnostic::error(
                    "duplicate-type",
                    format!("there is already a block of type `{}`", definition.name),
                    "give the block another type; bundled blocks can't be replaced",
                )
                .at(item.place()),
            );
            return;
        }
        if !self.bodies.knows(&definition) {
            let known = self.definitions.blocks.values().map(|known| known.function.as_str());
            let hint = nearest(&definition.function, known).map_or_else(
                || "name a built-in function in `blockcast.function`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let is_wasm = definition.runner == Runner::Wasm;
            let what = if is_wasm { "function of a library" } else { "built-in function" };
            let message = format!("no {what} is named `{}`", definition.function);
            self.problems.push(
                Diagnostic::error("unknown-function", message, hint)
                    .at(item.get("blockcast").unwrap_or(item).place()),
            );
            return;
        }
        if self.problems[before..].iter().any(Diagnostic::is_error) {
            return;
        }
        if let Err(problem) = self.bodies.prepare(&definition) {
            let own = item.get("blockcast").unwrap_or(item);
            let hint = "mend the script; inputs and fields are variables, by their names in small \
                        letters";
            self.problems.push(
                Diagnostic::error("bad-script", problem, hint)
                    .at(own.get("script").unwrap_or(own).place()),
            );
            return;
        }
        self.definitions.categories[category].entries.push(Written::of(source, item));
        self.definitions.blocks.insert(definition.name.clone(), definition);
    }
}

fn unreadable(file: &str, what: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(
        "unreadable",
        format!("the {what} can't be read: {error}"),
        "check the path and its permissions",
    )
    .in_file(file)
}
