//! Finding one text in another, in time that grows with both lengths and not with
//! their product, whatever the texts are.

use super::value::TextView;

impl TextView<'_> {
    /// The index of the first unit at which `needle` begins, from `from` on.
    pub fn find(self, needle: TextView<'_>, from: usize) -> Option<usize> {
        if from > self.len() {
            return None;
        }
        match (self, needle) {
            (TextView::Ascii(bytes), TextView::Ascii(needle)) => {
                memchr::memmem::find(&bytes[from..], needle).map(|at| from + at)
            }
            (TextView::Ascii(_), TextView::Wide(_)) => None,
            (TextView::Wide(_), _) => {
                let rest = self.slice(from, self.len());
                first(rest.len(), |at| rest.unit(at), needle.len(), |at| needle.unit(at))
                    .map(|at| from + at)
            }
        }
    }

    /// Where `needle`, which isn't empty, begins, each time behind the one before.
    pub fn find_all<'t>(self, needle: TextView<'t>) -> impl Iterator<Item = usize>
    where
        Self: 't,
    {
        let mut one = match (self, needle) {
            (TextView::Ascii(bytes), TextView::Ascii([needle])) => {
                Some(memchr::memchr_iter(*needle, bytes))
            }
            (TextView::Ascii(_) | TextView::Wide(_), _) => None,
        };
        let mut in_ascii = match (self, needle) {
            (TextView::Ascii(bytes), TextView::Ascii(needle)) => {
                Some(memchr::memmem::find_iter(bytes, needle))
            }
            (TextView::Ascii(_) | TextView::Wide(_), _) => None,
        };
        let mut from = 0;
        std::iter::from_fn(move || {
            if let Some(found) = &mut one {
                return found.next();
            }
            if let Some(found) = &mut in_ascii {
                return found.next();
            }
            let at = self.find(needle, from)?;
            from = at + needle.len();
            Some(at)
        })
    }

    /// The index of the last unit at which `needle` begins.
    pub fn find_last(self, needle: TextView<'_>) -> Option<usize> {
        match (self, needle) {
            (TextView::Ascii(bytes), TextView::Ascii(needle)) => {
                memchr::memmem::rfind(bytes, needle)
            }
            (TextView::Ascii(_), TextView::Wide(_)) => None,
            (TextView::Wide(_), _) => {
                // The first one of both texts read backwards.
                let (last, last_needed) = (self.len(), needle.len());
                let from_end = first(
                    last,
                    |at| self.unit(last - 1 - at),
                    last_needed,
                    |at| needle.unit(last_needed - 1 - at),
                );
                from_end.map(|at| last - last_needed - at)
            }
        }
    }
}

/// Where `len` units first hold `needed` others. Source: Knuth, Morris and Pratt, 1977.
fn first(
    len: usize,
    unit: impl Fn(usize) -> u16,
    needed: usize,
    wanted: impl Fn(usize) -> u16,
) -> Option<usize> {
    if needed == 0 {
        return Some(0);
    }
    if needed > len {
        return None;
    }
    // For each length that matched: how much of it still matches one place further on.
    let mut shorter = vec![0; needed];
    let mut matched = 0;
    for at in 1..needed {
        while matched > 0 && wanted(at) != wanted(matched) {
            matched = shorter[matched - 1];
        }
        matched += usize::from(wanted(at) == wanted(matched));
        shorter[at] = matched;
    }
    matched = 0;
    for at in 0..len {
        while matched > 0 && unit(at) != wanted(matched) {
            matched = shorter[matched - 1];
        }
        matched += usize::from(unit(at) == wanted(matched));
        if matched == needed {
            return Some(at + 1 - needed);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::vm::value::TextBuffer;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn it_finds_what_the_standard_library_finds(
            // Two letters, and a text of the needle's beginnings: nearly found at every place.
            needle in "[aé]{0,9}",
            beginnings in proptest::collection::vec(0_usize..10, 0..8),
            from in 0_usize..42,
        ) {
            let letters: Vec<char> = needle.chars().collect();
            let beginning = |length: &usize| &letters[..letters.len().min(*length)];
            let text: String = beginnings.iter().flat_map(beginning).collect();
            let units = |text: &str| TextBuffer::Wide(text.encode_utf16().collect());
            let (text_units, needle_units) = (units(&text), units(&needle));
            let plain = TextBuffer::from_text(&text);
            let text_chars: Vec<char> = text.chars().collect();
            let needle_chars: Vec<char> = needle.chars().collect();
            let is_at = |at: &usize| text_chars[*at..].starts_with(&needle_chars);
            let first = (from..=text_chars.len()).find(is_at);
            let last = (0..=text_chars.len()).rev().find(is_at);
            let mut all = Vec::new();
            let mut free_from = 0;
            for at in (0..=text_chars.len()).filter(is_at) {
                if at >= free_from {
                    all.push(at);
                    free_from = at + needle_chars.len();
                }
            }
            for text in [text_units, plain] {
                let (view, needle) = (text.view(text.len()), needle_units.view(needle_units.len()));
                // What is wide is never in what is ASCII, except for nothing at all.
                if matches!(text, TextBuffer::Wide(_)) {
                    prop_assert_eq!(view.find(needle, from), first);
                    prop_assert_eq!(view.find_last(needle), last);
                }
                let needle = TextBuffer::from_units(needle.units().collect());
                let needle = needle.view(needle.len());
                prop_assert_eq!(view.find(needle, from), first);
                prop_assert_eq!(view.find_last(needle), last);
                if !needle.is_empty() {
                    prop_assert_eq!(view.find_all(needle).collect::<Vec<_>>(), all.clone());
                }
            }
        }
    }
}
