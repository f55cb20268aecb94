//! The pieces that a smart text is made of.

/// A piece of a smart text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Plain(String),
    Place(Place),
}

/// A place in a smart text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name, without blanks around it; never empty.
    pub name: String,
    /// What stands there when nothing is known; none and an empty text are two things.
    pub fallback: Option<String>,
}
