//! Opening one connection: name, address, TCP, TLS.

use super::Fault;
use super::target::Target;
use super::wide::Wide;
use crate::limits;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{AlertDescription, Error as TlsError};

/// Connects within [`limits::CONNECT_MS`].
pub(super) async fn connect(target: &Target) -> Result<TlsStream<Wide>, Fault> {
    let allowed = Duration::from_millis(limits::CONNECT_MS);
    match tokio::time::timeout(allowed, open(target)).await {
        Ok(done) => done,
        Err(_) => Err(unreachable(target, format!("no connection within {allowed:?}"))),
    }
}

async fn open(target: &Target) -> Result<TlsStream<Wide>, Fault> {
    let stream = dial(target).await?;
    // Without it a small request waits for the answer to the one before.
    stream.set_nodelay(true).map_err(|error| unreachable(target, error.to_string()))?;
    let name = ServerName::try_from(target.host.clone())
        .map_err(|_| untrusted(target, "its name is no host name".to_owned()))?;
    let tls = TlsConnector::from(Arc::clone(&target.tls));
    let stream =
        tls.connect(name, Wide::new(stream)).await.map_err(|error| refused(target, &error))?;
    if stream.get_ref().1.alpn_protocol() != Some(b"h2".as_slice()) {
        return Err(untrusted(target, "it doesn't speak HTTP/2".to_owned()));
    }
    Ok(stream)
}

/// Connects to the first address of the name that takes it, out of those that are allowed. The
/// addresses are looked at here, after the name was resolved and for each connection, so that a
/// name that changes its mind gains nothing.
async fn dial(target: &Target) -> Result<TcpStream, Fault> {
    let host = target.host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, target.port)],
        Err(_) => tokio::net::lookup_host((host, target.port))
            .await
            .map_err(|error| unreachable(target, error.to_string()))?
            .collect(),
    };
    let allowed: Vec<SocketAddr> =
        found.iter().copied().filter(|address| (target.may_reach)(address.ip())).collect();
    if allowed.is_empty() && !found.is_empty() {
        return Err(untrusted(
            target,
            "it is an address of this machine or of a private network".to_owned(),
        ));
    }
    TcpStream::connect(allowed.as_slice())
        .await
        .map_err(|error| unreachable(target, error.to_string()))
}

/// What a failed TLS handshake means: a certificate that isn't trusted stays so.
fn refused(target: &Target, error: &io::Error) -> Fault {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    match tls {
        Some(TlsError::InvalidCertificate(reason)) => untrusted(
            target,
            format!(
                "its certificate isn't valid here ({reason:?}); set `ca` if it is one of your own"
            ),
        ),
        Some(TlsError::AlertReceived(
            alert @ (AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateRequired
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied),
        )) => untrusted(target, format!("it refuses our certificate ({alert:?})")),
        Some(TlsError::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            untrusted(target, "it doesn't speak HTTP/2".to_owned())
        }
        Some(_) | None => unreachable(target, error.to_string()),
    }
}

fn unreachable(target: &Target, reason: String) -> Fault {
    Fault::Unreachable { server: target.server(), reason }
}

fn untrusted(target: &Target, reason: String) -> Fault {
    Fault::Untrusted { server: target.server(), reason }
}
