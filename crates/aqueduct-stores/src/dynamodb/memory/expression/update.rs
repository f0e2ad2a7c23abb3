//! Updates, as they are written.

use super::super::Beyond;
use super::path::Path;
use super::token::{DEPTH_MAX, Keyword, Token, Tokens};
use super::{Placeholders, Uses};

#[derive(Debug, Default)]
pub(in super::super) struct Update {
    pub(super) set: Vec<(Path, Term)>,
    pub(super) remove: Vec<Path>,
    pub(super) add: Vec<(Path, String)>,
    pub(super) delete: Vec<(Path, String)>,
}

/// What is set.
#[derive(Debug)]
pub(super) enum Term {
    Operand(Operand),
    Plus(Operand, Operand),
    Minus(Operand, Operand),
}

#[derive(Debug)]
pub(super) enum Operand {
    Path(Path),
    Value(String),
    IfNotExists(Path, Box<Operand>),
    ListAppend(Box<Operand>, Box<Operand>),
    Group(Box<Term>),
}

impl Update {
    pub(super) fn read(tokens: &mut Tokens<'_>) -> Result<Self, Beyond> {
        let mut update = Self::default();
        while !tokens.is_over() {
            let Token::Keyword(section) = tokens.take()? else { return Err(Beyond) };
            match section {
                Keyword::Set => section_of(tokens, &mut update.set, |tokens| {
                    let path = Path::read(tokens)?;
                    tokens.expect(Token::Sign("="))?;
                    Ok((path, term(tokens, 0)?))
                }),
                Keyword::Remove => section_of(tokens, &mut update.remove, Path::read),
                Keyword::Add => section_of(tokens, &mut update.add, path_and_value),
                Keyword::Delete => section_of(tokens, &mut update.delete, path_and_value),
                _ => Err(Beyond),
            }?;
        }
        // A text without a section is refused.
        if update.paths().next().is_none() { Err(Beyond) } else { Ok(update) }
    }

    /// What is written to: by SET first, then by REMOVE, ADD and DELETE.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let set = self.set.iter().map(|(path, _)| path);
        let others = self.add.iter().chain(&self.delete).map(|(path, _)| path);
        set.chain(&self.remove).chain(others)
    }
}

/// Reads the actions of a section, which may be there once.
fn section_of<'a, T>(
    tokens: &mut Tokens<'a>,
    actions: &mut Vec<T>,
    read: impl Fn(&mut Tokens<'a>) -> Result<T, Beyond>,
) -> Result<(), Beyond> {
    if !actions.is_empty() {
        return Err(Beyond);
    }
    actions.push(read(tokens)?);
    while tokens.takes(Token::Sign(",")) {
        actions.push(read(tokens)?);
    }
    Ok(())
}

fn path_and_value(tokens: &mut Tokens<'_>) -> Result<(Path, String), Beyond> {
    Ok((Path::read(tokens)?, tokens.value()?))
}

fn term(tokens: &mut Tokens<'_>, depth: usize) -> Result<Term, Beyond> {
    let left = operand(tokens, depth)?;
    Ok(if tokens.takes(Token::Sign("+")) {
        Term::Plus(left, operand(tokens, depth)?)
    } else if tokens.takes(Token::Sign("-")) {
        Term::Minus(left, operand(tokens, depth)?)
    } else {
        Term::Operand(left)
    })
}

fn operand(tokens: &mut Tokens<'_>, depth: usize) -> Result<Operand, Beyond> {
    if depth > DEPTH_MAX {
        return Err(Beyond);
    }
    if tokens.takes(Token::Sign("(")) {
        let inner = term(tokens, depth + 1)?;
        tokens.expect(Token::Sign(")"))?;
        return Ok(Operand::Group(Box::new(inner)));
    }
    if let Some(function) = tokens.takes_function() {
        return call(tokens, function, depth + 1);
    }
    match tokens.peek() {
        Some(Token::Value(_)) => tokens.value().map(Operand::Value),
        Some(Token::Word(word)) if is_function(word) => Err(Beyond),
        _ => Path::read(tokens).map(Operand::Path),
    }
}

fn is_function(word: &str) -> bool {
    ["if_not_exists", "list_append"].iter().any(|function| function.eq_ignore_ascii_case(word))
}

fn call(tokens: &mut Tokens<'_>, function: &str, depth: usize) -> Result<Operand, Beyond> {
    let called = match function {
        "if_not_exists" => {
            if matches!(tokens.peek(), Some(Token::Word(word)) if is_function(word)) {
                return Err(Beyond);
            }
            let path = Path::read(tokens)?;
            tokens.expect(Token::Sign(","))?;
            Operand::IfNotExists(path, Box::new(operand(tokens, depth)?))
        }
        "list_append" => {
            let first = operand(tokens, depth)?;
            tokens.expect(Token::Sign(","))?;
            Operand::ListAppend(Box::new(first), Box::new(operand(tokens, depth)?))
        }
        _ => return Err(Beyond),
    };
    tokens.expect(Token::Sign(")"))?;
    Ok(called)
}

impl Placeholders for Update {
    fn uses(&self, uses: &mut Uses) {
        self.paths().for_each(|path| uses.path(path));
        self.set.iter().for_each(|(_, term)| term.uses(uses));
        self.add.iter().chain(&self.delete).for_each(|(_, value)| uses.value(value));
    }
}

impl Placeholders for Term {
    fn uses(&self, uses: &mut Uses) {
        match self {
            Self::Operand(operand) => operand.uses(uses),
            Self::Plus(left, right) | Self::Minus(left, right) => {
                left.uses(uses);
                right.uses(uses);
            }
        }
    }
}

impl Placeholders for Operand {
    fn uses(&self, uses: &mut Uses) {
        match self {
            Self::Path(path) => uses.path(path),
            Self::Value(name) => uses.value(name),
            Self::IfNotExists(path, otherwise) => {
                uses.path(path);
                otherwise.uses(uses);
            }
            Self::ListAppend(first, second) => {
                first.uses(uses);
                second.uses(uses);
            }
            Self::Group(term) => term.uses(uses),
        }
    }
}
