//! The languages that people are spoken to in: the tags, and which one a client asks for.
//!
//! What is said in them lies with what says it: words of blocks in `blocks/words/`, sentences
//! of problems in `src/diag/words/`, the page's own in `web/src/i18n/`.

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// What everything is written in, and said in where another language lacks a word.
    #[default]
    English,
    /// `de`.
    German,
    /// `es`.
    Spanish,
    /// `uk`.
    Ukrainian,
    /// `zh`, simplified.
    Chinese,
}

impl Language {
    /// All but English.
    pub const OTHERS: [Self; 4] = [Self::German, Self::Spanish, Self::Ukrainian, Self::Chinese];

    /// Its tag, as in `lang` of HTML.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::Ukrainian => "uk",
            Self::Chinese => "zh",
        }
    }

    /// The language of a tag, whatever its region: `de-AT` is German.
    pub fn of(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim();
        let mut all = [Self::English].into_iter().chain(Self::OTHERS);
        all.find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The language that an `Accept-Language` header wants most; English when it wants none of
    /// them.
    ///
    /// Source: RFC 9110, section 12.5.4.
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::English);
        for one in header.split(',') {
            let (tag, weight) = one.split_once(';').unwrap_or((one, ""));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f64>().ok());
            let weight = weight.unwrap_or(1.0);
            if let Some(language) = Self::of(tag)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_client_gets_the_language_it_wants_most() {
        for (header, wanted) in [
            ("de", Language::German),
            ("de-AT,en;q=0.5", Language::German),
            ("fr, es;q=0.4, uk;q=0.8", Language::Ukrainian),
            ("ZH-hans", Language::Chinese),
            ("zh;q=0, fr", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::accepted(header), wanted, "{header}");
        }
    }
}
