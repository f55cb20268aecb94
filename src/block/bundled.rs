//! The blocks that come with the binary, in palette order, and their words.

use crate::language::Language;

/// File name and text, one category a line.
pub(super) const FILES: &[(&str, &str)] = &[
    ("blocks/triggers.json", include_str!("../../blocks/triggers.json")),
    ("blocks/messaging.json", include_str!("../../blocks/messaging.json")),
    ("blocks/logic.json", include_str!("../../blocks/logic.json")),
    ("blocks/loops.json", include_str!("../../blocks/loops.json")),
    ("blocks/math.json", include_str!("../../blocks/math.json")),
    ("blocks/text.json", include_str!("../../blocks/text.json")),
    ("blocks/lists.json", include_str!("../../blocks/lists.json")),
    ("blocks/objects.json", include_str!("../../blocks/objects.json")),
    ("blocks/time.json", include_str!("../../blocks/time.json")),
    ("blocks/colour.json", include_str!("../../blocks/colour.json")),
    ("blocks/script.json", include_str!("../../blocks/script.json")),
    ("blocks/variables.json", include_str!("../../blocks/variables.json")),
    ("blocks/procedures.json", include_str!("../../blocks/procedures.json")),
];

/// Their words in other languages.
pub(super) const WORDS: &[(Language, &str)] = &[
    (Language::German, include_str!("../../blocks/words/de.json")),
    (Language::Spanish, include_str!("../../blocks/words/es.json")),
    (Language::Ukrainian, include_str!("../../blocks/words/uk.json")),
    (Language::Chinese, include_str!("../../blocks/words/zh.json")),
];
