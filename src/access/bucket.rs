//! A token bucket: so many requests a second, and a second's worth at once.

use crate::clock::Timestamp;

/// How full a key's bucket is.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Requests that may come now, in thousandths.
    milli_tokens: u64,
    filled_at: Timestamp,
}

impl Bucket {
    pub(super) fn full(rate_per_s: u32, now: Timestamp) -> Self {
        Self { milli_tokens: u64::from(rate_per_s) * 1_000, filled_at: now }
    }

    /// Takes one request.
    ///
    /// # Errors
    /// Milliseconds until one may come, at least 1.
    pub(super) fn take(&mut self, rate_per_s: u32, now: Timestamp) -> Result<(), u64> {
        let rate = u64::from(rate_per_s).max(1);
        // A clock that was set back fills nothing, and is not waited for.
        let passed = now.millis().saturating_sub(self.filled_at.millis()).max(0).unsigned_abs();
        // Tokens a second are thousandths of tokens a millisecond.
        let filled = self.milli_tokens.saturating_add(passed.saturating_mul(rate));
        self.milli_tokens = filled.min(rate * 1_000);
        self.filled_at = now;
        if let Some(left) = self.milli_tokens.checked_sub(1_000) {
            self.milli_tokens = left;
            return Ok(());
        }
        Err((1_000 - self.milli_tokens).div_ceil(rate).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;
    use crate::clock::Timestamp;

    #[test]
    fn a_seconds_worth_at_once_then_one_by_one() {
        let start = Timestamp::from_millis(1_000_000);
        let mut bucket = Bucket::full(2, start);
        assert_eq!(bucket.take(2, start), Ok(()));
        assert_eq!(bucket.take(2, start), Ok(()));
        assert_eq!(bucket.take(2, start), Err(500));
        assert_eq!(bucket.take(2, start.plus_millis(400)), Err(100));
        assert_eq!(bucket.take(2, start.plus_millis(500)), Ok(()));
        // A long rest gives a second's worth, not more.
        let later = start.plus_millis(60_000);
        assert_eq!([0; 3].map(|_| bucket.take(2, later).is_ok()), [true, true, false]);
        // The clock is set back: nothing is filled, and the next second is not lost.
        assert!(bucket.take(2, start).is_err());
        assert_eq!(bucket.take(2, start.plus_millis(500)), Ok(()));
    }
}
