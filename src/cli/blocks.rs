//! `blockcast blocks`: the reference of block types, in the terminal and as files.

use super::files::Blocks;
use super::{Exit, print};
use crate::block::Definitions;
use crate::diag::{Diagnostic, nearest};
use crate::reference::html::{Book, Home, file_name};
use crate::reference::{self, Page};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Tell about blocks: all types, or all about one
///
/// What goes into a block, what it gives, which errors it can end a run with, an example.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The type to tell about; without one all are listed
    #[arg(value_name = "TYPE", conflicts_with = "out")]
    kind: Option<String>,
    #[command(flatten)]
    blocks: Blocks,
    /// Write the whole reference into this folder, as HTML: index.html and a page a type
    #[arg(long, value_name = "DIR", conflicts_with = "json")]
    out: Option<PathBuf>,
    /// Print one JSON object for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn main(args: &Args) -> Exit {
    let blocks = match args.blocks.load() {
        Ok(blocks) => blocks,
        Err(exit) => return exit,
    };
    let definitions = blocks.definitions();
    if let Some(folder) = &args.out {
        return write(definitions, folder);
    }
    let Some(kind) = &args.kind else {
        if args.json {
            print::json(&json!({ "blocks": reference::pages(definitions) }));
        } else {
            print::line(reference::text::list(definitions).trim_end());
        }
        return Exit::Done;
    };
    let Some(definition) = definitions.get(kind) else {
        let known = definitions.iter().map(|known| known.name.as_str());
        let hint = nearest(kind, known).map_or_else(
            || "`blockcast blocks` lists all types".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("there is no block type `{kind}`");
        print::error(Diagnostic::error("unknown-block", message, hint));
        return Exit::Invalid;
    };
    let page = Page::new(definitions, definition);
    if args.json {
        print::json(&page);
    } else {
        print::line(reference::text::page(&page).trim_end());
    }
    Exit::Done
}

fn write(definitions: &Definitions, folder: &Path) -> Exit {
    let book = Book::new(definitions, Home::Files);
    let index = folder.join("index.html");
    let written = std::fs::create_dir_all(folder.join("blocks"))
        .map_err(|error| (folder.to_owned(), error))
        .and_then(|()| {
            let pages = book.pages.iter().map(|(name, page)| (folder.join(file_name(name)), page));
            for (file, page) in pages.chain([(index.clone(), &book.index)]) {
                std::fs::write(&file, page).map_err(|error| (file, error))?;
            }
            Ok(())
        });
    match written {
        Ok(()) => {
            print::line(format_args!("wrote {} pages: {}", book.pages.len(), index.display()));
            Exit::Done
        }
        Err((path, error)) => {
            let message = format!("the reference can't be written: {error}");
            let hint = "check the path and its permissions";
            let problem = Diagnostic::error("unwritable", message, hint);
            print::error(problem.in_file(&path.display().to_string()));
            Exit::Failed
        }
    }
}
