//! TLS for connections to push services: whom to trust, and who we are.

use rustls_platform_verifier::Verifier;
use std::sync::Arc;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Why TLS can't be set up.
#[derive(Debug, thiserror::Error)]
pub(in crate::deliver) enum TlsError {
    /// A PEM text has no certificate in it, or none that can be read.
    #[error("holds no certificate in PEM (`-----BEGIN CERTIFICATE-----`)")]
    NoCertificate,
    /// A PEM text has no key in it.
    #[error(
        "holds no private key in PEM (`-----BEGIN PRIVATE KEY-----`); make PEM of a .p12 file with \
         `openssl pkcs12 -in FILE.p12 -out FILE.pem -nodes`"
    )]
    NoKey,
    /// The library refuses it.
    #[error("can't be used for TLS: {0}")]
    Refused(#[from] rustls::Error),
}

/// How to connect: trusting the certificates of `ca` (PEM), or what the system trusts; showing
/// the certificate and key of `identity` (PEM), if there is one.
pub(in crate::deliver) fn client(
    ca: Option<&str>,
    identity: Option<&str>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = match ca {
        Some(pem) => builder.with_root_certificates(roots(pem)?),
        None => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(system_verifier(provider)?)),
    };
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| TlsError::NoKey)?;
            builder.with_client_auth_cert(certificates(pem)?, key)?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

fn system_verifier(provider: Arc<CryptoProvider>) -> Result<Verifier, rustls::Error> {
    Verifier::new(provider)
}

fn roots(pem: &str) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate)?;
    }
    Ok(roots)
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(TlsError::NoCertificate)
}
