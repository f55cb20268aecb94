//! Signed tokens (RFC 7519, RFC 7515) and the keys that sign them: as push services want them.

use aws_lc_rs::agreement;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// Unpadded base64 of the URL alphabet.
pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a base64 text of either alphabet, padded or not.
pub(super) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let url: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    URL_SAFE_NO_PAD.decode(url).ok()
}

/// A P-256 key that signs (ES256).
pub(super) struct EcKey(EcdsaKeyPair);

impl EcKey {
    /// From PEM, PKCS 8 or SEC 1. The error says what is wrong and how to mend it.
    pub(super) fn from_pem(pem: &str) -> Result<Self, String> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| {
            "holds no private key in PEM (`-----BEGIN PRIVATE KEY-----`); give the file as it was \
             downloaded"
                .to_owned()
        })?;
        EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, key.secret_der())
            .map(Self)
            .map_err(|_| "holds a private key that is no P-256 key, and ES256 needs one".to_owned())
    }

    /// From the 32 bytes of the private number.
    pub(super) fn from_scalar(scalar: &[u8]) -> Option<Self> {
        let agreed = agreement::PrivateKey::from_private_key(&agreement::ECDH_P256, scalar).ok()?;
        let public = agreed.compute_public_key().ok()?;
        EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            scalar,
            public.as_ref(),
        )
        .ok()
        .map(Self)
    }

    /// The public point, uncompressed: 65 bytes.
    pub(super) fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// A token with this header and these claims; `None` when the library fails.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> Option<String> {
        let text = unsigned(header, claims);
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).ok()?;
        Some(format!("{text}.{}", base64url(signature.as_ref())))
    }
}

/// An RSA key that signs (RS256).
pub(super) struct RsaKey(RsaKeyPair);

impl RsaKey {
    /// From PEM, PKCS 8 or PKCS 1.
    pub(super) fn from_pem(pem: &str) -> Result<Self, String> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| "holds no private key in PEM".to_owned())?;
        RsaKeyPair::from_pkcs8(key.secret_der())
            .or_else(|_| RsaKeyPair::from_der(key.secret_der()))
            .map(Self)
            .map_err(|_| "holds a private key that is no RSA key, and RS256 needs one".to_owned())
    }

    /// A token with this header and these claims; `None` when the library fails.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> Option<String> {
        let text = unsigned(header, claims);
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .ok()?;
        Some(format!("{text}.{}", base64url(&signature)))
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}
