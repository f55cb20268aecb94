//! Settings: from a TOML file, the environment and flags, in rising order of weight.
//!
//! [`KEYS`] is the one list of them. Each key `a.b` of the file is `BLOCKCAST_A_B` in
//! the environment. An unknown key is refused with its line and the nearest name.

use crate::diag::nearest;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on, `HOST:PORT`; port 0 takes a free one.
    pub listen: String,
    /// The data folder; `None` keeps everything in memory, and it is gone at the end.
    pub data: Option<PathBuf>,
    /// The address clients reach the server by, without a path; `None` takes the
    /// request's `Host`.
    pub public_url: Option<String>,
    /// Whether the paths without app id and key (`/api/messaging/…`) are served: they
    /// let anyone who reaches the server publish, as the messaging API's domain form does.
    pub domain_api: bool,
    /// Who delivers to which platform.
    pub providers: Providers,
    /// Another server of the messaging API that every message is handed to instead.
    pub upstream: Option<UpstreamConfig>,
    /// What the first start takes instead of making it up.
    pub first: FirstCredentials,
}

/// Who delivers to which platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Providers {
    /// For Android.
    pub android: ProviderKind,
    /// For iOS.
    pub ios: ProviderKind,
    /// For Windows Phone.
    pub wp: ProviderKind,
    /// For macOS.
    pub osx: ProviderKind,
}

/// The kinds of providers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// A phone in a web page: its notifications are kept in an inbox.
    Virtual,
}

/// Another server that speaks the messaging API.
#[derive(Clone, PartialEq, Eq)]
pub struct UpstreamConfig {
    /// Its address, without app id and key.
    pub url: String,
    /// The application there.
    pub app_id: String,
    /// Its API key.
    pub api_key: String,
}

impl std::fmt::Debug for UpstreamConfig {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamConfig")
            .field("url", &self.url)
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// Credentials from the environment for the first start; later starts ignore them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FirstCredentials {
    /// The application's id.
    pub app_id: Option<String>,
    /// Its API key.
    pub api_key: Option<String>,
    /// Its admin token.
    pub admin_token: Option<String>,
}

impl std::fmt::Debug for FirstCredentials {
    /// Without the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FirstCredentials").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// Why the settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read the settings file `{path}`: {source}; check the path and its permissions")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{path}:{line}: not valid TOML: {message}; see https://toml.io")]
    Toml {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What the reader said.
        message: String,
    },
    /// A key nobody knows.
    #[error("{path}:{line}: unknown key `{key}`; {hint}")]
    UnknownKey {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The key, with its section.
        key: String,
        /// How to mend it.
        hint: String,
    },
    /// A value that can't be.
    #[error("{place}: `{key}` {problem}")]
    Value {
        /// File and line, or the environment variable.
        place: String,
        /// The key.
        key: String,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// An upstream that is only partly described.
    #[error("`upstream` lacks `{missing}`; set `url`, `app_id` and `api_key`, or none of them")]
    UpstreamIncomplete {
        /// The first key that is missing.
        missing: &'static str,
    },
}

/// The settings as they come in, before they are checked together.
#[derive(Default)]
struct Draft {
    listen: Option<String>,
    data: Option<String>,
    public_url: Option<String>,
    domain_api: Option<bool>,
    providers: [Option<ProviderKind>; 4],
    upstream: [Option<String>; 3],
}

/// One key: its path in the file, what it means, and how its text is taken.
pub struct Key {
    /// Its path in the file, `section.name`.
    pub path: &'static str,
    /// What it means, in a line.
    pub doc: &'static str,
    take: fn(&mut Draft, &str) -> Result<(), String>,
}

/// Every key of the settings file.
pub const KEYS: [Key; 11] = [
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
        path: "providers.android",
        doc: "who delivers to Android: `virtual`",
        take: |draft, text| provider(&mut draft.providers[0], text),
    },
    Key {
        path: "providers.ios",
        doc: "who delivers to iOS: `virtual`",
        take: |draft, text| provider(&mut draft.providers[1], text),
    },
    Key {
        path: "providers.wp",
        doc: "who delivers to Windows Phone: `virtual`",
        take: |draft, text| provider(&mut draft.providers[2], text),
    },
    Key {
        path: "providers.osx",
        doc: "who delivers to macOS: `virtual`",
        take: |draft, text| provider(&mut draft.providers[3], text),
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

/// What the command line says; it outweighs environment and file.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--listen`.
    pub listen: Option<String>,
    /// `--data`.
    pub data: Option<PathBuf>,
}

impl Config {
    /// Reads the file (when there is one), then the environment, then the flags.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line or the variable's name.
    pub fn load(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
        flags: Flags,
    ) -> Result<Self, ConfigError> {
        let mut draft = Draft::default();
        if let Some(path) = file {
            let shown = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Read { path: shown.clone(), source })?;
            draft.take_file(&shown, &text)?;
        }
        draft.take_environment(&environment)?;
        if let Some(listen) = flags.listen {
            (KEYS[0].take)(&mut draft, &listen).map_err(|problem| ConfigError::Value {
                place: "command line".to_owned(),
                key: "--listen".to_owned(),
                problem,
            })?;
        }
        let set = |name: &str| environment(name);
        let listen = draft.listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        Ok(Self {
            // Paths without a key are for this machine alone unless somebody says more.
            domain_api: draft.domain_api.unwrap_or_else(|| is_loopback(&listen)),
            listen,
            data: Some(flags.data.or(draft.data.map(PathBuf::from)).unwrap_or("data".into())),
            public_url: draft.public_url,
            providers: Providers::from_draft(draft.providers),
            upstream: UpstreamConfig::from_draft(draft.upstream)?,
            first: FirstCredentials {
                app_id: set("BLOCKCAST_APP_ID"),
                api_key: set("BLOCKCAST_API_KEY"),
                admin_token: set("BLOCKCAST_ADMIN_TOKEN"),
            },
        })
    }

