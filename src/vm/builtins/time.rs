//! The functions of the time blocks. Dates are milliseconds since 1970, UTC.

use super::{Builtin, Call};
use crate::diag::say;
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::value::Value;

pub(super) const FUNCTIONS: &[(&str, Builtin)] =
    &[("time_now", time_now), ("time_from_text", time_from_text), ("time_add", time_add)];

fn time_now(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Date(call.now()?))
}

/// ISO 8601; without an offset it is UTC, a date alone is its midnight.
///
/// Source: ECMAScript's date time string format, but that without an offset a
/// time is not local: a server has no "local" an author could know.
fn time_from_text(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let text = call.string(0)?;
    let trimmed = text.trim();
    let moment = trimmed.parse::<jiff::Timestamp>().or_else(|_| {
        let civil: jiff::civil::DateTime = trimmed.parse()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp())
    });
    match moment {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds are below 2^53")]
        Ok(moment) => Ok(Value::Date(moment.as_millisecond() as f64)),
        Err(_) => Err(Fault::new(
            "bad-date",
            say!("`{text}` is no date", text),
            say!("write it as 2026-12-24T18:00:00Z, or 2026-12-24T18:00:00+01:00"),
        )
        .into()),
    }
}

/// DATE, AMOUNT.
fn time_add(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let date = super::calendar::milliseconds(call, 0, "DATE")?;
    let unit_ms = match call.field(0) {
        "MINUTES" => 60_000.0,
        "HOURS" => 3_600_000.0,
        "DAYS" => 86_400_000.0,
        _ => 1_000.0,
    };
    Ok(Value::Date((date + call.number(1)? * unit_ms).round()))
}
