//! How a date is written.

/// A date as ISO 8601 in UTC with milliseconds, as `Date.toISOString` gives it.
///
/// "Invalid Date" outside of the years a date can hold.
pub(super) fn date_text(ms: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a date's milliseconds are whole")]
    let moment = jiff::Timestamp::from_millisecond(ms as i64);
    match moment {
        Ok(moment) if ms.is_finite() => moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        _ => "Invalid Date".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::date_text;

    #[test]
    fn dates_are_written_in_utc_with_milliseconds() {
        assert_eq!(date_text(0.0), "1970-01-01T00:00:00.000Z");
        assert_eq!(date_text(1_795_472_949_601.0), "2026-11-23T22:29:09.601Z");
        assert_eq!(date_text(f64::NAN), "Invalid Date");
    }
}
