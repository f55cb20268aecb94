//! The records of an import file, JSON lines or CSV, each as a registration's wire body.

use crate::limits;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Reads one record after another.
pub(super) struct Records {
    input: Box<dyn BufRead>,
    name: String,
    /// The line on which the last record began, and the last line read.
    began: usize,
    line: usize,
    /// The names of CSV's columns.
    columns: Option<Vec<String>>,
}

impl Records {
    /// Opens a file; `-` is the standard input.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let input: Box<dyn BufRead> = if name == "-" {
            Box::new(BufReader::new(std::io::stdin()))
        } else {
            let file = File::open(path);
            let file = file.map_err(|error| format!("can't read `{name}`: {error}"))?;
            Box::new(BufReader::with_capacity(1 << 16, file))
        };
        let mut records = Self { input, name, began: 0, line: 0, columns: None };
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            let names =
                records.row()?.ok_or("the file is empty; its first line names the columns")?;
            if let Some(unknown) = names.iter().find(|name| !is_column(name)) {
                return Err(format!(
                    "{}: there is no column `{unknown}`; use deviceId, deviceToken, os, osVersion, \
                     expiration, channels, tags, user.id, properties.NAME or user.NAME",
                    records.place()
                ));
            }
            records.columns = Some(names);
        }
        Ok(records)
    }

    /// Where the last record began.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.name, self.began)
    }

    /// The next record; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Result<Value, String>> {
        match self.columns.take() {
            Some(columns) => {
                let row = self.row().transpose();
                let record = row.map(|row| {
                    row.and_then(|row| {
                        body(&columns, row)
                            .map_err(|problem| format!("{}: {problem}", self.place()))
                    })
                });
                self.columns = Some(columns);
                record
            }
            None => self.json_line(),
        }
    }

    fn json_line(&mut self) -> Option<Result<Value, String>> {
        loop {
            let line = match self.read_line() {
                Ok(line) => line?,
                Err(problem) => return Some(Err(problem)),
            };
            self.began = self.line;
            if !line.trim().is_empty() {
                let read = serde_json::from_str(&line);
                return Some(
                    read.map_err(|error| format!("{}: this is no JSON: {error}", self.place())),
                );
            }
        }
    }

    /// A line with its end.
    fn read_line(&mut self) -> Result<Option<String>, String> {
        let mut line = String::new();
        let most = limits::BODY_BYTES_MAX as u64;
        let read = (&mut self.input).take(most).read_line(&mut line);
        self.line += 1;
        match read {
            Ok(0) => Ok(None),
            Ok(read) if read as u64 == most => {
                Err(format!("{}:{}: the line is longer than {most} bytes", self.name, self.line))
            }
            Ok(_) => Ok(Some(line)),
            Err(error) => Err(format!("{}:{}: {error}", self.name, self.line)),
        }
    }

    /// A row of CSV as RFC 4180 has it: quotes around a field, doubled inside one, may hold
    /// commas and line ends.
    fn row(&mut self) -> Result<Option<Vec<String>>, String> {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        self.began = self.line + 1;
        loop {
            let Some(line) = self.read_line()? else {
                if quoted {
                    return Err(format!("{}: a quote is never closed", self.place()));
                }
                return Ok(None);
            };
            let text = if self.line == 1 { line.trim_start_matches('\u{feff}') } else { &line };
            if text.trim().is_empty() && !quoted && fields.len() == 1 && fields[0].is_empty() {
                self.began = self.line + 1;
                continue;
            }
            quoted = split(text, &mut fields, quoted);
            if !quoted {
                return Ok(Some(fields));
            }
            if fields.iter().map(String::len).sum::<usize>() > limits::BODY_BYTES_MAX {
                return Err(format!("{}: the row is too long; is a quote missing?", self.place()));
            }
        }
    }
}

/// Adds a line to the fields; true when it ends inside quotes.
fn split(line: &str, fields: &mut Vec<String>, mut quoted: bool) -> bool {
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let field = fields.last_mut().expect("there is always a field");
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => fields.push(String::new()),
            '\r' | '\n' if !quoted => {}
            c => field.push(c),
        }
    }
    quoted
}

