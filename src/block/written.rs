//! A value of a definition file that is looked at only when somebody asks: what a page tells
//! of a block, and how an editor draws it. Most commands never do.

use crate::source::{Item, Source};
use std::sync::Arc;

/// A value in a file, with the file.
#[derive(Clone, Debug)]
pub(super) struct Written {
    source: Arc<Source>,
    item: u32,
}

impl Written {
    /// `item`, which is one of `source`.
    pub(super) fn of(source: &Arc<Source>, item: Item<'_>) -> Self {
        Self { source: Arc::clone(source), item: item.number() }
    }

    /// The value itself.
    pub(super) fn item(&self) -> Item<'_> {
        self.source.root().numbered(self.item)
    }
}
