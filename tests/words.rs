//! The sentences of problems and errors: each that the sources say has its translations, with the
//! same values in it, and every broken flow is told in every language.

use crate::harness::{entries, name, root};
use blockcast::diag::Sentence;
use blockcast::flow::{self, BlockSet};
use blockcast::language::Language;
use indexmap::IndexMap;
use libtest_mimic::{Failed, Trial};
use regex::Regex;
use std::collections::BTreeSet;
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("words/every_sentence_has_its_translations", translations),
        Trial::test("words/every_broken_flow_is_told_in_every_language", broken_flows),
    ]
}

/// The languages in which a sentence is as it is in English, though there is something to say.
pub(crate) fn untranslated(sentence: &Sentence) -> Vec<String> {
    let english = sentence.english();
    let same = |language: &Language| !english.is_empty() && sentence.said(*language) == english;
    let languages = Language::OTHERS.into_iter().filter(same);
    languages.map(|language| format!("{}: `{english}`", language.tag())).collect()
}

fn translations() -> Result<(), Failed> {
    let mut said = BTreeSet::new();
    sentences(&root().join("src"), &mut said);
    let place = Regex::new(r"\{\w+\}")?;
    let places = |text: &str| -> BTreeSet<String> {
        place.find_iter(text).map(|found| found.as_str().to_owned()).collect()
    };
    let mut wrong = Vec::new();
    for language in Language::OTHERS {
        let tag = language.tag();
        let file = root().join("src/diag/words").join(format!("{tag}.json"));
        let words: IndexMap<String, String> = serde_json::from_slice(&std::fs::read(file)?)?;
        for sentence in &said {
            match words.get(sentence) {
                None => wrong.push(format!("{tag} has no words for `{sentence}`")),
                Some(other) if places(other) != places(sentence) => {
                    wrong.push(format!("{tag} has other values in `{sentence}`"));
                }
                Some(_) => {}
            }
        }
        let unsaid = words.keys().filter(|key| !said.contains(*key));
        wrong.extend(unsaid.map(|key| format!("{tag}: nobody says `{key}`")));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Every sentence that stands in a `say!`.
fn sentences(folder: &Path, into: &mut BTreeSet<String>) {
    let say = Regex::new(r#"say!\(\s*"((?:[^"\\]|\\.|\\\n)*)""#).unwrap();
    let broken_line = Regex::new(r"\\\n\s*").unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sentences(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            for found in say.captures_iter(text) {
                let sentence = broken_line.replace_all(&found[1], "");
                let sentence = sentence.replace("\\\"", "\"").replace("\\\\", "\\");
                into.extend((!sentence.is_empty()).then_some(sentence));
            }
        }
    }
}

fn broken_flows() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for folder in entries("bad") {
        let own = folder.join("blocks");
        let (blocks, _) = BlockSet::load(&if own.is_dir() { vec![own] } else { Vec::new() });
        let Ok(flow) = std::fs::read(folder.join("flow.json")) else { continue };
        for problem in flow::check(&blocks, flow).problems {
            let told = [&problem.message, &problem.hint].into_iter().flat_map(untranslated);
            wrong.extend(told.map(|told| format!("{}: {told}", name(&folder))));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
