//! Pages as HTML: without scripts, each with all that it needs, light and dark.

use super::look::{Look, Piece};
use super::page::{Argument, Kind, Page, Shown};
use super::text::first_sentence;
use super::{GENERAL_ERRORS, PATH, encoded, pages};
use crate::block::{Definitions, Outcome};
use crate::diag::nearest;
use indexmap::IndexMap;
use std::fmt::Write;

/// Where the pages are, for the links between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// On the server, below [`PATH`].
    Server,
    /// In files: `index.html`, and a page a type in the folder `blocks`.
    Files,
}

/// The whole reference as HTML.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// The page that lists all types.
    pub index: String,
    /// The pages, by type.
    pub pages: IndexMap<String, String>,
    /// What stands in every page's `<style>`, for the policy that lets it in.
    pub style: String,
}

impl Book {
    /// The pages of all `definitions`.
    pub fn new(definitions: &Definitions, home: Home) -> Self {
        let writer = Writer { definitions, home, style: style(definitions) };
        let all = pages(definitions);
        let written = all.iter().enumerate().map(|(n, page)| {
            let before = n.checked_sub(1).map(|n| all[n].name);
            let after = all.get(n + 1).map(|page| page.name);
            (page.name.to_owned(), writer.page(page, before, after))
        });
        Self { pages: written.collect(), index: writer.index(&all), style: writer.style }
    }

    /// What the server answers for a type that there isn't.
    pub fn missing(&self, name: &str) -> String {
        let near =
            nearest(name, self.pages.keys().map(String::as_str)).map_or_else(String::new, |near| {
                let href = href(Home::Server, false, near);
                format!("<p>Did you mean <a href=\"{href}\"><code>{}</code></a>?</p>", plain(near))
            });
        let body = format!(
            "<header><a href=\"{PATH}\">Blocks</a></header><main><h1>There is no block type \
             <code>{}</code></h1>{near}</main>",
            plain(name)
        );
        document("No such block", &self.style, &body)
    }
}

/// A file's name for a type, below the folder of the reference.
pub fn file_name(name: &str) -> String {
    format!("blocks/{}.html", encoded(name, '~'))
}

fn href(home: Home, on_page: bool, name: &str) -> String {
    match (home, on_page) {
        (Home::Server, _) => format!("{PATH}/{}", encoded(name, '%')),
        (Home::Files, false) => file_name(name),
        (Home::Files, true) => format!("{}.html", encoded(name, '~')),
    }
}

fn document(title: &str, style: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{} – blockcast</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n\
         </body>\n</html>\n",
        plain(title)
    )
}

/// The style sheet, with the categories' colours.
fn style(definitions: &Definitions) -> String {
    let mut style = include_str!("style.css").to_owned();
    for (number, category) in definitions.palette().iter().enumerate() {
        let digits = category.colour.strip_prefix('#').unwrap_or_default();
        // What is no colour can't be anything else either.
        if [3, 6].contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            let _ = writeln!(style, ".c{number} {{ --c: #{digits}; }}");
        }
    }
    style
}

struct Writer<'d> {
    definitions: &'d Definitions,
    home: Home,
    style: String,
}

