//! Pages for the terminal: plain lines, no colours.

use super::look::{Look, Piece};
use super::page::{Kind, Page, Shown};
use super::{GENERAL_ERRORS, Outcome};
use crate::block::Definitions;
use std::fmt::Write;

/// Columns that a page takes.
const WIDTH: usize = 96;

/// All types by category, a line each.
pub fn list(definitions: &Definitions) -> String {
    let mut text = String::new();
    let widest = definitions.iter().map(|kind| kind.name.len()).max().unwrap_or(0);
    for category in definitions.palette() {
        let _ = writeln!(text, "{}", category.name);
        for kind in category.blocks().iter().filter_map(|entry| entry["type"].as_str()) {
            let doc = definitions.get(kind).map_or("", |definition| &definition.doc);
            let room = WIDTH.saturating_sub(widest + 4);
            let _ = writeln!(text, "  {kind:widest$}  {}", cut(first_sentence(doc), room));
        }
        text.push('\n');
    }
    text.push_str("`blockcast blocks TYPE` tells all about one.\n");
    text
}

/// The page of one block.
pub fn page(page: &Page<'_>) -> String {
    let mut text = format!("{}\n{}, {}\n\n", page.name, page.category, page.kind.words());
    for line in lines(&page.look) {
        let _ = writeln!(text, "    {line}");
    }
    text.push('\n');
    wrapped(&mut text, page.doc, 0);
    if !page.arguments.is_empty() {
        text.push_str("\nInputs and fields\n");
    }
    for argument in &page.arguments {
        let _ = write!(text, "  {}: ", argument.name);
        let mut said = argument.takes.clone();
        if let Some(only) = &argument.only {
            let _ = write!(said, "; there only if {only}");
        }
        if let Some(empty) = argument.empty {
            let _ = write!(said, "; empty it is `{empty}`");
        }
        if let Some(new) = &argument.new {
            let _ = write!(said, "; a new block has {new}");
        }
        text.push_str(said.as_str());
        text.push('\n');
        if !argument.doc.is_empty() {
            wrapped(&mut text, argument.doc, 6);
        }
    }
    if let Some(gives) = &page.gives {
        text.push_str("\nResult\n");
        wrapped(&mut text, &format!("{gives}. {}", page.result.unwrap_or_default()), 2);
    } else if page.kind == Kind::Top {
        text.push_str("\nResult\n  none: it begins a stack\n");
    } else {
        text.push_str("\nResult\n  none: it is a statement\n");
    }
    if !page.effects.is_empty() {
        let _ = writeln!(text, "\nWhat it asks of the outside\n  {}", page.effects.join(", "));
    }
    text.push_str("\nErrors that end the run\n");
    for (code, when) in &page.errors {
        wrapped(&mut text, &format!("{code}: {when}"), 2);
    }
    let general: Vec<&str> = GENERAL_ERRORS.iter().map(|(code, _)| *code).collect();
    let few = if page.errors.is_empty() { "none but those" } else { "and those" };
    wrapped(&mut text, &format!("{few} of any block: {}", general.join(", ")), 2);
    if let Some(differs) = page.differs {
        text.push_str("\nOther than Blockly's JavaScript\n");
        wrapped(&mut text, differs, 2);
    }
    if let Some(example) = &page.example {
        shown(&mut text, example);
    }
    text
}

fn shown(text: &mut String, example: &Shown<'_>) {
    text.push_str("\nExample\n");
    for line in example.blocks.iter().flat_map(lines) {
        let _ = writeln!(text, "    {line}");
    }
    if let Some(event) = example.event {
        let _ = writeln!(text, "  with the event {event}");
    }
    match example.came {
        Outcome::Gives(value) => {
            let _ = writeln!(text, "  gives {value}");
        }
        Outcome::Prints(printed) => {
            text.push_str("  prints\n");
            for line in printed {
                let _ = writeln!(text, "    {line}");
            }
        }
        Outcome::Responds(response) => {
            let _ = writeln!(text, "  responds {response}");
        }
        Outcome::Publishes(messages) => {
            for message in messages {
                let _ = match message.get("template") {
                    Some(name) => writeln!(text, "  pushes {name} with {}", message["body"]),
                    None => {
                        writeln!(text, "  publishes to {}: {}", message["channel"], message["body"])
                    }
                };
            }
        }
    }
}

/// How a block reads, a line each; what is inside of it is set in.
pub(super) fn lines(look: &Look) -> Vec<String> {
    let mut lines = Vec::new();
    for row in &look.rows {
        let mut line = String::new();
        let mut inside = Vec::new();
        for piece in row {
            if let Piece::Stack(name, blocks) = piece {
                inside.extend(blocks.iter().flat_map(self::lines));
                if blocks.is_empty() {
                    inside.push(format!("[{name}]"));
                }
            } else {
                spaced(&mut line, &inline(piece));
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines.extend(inside.into_iter().map(|line| format!("    {line}")));
    }
    lines
}

/// Types that stand without parentheses around them.
const PLAIN: [&str; 8] = [
    "math_number",
    "text",
    "logic_boolean",
    "logic_null",
    "variables_get",
    "variables_get_dynamic",
    "colour_picker",
    "trigger_data",
];

fn inline(piece: &Piece) -> String {
    match piece {
        Piece::Word(text) | Piece::Field(text) => text.clone(),
        Piece::Socket(name) => format!("[{name}]"),
        Piece::Stack(..) => String::new(),
        Piece::Value(look) => {
            let mut text = String::new();
            for piece in look.rows.iter().flatten() {
                spaced(&mut text, &inline(piece));
            }
            if PLAIN.contains(&look.kind.as_str()) { text } else { format!("({text})") }
        }
    }
}

/// Joins with a space, but inside of quotation marks.
fn spaced(text: &mut String, more: &str) {
    if !text.is_empty() && !text.ends_with('“') && more != "”" {
        text.push(' ');
    }
    text.push_str(more);
}

pub(super) fn first_sentence(doc: &str) -> &str {
    doc.find(". ").map_or(doc, |at| &doc[..=at])
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    let kept = kept.rsplit_once(' ').map_or(&*kept, |(words, _)| words);
    format!("{}…", kept.trim_end_matches([',', ':', ';']))
}

/// Breaks a paragraph into lines, each set in.
fn wrapped(text: &mut String, paragraph: &str, indent: usize) {
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH - indent {
            text.push('\n');
            column = 0;
        }
        text.push_str(&if column == 0 { " ".repeat(indent) } else { " ".to_owned() });
        column += width + usize::from(column > 0);
        text.push_str(word);
    }
    text.push('\n');
}
