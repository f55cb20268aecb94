//! Credentials: a file, or the text itself, as an environment variable brings it.

use std::fmt;
use std::path::PathBuf;

/// Where a credential is. Shown without its text.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// In a file, which may change.
    File(PathBuf),
    /// Here.
    Text(String),
}

impl Secret {
    /// What starts like PEM or JSON is the credential itself; everything else is a path.
    pub(super) fn new(value: &str) -> Self {
        if value.trim_start().starts_with("-----BEGIN") || value.trim_start().starts_with('{') {
            return Self::Text(value.to_owned());
        }
        Self::File(value.into())
    }

    /// The text. The error says why it can't be had.
    pub fn read(&self) -> Result<String, String> {
        match self {
            Self::File(path) => std::fs::read_to_string(path).map_err(|error| {
                format!("can't be read: {error}; check the path and who may read it")
            }),
            Self::Text(text) => Ok(text.clone()),
        }
    }
}

impl fmt::Display for Secret {
    /// Where it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Text(_) => f.write_str("the text in the settings"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_text_is_told_from_a_path_and_never_shown() {
        let text = Secret::new("-----BEGIN PRIVATE KEY-----\nabc");
        assert_eq!(format!("{text:?} {text}"), "the text in the settings the text in the settings");
        assert_eq!(Secret::new("keys/a.p8"), Secret::File("keys/a.p8".into()));
        assert!(Secret::new("keys/a.p8").read().unwrap_err().contains("can't be read"));
    }
}
