//! What the cryptography of a Web Push message costs by itself (RFC 8291): a fresh key, the
//! agreement, key derivation and sealing, by the library that the engine uses.

use crate::process::processor;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use serde_json::{Value, json};
use std::hint::black_box;

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Seals so many messages, each for itself.
pub(crate) fn run(messages: usize) -> Value {
    let browser = PrivateKey::generate(&ECDH_P256).unwrap();
    let browser = browser.compute_public_key().unwrap();
    let before = processor();
    for _ in 0..messages {
        black_box(sealed(browser.as_ref()));
    }
    json!({ "cpu": processor() - before })
}

fn sealed(browser: &[u8]) -> Vec<u8> {
    let sender = PrivateKey::generate(&ECDH_P256).unwrap();
    let public = sender.compute_public_key().unwrap();
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).unwrap();
    let input = agree(&sender, UnparsedPublicKey::new(&ECDH_P256, browser), (), |secret| {
        let info = [b"WebPush: info\0".as_slice(), browser, public.as_ref()];
        Ok(expand::<32>(&Salt::new(HKDF_SHA256, &[7; 16]).extract(secret), &info))
    });
    let prk = Salt::new(HKDF_SHA256, &salt).extract(&input.unwrap());
    let key = expand::<16>(&prk, &[b"Content-Encoding: aes128gcm\0"]);
    let nonce = expand::<12>(&prk, &[b"Content-Encoding: nonce\0"]);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
    let mut record = vec![b'a'; 200];
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record).unwrap();
    record
}

fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> [u8; N] {
    let mut bytes = [0; N];
    prk.expand(info, Length(N)).unwrap().fill(&mut bytes).unwrap();
    bytes
}
