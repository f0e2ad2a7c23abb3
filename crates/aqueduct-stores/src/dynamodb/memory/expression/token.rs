//! The tokens of expressions.

use super::super::Beyond;

/// How many bytes an expression has at most.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const BYTES_MAX: usize = 4096;

/// How many parentheses and negations may stand around each other.
pub(super) const DEPTH_MAX: usize = 32;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Token<'a> {
    Keyword(Keyword),
    /// An attribute's name as it is, or a function's.
    Word(&'a str),
    /// A placeholder of a name, with its `#`.
    Name(&'a str),
    /// A placeholder of a value, with its `:`.
    Value(&'a str),
    /// A place in a list, with its brackets.
    Index(usize),
    Sign(&'static str),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Keyword {
    And,
    Or,
    Not,
    Between,
    In,
    Set,
    Remove,
    Add,
    Delete,
}

const KEYWORDS: [(&str, Keyword); 9] = [
    ("AND", Keyword::And),
    ("OR", Keyword::Or),
    ("NOT", Keyword::Not),
    ("BETWEEN", Keyword::Between),
    ("IN", Keyword::In),
    ("SET", Keyword::Set),
    ("REMOVE", Keyword::Remove),
    ("ADD", Keyword::Add),
    ("DELETE", Keyword::Delete),
];

/// Those that begin with another one stand before it.
const SIGNS: [&str; 12] = ["<>", "<=", ">=", "<", ">", "=", "+", "-", "(", ")", ".", ","];

/// Tokens that are read one after the other.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Beyond> {
        if text.len() > BYTES_MAX {
            return Err(Beyond);
        }
        let (mut tokens, mut rest) = (Vec::new(), text.trim_ascii_start());
        while !rest.is_empty() {
            let (token, length) = first(rest)?;
            tokens.push(token);
            rest = rest[length..].trim_ascii_start();
        }
        Ok(Self { tokens, at: 0 })
    }

    pub(super) fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    pub(super) fn take(&mut self) -> Result<Token<'a>, Beyond> {
        let token = self.peek().ok_or(Beyond)?;
        self.at += 1;
        Ok(token)
    }

    /// Whether the next token is this one, which is taken then.
    pub(super) fn takes(&mut self, token: Token<'_>) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, token: Token<'_>) -> Result<(), Beyond> {
        if self.takes(token) { Ok(()) } else { Err(Beyond) }
    }

    /// The function whose name and opening parenthesis come next, which are taken then.
    pub(super) fn takes_function(&mut self) -> Option<&'a str> {
        match (self.peek(), self.tokens.get(self.at + 1)) {
            (Some(Token::Word(name)), Some(Token::Sign("("))) => {
                self.at += 2;
                Some(name)
            }
            _ => None,
        }
    }

    pub(super) fn value(&mut self) -> Result<String, Beyond> {
        match self.take()? {
            Token::Value(name) => Ok(name.to_owned()),
            _ => Err(Beyond),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.at == self.tokens.len()
    }

    /// Whether parentheses stand around nothing but other parentheses, which is refused.
    pub(super) fn has_redundant_parentheses(&self) -> bool {
        let mut open = Vec::new();
        let mut closed_before = None;
        for (at, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Sign("(") => open.push(at),
                Token::Sign(")") => {
                    let begin = open.pop();
                    let inner = closed_before.filter(|(_, end)| *end + 1 == at).map(|(begin, _)| begin);
                    if begin.is_some() && inner == begin.map(|begin| begin + 1) {
                        return true;
                    }
                    closed_before = begin.map(|begin| (begin, at));
                }
                _ => {}
            }
        }
        false
    }
}

fn first(text: &str) -> Result<(Token<'_>, usize), Beyond> {
    let word = |from: usize| {
        let end = text[from..].bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_');
        end.map_or(text.len(), |end| from + end)
    };
    let placeholder = || match word(1) {
        1 => Err(Beyond),
        end => Ok(end),
    };
    match text.as_bytes()[0] {
        b'#' => placeholder().map(|end| (Token::Name(&text[..end]), end)),
        b':' => placeholder().map(|end| (Token::Value(&text[..end]), end)),
        b'[' => {
            let end = text.find(']').ok_or(Beyond)?;
            let digits = &text[1..end];
            let plain = digits == "0" || !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
            let index = digits.parse().ok().filter(|_| plain).ok_or(Beyond)?;
            Ok((Token::Index(index), end + 1))
        }
        byte if byte.is_ascii_alphabetic() || byte == b'_' => {
            let end = word(0);
            let found = KEYWORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&text[..end]));
            Ok((found.map_or(Token::Word(&text[..end]), |(_, keyword)| Token::Keyword(*keyword)), end))
        }
        _ => {
            let sign = SIGNS.iter().find(|sign| text.starts_with(**sign)).ok_or(Beyond)?;
            Ok((Token::Sign(sign), sign.len()))
        }
    }
}
