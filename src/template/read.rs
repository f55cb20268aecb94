//! Reads a template as a person wrote it, and says everything that is wrong with it.

use super::fields::{BUTTON, Field, Kind, TEMPLATE};
use super::locale;
use super::names::is_of_a_device;
use super::problem::TemplateProblem;
use crate::diag::nearest;
use crate::limits;
use crate::model::{Os, Template};
use crate::smart::SmartText;
use crate::store::Segment;
use serde_json::{Map, Value, json};

/// Reads a template. Null, an empty text, list or object mean "not said".
///
/// # Errors
/// Every problem there is, each with its place.
pub fn read(body: &Value) -> Result<Template, Vec<TemplateProblem>> {
    let mut reader = Reader { problems: Vec::new() };
    let Value::Object(fields) = body else {
        reader.wrong("", format!("is {}; it must be an object", kind(body)));
        return Err(reader.problems);
    };
    let read = Value::Object(reader.object(fields, TEMPLATE, ""));
    if !fields.contains_key("name") {
        reader.wrong("name", "is missing; give the template a name to push it by");
    }
    let bytes = read.to_string().len();
    if bytes > limits::TEMPLATE_BYTES_MAX {
        let most = limits::TEMPLATE_BYTES_MAX;
        reader.wrong("", format!("takes {bytes} bytes, more than {most}; use fewer languages"));
    }
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    // What stands there is checked; this is for what the tables would forget.
    serde_json::from_value(read)
        .map_err(|error| vec![TemplateProblem::new("template", format!("can't be read: {error}"))])
}

struct Reader {
    problems: Vec<TemplateProblem>,
}

impl Reader {
    fn wrong(&mut self, path: &str, message: impl Into<String>) {
        let path = if path.is_empty() { "template" } else { path };
        self.problems.push(TemplateProblem::new(path, message));
    }

    /// The fields that say something, as they are kept.
    fn object(
        &mut self,
        given: &Map<String, Value>,
        fields: &'static [Field],
        path: &str,
    ) -> Map<String, Value> {
        let mut read = Map::new();
        for (name, value) in given {
            let path = joined(path, name);
            let Some((_, kind)) = fields.iter().find(|(known, _)| known == name) else {
                let known = fields.iter().map(|(known, _)| *known);
                let hint = nearest(name, known).map_or_else(
                    || "; leave it out".to_owned(),
                    |near| format!("; did you mean `{near}`?"),
                );
                self.wrong(&path, format!("is no field of this{hint}"));
                continue;
            };
            if let Some(value) = self.field(value, *kind, &path) {
                read.insert(name.clone(), value);
            }
        }
        read
    }

    /// A field's value as it is kept; `None` when it says nothing or is wrong.
    fn field(&mut self, value: &Value, kind: Kind, path: &str) -> Option<Value> {
        if says_nothing(value) && !matches!(kind, Kind::Name) {
            return None;
        }
        match kind {
            Kind::Smart => self.smart(value, path).map(|text| json!(text)),
            Kind::Address => self.address(value, path),
            Kind::Text => self.text(value, path).map(Value::from),
            Kind::Name => self.name(value, path),
            Kind::Channel => self.channel(value, path),
            Kind::Segment => self.segment(value, path),
            Kind::Number(most) => self.number(value, most, path),
            Kind::Flag => self.flag(value, path),
            Kind::Color => self.color(value, path),
            Kind::Priority => self.priority(value, path),
            Kind::Platforms => self.platforms(value, path),
            Kind::Headers => self.headers(value, path),
            Kind::Buttons => self.buttons(value, path),
            Kind::Object(fields) => match value {
                Value::Object(given) => Some(Value::Object(self.object(given, fields, path))),
                other => self.not(other, "an object", path),
            },
            Kind::Locales(fields) => self.locales(value, fields, path),
            Kind::Shown => None,
        }
    }

    fn not<T>(&mut self, value: &Value, expected: &str, path: &str) -> Option<T> {
        self.wrong(path, format!("is {}; it must be {expected}", kind(value)));
        None
    }

