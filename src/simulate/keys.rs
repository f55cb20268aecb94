//! Keys and certificates of the simulator, in a folder, with settings that use them.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// Why the folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file can't be read or written.
    #[error("can't use `{path}`: {source}; check the folder and its permissions")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is in the folder doesn't fit together.
    #[error("the keys in `{folder}` can't be used: {reason}; remove the folder, it is made anew")]
    Unusable {
        /// The folder.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Everything that the simulator and those who use it need.
pub struct Keys {
    folder: PathBuf,
    tls: Arc<ServerConfig>,
    /// APNs: the public key that tokens are signed for.
    pub(super) apns: Vec<u8>,
    /// FCM: the public key of the service account, PKCS 1.
    pub(super) fcm: Vec<u8>,
    /// A browser's key pair and secret, the same for all subscriptions.
    pub(super) browser: Browser,
}

/// A browser's side of a subscription.
#[derive(Clone)]
pub(super) struct Browser {
    pub(super) private: Arc<PrivateKey>,
    pub(super) public: String,
    pub(super) auth: [u8; 16],
}

impl Keys {
    /// Opens the folder; makes what isn't there.
    pub fn open(folder: &Path) -> Result<Self, KeysError> {
        let place = Place(folder);
        std::fs::create_dir_all(folder).map_err(|source| place.file("", source))?;
        if !folder.join("server.pem").exists() {
            place.make_certificates()?;
        }
        let unusable = |error: &dyn std::fmt::Display| place.unusable(error);
        let apns = place.ec_key("apns.p8")?;
        place.ec_key("vapid.pem")?;
        let fcm = place.rsa_key()?;
        let browser = place.browser()?;
        let tls = server_config(folder).map_err(|error| unusable(&error))?;
        Ok(Self {
            folder: folder.to_owned(),
            tls: Arc::new(tls),
            apns: apns.public_key_raw().to_vec(),
            fcm: fcm.public_key_raw().to_vec(),
            browser,
        })
    }

    /// Writes what depends on where the simulator listens: the service account, and settings
    /// for `blockcast serve --config`. Gives the settings' path.
    pub fn write_settings(&self, url: &str) -> Result<PathBuf, KeysError> {
        let place = Place(&self.folder);
        let account = json!({
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "simulated",
            "private_key": place.read("fcm-key.pem")?,
            "client_email": "simulated@simulated.iam.gserviceaccount.com",
            "token_uri": format!("{url}/token"),
        });
        place.write("service-account.json", &format!("{account:#}\n"))?;
        let folder = self.folder.canonicalize().map_err(|source| place.file("", source))?;
        let path = |name: &str| format!("{:?}", folder.join(name).display().to_string());
        let (ca, account) = (path("ca.pem"), path("service-account.json"));
        let (key, vapid) = (path("apns.p8"), path("vapid.pem"));
        let settings = format!(
            "# Made by `blockcast simulate`: settings that send to it.\n\
             [providers]\nandroid = \"fcm\"\nios = \"apns\"\nosx = \"apns\"\nweb = \"webpush\"\n\n\
             [fcm]\ncredentials = {account}\nendpoint = \"{url}\"\nca = {ca}\n\n\
             [apns]\nkey = {key}\nkey_id = \"{KEY_ID}\"\nteam_id = \"{TEAM_ID}\"\n\
             topic = \"com.example.app\"\nendpoint = \"{url}\"\nca = {ca}\n\n\
             [webpush]\nkey = {vapid}\nsubject = \"mailto:ops@example.com\"\n\
             allow_private = true\nca = {ca}\n"
        );
        place.write("blockcast.toml", &settings)
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.tls))
    }
}

/// The simulated Firebase project.
pub(super) const PROJECT: &str = "simulated";
const KEY_ID: &str = "SIMULATED1";
const TEAM_ID: &str = "SIMTEAM001";

struct Place<'a>(&'a Path);

