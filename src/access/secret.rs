//! Secrets: made once, kept as SHA-256, compared in constant time.

use super::AccessError;
use crate::config::FirstCredentials;
use crate::id::AppId;
use crate::model::Credentials;
use aws_lc_rs::{constant_time, digest};

/// The first application's credentials: from the environment, or made.
pub fn first_credentials(given: &FirstCredentials) -> Result<Credentials, AccessError> {
    let app_id = checked("BLOCKCAST_APP_ID", given.app_id.as_deref())?;
    let api_key = checked("BLOCKCAST_API_KEY", given.api_key.as_deref())?;
    let admin_token = checked("BLOCKCAST_ADMIN_TOKEN", given.admin_token.as_deref())?;
    let admin_token = match admin_token {
        Some(token) => token,
        None => random_token()?,
    };
    Ok(Credentials {
        app_id: AppId::new(app_id.unwrap_or_else(random_uuid)),
        api_key: api_key.unwrap_or_else(random_uuid),
        admin_token,
    })
}

/// SHA-256, 32 bytes. Made secrets hold 122 bits or more, so a slow hash adds nothing.
pub fn hash(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
fn matches(secret: &str, hashed: &[u8]) -> bool {
    same(&hash(secret), hashed)
}

/// Whether two hashes are equal; takes the same time for any two of the same length.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// Both stand in paths, so `/` would take them apart.
fn checked(variable: &'static str, given: Option<&str>) -> Result<Option<String>, AccessError> {
    let problem = match given {
        None => return Ok(None),
        Some(text) if text.trim().is_empty() => "is empty",
        Some(text) if text.contains('/') => "contains `/`",
        Some(text) if text.chars().any(|c| c.is_control() || c.is_whitespace()) => {
            "contains white space"
        }
        Some("api" | "docs" | "hooks" | "assets") if variable == "BLOCKCAST_APP_ID" => {
            "is a word that the server's own paths begin with"
        }
        Some(text) => return Ok(Some(text.to_owned())),
    };
    Err(AccessError::Credential { variable, problem })
}

/// Upper case, as ids and keys of the messaging API are in the wild.
pub(super) fn random_uuid() -> String {
    format!("{:X}", uuid::Uuid::new_v4().hyphenated())
}

/// 64 hexadecimal digits: 256 bits can't be guessed.
pub(super) fn random_token() -> Result<String, AccessError> {
    let mut halves = [[0; 16]; 2];
    for half in &mut halves {
        getrandom::fill(half).map_err(|_| AccessError::Random)?;
    }
    let [first, second] = halves.map(u128::from_be_bytes);
    Ok(format!("{first:032x}{second:032x}"))
}

#[cfg(test)]
mod tests {
    use super::{first_credentials, hash, matches};
    use crate::config::FirstCredentials;

    #[test]
    fn given_credentials_are_taken_and_others_made() {
        let given =
            FirstCredentials { app_id: Some("A".to_owned()), ..FirstCredentials::default() };
        let made = first_credentials(&given).unwrap();
        assert_eq!(made.app_id.as_str(), "A");
        assert_eq!((made.api_key.len(), made.admin_token.len()), (36, 64));
        assert_ne!(first_credentials(&given).unwrap().admin_token, made.admin_token);
    }

    #[test]
    fn credentials_that_break_a_path_are_refused() {
        for text in ["", " ", "a/b", "a b", "a\n"] {
            let given =
                FirstCredentials { api_key: Some(text.to_owned()), ..FirstCredentials::default() };
            let error = first_credentials(&given).unwrap_err().to_string();
            assert!(error.contains("BLOCKCAST_API_KEY"), "{error}");
        }
    }

    #[test]
    fn only_the_secret_matches_its_hash() {
        let hashed = hash("key");
        assert!(matches("key", &hashed));
        assert!(!matches("Key", &hashed) && !matches("", &hashed) && !matches("key", &[]));
    }
}
