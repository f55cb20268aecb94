//! Cuts a condition into words, values and signs.

use super::comparison::Comparison;
use super::error::ConditionError;
use crate::smart::SmartText;
use std::fmt;

/// A word of the language. It can be a name only in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    And,
    Between,
    Escape,
    False,
    In,
    Is,
    Like,
    Not,
    Null,
    Or,
    True,
}

impl Keyword {
    const ALL: [(&'static str, Self); 11] = [
        ("AND", Self::And),
        ("BETWEEN", Self::Between),
        ("ESCAPE", Self::Escape),
        ("FALSE", Self::False),
        ("IN", Self::In),
        ("IS", Self::Is),
        ("LIKE", Self::Like),
        ("NOT", Self::Not),
        ("NULL", Self::Null),
        ("OR", Self::Or),
        ("TRUE", Self::True),
    ];

    fn from_text(text: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.map(|(_, keyword)| *keyword)
    }

    fn text(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, keyword)| *keyword == self);
        found.map_or("", |(name, _)| name)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Keyword(Keyword),
    /// A part of a name.
    Word(String),
    Text(String),
    Number(f64),
    /// `{name|fallback}`
    Hole(SmartText),
    Comparison(Comparison),
    Open,
    Close,
    Comma,
    Dot,
    End,
}

impl fmt::Display for Token {
    /// For "found ...".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyword(keyword) => write!(f, "`{}`", keyword.text()),
            Self::Word(word) => write!(f, "`{}`", shortened(word)),
            Self::Text(text) => write!(f, "the text '{}'", shortened(text)),
            Self::Number(number) => {
                write!(f, "the number {}", crate::number::number_text(*number))
            }
            Self::Hole(hole) => write!(f, "`{hole}`"),
            Self::Comparison(comparison) => write!(f, "`{}`", comparison.sign()),
            Self::Open => f.write_str("`(`"),
            Self::Close => f.write_str("`)`"),
            Self::Comma => f.write_str("`,`"),
            Self::Dot => f.write_str("`.`"),
            Self::End => f.write_str("the end"),
        }
    }
}

fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

