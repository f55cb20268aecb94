//! Who we are to a browser's push service (RFC 8292): one signed token an origin.

use crate::clock::Timestamp;
use crate::deliver::jwt::{EcKey, base64url, from_base64url};
use crate::limits;
use http::HeaderValue;
use serde_json::json;

/// The application server's key.
pub(super) struct VapidKey {
    key: EcKey,
    /// The public point in base64url, as pages need it to subscribe.
    pub(super) public: String,
}

impl VapidKey {
    /// From PEM, or from the private number in base64url, as `web-push generate-vapid-keys` and
    /// most libraries write it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let scalar = from_base64url(text.trim()).filter(|bytes| bytes.len() == 32);
        let key = match scalar {
            Some(scalar) => {
                EcKey::from_scalar(&scalar).ok_or("is no private number of P-256 in base64url")?
            }
            None => EcKey::from_pem(text)?,
        };
        let public = base64url(key.public());
        Ok(Self { key, public })
    }

    /// The header for an origin; good for [`limits::VAPID_MS`].
    pub(super) fn header(
        &self,
        origin: &str,
        subject: &str,
        now: Timestamp,
    ) -> Option<HeaderValue> {
        let until = now.plus_millis(limits::VAPID_MS);
        let header = json!({ "typ": "JWT", "alg": "ES256" });
        let claims = json!({ "aud": origin, "exp": until.millis() / 1_000, "sub": subject });
        let token = self.key.sign(&header, &claims)?;
        let header = format!("vapid t={token}, k={}", self.public);
        let mut header = HeaderValue::try_from(header).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::VapidKey;
    use crate::clock::Timestamp;
    use crate::deliver::jwt::from_base64url;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::{Value, json};

    fn is_signed(jwt: &str, public: &str) -> bool {
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, from_base64url(public).unwrap());
        key.verify(signed.as_bytes(), &from_base64url(signature).unwrap()).is_ok()
    }

    /// RFC 8292, section 2.4: we check its token as we check our own, below.
    #[test]
    fn the_example_of_rfc_8292_is_signed_by_its_key() {
        let jwt = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA";
        let key = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
        assert!(is_signed(jwt, key));
        assert!(!is_signed(&jwt.replace("i3CYb7", "i3CYb8"), key));
    }

    #[test]
    fn a_token_says_for_whom_until_when_and_who_we_are() {
        let now = Timestamp::from_millis(1_000_000);
        // The private key of RFC 8291's example.
        let key = VapidKey::parse("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw\n").unwrap();
        let header =
            key.header("https://push.example.net", "mailto:push@example.com", now).unwrap();
        let text = header.to_str().unwrap();
        let (jwt, public) = text.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert!(is_signed(jwt, public));
        assert_eq!(
            public,
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
        );
        let claims = from_base64url(jwt.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(
            claims,
            json!({
                "aud": "https://push.example.net", "exp": 1_000 + 43_200, "sub": "mailto:push@example.com"
            })
        );
        assert!(VapidKey::parse("nonsense").is_err());
    }
}
