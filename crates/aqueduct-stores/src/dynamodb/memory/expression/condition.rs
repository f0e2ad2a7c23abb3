//! Conditions and filters, as they are written.

use super::super::Beyond;
use super::path::Path;
use super::token::{DEPTH_MAX, Keyword, Token, Tokens};
use super::{Placeholders, Uses};

#[derive(Debug, Eq, PartialEq)]
pub(in super::super) enum Condition {
    Compare(Operand, Comparison, Operand),
    Between(Operand, Operand, Operand),
    In(Operand, Vec<Operand>),
    Exists(Path),
    NotExists(Path),
    HasType(Path, Operand),
    BeginsWith(Operand, Operand),
    Contains(Operand, Operand),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// The comparison that says the same with its sides exchanged.
    pub(super) const fn reversed(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

#[derive(Debug, Eq, PartialEq)]
pub(in super::super) enum Operand {
    Path(Path),
    Value(String),
    Size(Path),
}

impl Condition {
    pub(super) fn read(tokens: &mut Tokens<'_>) -> Result<Self, Beyond> {
        if tokens.has_redundant_parentheses() {
            return Err(Beyond);
        }
        any(tokens, 0)
    }
}

fn any(tokens: &mut Tokens<'_>, depth: usize) -> Result<Condition, Beyond> {
    let mut left = all(tokens, depth)?;
    while tokens.takes(Token::Keyword(Keyword::Or)) {
        left = Condition::Or(Box::new(left), Box::new(all(tokens, depth)?));
    }
    Ok(left)
}

fn all(tokens: &mut Tokens<'_>, depth: usize) -> Result<Condition, Beyond> {
    let mut left = single(tokens, depth)?;
    while tokens.takes(Token::Keyword(Keyword::And)) {
        left = Condition::And(Box::new(left), Box::new(single(tokens, depth)?));
    }
    Ok(left)
}

fn single(tokens: &mut Tokens<'_>, depth: usize) -> Result<Condition, Beyond> {
    if depth > DEPTH_MAX {
        return Err(Beyond);
    }
    if tokens.takes(Token::Keyword(Keyword::Not)) {
        return Ok(Condition::Not(Box::new(single(tokens, depth + 1)?)));
    }
    if tokens.takes(Token::Sign("(")) {
        let inner = any(tokens, depth + 1)?;
        tokens.expect(Token::Sign(")"))?;
        return Ok(inner);
    }
    let left = match tokens.takes_function() {
        Some("size") => size(tokens)?,
        Some(function) => return call(tokens, function),
        None => operand(tokens)?,
    };
    comparison(tokens, left)
}

fn call(tokens: &mut Tokens<'_>, function: &str) -> Result<Condition, Beyond> {
    let two = |tokens: &mut Tokens<'_>| {
        let first = operand(tokens)?;
        tokens.expect(Token::Sign(","))?;
        Ok((first, operand(tokens)?))
    };
    let condition = match function {
        "attribute_exists" => Condition::Exists(Path::read(tokens)?),
        "attribute_not_exists" => Condition::NotExists(Path::read(tokens)?),
        "attribute_type" => match two(tokens)? {
            (Operand::Path(path), of) => Condition::HasType(path, of),
            _ => return Err(Beyond),
        },
        "begins_with" => two(tokens).map(|(value, prefix)| Condition::BeginsWith(value, prefix))?,
        "contains" => match two(tokens)? {
            (whole, part) if whole == part => return Err(Beyond),
            (whole, part) => Condition::Contains(whole, part),
        },
        _ => return Err(Beyond),
    };
    tokens.expect(Token::Sign(")"))?;
    Ok(condition)
}

fn comparison(tokens: &mut Tokens<'_>, left: Operand) -> Result<Condition, Beyond> {
    let comparison = match tokens.take()? {
        Token::Sign("=") => Comparison::Equal,
        Token::Sign("<>") => Comparison::NotEqual,
        Token::Sign("<") => Comparison::Less,
        Token::Sign("<=") => Comparison::LessOrEqual,
        Token::Sign(">") => Comparison::Greater,
        Token::Sign(">=") => Comparison::GreaterOrEqual,
        Token::Keyword(Keyword::Between) => {
            let low = operand(tokens)?;
            tokens.expect(Token::Keyword(Keyword::And))?;
            return Ok(Condition::Between(left, low, operand(tokens)?));
        }
        Token::Keyword(Keyword::In) => {
            tokens.expect(Token::Sign("("))?;
            let mut values = vec![operand(tokens)?];
            while tokens.takes(Token::Sign(",")) {
                values.push(operand(tokens)?);
            }
            tokens.expect(Token::Sign(")"))?;
            return Ok(Condition::In(left, values));
        }
        _ => return Err(Beyond),
    };
    Ok(Condition::Compare(left, comparison, operand(tokens)?))
}

fn operand(tokens: &mut Tokens<'_>) -> Result<Operand, Beyond> {
    match tokens.peek() {
        Some(Token::Value(_)) => tokens.value().map(Operand::Value),
        Some(Token::Word(word)) if word.eq_ignore_ascii_case("size") => match tokens.takes_function() {
            Some("size") => size(tokens),
            _ => Err(Beyond),
        },
        _ => Path::read(tokens).map(Operand::Path),
    }
}

/// What stands behind `size(`.
fn size(tokens: &mut Tokens<'_>) -> Result<Operand, Beyond> {
    let path = Path::read(tokens)?;
    tokens.expect(Token::Sign(")"))?;
    Ok(Operand::Size(path))
}

impl Condition {
    /// Calls `visit` with each operand and path in it.
    pub(super) fn each<'a>(&'a self, visit: &mut impl FnMut(Part<'a>)) {
        match self {
            Self::Compare(left, _, right) | Self::BeginsWith(left, right) | Self::Contains(left, right) => {
                left.each(visit);
                right.each(visit);
            }
            Self::Between(value, low, high) => [value, low, high].into_iter().for_each(|operand| operand.each(visit)),
            Self::In(value, values) => {
                value.each(visit);
                for operand in values {
                    operand.each(visit);
                }
            }
            Self::Exists(path) | Self::NotExists(path) => visit(Part::Path(path)),
            Self::HasType(path, of) => {
                visit(Part::Path(path));
                of.each(visit);
            }
            Self::And(left, right) | Self::Or(left, right) => {
                left.each(visit);
                right.each(visit);
            }
            Self::Not(inner) => inner.each(visit),
        }
    }
}

/// A path or the placeholder of a value in a condition.
pub(super) enum Part<'a> {
    Path(&'a Path),
    Value(&'a str),
}

impl Operand {
    fn each<'a>(&'a self, visit: &mut impl FnMut(Part<'a>)) {
        visit(match self {
            Self::Path(path) | Self::Size(path) => Part::Path(path),
            Self::Value(name) => Part::Value(name),
        });
    }
}

impl Placeholders for Condition {
    fn uses(&self, uses: &mut Uses) {
        self.each(&mut |part| match part {
            Part::Path(path) => uses.path(path),
            Part::Value(name) => uses.value(name),
        });
    }
}