/// Whether a name may stand without quotes.
pub(super) fn is_plain_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(begins_name)
        && chars.all(continues_name)
        && Keyword::from_text(text).is_none()
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn continues_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// Reads one token after another.
pub(super) struct Lexer<'t> {
    text: &'t str,
    rest: std::str::Chars<'t>,
    /// The character that comes next, counted from 0.
    at: usize,
    /// Whether values may be open.
    open: bool,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str, open: bool) -> Self {
        Self { text, rest: text.chars(), at: 0, open }
    }

    /// Whether values may be open.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The next token and the character it begins with.
    pub(super) fn next(&mut self) -> Result<(usize, Token), ConditionError> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.advance();
        }
        let at = self.at;
        let Some(first) = self.peek() else { return Ok((at, Token::End)) };
        let token = match first {
            '\'' => Token::Text(self.quoted('\'')?),
            '{' if self.open => Token::Hole(self.hole()?),
            '"' | '`' => self.quoted_name(first)?,
            '0'..='9' | '+' | '-' => self.number()?,
            '.' if self.second().is_some_and(|c| c.is_ascii_digit()) => self.number()?,
            c if begins_name(c) => {
                let word = self.take_while(continues_name);
                Keyword::from_text(word)
                    .map_or_else(|| Token::Word(word.to_owned()), Token::Keyword)
            }
            _ => self.sign()?,
        };
        Ok((at, token))
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn second(&self) -> Option<char> {
        self.rest.clone().nth(1)
    }

    fn advance(&mut self) -> Option<char> {
        self.at += 1;
        self.rest.next()
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let begin = self.rest.as_str();
        while self.peek().is_some_and(&belongs) {
            self.advance();
        }
        &begin[..begin.len() - self.rest.as_str().len()]
    }

    fn wrong<T>(&self, at: usize, message: impl Into<String>) -> Result<T, ConditionError> {
        Err(ConditionError::new(self.text, at, message))
    }

    /// What stands in quotes; the quote itself is written twice.
    fn quoted(&mut self, quote: char) -> Result<String, ConditionError> {
        let begin = self.at;
        self.advance();
        let mut inside = String::new();
        while let Some(c) = self.peek() {
            self.advance();
            if c != quote {
                inside.push(c);
            } else if self.peek() == Some(quote) {
                self.advance();
                inside.push(quote);
            } else {
                return Ok(inside);
            }
        }
        let hint = if quote == '\'' { "; write a quote inside a text twice" } else { "" };
        self.wrong(begin, format!("the quote {quote} opened here is never closed{hint}"))
    }

    /// `{name|fallback}`; a brace in the fallback is written twice.
    fn hole(&mut self) -> Result<SmartText, ConditionError> {
        let begin = self.at;
        let start = self.rest.as_str();
        let mut in_fallback = false;
        while let Some(c) = self.advance() {
            match c {
                '|' => in_fallback = true,
                '}' if in_fallback && self.peek() == Some('}') => {
                    self.advance();
                }
                '}' => break,
                _ => {}
            }
        }
        let read = &start[..start.len() - self.rest.as_str().len()];
        SmartText::parse(read)
            .map_err(|error| ConditionError::new(self.text, begin + error.at, error.message))
    }

    fn quoted_name(&mut self, quote: char) -> Result<Token, ConditionError> {
        let begin = self.at;
        let name = self.quoted(quote)?;
        if name.is_empty() {
            return self.wrong(begin, "expected a name between the quotes; texts have single ones");
        }
        Ok(Token::Word(name))
    }

    fn number(&mut self) -> Result<Token, ConditionError> {
        let begin = self.at;
        let start = self.rest.as_str();
        if matches!(self.peek(), Some('+' | '-')) {
            self.advance();
        }
        let mut digits = self.take_while(|c| c.is_ascii_digit()).len();
        if self.peek() == Some('.') {
            self.advance();
            digits += self.take_while(|c| c.is_ascii_digit()).len();
        }
        let mut whole = digits > 0;
        if whole && matches!(self.peek(), Some('e' | 'E')) {
            self.advance();
            if matches!(self.peek(), Some('+' | '-')) {
                self.advance();
            }
            whole = !self.take_while(|c| c.is_ascii_digit()).is_empty();
        }
        let read = &start[..start.len() - self.rest.as_str().len()];
        if !whole || self.peek().is_some_and(continues_name) {
            return self.wrong(begin, "expected a number such as 12, -3.5 or 1e6");
        }
        match read.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Token::Number(number)),
            _ => self.wrong(begin, "this number is too large"),
        }
    }

    fn sign(&mut self) -> Result<Token, ConditionError> {
        let begin = self.at;
        let first = self.advance();
        let second = self.peek();
        let (token, two) = match (first, second) {
            (Some('('), _) => (Token::Open, false),
            (Some(')'), _) => (Token::Close, false),
            (Some(','), _) => (Token::Comma, false),
            (Some('.'), _) => (Token::Dot, false),
            (Some('='), Some('=')) => {
                return self.wrong(begin, "expected `=`, which compares as `==` does elsewhere");
            }
            (Some('='), _) => (Token::Comparison(Comparison::Equal), false),
            (Some('!'), Some('=')) | (Some('<'), Some('>')) => {
                (Token::Comparison(Comparison::Unequal), true)
            }
            (Some('<'), Some('=')) => (Token::Comparison(Comparison::LessOrEqual), true),
            (Some('<'), _) => (Token::Comparison(Comparison::Less), false),
            (Some('>'), Some('=')) => (Token::Comparison(Comparison::GreaterOrEqual), true),
            (Some('>'), _) => (Token::Comparison(Comparison::Greater), false),
            (Some('&'), _) => return self.wrong(begin, "expected `AND` instead of `&`"),
            (Some('|'), _) => return self.wrong(begin, "expected `OR` instead of `|`"),
            (Some('!'), _) => return self.wrong(begin, "expected `NOT` or `!=` instead of `!`"),
            (other, _) => {
                let shown = other.unwrap_or(' ').escape_debug();
                let message = format!("expected a name, a value or a comparison, found `{shown}`");
                return self.wrong(begin, message);
            }
        };
        if two {
            self.advance();
        }
        Ok(token)
    }
}
