//! `client.json` in the data folder: how a command line on this machine reaches the
//! running server. Readable by its owner alone; the admin token is not in it.

use super::error::AppError;
use crate::model::Credentials;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;

/// The file's content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientFile {
    /// Where the server was last; `None` before it first listened.
    pub url: Option<String>,
    /// The application's id.
    pub app_id: String,
    /// Its API key.
    pub api_key: String,
}

/// The file's name inside the data folder.
const NAME: &str = "client.json";

impl ClientFile {
    /// The file of a new application.
    pub(super) fn of(credentials: &Credentials) -> Self {
        Self {
            url: None,
            app_id: credentials.app_id.as_str().to_owned(),
            api_key: credentials.api_key.clone(),
        }
    }

    /// The file of a data folder; `None` when it isn't there or isn't readable.
    pub fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(NAME)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Notes where the server is now. Without the file nothing is done: the key is
    /// nowhere else in clear.
    pub(super) fn set_url(folder: &Path, url: &str) -> Result<(), AppError> {
        let Some(mut file) = Self::read(folder) else {
            tracing::warn!(
                "`{NAME}` is missing in the data folder: command lines need the key spelled out"
            );
            return Ok(());
        };
        file.url = Some(url.to_owned());
        file.write(folder)
    }

    /// Written beside and renamed, so that nobody reads half of it.
    pub(super) fn write(&self, folder: &Path) -> Result<(), AppError> {
        let path = folder.join(NAME);
        let failed = |source| AppError::ClientFile { path: path.clone(), source };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        let beside = folder.join("client.json.new");
        let mut options = std::fs::File::options();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        std::fs::rename(&beside, &path).map_err(failed)
    }
}
