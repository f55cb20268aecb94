//! The patterns of `LIKE`.

use super::tree::Pattern;

/// What a pattern is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// `%`
    Any,
    /// `_`
    One,
    Exactly(char),
}

/// The pieces; `None` when the escape character stands before something else than SQL allows.
fn pieces(pattern: &Pattern) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut chars = pattern.text.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            c if Some(c) == pattern.escape => {
                let next = chars.next()?;
                if !matches!(next, '%' | '_') && Some(next) != pattern.escape {
                    return None;
                }
                Piece::Exactly(next)
            }
            '%' => Piece::Any,
            '_' => Piece::One,
            c => Piece::Exactly(c),
        });
    }
    Some(pieces)
}

/// Whether every escape character stands before something that it can escape.
pub(super) fn is_whole(pattern: &Pattern) -> bool {
    pieces(pattern).is_some()
}

impl Pattern {
    /// Whether a text is like this, case included.
    pub fn matches(&self, text: &str) -> bool {
        let Some(pieces) = pieces(self) else { return false };
        let mut at = 0;
        let mut rest = text.chars();
        // Where to go on when what follows the last `%` doesn't fit: one character later.
        let mut again: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let before = rest.clone();
            match (pieces.get(at), rest.next()) {
                (Some(Piece::Any), _) => {
                    rest = before;
                    at += 1;
                    again = Some((at, rest.clone()));
                    continue;
                }
                (Some(Piece::One), Some(_)) => {
                    at += 1;
                    continue;
                }
                (Some(Piece::Exactly(wanted)), Some(c)) if *wanted == c => {
                    at += 1;
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            let Some((after, later)) = &mut again else { return false };
            if later.next().is_none() {
                return false;
            }
            at = *after;
            rest = later.clone();
        }
    }

    /// The same as a pattern of SQLite's `GLOB`, which minds case as SQL-92 does.
    pub fn glob(&self) -> String {
        let mut glob = String::new();
        for piece in pieces(self).unwrap_or_default() {
            match piece {
                Piece::Any => glob.push('*'),
                Piece::One => glob.push('?'),
                Piece::Exactly(c @ ('*' | '?' | '[')) => glob.extend(['[', c, ']']),
                Piece::Exactly(c) => glob.push(c),
            }
        }
        glob
    }
}
