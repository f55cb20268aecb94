//! The block reference: every bundled block has its page, and its example does through
//! `blockcast test` what the page says.

use crate::harness::blockcast;
use crate::harness::server::Folder;
use blockcast::block::Outcome;
use blockcast::flow::BlockSet;
use blockcast::language::Language;
use blockcast::reference::html::{Book, Home};
use blockcast::reference::{flow, pages, palette};
use libtest_mimic::{Failed, Trial};
use serde_json::json;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("reference/every_block_has_a_whole_page", whole),
        Trial::test("reference/every_example_does_what_its_page_says", examples),
    ]
}

fn whole() -> Result<(), Failed> {
    let (blocks, problems) = BlockSet::load(&[]);
    if !problems.is_empty() {
        return Err(format!("{problems:#?}").into());
    }
    let book = Book::new(blocks.definitions(), Home::Server);
    for page in pages(blocks.definitions()) {
        let untold: Vec<_> = page.arguments.iter().filter(|told| told.doc.is_empty()).collect();
        if page.example.is_none()
            || !untold.is_empty()
            || page.gives.is_some() != page.result.is_some()
        {
            return Err(format!("the page of `{}` is not whole", page.name).into());
        }
        if !book.pages.contains_key(page.name) || !book.index.contains(page.name) {
            return Err(format!("`{}` is not in the book", page.name).into());
        }
    }
    let palette = palette(blocks.definitions(), Language::English);
    let entries = palette["categories"].as_array().into_iter().flatten();
    for entry in entries.flat_map(|category| category["blocks"].as_array().into_iter().flatten()) {
        let name = entry["type"].as_str().unwrap_or_default();
        if entry["helpUrl"] != format!("/docs/blocks/{name}") {
            return Err(format!("`{name}` has the wrong `helpUrl`: {}", entry["helpUrl"]).into());
        }
    }
    Ok(())
}

fn examples() -> Result<(), Failed> {
    let (blocks, _) = BlockSet::load(&[]);
    let folder = Folder::new()?;
    for definition in blocks.definitions().iter() {
        let Some(example) = &definition.docs.example else { continue };
        let case = folder.path().join(&definition.name);
        std::fs::create_dir_all(&case)?;
        let expected = match &example.outcome {
            Outcome::Gives(value) => json!({ "result": value }),
            Outcome::Prints(lines) => json!({ "prints": lines }),
            Outcome::Publishes(messages) => json!({ "publishes": messages }),
            Outcome::Responds(response) => json!({ "response": response }),
        };
        std::fs::write(case.join("flow.json"), flow(blocks.definitions(), example).to_string())?;
        std::fs::write(case.join("expected.json"), expected.to_string())?;
        if let Some(event) = &example.event {
            std::fs::write(case.join("event.json"), event.to_string())?;
        }
    }
    let output = blockcast().arg("test").arg(folder.path()).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stdout).into_owned().into())
}
