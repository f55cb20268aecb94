//! Settings: from a TOML file, the environment and flags, in rising order of weight.
//!
//! [`keys`] is the one list of them. Each key `a.b` of the file is `BLOCKCAST_A_B` in
//! the environment. An unknown key is refused with its line and the nearest name.

mod file;
mod secret;
mod services;

pub use file::{Key, keys};
pub use secret::Secret;
pub use services::{
    ApnsConfig, FcmConfig, ProviderKind, Providers, Reached, WebPushConfig, WebhookConfig,
};

use file::Draft;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};

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
    /// Web pages of which origins may use the server.
    pub cors: Cors,
    /// Requests a second of a key that has no rate of its own; `None` is without limit.
    pub rate_per_s: Option<u32>,
    /// Who delivers to which platform.
    pub providers: Providers,
    /// How messages are brought to devices.
    pub delivery: Delivery,
    /// Another server of the messaging API that every message is handed to instead.
    pub upstream: Option<UpstreamConfig>,
    /// What the first start takes instead of making it up.
    pub first: FirstCredentials,
}

/// Web pages of which origins may use the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// These origins; empty means any, for the messaging API with a key in its path only.
    pub origins: Vec<String>,
    /// Whether pages of these origins may send cookies and the like.
    pub credentials: bool,
}

/// How messages are brought to devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Messages a second by the provider's name; one that isn't named keeps its own pace.
    pub paces: IndexMap<String, u32>,
    /// Days for which it is kept what became of a message at each device.
    pub ledger_days: u32,
    /// Minutes of the day from and to which devices are told nothing.
    pub quiet_hours: Option<(u16, u16)>,
    /// The time zone of devices that name none; `None` is UTC.
    pub quiet_zone: Option<String>,
    /// Messages that a device is told a day at most.
    pub daily_cap: Option<u32>,
    /// Whether outcomes are kept when a message is done and not before: what the benchmark
    /// compares with. A crash would repeat all of it, so no setting leads here.
    pub keeps_at_end: bool,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            paces: IndexMap::new(),
            ledger_days: crate::limits::LEDGER_DAYS,
            quiet_hours: None,
            quiet_zone: None,
            daily_cap: None,
            keeps_at_end: false,
        }
    }
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
    /// Credentials for pages of any origin.
    #[error("`cors.credentials` needs `cors.origins`; name the origins, or leave it out")]
    CredentialsForAll,
    /// An upstream that is only partly described.
    #[error("`upstream` lacks `{missing}`; set `url`, `app_id` and `api_key`, or none of them")]
    UpstreamIncomplete {
        /// The first key that is missing.
        missing: &'static str,
    },
}

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
            draft.take_flag("--listen", "listen", &listen)?;
        }
        let set = |name: &str| environment(name);
        let listen = draft.listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        Ok(Self {
            // Paths without a key are for this machine alone unless somebody says more.
            domain_api: draft.domain_api.unwrap_or_else(|| is_loopback(&listen)),
            listen,
            data: Some(flags.data.or(draft.data.map(PathBuf::from)).unwrap_or("data".into())),
            public_url: draft.public_url,
            cors: Cors::from_draft(draft.cors_origins, draft.cors_credentials)?,
            rate_per_s: draft.rate_per_s,
            providers: draft.services.finish(),
            delivery: draft.delivery,
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
            cors: Cors::default(),
            rate_per_s: None,
            providers: services::ServicesDraft::default().finish(),
            delivery: Delivery::default(),
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

impl Cors {
    fn from_draft(origins: Vec<String>, credentials: Option<bool>) -> Result<Self, ConfigError> {
        let credentials = credentials.unwrap_or_default();
        if credentials && origins.is_empty() {
            return Err(ConfigError::CredentialsForAll);
        }
        Ok(Self { origins, credentials })
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

#[cfg(test)]
mod tests {
    use super::{Config, Flags};

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
}
