//! Block definitions: what a block looks like, what it takes and what runs it.
//!
//! One JSON entry drives palette, checks and runtime. The entries live in the
//! folder `blocks/`; an author's own folder is added to them. What a block
//! *does* is in [`vm::builtins`](crate::vm::builtins) or in the compiler.

mod bundled;
mod definition;
mod documentation;
mod entry;
mod file;
mod load;
mod told;
mod words;
mod written;

pub use definition::{
    Argument, Check, Definition, EventHat, Field, FieldKind, Mutation, Runner, Shape, Socket, When,
};
pub use documentation::{Docs, Documentation, Example, Outcome};
pub use file::{BlockFile, WordsFile};
pub use load::{Bodies, load};
pub use words::Words;

use crate::language::Language;
use crate::source::Item;
use indexmap::IndexMap;
use std::sync::OnceLock;
use written::Written;

/// All known blocks.
#[derive(Debug, Default)]
pub struct Definitions {
    blocks: IndexMap<String, Definition>,
    categories: Vec<Category>,
    words: words::Authored,
}

impl Definitions {
    /// The definition of the type `name`.
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.blocks.get(name)
    }

    /// The definition's number, which [`Definitions::numbered`] takes.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.blocks.get_index_of(name)
    }

    /// The definition with this number.
    pub fn numbered(&self, number: usize) -> &Definition {
        &self.blocks[number]
    }

    /// All definitions, in palette order.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.blocks.values()
    }

    /// The palette: categories in order, each with its entries as they were written.
    pub fn palette(&self) -> &[Category] {
        &self.categories
    }

    /// What stands on them in another language.
    pub fn words(&self, language: Language) -> Words {
        words::of(language, &self.words)
    }

    /// The entry of the type `name`, as it was written.
    fn entry(&self, name: &str) -> Option<Item<'_>> {
        let mut entries = self.categories.iter().flat_map(|category| &category.entries);
        let is_it = |item: &Item<'_>| item.get("type").and_then(Item::text) == Some(name);
        entries.find_map(|entry| Some(entry.item()).filter(is_it))
    }
}

/// A category of the palette.
#[derive(Debug)]
pub struct Category {
    /// What the author sees.
    pub name: String,
    /// `#rrggbb`, the colour of its blocks.
    pub colour: String,
    entries: Vec<Written>,
    blocks: OnceLock<Vec<serde_json::Value>>,
}

impl Category {
    /// The entries of `blocks/*.json`, as they were written.
    pub fn blocks(&self) -> &[serde_json::Value] {
        let read = || self.entries.iter().filter_map(|entry| entry.item().to_json()).collect();
        self.blocks.get_or_init(read)
    }
}
