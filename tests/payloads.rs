//! `tests/payloads/CASE/notification.json`: a notification, and beside it what each service
//! gets, as `blockcast send-test SERVICE --notification FILE --dry-run` prints it: `fcm.json`,
//! `apns.json` and `webpush.json`, before it is encrypted. What can't be sent is its error.

use crate::harness::{blockcast, compare, entries, name};
use libtest_mimic::{Failed, Trial};
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    entries("payloads")
        .into_iter()
        .map(|folder| Trial::test(format!("payloads/{}", name(&folder)), move || check(&folder)))
        .collect()
}

fn check(folder: &Path) -> Result<(), Failed> {
    for service in ["fcm", "apns", "webpush"] {
        let output = blockcast()
            .args(["send-test", service, "--dry-run", "--notification"])
            .arg(folder.join("notification.json"))
            .output()?;
        let printed = if output.status.success() { output.stdout } else { output.stderr };
        let file = folder.join(format!("{service}.json"));
        compare(&file, &String::from_utf8(printed)?)?;
    }
    Ok(())
}
