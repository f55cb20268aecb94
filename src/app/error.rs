//! Why the app can't start, in words for who starts it.

use crate::access::AccessError;
use crate::deliver::{ProvidersError, UpstreamError};
use crate::store::StoreError;
use std::path::PathBuf;

/// Why the app can't start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Another process has the data folder.
    #[error(
        "the data folder `{path}` is in use by another blockcast; stop that one, or give this one \
         a folder of its own with `--data`"
    )]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The store can't be opened, or failed.
    #[error(transparent)]
    Store(StoreError),
    /// A credential given for the first start can't be used.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The other server of `[upstream]` can't be used.
    #[error("the `[upstream]` of the settings can't be used: {0}")]
    Upstream(#[from] UpstreamError),
    /// A push service's credentials can't be used.
    #[error("the settings of a push service can't be used: {0}")]
    Providers(#[from] ProvidersError),
    /// The file for the command line can't be written.
    #[error("can't write `{path}`: {source}; check the data folder's permissions")]
    ClientFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Locked { path } => Self::Locked { path },
            error => Self::Store(error),
        }
    }
}