fn is_column(name: &str) -> bool {
    matches!(
        name,
        "deviceId" | "deviceToken" | "os" | "osVersion" | "expiration" | "channels" | "tags"
    ) || ["properties.", "user."]
        .iter()
        .any(|before| name.strip_prefix(before).is_some_and(|rest| !rest.is_empty()))
}

/// A row as a registration; an empty field is one that isn't given.
fn body(columns: &[String], row: Vec<String>) -> Result<Value, String> {
    if row.len() != columns.len() {
        return Err(format!("the row has {} fields and not {}", row.len(), columns.len()));
    }
    let mut body = Map::new();
    let (mut properties, mut user, mut of_user) = (Map::new(), Map::new(), Map::new());
    for (column, field) in columns.iter().zip(row) {
        if field.is_empty() {
            continue;
        }
        if let Some(name) = column.strip_prefix("properties.") {
            properties.insert(name.to_owned(), value(&field));
        } else if column == "user.id" {
            user.insert("id".to_owned(), field.into());
        } else if let Some(name) = column.strip_prefix("user.") {
            of_user.insert(name.to_owned(), value(&field));
        } else {
            let value = match column.as_str() {
                "channels" | "tags" => {
                    json!(field.split('|').map(str::trim).collect::<Vec<_>>())
                }
                "expiration" => value(&field),
                _ => field.into(),
            };
            body.insert(column.clone(), value);
        }
    }
    if !properties.is_empty() {
        body.insert("properties".into(), properties.into());
    }
    if !user.is_empty() || !of_user.is_empty() {
        user.insert("properties".into(), of_user.into());
        body.insert("user".into(), user.into());
    }
    Ok(body.into())
}

/// A field that reads as a number, true or false is one; `007` is a text.
fn value(field: &str) -> Value {
    match serde_json::from_str::<Value>(field) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => field.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::Records;
    use serde_json::{Value, json};

    fn read(name: &str, text: &str) -> Vec<Result<Value, String>> {
        let folder = std::env::temp_dir().join(format!("blockcast-records-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        let mut records = match Records::open(&path) {
            Ok(records) => records,
            Err(problem) => return vec![Err(problem)],
        };
        std::iter::from_fn(|| records.next())
            .map(|record| record.map_err(|problem| problem.rsplit('/').next().unwrap().to_owned()))
            .collect()
    }

    #[test]
    fn csv_becomes_registrations() {
        let text = "\u{feff}deviceId,deviceToken,os,tags,properties.plan,properties.age,user.id,user.vip\r\n\
                    a,\"t,\"\"1\"\"\",IOS,vip | beta,\"two\nlines\",30,u-1,true\n\n\
                    b,t2,ANDROID,,,007,,\n";
        assert_eq!(
            read("good.csv", text),
            [
                Ok(json!({
                    "deviceId": "a", "deviceToken": "t,\"1\"", "os": "IOS", "tags": ["vip", "beta"],
                    "properties": {"plan": "two\nlines", "age": 30},
                    "user": {"id": "u-1", "properties": {"vip": true}},
                })),
                Ok(json!({
                    "deviceId": "b", "deviceToken": "t2", "os": "ANDROID", "properties": {"age": "007"},
                })),
            ]
        );
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        let told = |name: &str, text: &str| read(name, text).pop().unwrap().unwrap_err();
        assert_eq!(
            told("short.csv", "deviceId,os\na,IOS\nb\n"),
            "short.csv:3: the row has 1 fields and not 2"
        );
        assert_eq!(
            told("open.csv", "deviceId,os\na,\"IOS\n"),
            "open.csv:2: a quote is never closed"
        );
        assert!(told("column.csv", "deviceId,colour\n").contains("there is no column `colour`"));
        assert!(
            told("lines.jsonl", "{\"a\": 1}\n\n{\n").starts_with("lines.jsonl:3: this is no JSON")
        );
    }
}
