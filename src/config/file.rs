//! Reading the settings from a file, the environment and flags.

use super::draft::Draft;
use super::error::ConfigError;
use super::keys::keys;
use crate::diag::nearest;
use toml::de::{DeTable, DeValue};

impl Draft {
    pub(super) fn take_file(&mut self, path: &str, text: &str) -> Result<(), ConfigError> {
        let table = DeTable::parse(text).map_err(|error| ConfigError::Toml {
            path: path.to_owned(),
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            message: error.message().to_owned(),
        })?;
        self.take_table(path, text, "", table.get_ref())
    }

    fn take_table(
        &mut self,
        path: &str,
        text: &str,
        section: &str,
        table: &DeTable<'_>,
    ) -> Result<(), ConfigError> {
        for (name, value) in table {
            let line = line_of(text, name.span().start);
            let key = match section {
                "" => name.get_ref().to_string(),
                section => format!("{section}.{}", name.get_ref()),
            };
            let is_section = keys()
                .any(|known| known.path.split_once('.').is_some_and(|(section, _)| section == key));
            let scalar = match value.get_ref() {
                DeValue::Table(inner) if is_section => {
                    self.take_table(path, text, &key, inner)?;
                    continue;
                }
                DeValue::String(scalar) => Some(scalar.to_string()),
                DeValue::Boolean(scalar) => Some(scalar.to_string()),
                DeValue::Integer(scalar) => Some(scalar.as_str().to_owned()),
                DeValue::Float(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_)
                | DeValue::Table(_) => None,
            };
            let Some(known) = keys().find(|known| known.path == key) else {
                return Err(unknown_key(path, line, key));
            };
            let taken = match scalar {
                Some(scalar) => (known.take)(self, &scalar),
                None => Err(format!("must be a text or a boolean: {}", known.doc)),
            };
            let place = format!("{path}:{line}");
            taken.map_err(|problem| ConfigError::Value { place, key, problem })?;
        }
        Ok(())
    }

    pub(super) fn take_environment(
        &mut self,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<(), ConfigError> {
        for known in keys() {
            let variable = format!("BLOCKCAST_{}", known.path.replace('.', "_").to_uppercase());
            let Some(text) = environment(&variable) else { continue };
            (known.take)(self, &text).map_err(|problem| ConfigError::Value {
                place: "environment".to_owned(),
                key: variable,
                problem,
            })?;
        }
        Ok(())
    }

    pub(super) fn take_flag(
        &mut self,
        flag: &str,
        path: &str,
        text: &str,
    ) -> Result<(), ConfigError> {
        for known in keys().filter(|known| known.path == path) {
            (known.take)(self, text).map_err(|problem| ConfigError::Value {
                place: "command line".to_owned(),
                key: flag.to_owned(),
                problem,
            })?;
        }
        Ok(())
    }
}

fn unknown_key(path: &str, line: usize, key: String) -> ConfigError {
    let hint = if let Some(known) = nearest(&key, keys().map(|known| known.path)) {
        format!("write `{known}`")
    } else {
        let known: Vec<_> = keys().map(|known| known.path).collect();
        format!("remove it, or use one of {}", known.join(", "))
    };
    ConfigError::UnknownKey { path: path.to_owned(), line, key, hint }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::super::draft::Draft;
    use super::super::keys::keys;

    #[test]
    fn a_broken_file_says_where_and_how_to_mend_it() {
        for (text, error) in [
            (
                "\nlisten = 5\n",
                "f.toml:2: `listen` must be `HOST:PORT`, for example `127.0.0.1:8080`",
            ),
            (
                "[providers]\nandriod = \"virtual\"",
                "f.toml:2: unknown key `providers.andriod`; write `providers.android`",
            ),
            (
                "[providers]\nios = \"apn\"",
                "f.toml:2: `providers.ios` names the unknown provider `apn`; use one of `virtual`, \
                 `fcm`, `apns`, `webpush`, `webhook`, `off`",
            ),
            ("dat = \"x\"", "f.toml:1: unknown key `dat`; write `data`"),
            ("data = [1]", "f.toml:1: `data` must be a text or a boolean: the data folder"),
            (
                "[upstream]\nurl = \"example.com\"",
                "f.toml:2: `upstream.url` must start with `http://` or `https://` and name a host",
            ),
        ] {
            let found = Draft::default().take_file("f.toml", text).unwrap_err().to_string();
            assert_eq!(found, error);
        }
        let found = Draft::default().take_file("f.toml", "a = 1\nb = = 2").unwrap_err().to_string();
        assert!(found.starts_with("f.toml:2: not valid TOML"), "{found}");
    }

    #[test]
    fn every_key_is_documented_once() {
        for (index, key) in keys().enumerate() {
            assert!(!key.doc.is_empty(), "{}", key.path);
            assert!(keys().take(index).all(|earlier| earlier.path != key.path), "{}", key.path);
        }
    }
}
