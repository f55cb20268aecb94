//! The body of a Web Push message: encrypted for one browser (RFC 8291, RFC 8188).

use super::subscription::Keys;
use crate::limits;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

/// Bytes of the header before the record: salt, record size, and the sender's key with its length.
const HEADER: usize = 16 + 4 + 1 + 65;

/// The sender's keys of one message.
pub(super) struct Pair {
    private: PrivateKey,
    pub(super) public: [u8; 65],
}

impl Pair {
    /// A fresh one. `None` when the library fails.
    pub(super) fn generate() -> Option<Self> {
        Self::of(PrivateKey::generate(&ECDH_P256).ok()?)
    }

    fn of(private: PrivateKey) -> Option<Self> {
        let public = private.compute_public_key().ok()?.as_ref().try_into().ok()?;
        Some(Self { private, public })
    }
}

/// The body for one browser, by keys and a salt of its own.
///
/// `None` when the browser's key is no point of the curve, or the library fails.
pub(super) fn encrypt(plain: &[u8], keys: &Keys, sender: &Pair, salt: [u8; 16]) -> Option<Vec<u8>> {
    let (key, nonce) =
        agreed(&sender.private, &keys.p256dh, &keys.auth, &keys.p256dh, &sender.public, salt)?;
    let mut body = Vec::with_capacity(HEADER + plain.len() + 17);
    body.extend_from_slice(&salt);
    body.extend_from_slice(&limits::WEB_PUSH_BODY_MAX.to_be_bytes());
    body.push(65);
    body.extend_from_slice(&sender.public);
    body.extend_from_slice(plain);
    // The last record, without padding.
    body.push(2);
    let record = body.get_mut(HEADER..)?;
    let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), record).ok()?;
    body.extend_from_slice(tag.as_ref());
    Some(body)
}

/// What a browser reads: the text of a body that was encrypted for it. `None` when it wasn't.
pub fn decrypt(body: &[u8], receiver: &PrivateKey, auth: &[u8]) -> Option<Vec<u8>> {
    let (salt, rest) = body.split_at_checked(16)?;
    let (_record_size, rest) = rest.split_at_checked(4)?;
    let (length, rest) = rest.split_first()?;
    let (sender, record) = rest.split_at_checked(usize::from(*length))?;
    let own = receiver.compute_public_key().ok()?;
    let salt = salt.try_into().ok()?;
    let (key, nonce) = agreed(receiver, sender, auth, own.as_ref(), sender, salt)?;
    let mut record = record.to_vec();
    let plain = key.open_in_place(nonce, Aad::empty(), &mut record).ok()?;
    let end = plain.iter().rposition(|byte| *byte != 0)?;
    (plain[end] == 2).then(|| plain[..end].to_vec())
}

/// Key and nonce that both sides come to.
fn agreed(
    own: &PrivateKey,
    other: &[u8],
    auth: &[u8],
    receiver: &[u8],
    sender: &[u8],
    salt: [u8; 16],
) -> Option<(LessSafeKey, Nonce)> {
    let other = agreement::UnparsedPublicKey::new(&ECDH_P256, other);
    let input = agreement::agree(own, other, (), |secret| {
        let info = [b"WebPush: info\0".as_slice(), receiver, sender];
        expand::<32>(&Salt::new(HKDF_SHA256, auth).extract(secret), &info).ok_or(())
    })
    .ok()?;
    let prk = Salt::new(HKDF_SHA256, &salt).extract(&input);
    let key = expand::<16>(&prk, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = expand::<12>(&prk, &[b"Content-Encoding: nonce\0"])?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
    Some((key, Nonce::assume_unique_for_key(nonce)))
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    prk.expand(info, Length(N)).ok()?.fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Pair, decrypt, encrypt};
    use crate::deliver::jwt::{base64url, from_base64url};
    use crate::deliver::webpush::subscription::Keys;
    use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};

    fn bytes(text: &str) -> Vec<u8> {
        from_base64url(text).unwrap()
    }

    fn private(text: &str) -> PrivateKey {
        PrivateKey::from_private_key(&ECDH_P256, &bytes(text)).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_rfc_8291_comes_out_byte_for_byte() {
        let keys = Keys {
            p256dh: bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            )
            .try_into()
            .unwrap(),
            auth: bytes("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap(),
        };
        let sender = Pair::of(private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let plain = b"When I grow up, I want to be a watermelon";
        let body = encrypt(plain, &keys, &sender, salt).unwrap();
        assert_eq!(
            base64url(&body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg\
             Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
        let receiver = private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
        assert_eq!(decrypt(&body, &receiver, &keys.auth).unwrap(), plain);
        let mut other = body.clone();
        other[100] ^= 1;
        assert_eq!(decrypt(&other, &receiver, &keys.auth), None);
        for end in 0..body.len() {
            assert_eq!(decrypt(&body[..end], &receiver, &keys.auth), None, "cut at {end}");
        }
    }
}
