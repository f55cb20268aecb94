//! Sorting by a comparison that may contradict itself.
//!
//! `a - b` counts NaN as equal to everything, so 1 = NaN = 2 and yet 1 < 2. Rust's sorts
//! may panic at that; JavaScript's give some order.
//!
//! Source: V8, `third_party/v8/builtins/array-sort.tq`. Up to 63 items it is V8's order;
//! above, V8 merges in another order than this does.

use std::cmp::Ordering;

/// Up to here V8 sorts by inserting.
const INSERTED_MAX: usize = 63;
/// Items sorted by inserting before longer lists are merged.
const RUN: usize = 32;

/// Sorts stably; whatever `order` answers, it ends and loses nothing.
pub(super) fn sort<T: Copy>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    if items.len() <= INSERTED_MAX {
        insert(items, &order);
        return;
    }
    items.chunks_mut(RUN).for_each(|run| insert(run, &order));
    let mut merged: Vec<T> = Vec::with_capacity(items.len());
    let mut width = RUN;
    while width < items.len() {
        merged.clear();
        for pair in items.chunks(width * 2) {
            let (mut a, mut b) = pair.split_at(width.min(pair.len()));
            while let ([first_a, rest_a @ ..], [first_b, rest_b @ ..]) = (a, b) {
                if order(first_b, first_a).is_lt() {
                    merged.push(*first_b);
                    b = rest_b;
                } else {
                    merged.push(*first_a);
                    a = rest_a;
                }
            }
            merged.extend_from_slice(a);
            merged.extend_from_slice(b);
        }
        items.copy_from_slice(&merged);
        width *= 2;
    }
}

/// `CountAndMakeRun`, then `BinaryInsertionSort`.
fn insert<T: Copy>(items: &mut [T], order: &impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let descends = order(&items[1], &items[0]).is_lt();
    let more = items.windows(2).skip(1);
    let run = 2 + more.take_while(|pair| order(&pair[1], &pair[0]).is_lt() == descends).count();
    if descends {
        items[..run].reverse();
    }
    for at in run..items.len() {
        let pivot = items[at];
        // Not `partition_point`: where the comparison contradicts itself, the steps matter.
        let (mut left, mut right) = (0, at);
        while left < right {
            let middle = left + (right - left) / 2;
            if order(&pivot, &items[middle]).is_lt() {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        items[left..=at].rotate_right(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contradicts_itself_is_sorted_somehow_and_nothing_is_lost() {
        let mut seed = 1_u32;
        for len in [0, 1, 2, 20, 63, 64, 65, 1_000, 5_000] {
            let mut items: Vec<f64> = (0..len)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if seed % 7 < 2 { f64::NAN } else { f64::from(seed % 1_000) }
                })
                .collect();
            let mut before: Vec<u64> = items.iter().map(|item| item.to_bits()).collect();
            sort(&mut items, |a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
            let mut after: Vec<u64> = items.iter().map(|item| item.to_bits()).collect();
            before.sort_unstable();
            after.sort_unstable();
            assert_eq!(before, after);
        }
    }

    #[test]
    fn what_agrees_with_itself_is_sorted_stably() {
        let mut items: Vec<(u32, u32)> = (0..500).map(|n| ((n * 7919) % 10, n)).collect();
        let mut wanted = items.clone();
        wanted.sort_by_key(|(key, _)| *key);
        sort(&mut items, |(a, _), (b, _)| a.cmp(b));
        assert_eq!(items, wanted);
    }
}
