//! Whom to connect to.

use std::net::IpAddr;
use std::sync::Arc;
use tokio_rustls::rustls::ClientConfig;

/// Whom to connect to, and how.
#[derive(Clone)]
pub(in crate::deliver) struct Target {
    pub(in crate::deliver) host: String,
    pub(in crate::deliver) port: u16,
    pub(in crate::deliver) tls: Arc<ClientConfig>,
    /// Which addresses the name may stand for.
    pub(in crate::deliver) may_reach: fn(IpAddr) -> bool,
    /// Connections at most.
    pub(in crate::deliver) connections_max: usize,
}

impl Target {
    pub(super) fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}
