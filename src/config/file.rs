//! The keys of the settings, and reading them from a file, the environment and flags.

use super::services::ServicesDraft;
use super::{ConfigError, Delivery};
use crate::diag::nearest;
use crate::limits::RATE_MAX_PER_S;
use toml::de::{DeTable, DeValue};

/// The settings as they come in, before they are checked together.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) listen: Option<String>,
    pub(super) data: Option<String>,
    pub(super) public_url: Option<String>,
    pub(super) domain_api: Option<bool>,
    pub(super) cors_origins: Vec<String>,
    pub(super) cors_credentials: Option<bool>,
    pub(super) rate_per_s: Option<u32>,
    pub(super) services: ServicesDraft,
    pub(super) delivery: Delivery,
    pub(super) upstream: [Option<String>; 3],
}

/// One key: its path in the file, what it means, and how its text is taken.
pub struct Key {
    /// Its path in the file, `section.name`.
    pub path: &'static str,
    /// What it means, in a line.
    pub doc: &'static str,
    pub(super) take: fn(&mut Draft, &str) -> Result<(), String>,
}

/// Every key of the settings.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(&super::services::KEYS)
}

static KEYS: [Key; 15] = [
    Key {
        path: "listen",
        doc: "the address to listen on, `HOST:PORT`",
        take: |draft, text| {
            text.rsplit_once(':')
                .filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
                .ok_or("must be `HOST:PORT`, for example `127.0.0.1:8080`")?;
            draft.listen = Some(text.to_owned());
            Ok(())
        },
    },
    Key { path: "data", doc: "the data folder", take: |draft, text| keep(&mut draft.data, text) },
    Key {
        path: "public_url",
        doc: "the address clients reach the server by, without a path",
        take: |draft, text| keep(&mut draft.public_url, &web_address(text)?),
    },
    Key {
        path: "domain_api",
        doc: "whether `/api/messaging/…` works without app id and key; if not said, only on a \
              loopback address",
        take: |draft, text| {
            draft.domain_api = Some(text.parse().map_err(|_| "must be `true` or `false`")?);
            Ok(())
        },
    },
    Key {
        path: "cors.origins",
        doc: "web pages of these origins may use the server, separated by commas; if not said, \
              any, for paths with an API key",
        take: |draft, text| {
            draft.cors_origins =
                text.split(',').map(|one| web_origin(one.trim())).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Key {
        path: "cors.credentials",
        doc: "whether pages of these origins may send cookies; if not said, no",
        take: |draft, text| {
            draft.cors_credentials = Some(text.parse().map_err(|_| "must be `true` or `false`")?);
            Ok(())
        },
    },
    Key {
        path: "rate_per_second",
        doc: "requests a second of an API key that has no rate of its own",
        take: |draft, text| {
            let rate = text.parse().ok().filter(|rate| (1..=RATE_MAX_PER_S).contains(rate));
            draft.rate_per_s = Some(rate.ok_or("must be a number from 1 to 1000000")?);
            Ok(())
        },
    },
    Key {
        path: "delivery.pace",
        doc: "messages a second by provider, as `fcm=10000,apns=5000`; one that isn't named keeps \
              its own pace: 10000 for `fcm`, none for others",
        take: |draft, text| {
            draft.delivery.paces = text.split(',').map(pace).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Key {
        path: "delivery.ledger_days",
        doc: "days for which it is kept what became of a message at each device",
        take: |draft, text| {
            let days = text.parse().ok().filter(|days| (1..=36_500).contains(days));
            draft.delivery.ledger_days = days.ok_or("must be a number of days, 1 or more")?;
            Ok(())
        },
    },
    Key {
        path: "delivery.quiet_hours",
        doc: "when devices are told nothing that isn't to them by name, as `22:00-07:00`",
        take: |draft, text| {
            let times = text.split_once('-');
            let times = times.and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
            draft.delivery.quiet_hours = Some(times.ok_or("must be times like `22:00-07:00`")?);
            Ok(())
        },
    },
    Key {
        path: "delivery.quiet_zone",
        doc: "the time zone of devices without a property `timezone`, as `Europe/Kyiv`",
        take: |draft, text| {
            jiff::tz::TimeZone::get(text).map_err(|_| "must be a time zone like `Europe/Kyiv`")?;
            draft.delivery.quiet_zone = Some(text.to_owned());
            Ok(())
        },
    },
    Key {
        path: "delivery.daily_cap",
        doc: "messages a day that a device is told at most, those to it by name aside",
        take: |draft, text| {
            let cap = text.parse().ok().filter(|cap| *cap > 0);
            draft.delivery.daily_cap = Some(cap.ok_or("must be a number of messages, 1 or more")?);
            Ok(())
        },
    },
    Key {
        path: "upstream.url",
        doc: "another server of the messaging API that gets every message instead",
        take: |draft, text| keep(&mut draft.upstream[0], &web_address(text)?),
    },
    Key {
        path: "upstream.app_id",
        doc: "the application there",
        take: |draft, text| keep(&mut draft.upstream[1], text),
    },
    Key {
        path: "upstream.api_key",
        doc: "its API key",
        take: |draft, text| keep(&mut draft.upstream[2], text),
    },
];

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

pub(super) fn keep(slot: &mut Option<String>, text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty; give it a value or leave it out".to_owned());
    }
    *slot = Some(text.to_owned());
    Ok(())
}

/// The minute of the day of `HH:MM`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// `NAME=NUMBER`.
fn pace(text: &str) -> Result<(String, u32), String> {
    let named = text.split_once('=').map(|(name, number)| (name.trim(), number.trim().parse()));
    match named {
        Some((name, Ok(number @ 1..=RATE_MAX_PER_S))) if !name.is_empty() => {
            Ok((name.to_owned(), number))
        }
        _ => Err("must be pairs like `fcm=10000`, separated by commas".to_owned()),
    }
}

pub(super) fn web_address(text: &str) -> Result<String, String> {
    let address = text.trim_end_matches('/');
    let host = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() => Ok(address.to_owned()),
        _ => Err("must start with `http://` or `https://` and name a host".to_owned()),
    }
}

/// An origin as browsers send it: scheme, host and port, in lower case.
fn web_origin(text: &str) -> Result<String, String> {
    let origin = web_address(text)?;
    let (_, host) = origin.split_once("://").unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@*".contains(&byte);
    if host.bytes().all(plain) {
        return Ok(origin.to_ascii_lowercase());
    }
    Err("must hold origins like `https://example.com`, separated by commas".to_owned())
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::{Draft, keys};

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
