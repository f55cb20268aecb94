//! Reads a condition: `OR` binds loosest, then `AND`, then `NOT`.
//!
//! It recurses once a pair of parentheses and once a `NOT`, and no deeper than
//! [`limits::CONDITION_NESTING_MAX`].

use super::error::ConditionError;
use super::lexer::{Keyword, Lexer, Token};
use super::tree::{Hole, Name, Operand, Pattern, Term, Tree};
use crate::limits;
use crate::smart::SmartText;

type Read<T> = Result<T, ConditionError>;

/// Reads a condition; `open` says whether its values may be.
pub(super) fn parse(text: &str, open: bool) -> Read<Tree> {
    if text.len() > limits::CONDITION_BYTES_MAX {
        let most = limits::CONDITION_BYTES_MAX;
        let message = format!("the condition has {} bytes, more than {most}", text.len());
        return Err(ConditionError::new("", 0, message));
    }
    let mut lexer = Lexer::new(text, open);
    let (at, token) = lexer.next()?;
    let mut parser = Parser { lexer, at, token, depth: 0 };
    let tree = parser.any_of()?;
    match parser.token {
        Token::End => Ok(tree),
        Token::Close => parser.wrong("this `)` closes nothing; remove it or open it before"),
        _ => parser.expected("`AND`, `OR` or the end"),
    }
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    /// The next token, and where it stands.
    token: Token,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn advance(&mut self) -> Read<Token> {
        let (at, token) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Read<T> {
        Err(ConditionError::new(self.lexer.text(), self.at, message))
    }

    fn expected<T>(&self, what: &str) -> Read<T> {
        self.wrong(format!("expected {what}, found {}", self.token))
    }

    /// Goes past this keyword if it is next.
    fn took(&mut self, keyword: Keyword) -> Read<bool> {
        let next = self.token == Token::Keyword(keyword);
        if next {
            self.advance()?;
        }
        Ok(next)
    }

    fn want(&mut self, token: &Token, after: &str) -> Read<()> {
        if self.token != *token {
            return self.expected(&format!("{token} {after}"));
        }
        self.advance().map(drop)
    }

    fn deeper(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > limits::CONDITION_NESTING_MAX {
            let most = limits::CONDITION_NESTING_MAX;
            return self.wrong(format!("the condition nests deeper than {most} levels"));
        }
        Ok(())
    }

    fn any_of(&mut self) -> Read<Tree> {
        let first = self.all_of()?;
        if self.token != Token::Keyword(Keyword::Or) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.took(Keyword::Or)? {
            all.push(self.all_of()?);
        }
        Ok(Tree::Or(all))
    }

    fn all_of(&mut self) -> Read<Tree> {
        let first = self.one()?;
        if self.token != Token::Keyword(Keyword::And) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.took(Keyword::And)? {
            all.push(self.one()?);
        }
        Ok(Tree::And(all))
    }

    fn one(&mut self) -> Read<Tree> {
        match self.token {
            Token::Keyword(Keyword::Not) => {
                self.deeper()?;
                self.advance()?;
                let inner = self.one()?;
                self.depth -= 1;
                Ok(Tree::Not(Box::new(inner)))
            }
            Token::Open => {
                self.deeper()?;
                self.advance()?;
                let inner = self.any_of()?;
                self.want(&Token::Close, "or `AND` or `OR`")?;
                self.depth -= 1;
                Ok(inner)
            }
            _ => self.test(),
        }
    }

    /// `what = ...`, `what [NOT] IN ...` and so on.
    fn test(&mut self) -> Read<Tree> {
        let what = self.operand("a name, a value, `NOT` or `(`")?;
        if let Token::Comparison(comparison) = self.token {
            self.advance()?;
            let right = self.operand("a name or a value to compare with")?;
            return Ok(Tree::Compare(what, comparison, right));
        }
        if self.took(Keyword::Is)? {
            let not = self.took(Keyword::Not)?;
            let expected = if not { "after `IS NOT`" } else { "or `NOT NULL` after `IS`" };
            self.want(&Token::Keyword(Keyword::Null), expected)?;
            return Ok(negated(not, Tree::IsNull(what)));
        }
        let not = self.took(Keyword::Not)?;
        if self.took(Keyword::In)? {
            let list = self.list()?;
            return Ok(negated(not, Tree::In(what, list)));
        }
        if self.took(Keyword::Between)? {
            let low = self.operand("the lower bound after `BETWEEN`")?;
            self.want(&Token::Keyword(Keyword::And), "and the upper bound of `BETWEEN`")?;
            let high = self.operand("the upper bound of `BETWEEN`")?;
            return Ok(negated(not, Tree::Between(what, low, high)));
        }
        if self.took(Keyword::Like)? {
            let pattern = self.pattern()?;
            return Ok(negated(not, Tree::Like(what, pattern)));
        }
        if not {
            return self.expected("`IN`, `BETWEEN` or `LIKE` after `NOT`");
        }
        self.expected("a comparison such as `=`, or `IN`, `BETWEEN`, `LIKE` or `IS`")
    }

    fn list(&mut self) -> Read<Vec<Operand>> {
        self.want(&Token::Open, "and a list after `IN`")?;
        let mut list = vec![self.operand("a value in the list of `IN`")?];
        while self.token == Token::Comma {
            self.advance()?;
            list.push(self.operand("a value after `,`")?);
        }
        self.want(&Token::Close, "or `,` in the list of `IN`")?;
        Ok(list)
    }

    fn pattern(&mut self) -> Read<Pattern> {
        let Token::Text(text) = &self.token else {
            return self.expected("a text such as 'Ky%' after `LIKE`");
        };
        let text = text.clone();
        let most = limits::LIKE_CHARS_MAX;
        if text.chars().count() > most {
            return self.wrong(format!("the pattern of `LIKE` is longer than {most} characters"));
        }
        let at = self.at;
        self.advance()?;
        let mut escape = None;
        if self.took(Keyword::Escape)? {
            escape = match &self.token {
                Token::Text(text) => single(text),
                _ => None,
            };
            if escape.is_none() {
                return self.expected("a text of one character after `ESCAPE`");
            }
            self.advance()?;
        }
        let open = self.with_places(&text, at)?;
        let text = if self.lexer.is_open() { unescaped(&text, open.as_ref()) } else { text };
        let pattern = Pattern { text, escape, open: open.map(Box::new) };
        if !super::like::is_whole(&pattern) {
            let message = "the escape character must stand before `%`, `_` or itself";
            return Err(ConditionError::new(self.lexer.text(), at, message));
        }
        Ok(pattern)
    }

    fn operand(&mut self, expected: &str) -> Read<Operand> {
        let at = self.at;
        let term = match &self.token {
            Token::Word(_) => {
                return self.name().map(|name| Operand { at, term: Term::Name(name) });
            }
            Token::Text(text) => {
                let open = self.with_places(text, at)?;
                match open {
                    Some(text) => Term::Hole(Box::new(Hole { text, quoted: true })),
                    None if self.lexer.is_open() => Term::Text(unescaped(text, None)),
                    None => Term::Text(text.clone()),
                }
            }
            Token::Hole(text) => Term::Hole(Box::new(Hole { text: text.clone(), quoted: false })),
            Token::Number(number) => Term::Number(*number),
            Token::Keyword(Keyword::True) => Term::Bool(true),
            Token::Keyword(Keyword::False) => Term::Bool(false),
            Token::Keyword(Keyword::Null) => Term::Null,
            _ => return self.expected(expected),
        };
        self.advance()?;
        Ok(Operand { at, term })
    }

    /// The text at `at` with its places; `None` when it has none.
    fn with_places(&self, text: &str, at: usize) -> Read<Option<SmartText>> {
        if !self.lexer.is_open() {
            return Ok(None);
        }
        // One more for the quote. Quotes inside stand twice, so that it may point a bit early.
        let smart = SmartText::parse(text).map_err(|error| {
            ConditionError::new(self.lexer.text(), at + 1 + error.at, error.message)
        })?;
        Ok((!smart.is_plain()).then_some(smart))
    }

    fn name(&mut self) -> Read<Name> {
        let mut parts = Vec::new();
        loop {
            let Token::Word(part) = &self.token else {
                return self.expected("a name after `.`");
            };
            parts.push(part.clone());
            self.advance()?;
            if self.token != Token::Dot {
                return Ok(Name::new(parts));
            }
            self.advance()?;
        }
    }
}

fn negated(not: bool, tree: Tree) -> Tree {
    if not { Tree::Not(Box::new(tree)) } else { tree }
}

/// A text whose braces are written twice, as it is meant; one with places stays as it is.
fn unescaped(text: &str, open: Option<&SmartText>) -> String {
    match (open, SmartText::parse(text)) {
        (None, Ok(plain)) => plain.filled(|_| None),
        _ => text.to_owned(),
    }
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next();
    first.filter(|_| chars.next().is_none())
}
