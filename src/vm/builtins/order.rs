//! Sorting by numbers of which some may be NaN, which JavaScript's comparison calls
//! equal to every number: then the order depends on how the sort goes about it.
//!
//! Source: V8's `Array.prototype.sort`, which is Tim Peters's merge sort.

use crate::vm::value::Value;
use std::cmp::Ordering;

/// A number to sort by, with the item it belongs to.
pub(super) type Keyed = (f64, Value);

/// Sorts as `items.sort((a, b) => direction * (a - b))` in V8.
///
/// With NaN among more than [`RUN_MAX`] items V8 skips ahead where this merges item by
/// item, so there the order may be another one.
pub(super) fn sort(items: Vec<Keyed>, descending: bool) -> Vec<Keyed> {
    let order = |a: &Keyed, b: &Keyed| {
        let order = a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal);
        if descending { order.reverse() } else { order }
    };
    let mut items = items;
    if items.iter().all(|(key, _)| !key.is_nan()) {
        items.sort_by(order);
        return items;
    }
    // Runs in their order, merged two by two until one is left.
    let mut runs: Vec<Vec<Keyed>> =
        items.chunks(RUN_MAX).map(|run| insertion(run, order)).collect();
    while runs.len() > 1 {
        let mut pairs = runs.into_iter();
        let mut merged = Vec::new();
        while let Some(left) = pairs.next() {
            merged.push(match pairs.next() {
                Some(right) => merge(left, right, order),
                None => left,
            });
        }
        runs = merged;
    }
    runs.pop().unwrap_or_default()
}

/// Items that V8 sorts by insertion alone.
const RUN_MAX: usize = 63;

/// Keeps the run at the beginning (turned round when it goes down) and puts each
/// further item to its place, found by halving.
fn insertion(items: &[Keyed], order: impl Fn(&Keyed, &Keyed) -> Ordering) -> Vec<Keyed> {
    let is_less = |a: &Keyed, b: &Keyed| order(a, b).is_lt();
    let goes_down = items.len() > 1 && is_less(&items[1], &items[0]);
    let run =
        (1..items.len()).take_while(|at| is_less(&items[*at], &items[at - 1]) == goes_down).count()
            + 1;
    let mut sorted = items[..run.min(items.len())].to_vec();
    if goes_down {
        sorted.reverse();
    }
    for item in &items[sorted.len()..] {
        let (mut left, mut right) = (0, sorted.len());
        while left < right {
            let middle = left + (right - left) / 2;
            if is_less(item, &sorted[middle]) {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        sorted.insert(left, *item);
    }
    sorted
}

fn merge(
    left: Vec<Keyed>,
    right: Vec<Keyed>,
    order: impl Fn(&Keyed, &Keyed) -> Ordering,
) -> Vec<Keyed> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let next = if order(second, first).is_lt() { right.next() } else { left.next() };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &[f64], descending: bool) -> Vec<f64> {
        let items = keys.iter().map(|key| (*key, Value::Null)).collect();
        sort(items, descending).into_iter().map(|(key, _)| key).collect()
    }

    const NAN: f64 = f64::NAN;

    /// Expected: what `sort((a, b) => a - b)` gave in Node 20.
    #[test]
    fn with_nan_the_order_is_that_of_v8() {
        let cases: [(&[f64], &[f64]); 3] = [
            (&[3.0, NAN, 1.0], &[3.0, NAN, 1.0]),
            (&[5.0, 4.0, NAN, 3.0, 2.0, 1.0, NAN, 0.0], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, NAN, NAN]),
            (
                &[
                    12.0, 16.0, 6.0, 21.0, 11.0, NAN, 31.0, 14.0, 7.0, NAN, NAN, 18.0, NAN, NAN,
                    22.0, 2.0, NAN, 44.0, NAN, 42.0, 26.0, 35.0, NAN, 32.0, 43.0, 17.0, 37.0, 1.0,
                    NAN, 13.0, 30.0, 38.0, 43.0, 33.0, 24.0, 12.0, NAN, 35.0, NAN, 27.0,
                ],
                &[
                    6.0, 7.0, 11.0, 12.0, 12.0, 14.0, 16.0, 21.0, NAN, 18.0, 31.0, NAN, NAN, NAN,
                    NAN, 1.0, 2.0, 13.0, 22.0, NAN, 17.0, 24.0, 26.0, 27.0, 30.0, 32.0, 33.0, 35.0,
                    35.0, 37.0, 38.0, 42.0, 43.0, 43.0, 44.0, NAN, NAN, NAN, NAN, NAN,
                ],
            ),
        ];
        for (keys, expected) in cases {
            assert_eq!(format!("{:?}", sorted(keys, false)), format!("{expected:?}"));
        }
    }

    #[test]
    fn any_list_with_nan_is_sorted_without_a_panic() {
        let keys: Vec<f64> = (0..10_000_u32)
            .map(|n| if n % 7 == 0 { NAN } else { f64::from(n * 7919 % 1009) })
            .collect();
        assert_eq!(sorted(&keys, true).len(), keys.len());
        assert_eq!(sorted(&[], false).len(), 0);
    }
}
