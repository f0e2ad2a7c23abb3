//! JSON Schema as far as patterns ask: a conjunction of schemas as the shapes that its values can have.
//!
//! Sources: <https://json-schema.org/draft/2020-12/json-schema-core>,
//! <https://json-schema.org/draft/2020-12/json-schema-validation>

use std::cell::Cell;

use serde_json::Value;

use super::shape::{All, Shape, both, list, own};
use super::types::Types;

/// A schema that leads to more shapes is not followed.
const SHAPES_MAX: usize = 256;

/// A chain of references and combinations that is longer does not end, or as good as.
const DEPTH_MAX: usize = 64;

/// The schema has too many shapes, or its references lead nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// How much is looked at before it is said that there is no telling: shapes and their members.
const STEPS_MAX: usize = 100_000;

/// A reader of one document's schemas.
#[derive(Debug)]
pub(super) struct Schemas<'s> {
    root: &'s Value,
    steps: Cell<usize>,
}

impl<'s> Schemas<'s> {
    pub(super) const fn new(root: &'s Value) -> Self {
        Self { root, steps: Cell::new(0) }
    }

    pub(super) fn root(&self) -> All<'s> {
        vec![self.root]
    }

    pub(super) const fn document(&self) -> &'s Value {
        self.root
    }

    /// The shapes of values that fit all of these schemas.
    pub(super) fn shapes(&self, schemas: &[&'s Value]) -> Result<Vec<Shape<'s>>, Unreadable> {
        let mut shapes = vec![Shape::any()];
        for schema in schemas {
            shapes = self.product(&shapes, &self.of(schema, DEPTH_MAX)?)?;
        }
        self.walk(1 + weight(&shapes))?;
        Ok(shapes)
    }

    fn walk(&self, steps: usize) -> Result<(), Unreadable> {
        self.steps.set(self.steps.get().saturating_add(steps));
        if self.steps.get() > STEPS_MAX { Err(Unreadable) } else { Ok(()) }
    }

    fn of(&self, schema: &'s Value, depth: usize) -> Result<Vec<Shape<'s>>, Unreadable> {
        let depth = depth.checked_sub(1).ok_or(Unreadable)?;
        self.walk(1)?;
        let keywords = match schema {
            Value::Bool(true) => return Ok(vec![Shape::any()]),
            Value::Bool(false) => return Ok(Vec::new()),
            Value::Object(keywords) => keywords,
            _ => return Err(Unreadable),
        };
        let mut shapes = vec![own(keywords)];
        if let Some(reference) = keywords.get("$ref") {
            let schema = self.resolve(reference.as_str().ok_or(Unreadable)?)?;
            shapes = self.product(&shapes, &self.of(schema, depth)?)?;
        }
        for schema in list(keywords, "allOf") {
            shapes = self.product(&shapes, &self.of(schema, depth)?)?;
        }
        // Of `oneOf`, that not two of them may fit is left aside: those that serde makes exclude each other.
        for name in ["oneOf", "anyOf"] {
            if keywords.contains_key(name) {
                let mut either = Vec::new();
                for schema in list(keywords, name) {
                    either.extend(self.of(schema, depth)?);
                }
                shapes = self.product(&shapes, &either)?;
            }
        }
        Ok(shapes)
    }

    fn resolve(&self, reference: &str) -> Result<&'s Value, Unreadable> {
        let pointer = reference.strip_prefix('#').ok_or(Unreadable)?;
        self.root.pointer(pointer).ok_or(Unreadable)
    }

    /// Every shape of the one with every shape of the other.
    fn product(&self, ones: &[Shape<'s>], others: &[Shape<'s>]) -> Result<Vec<Shape<'s>>, Unreadable> {
        if ones.len().saturating_mul(others.len()) > SHAPES_MAX {
            return Err(Unreadable);
        }
        self.walk(weight(ones).saturating_mul(others.len()).saturating_add(weight(others).saturating_mul(ones.len())))?;
        let both = ones.iter().flat_map(|one| others.iter().map(|other| both(one, other)));
        Ok(both.filter(|shape| shape.types != Types::NONE).collect())
    }
}

/// What it costs to copy shapes.
fn weight(shapes: &[Shape<'_>]) -> usize {
    let parts = |shape: &Shape<'_>| 1 + shape.properties.len() + shape.required.len() + shape.first.len();
    shapes.iter().map(parts).sum()
}
