//! Which contract belongs to which function of a template.

use crate::{Contracts, FunctionContract};

/// The names that a template's function goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'a> {
    /// Its logical id.
    pub id: &'a str,
    /// Its physical name, where the template gives one.
    pub physical: Option<&'a str>,
    /// Its cargo binary.
    pub binary: Option<&'a str>,
}

impl<'a> Names<'a> {
    /// A function of which only the logical id is known.
    pub const fn of(id: &'a str) -> Self {
        Self { id, physical: None, binary: None }
    }
}

impl Contracts {
    /// The contract of a template's function: that under its logical id, else its physical name, else its cargo binary,
    /// which several functions of a template may share.
    pub fn function(&self, names: Names<'_>) -> Option<&FunctionContract> {
        let under = |name: &str| self.functions.iter().find(|function| function.name == name);
        under(names.id).or_else(|| under(names.physical?)).or_else(|| under(names.binary?))
    }
}