impl Place<'_> {
    fn file(&self, name: &str, source: std::io::Error) -> KeysError {
        KeysError::File { path: self.0.join(name), source }
    }

    fn unusable(&self, reason: &dyn std::fmt::Display) -> KeysError {
        KeysError::Unusable { folder: self.0.to_owned(), reason: reason.to_string() }
    }

    fn read(&self, name: &str) -> Result<String, KeysError> {
        std::fs::read_to_string(self.0.join(name)).map_err(|source| self.file(name, source))
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, KeysError> {
        let path = self.0.join(name);
        std::fs::write(&path, text).map_err(|source| self.file(name, source))?;
        Ok(path)
    }

    /// The key of a file, which is made when it isn't there.
    fn key(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<KeyPair, rcgen::Error>,
    ) -> Result<KeyPair, KeysError> {
        if self.0.join(name).exists() {
            let text = self.read(name)?;
            return KeyPair::from_pem(&text).map_err(|error| self.unusable(&error));
        }
        let key = make().map_err(|error| self.unusable(&error))?;
        self.write(name, &key.serialize_pem())?;
        Ok(key)
    }

    fn ec_key(&self, name: &str) -> Result<KeyPair, KeysError> {
        self.key(name, KeyPair::generate)
    }

    fn rsa_key(&self) -> Result<KeyPair, KeysError> {
        self.key("fcm-key.pem", || KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048))
    }

    fn browser(&self) -> Result<Browser, KeysError> {
        let name = "browser.key";
        let failed = |_| self.unusable(&"a key can't be made");
        if !self.0.join(name).exists() {
            let private = PrivateKey::generate(&ECDH_P256).map_err(failed)?;
            let bytes: EcPrivateKeyBin<'_> = private.as_be_bytes().map_err(failed)?;
            self.write(name, &URL_SAFE_NO_PAD.encode(bytes.as_ref()))?;
        }
        let text = self.read(name)?;
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|error| self.unusable(&error))?;
        let private = PrivateKey::from_private_key(&ECDH_P256, &bytes)
            .map_err(|error| self.unusable(&error))?;
        let public = private.compute_public_key().map_err(failed)?;
        let public = URL_SAFE_NO_PAD.encode(public.as_ref());
        // Part of the private key, so that one file is enough: a simulated secret.
        let auth = bytes.first_chunk().copied().unwrap_or_default();
        Ok(Browser { private: Arc::new(private), public, auth })
    }

    fn make_certificates(&self) -> Result<(), KeysError> {
        let failed = |error: rcgen::Error| self.unusable(&error);
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, "blockcast simulator");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca = params.self_signed(&key).map_err(failed)?;
        let issuer = Issuer::new(params, key);
        self.write("ca.pem", &ca.pem())?;
        let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned).to_vec();
        for (file, names, purpose) in [
            ("apns-client.pem", Vec::new(), ExtendedKeyUsagePurpose::ClientAuth),
            ("server.pem", names, ExtendedKeyUsagePurpose::ServerAuth),
        ] {
            let key = KeyPair::generate().map_err(failed)?;
            let mut params = CertificateParams::new(names).map_err(failed)?;
            params.distinguished_name.push(DnType::CommonName, "blockcast simulator");
            params.extended_key_usages = vec![purpose];
            let certificate = params.signed_by(&key, &issuer).map_err(failed)?;
            self.write(file, &format!("{}{}", certificate.pem(), key.serialize_pem()))?;
        }
        Ok(())
    }
}

/// TLS for the services. A client may show a certificate of ours, as APNs takes them.
fn server_config(folder: &Path) -> Result<ServerConfig, Box<dyn std::error::Error>> {
    let provider = Arc::new(default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("ca.pem"))?)?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()?;
    let server = folder.join("server.pem");
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![CertificateDer::from_pem_file(&server)?],
            PrivateKeyDer::from_pem_file(&server)?,
        )?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}
