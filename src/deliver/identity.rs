//! Ids that a repeat after a crash has again: made of the message and its device alone.

use super::jwt::base64url;
use super::provider::Parcel;
use crate::id::DeviceId;
use crate::model::Notification;
use aws_lc_rs::digest::{self, SHA256};
use uuid::{Builder, Uuid};

/// What a notification replaces on a phone: the one with the same key, or, when the publisher
/// gave none, itself. It has at most `length_max` (20 to 64) bytes.
///
/// The device isn't part of it: services and phones keep it for each device, and what is the
/// same for all devices needs to be sent to a service only once.
pub(super) fn collapse_id(notification: &Notification, length_max: usize) -> String {
    match &notification.carriage.collapse_key {
        Some(key) if key.len() <= length_max && key.bytes().all(|b| (b' '..=b'~').contains(&b)) => {
            key.clone()
        }
        Some(key) => hashed(key, length_max),
        // A repeating message has one id for all its copies, which are told apart by their time.
        None => {
            let time = notification.published_at.millis().to_be_bytes();
            short(&[notification.message_id.as_str().as_bytes(), &time], length_max)
        }
    }
}

/// The id of one notification on one device.
pub(super) fn parcel_id(parcel: &Parcel, notification: &Notification, device: &DeviceId) -> Uuid {
    let time = notification.published_at.millis().to_be_bytes();
    let parts = [parcel.message.id.as_str().as_bytes(), &time, device.as_str().as_bytes()];
    let digest = digest(&parts);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// A text's stand-in of at most `length_max` (20 to 64) characters of base64url.
pub(super) fn hashed(text: &str, length_max: usize) -> String {
    short(&[text.as_bytes()], length_max)
}

fn short(parts: &[&[u8]], length_max: usize) -> String {
    // Three bytes become four characters; 24 bytes are more than enough.
    base64url(&digest(parts)[..(length_max / 4 * 3).min(24)])
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    // In one piece: a hash that takes pieces costs twice as much for so little.
    let mut text = Vec::with_capacity(128);
    for part in parts {
        text.extend_from_slice(&(part.len() as u64).to_be_bytes());
        text.extend_from_slice(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&SHA256, &text).as_ref());
    bytes
}