    fn text(&mut self, value: &Value, path: &str) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            other => self.not(other, "a text", path),
        }
    }

    fn smart(&mut self, value: &Value, path: &str) -> Option<SmartText> {
        let text = self.text(value, path)?;
        let smart = match SmartText::parse(&text) {
            Ok(smart) => smart,
            Err(error) => {
                self.wrong(path, format!("is wrong {error}"));
                return None;
            }
        };
        for place in smart.places() {
            if place.name.split('.').any(str::is_empty) {
                let message = format!(
                    "fills `{{{}}}`, which is no name; write it like `{{name}}` or `{{Users.name}}`",
                    place.name
                );
                self.wrong(path, message);
            }
        }
        Some(smart)
    }

    fn address(&mut self, value: &Value, path: &str) -> Option<Value> {
        let smart = self.smart(value, path)?;
        let shown = smart.to_string();
        let open = shown.starts_with('{') && !shown.starts_with("{{");
        if !(open || shown.starts_with("https://") || shown.starts_with("http://")) {
            self.wrong(path, format!("is `{shown}`; write an address like `https://host/a.png`"));
            return None;
        }
        Some(json!(smart))
    }

    fn name(&mut self, value: &Value, path: &str) -> Option<Value> {
        if says_nothing(value) {
            self.wrong(path, "is empty; give the template a name to push it by");
            return None;
        }
        let name = self.text(value, path)?;
        let most = limits::TEMPLATE_NAME_BYTES_MAX;
        let problem = if name.len() > most {
            format!("is longer than {most} bytes; shorten it")
        } else if name.contains('/') || name.chars().any(char::is_control) {
            "has a `/` or a control character; it is a part of a path".to_owned()
        } else if matches!(name.as_str(), "." | "..") {
            "is no part of a path; choose another name".to_owned()
        } else {
            return Some(name.into());
        };
        self.wrong(path, problem);
        None
    }

    fn channel(&mut self, value: &Value, path: &str) -> Option<Value> {
        let name = self.text(value, path)?;
        if name.len() > limits::CHANNEL_BYTES_MAX
            || name.contains('/')
            || name.chars().any(char::is_control)
        {
            let most = limits::CHANNEL_BYTES_MAX;
            self.wrong(path, format!("is no channel: use at most {most} bytes without `/`"));
            return None;
        }
        Some(name.into())
    }

    fn segment(&mut self, value: &Value, path: &str) -> Option<Value> {
        let query = self.text(value, path)?;
        match Segment::parse_open(&query) {
            Ok(condition) => {
                for place in condition.places() {
                    if is_of_a_device(&place.name) {
                        let name = &place.name;
                        let message = format!(
                            "fills `{{{name}}}`, which each device has its own of; write `{name}` \
                             without braces to ask for it"
                        );
                        self.wrong(path, message);
                    }
                }
            }
            Err(error) => self.wrong(path, format!("is wrong {error}")),
        }
        Some(query.into())
    }

    fn number(&mut self, value: &Value, most: u32, path: &str) -> Option<Value> {
        let whole = value.as_u64().or_else(|| {
            let float = value.as_f64().filter(|float| float.fract() == 0.0)?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
            (0.0..=f64::from(most)).contains(&float).then_some(float as u64)
        });
        match whole {
            Some(number) if number <= u64::from(most) => Some(number.into()),
            _ => {
                self.wrong(path, format!("is {value}; use a whole number from 0 to {most}"));
                None
            }
        }
    }

    /// 0 and 1 are what the device's part of the messaging API writes.
    fn flag(&mut self, value: &Value, path: &str) -> Option<Value> {
        match value {
            Value::Bool(_) => Some(value.clone()),
            Value::Number(number) if number.as_u64() == Some(0) => Some(false.into()),
            Value::Number(number) if number.as_u64() == Some(1) => Some(true.into()),
            other => self.not(other, "true or false", path),
        }
    }

    fn color(&mut self, value: &Value, path: &str) -> Option<Value> {
        let color = self.text(value, path)?;
        let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
        if !digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
            self.wrong(path, format!("is `{}`; write a colour as `#RRGGBB`", shortened(&color)));
            return None;
        }
        Some(color.into())
    }

    fn priority(&mut self, value: &Value, path: &str) -> Option<Value> {
        let priority = self.text(value, path)?;
        let lower = priority.to_ascii_lowercase();
        if !matches!(lower.as_str(), "normal" | "high") {
            self.wrong(path, format!("is `{}`; use `normal` or `high`", shortened(&priority)));
            return None;
        }
        Some(lower.into())
    }

    fn platforms(&mut self, value: &Value, path: &str) -> Option<Value> {
        let Value::Array(names) = value else { return self.not(value, "a list", path) };
        let mut systems = Vec::new();
        for (index, name) in names.iter().enumerate() {
            match name.as_str().and_then(Os::from_name) {
                Some(os) if systems.contains(&os) => {}
                Some(os) => systems.push(os),
                None => {
                    let path = format!("{path}[{index}]");
                    self.wrong(&path, format!("is {name}; use ANDROID, IOS, WP or OSX"));
                }
            }
        }
        Some(json!(systems))
    }

    fn headers(&mut self, value: &Value, path: &str) -> Option<Value> {
        let Value::Object(given) = value else { return self.not(value, "an object", path) };
        if given.len() > limits::TEMPLATE_HEADERS_MAX {
            let most = limits::TEMPLATE_HEADERS_MAX;
            self.wrong(path, format!("has more than {most} headers; use fewer"));
        }
        let mut headers = Map::new();
        for (name, value) in given {
            let path = joined(path, name);
            let most = limits::HEADER_NAME_BYTES_MAX;
            if name.is_empty() || name.len() > most {
                self.wrong(&path, format!("needs a name of 1 to {most} bytes"));
                continue;
            }
            let text = match value {
                Value::Null => continue,
                Value::Bool(_) | Value::Number(_) => {
                    Some(SmartText::plain(crate::model::json_text(value)))
                }
                Value::String(_) => self.smart(value, &path),
                other => self.not(other, "a text, a number or a boolean", &path),
            };
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                headers.insert(name.clone(), json!(text));
            }
        }
        Some(Value::Object(headers))
    }

    fn buttons(&mut self, value: &Value, path: &str) -> Option<Value> {
        let Value::Array(given) = value else { return self.not(value, "a list", path) };
        if given.len() > limits::TEMPLATE_ACTIONS_MAX {
            let most = limits::TEMPLATE_ACTIONS_MAX;
            self.wrong(path, format!("has more than {most} buttons; phones show three or four"));
        }
        let mut buttons: Vec<Value> = Vec::new();
        for (index, button) in given.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let Value::Object(given) = button else {
                self.not::<()>(button, "an object with `id` and `title`", &path);
                continue;
            };
            let button = self.object(given, BUTTON, &path);
            for field in ["id", "title"] {
                if given.get(field).is_none_or(says_nothing) {
                    let message = "is missing; a button has an `id` for the app and a `title`";
                    self.wrong(&joined(&path, field), message);
                }
            }
            if button.contains_key("id") && buttons.iter().any(|one| one["id"] == button["id"]) {
                let message = "is another button's, too; the app couldn't tell them apart";
                self.wrong(&joined(&path, "id"), message);
            }
            buttons.push(Value::Object(button));
        }
        Some(Value::Array(buttons))
    }

    fn locales(&mut self, value: &Value, fields: &'static [Field], path: &str) -> Option<Value> {
        let Value::Object(given) = value else { return self.not(value, "an object", path) };
        if given.len() > limits::TEMPLATE_LOCALES_MAX {
            let most = limits::TEMPLATE_LOCALES_MAX;
            self.wrong(path, format!("has more than {most} languages; make another template"));
        }
        let mut locales: Map<String, Value> = Map::new();
        for (tag, variant) in given {
            let path = joined(path, tag);
            match locale::normal(tag) {
                None => {
                    let message = "is no language; use a tag like `de`, `de-AT` or `zh-Hant`";
                    self.wrong(&path, message);
                }
                Some(normal) => {
                    let mut known = locales.keys().filter_map(|known| locale::normal(known));
                    if known.any(|known| known == normal) {
                        self.wrong(&path, "is there twice; keep one of them");
                    }
                }
            }
            match variant {
                Value::Null => {}
                Value::Object(given) => {
                    let variant = self.object(given, fields, &path);
                    locales.insert(tag.clone(), Value::Object(variant));
                }
                other => {
                    self.not::<()>(other, "an object with `message` or `options`", &path);
                }
            }
        }
        Some(Value::Object(locales))
    }
}

fn joined(path: &str, name: &str) -> String {
    let name = shortened(name);
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
