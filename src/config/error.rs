//! Why the settings can't be used, with the place to mend.

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
