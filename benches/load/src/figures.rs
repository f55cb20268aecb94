//! Percentiles of what was measured.

use serde_json::{Value, json};

/// p50, p99 and the greatest of these; zeros when there are none.
pub(crate) fn percentiles(mut values: Vec<u64>) -> Value {
    values.sort_unstable();
    let at =
        |part: usize| values.get((values.len() * part / 1_000).min(values.len().saturating_sub(1)));
    let of = |part| at(part).copied().unwrap_or_default();
    json!({"p50": of(500), "p99": of(990), "max": of(1_000)})
}