impl Writer<'_> {
    fn index(&self, all: &[Page<'_>]) -> String {
        let categories = self.definitions.palette();
        let mut body = "<header>blockcast</header><main><h1>Blocks</h1>".to_owned();
        let _ = write!(
            body,
            "<p class=\"lead\">All {} types of blocks, as the palette has them: what goes into \
             each, what it gives, which errors it can end a run with, and an example.</p>\
             <ul class=\"toc\">",
            all.len()
        );
        for (number, category) in categories.iter().enumerate() {
            let _ = write!(body, "<li><a href=\"#c{number}\">{}</a></li>", plain(&category.name));
        }
        body.push_str("</ul>");
        for (number, category) in categories.iter().enumerate() {
            let name = plain(&category.name);
            let _ = write!(body, "<h2 id=\"c{number}\">{name}</h2><ul class=\"types\">");
            for page in all.iter().filter(|page| page.category == category.name) {
                let (href, name) = (href(self.home, false, page.name), plain(page.name));
                let doc = marked(first_sentence(page.doc));
                let _ = write!(
                    body,
                    "<li><a href=\"{href}\"><code>{name}</code></a><p>{doc}</p>{}</li>",
                    block(&page.look, page.kind == Kind::Top)
                );
            }
            body.push_str("</ul>");
        }
        body.push_str("<h2>Errors that any block can end a run with</h2><dl>");
        for (code, when) in GENERAL_ERRORS {
            let _ =
                write!(body, "<div><dt><code>{code}</code></dt><dd>{}</dd></div>", marked(when));
        }
        body.push_str("</dl></main>");
        document("Blocks", &self.style, &body)
    }

    fn page(&self, page: &Page<'_>, before: Option<&str>, after: Option<&str>) -> String {
        let index = match self.home {
            Home::Server => PATH,
            Home::Files => "../index.html",
        };
        let mut body = format!(
            "<header><a href=\"{index}\">Blocks</a> › <a href=\"{index}#c{}\">{}</a></header>\
             <main><h1><code>{}</code></h1><div class=\"card\">{}</div>\
             <p class=\"lead\">{}</p><p class=\"soft\">It is {}.</p>",
            page.look.category,
            plain(page.category),
            plain(page.name),
            block(&page.look, page.kind == Kind::Top),
            marked(page.doc),
            page.kind.words()
        );
        if !page.arguments.is_empty() {
            body.push_str("<h2>Inputs and fields</h2><dl>");
            page.arguments.iter().for_each(|told| argument(&mut body, told));
            body.push_str("</dl>");
        }
        if let Some(gives) = &page.gives {
            let result = marked(page.result.unwrap_or_default());
            let _ = write!(body, "<h2>Result</h2><p><em>{}.</em> {result}</p>", marked(gives));
        }
        if !page.effects.is_empty() {
            let effects = page.effects.join(", ");
            let _ = write!(body, "<h2>What it asks of the outside</h2><p>{}</p>", plain(&effects));
        }
        errors(&mut body, page, index);
        if let Some(differs) = page.differs {
            let differs = marked(differs);
            let _ = write!(body, "<h2>Other than Blockly’s JavaScript</h2><p>{differs}</p>");
        }
        if let Some(example) = &page.example {
            self.example(&mut body, example, page.name);
        }
        let link = |name: Option<&str>, text: &dyn Fn(&str) -> String| {
            name.map_or_else(
                || "<span></span>".to_owned(),
                |name| format!("<a href=\"{}\">{}</a>", href(self.home, true, name), text(name)),
            )
        };
        let _ = write!(
            body,
            "<nav class=\"turn\">{}{}</nav></main>",
            link(before, &|name| format!("← <code>{}</code>", plain(name))),
            link(after, &|name| format!("<code>{}</code> →", plain(name)))
        );
        document(page.name, &self.style, &body)
    }

    fn example(&self, body: &mut String, example: &Shown<'_>, own: &str) {
        body.push_str("<h2>Example</h2><div class=\"card\">");
        for look in &example.blocks {
            let is_top = self
                .definitions
                .get(&look.kind)
                .is_some_and(|kind| kind.shape.previous.is_none() && kind.shape.output.is_none());
            body.push_str(&block(look, is_top));
        }
        if let Some(event) = example.event {
            let event = plain(&event.to_string());
            let _ = write!(body, "<div class=\"out\">with the event <pre>{event}</pre></div>");
        }
        let (word, came) = match example.came {
            Outcome::Gives(value) => ("gives", value.to_string()),
            Outcome::Prints(lines) => ("prints", lines.join("\n")),
            Outcome::Responds(response) => ("responds", response.to_string()),
            Outcome::Publishes(messages) => {
                let pretty = messages.iter().map(|message| format!("{message:#}"));
                ("publishes", pretty.collect::<Vec<_>>().join("\n"))
            }
        };
        let _ = write!(body, "<div class=\"out\">{word} <pre>{}</pre></div></div>", plain(&came));
        let mut used = Vec::new();
        example.blocks.iter().for_each(|look| kinds(look, &mut used));
        let others = used.iter().filter(|kind| *kind != own).map(|kind| {
            let href = href(self.home, true, kind);
            format!("<a href=\"{href}\"><code>{}</code></a>", plain(kind))
        });
        let others: Vec<String> = others.collect();
        if !others.is_empty() {
            let _ = write!(body, "<p class=\"soft\">With {}</p>", others.join(", "));
        }
    }
}