    /// Everything as it is when nothing is said, kept in memory: for tests and dry runs.
    pub fn in_memory() -> Self {
        Self {
            listen: "127.0.0.1:0".to_owned(),
            data: None,
            public_url: None,
            domain_api: true,
            providers: Providers::from_draft([None; 4]),
            upstream: None,
            first: FirstCredentials::default(),
        }
    }
}

/// Whether an address to listen on is reached from this machine only.
fn is_loopback(listen: &str) -> bool {
    let host = listen.rsplit_once(':').map_or(listen, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Draft {
    fn take_file(&mut self, path: &str, text: &str) -> Result<(), ConfigError> {
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
            let is_section = KEYS
                .iter()
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
            let Some(known) = KEYS.iter().find(|known| known.path == key) else {
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

    fn take_environment(
        &mut self,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<(), ConfigError> {
        for known in &KEYS {
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
}

impl Providers {
    fn from_draft(draft: [Option<ProviderKind>; 4]) -> Self {
        let [android, ios, wp, osx] = draft.map(|kind| kind.unwrap_or(ProviderKind::Virtual));
        Self { android, ios, wp, osx }
    }
}

impl UpstreamConfig {
    fn from_draft(draft: [Option<String>; 3]) -> Result<Option<Self>, ConfigError> {
        if draft.iter().all(Option::is_none) {
            return Ok(None);
        }
        let [url, app_id, api_key] = draft;
        let need = |value: Option<String>, missing| {
            value.ok_or(ConfigError::UpstreamIncomplete { missing })
        };
        Ok(Some(Self {
            url: need(url, "url")?,
            app_id: need(app_id, "app_id")?,
            api_key: need(api_key, "api_key")?,
        }))
    }
}

fn unknown_key(path: &str, line: usize, key: String) -> ConfigError {
    let hint = if let Some(known) = nearest(&key, KEYS.iter().map(|known| known.path)) {
        format!("write `{known}`")
    } else {
        let known: Vec<_> = KEYS.iter().map(|known| known.path).collect();
        format!("remove it, or use one of {}", known.join(", "))
    };
    ConfigError::UnknownKey { path: path.to_owned(), line, key, hint }
}

fn keep(slot: &mut Option<String>, text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty; give it a value or leave it out".to_owned());
    }
    *slot = Some(text.to_owned());
    Ok(())
}

fn provider(slot: &mut Option<ProviderKind>, text: &str) -> Result<(), String> {
    match text {
        "virtual" => *slot = Some(ProviderKind::Virtual),
        other => return Err(format!("names the unknown provider `{other}`; use `virtual`")),
    }
    Ok(())
}

fn web_address(text: &str) -> Result<String, String> {
    let address = text.trim_end_matches('/');
    let host = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() => Ok(address.to_owned()),
        _ => Err("must start with `http://` or `https://` and name a host".to_owned()),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::{Config, Draft, Flags, KEYS};

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
                "[providers]\nios = \"apns\"",
                "f.toml:2: `providers.ios` names the unknown provider `apns`; use `virtual`",
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
    fn flags_outweigh_environment_outweighs_defaults() {
        let environment = |name: &str| match name {
            "BLOCKCAST_LISTEN" => Some("0.0.0.0:9000".to_owned()),
            "BLOCKCAST_DATA" => Some("/var/lib/blockcast".to_owned()),
            "BLOCKCAST_UPSTREAM_URL" => Some("https://api.example.com/".to_owned()),
            "BLOCKCAST_UPSTREAM_APP_ID" => Some("A".to_owned()),
            "BLOCKCAST_UPSTREAM_API_KEY" => Some("K".to_owned()),
            _ => None,
        };
        let flags = Flags { listen: None, data: Some("here".into()) };
        let config = Config::load(None, environment, flags).unwrap();
        assert_eq!(config.listen, "0.0.0.0:9000");
        assert_eq!(config.data, Some("here".into()));
        assert_eq!(config.upstream.unwrap().url, "https://api.example.com");
        let lacking = |name: &str| (name == "BLOCKCAST_UPSTREAM_URL").then(|| "http://x".into());
        let error = Config::load(None, lacking, Flags::default()).unwrap_err().to_string();
        assert!(error.contains("lacks `app_id`"), "{error}");
    }

    #[test]
    fn every_key_is_documented_once() {
        for (index, key) in KEYS.iter().enumerate() {
            assert!(!key.doc.is_empty(), "{}", key.path);
            assert!(KEYS[..index].iter().all(|earlier| earlier.path != key.path), "{}", key.path);
        }
    }
}
