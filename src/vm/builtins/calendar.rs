//! Dates as calendars and clocks show them, in a time zone.
//!
//! The zones are those of the binary, whatever the machine has, so a flow gives the same
//! everywhere.

use super::want::plain_string;
use super::{Builtin, Call};
use crate::diag::say;
use crate::limits;
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::value::Value;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("time_part", time_part),
    ("time_format", time_format),
    ("time_between", time_between),
    ("time_start_of", time_start_of),
    ("time_to_number", time_to_number),
];

/// Milliseconds of a date, or of a number that stands for one.
pub(super) fn milliseconds(call: &Call<'_>, index: usize, socket: &str) -> Result<f64, Fault> {
    match call.arg(index) {
        Value::Date(ms) | Value::Number(ms) => Ok(ms),
        other => Err(Fault::kind(
            say!("`{socket}` wants a date and got {kind}", socket, kind = other.kind()),
            say!("plug in `now` or `date from text`"),
        )),
    }
}

/// The date in socket `index` in the time zone that socket `zone` names.
fn zoned(call: &Call<'_>, index: usize, zone: usize) -> Result<Zoned, Fault> {
    let ms = milliseconds(call, index, "DATE")?;
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and what is beyond fails")]
    let moment = Timestamp::from_millisecond(ms.floor() as i64);
    let moment = moment.ok().filter(|_| ms.is_finite()).ok_or_else(no_date)?;
    let name = plain_string(call, zone, "ZONE")?;
    let name = name.trim();
    let zone = if name.is_empty() { Ok(TimeZone::UTC) } else { TimeZone::get(name) };
    let Ok(zone) = zone else {
        let name: String = name.chars().take(60).collect();
        return Err(Fault::new(
            "bad-zone",
            say!("there is no time zone `{name}`", name),
            say!(
                "write its name in the IANA database, as in Europe/Berlin, America/New_York or UTC"
            ),
        ));
    };
    Ok(moment.to_zoned(zone))
}

fn no_date() -> Fault {
    Fault::new(
        "bad-date",
        say!("the date is none, or beyond the years -9999 to 9999"),
        say!("plug in `now` or `date from text`; a number counts milliseconds since 1970"),
    )
}

fn date(moment: &Zoned) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds are below 2^53")]
    Value::Date(moment.timestamp().as_millisecond() as f64)
}

/// DATE, ZONE; PART.
fn time_part(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let moment = zoned(call, 0, 1)?;
    let part = match call.field(0) {
        "MONTH" => i16::from(moment.month()),
        "DAY" => i16::from(moment.day()),
        "WEEKDAY" => i16::from(moment.weekday().to_monday_one_offset()),
        "HOUR" => i16::from(moment.hour()),
        "MINUTE" => i16::from(moment.minute()),
        "SECOND" => i16::from(moment.second()),
        "MILLISECOND" => moment.millisecond(),
        "WEEK" => i16::from(moment.date().iso_week_date().week()),
        "DAY_OF_YEAR" => moment.day_of_year(),
        _ => moment.year(),
    };
    Ok(Value::Number(f64::from(part)))
}

/// DATE, PATTERN, ZONE.
fn time_format(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let moment = zoned(call, 0, 2)?;
    let pattern = plain_string(call, 1, "PATTERN")?;
    if pattern.len() > limits::TIME_PATTERN_BYTES_MAX {
        let (len, most) = (pattern.len(), limits::TIME_PATTERN_BYTES_MAX);
        return Err(Fault::new(
            "bad-time-pattern",
            say!("the pattern has {len} bytes; at most {most} are read", len, most),
            say!("keep what is no part of the date out of it"),
        )
        .into());
    }
    match jiff::fmt::strtime::format(pattern.as_bytes(), &moment) {
        Ok(text) => Ok(call.heap.text(&text)?),
        Err(error) => Err(Fault::new(
            "bad-time-pattern",
            say!("the pattern `{pattern}` can't be used: {error}", pattern, error),
            say!("write it as %d.%m.%Y %H:%M, and a percent sign as %%"),
        )
        .into()),
    }
}

/// FROM, TO; UNIT.
fn time_between(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let (from, to) = (milliseconds(call, 0, "FROM")?, milliseconds(call, 1, "TO")?);
    Ok(Value::Number((to - from) / unit_ms(call.field(0))))
}

/// DATE; UNIT.
fn time_to_number(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    Ok(Value::Number(milliseconds(call, 0, "DATE")? / unit_ms(call.field(0))))
}

fn unit_ms(unit: &str) -> f64 {
    match unit {
        "SECONDS" => 1_000.0,
        "MINUTES" => 60_000.0,
        "HOURS" => 3_600_000.0,
        "DAYS" => 86_400_000.0,
        "WEEKS" => 604_800_000.0,
        _ => 1.0,
    }
}

/// DATE, ZONE; UNIT.
fn time_start_of(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let moment = zoned(call, 0, 1)?;
    let start = start_of(&moment, call.field(0)).map_err(|_| no_date())?;
    Ok(date(&start))
}

fn start_of(moment: &Zoned, unit: &str) -> Result<Zoned, jiff::Error> {
    let day = moment.date();
    let first = match unit {
        "HOUR" => {
            return moment.with().minute(0).second(0).subsec_nanosecond(0).build();
        }
        "WEEK" => {
            let since_monday = i64::from(moment.weekday().to_monday_zero_offset());
            day.checked_sub(since_monday.days())?
        }
        "MONTH" => day.first_of_month(),
        "YEAR" => day.first_of_year(),
        _ => day,
    };
    // Where a clock is put forward at midnight, a day begins later.
    first.to_zoned(moment.time_zone().clone())
}