fn argument(body: &mut String, told: &Argument<'_>) {
    let _ = write!(
        body,
        "<div><dt><code>{}</code> <span>{}</span></dt><dd>{}",
        plain(&told.name),
        marked(&told.takes),
        marked(told.doc)
    );
    let mut more = Vec::new();
    if let Some(only) = &told.only {
        more.push(format!("There only if {}.", marked(only)));
    }
    if let Some(empty) = told.empty {
        more.push(format!("Empty, it is <code>{}</code>.", plain(&empty.to_string())));
    }
    if let Some(new) = &told.new {
        more.push(format!("A new block has {}.", marked(new)));
    }
    let _ = write!(body, " <span class=\"soft\">{}</span></dd></div>", more.join(" "));
}

fn errors(body: &mut String, page: &Page<'_>, index: &str) {
    body.push_str("<h2>Errors that end the run</h2>");
    let any = format!("<a href=\"{index}\">those that any block can have</a>");
    if page.errors.is_empty() {
        let _ = write!(body, "<p>None but {any}.</p>");
        return;
    }
    body.push_str("<dl>");
    for (code, when) in &page.errors {
        let (code, when) = (plain(code), marked(when));
        let _ = write!(body, "<div><dt><code>{code}</code></dt><dd>{when}</dd></div>");
    }
    let _ = write!(body, "</dl><p class=\"soft\">And {any}.</p>");
}

/// A block as it looks.
fn block(look: &Look, is_top: bool) -> String {
    let mut text = String::new();
    if look.is_value {
        let _ = write!(text, "<span class=\"b v c{}\">", look.category);
        text.extend(look.rows.iter().flatten().map(inline));
        text.push_str("</span>");
        return text;
    }
    let top = if is_top { " top" } else { "" };
    let _ = write!(text, "<div class=\"b st{top} c{}\">", look.category);
    for row in &look.rows {
        text.push_str("<div class=\"row\">");
        text.extend(row.iter().map(inline));
        text.push_str("</div>");
        for piece in row {
            let Piece::Stack(name, blocks) = piece else { continue };
            text.push_str("<div class=\"mouth\">");
            if blocks.is_empty() {
                let _ = write!(text, "<span class=\"s\">{}</span>", plain(name));
            }
            text.extend(blocks.iter().map(|look| block(look, false)));
            text.push_str("</div>");
        }
    }
    text.push_str("</div>");
    text
}

fn inline(piece: &Piece) -> String {
    match piece {
        Piece::Word(text) => format!("<span>{}</span>", plain(text)),
        Piece::Field(text) => format!("<span class=\"f\">{}</span>", plain(text)),
        Piece::Socket(name) => format!("<span class=\"s\">{}</span>", plain(name)),
        Piece::Value(look) => block(look, false),
        Piece::Stack(..) => String::new(),
    }
}

/// The types of blocks in a block, each once.
fn kinds(look: &Look, into: &mut Vec<String>) {
    if !into.contains(&look.kind) {
        into.push(look.kind.clone());
    }
    for piece in look.rows.iter().flatten() {
        match piece {
            Piece::Value(inner) => kinds(inner, into),
            Piece::Stack(_, inner) => inner.iter().for_each(|look| kinds(look, into)),
            Piece::Word(_) | Piece::Field(_) | Piece::Socket(_) => {}
        }
    }
}

/// Text as HTML.
fn plain(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html
}

/// A sentence as HTML: `code` between backticks, *emphasis* between asterisks.
fn marked(text: &str) -> String {
    let mut html = String::new();
    for (n, part) in text.split('`').enumerate() {
        if n % 2 == 1 {
            let _ = write!(html, "<code>{}</code>", plain(part));
            continue;
        }
        for (n, part) in part.split('*').enumerate() {
            let part = plain(part);
            if n % 2 == 1 {
                let _ = write!(html, "<em>{part}</em>");
            } else {
                html.push_str(&part);
            }
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authors_write_can_not_be_markup() {
        assert_eq!(marked("a `<b>` & *c*"), "a <code>&lt;b&gt;</code> &amp; <em>c</em>");
        assert_eq!(plain("\"<script>"), "&quot;&lt;script&gt;");
    }
}
