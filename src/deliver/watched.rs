//! What is made of a credential, and made anew when its file changes.

use crate::clock::{Clock, Timestamp};
use crate::config::Secret;
use crate::limits;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

type Make<T> = Box<dyn Fn(&str) -> Result<T, String> + Send + Sync>;

/// A credential in use.
pub(super) struct Watched<T> {
    /// The setting's name, for errors.
    setting: &'static str,
    secret: Secret,
    make: Make<T>,
    clock: Clock,
    made: RwLock<Arc<T>>,
    looked_at: AtomicI64,
    seen: Mutex<Stamp>,
}

/// How a file looked: enough to notice another one in its place.
type Stamp = Option<(SystemTime, u64)>;

impl<T> Watched<T> {
    /// Reads the credential for the first time. The error says which setting it is, what is
    /// wrong, and how to mend it.
    pub(super) fn open(
        setting: &'static str,
        secret: &Secret,
        clock: Clock,
        make: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let stamp = stamp(secret);
        let made = secret
            .read()
            .and_then(|text| make(&text))
            .map_err(|problem| format!("`{setting}`: {secret} {problem}"))?;
        let looked_at = AtomicI64::new(clock.now().millis());
        Ok(Self {
            setting,
            secret: secret.clone(),
            make: Box::new(make),
            clock,
            made: RwLock::new(Arc::new(made)),
            looked_at,
            seen: Mutex::new(stamp),
        })
    }

    /// What was made of it last. Looks at the file now and then; a file that can't be used any
    /// more leaves what there was.
    pub(super) fn get(&self) -> Arc<T> {
        let looked_at = self.looked_at.load(Ordering::Relaxed);
        let now = self.clock.now();
        if !Timestamp::from_millis(looked_at).is_within(limits::CREDENTIALS_LOOK_MS, now) {
            let order = Ordering::Relaxed;
            let won = self.looked_at.compare_exchange(looked_at, now.millis(), order, order);
            if won.is_ok() {
                self.look();
            }
        }
        Arc::clone(&self.made.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn look(&self) {
        let now = stamp(&self.secret);
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == now {
                return;
            }
            *seen = now;
        }
        match self.secret.read().and_then(|text| (self.make)(&text)) {
            Ok(made) => {
                *self.made.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(made);
                tracing::info!(setting = self.setting, "deliver: a credential was read again");
            }
            Err(problem) => tracing::warn!(
                setting = self.setting, secret = %self.secret, problem,
                "deliver: a credential changed and can't be used; the one before stays"
            ),
        }
    }
}

fn stamp(secret: &Secret) -> Stamp {
    let Secret::File(path) = secret else { return None };
    stamp_of(path)
}

fn stamp_of(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::Watched;
    use crate::clock::{Clock, Timestamp};
    use crate::config::Secret;
    use crate::limits;

    #[test]
    fn a_file_that_changes_is_read_again_and_a_bad_one_changes_nothing() {
        let path = std::env::temp_dir().join(format!("blockcast-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, "1").unwrap();
        let clock = Clock::virtual_at(Timestamp::from_millis(0));
        let number = |text: &str| text.parse::<i32>().map_err(|error| format!("is bad: {error}"));
        let secret = Secret::File(path.clone());
        let watched = Watched::open("a.b", &secret, clock.clone(), number).unwrap();
        assert_eq!(*watched.get(), 1);
        std::fs::write(&path, "22").unwrap();
        assert_eq!(*watched.get(), 1, "nobody looks before it is time");
        clock.advance(limits::CREDENTIALS_LOOK_MS);
        assert_eq!(*watched.get(), 22);
        std::fs::write(&path, "bad").unwrap();
        clock.advance(limits::CREDENTIALS_LOOK_MS);
        assert_eq!(*watched.get(), 22);
        std::fs::remove_file(&path).unwrap();
        let error = Watched::open("a.b", &secret, clock, number).err().unwrap();
        assert!(error.starts_with("`a.b`: `") && error.contains("can't be read"), "{error}");
    }
}
