//! Which attributes of Terraform's resources are which properties of CloudFormation's: the table in `types.txt`.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::sync::LazyLock;

use super::fields::{Field, Form};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("types.txt")));

/// The attributes of each type, and those that types share.
struct Table {
    /// Terraform's type, CloudFormation's, and the attributes.
    types: BTreeMap<&'static str, (&'static str, Vec<Field>)>,
    groups: BTreeMap<&'static str, Vec<Field>>,
}

/// The CloudFormation type that a type of Terraform's is, and its attributes.
pub(super) fn of_kind(kind: &str) -> Option<(&'static str, &'static [Field])> {
    TABLE.types.get(kind).map(|(cloud_formation, fields)| (*cloud_formation, fields.as_slice()))
}

/// The attributes of a group, such as `@target`: a resource of its own that is a part of another one in CloudFormation.
pub(super) fn of_group(group: &str) -> &'static [Field] {
    TABLE.groups.get(group).map_or(&[], Vec::as_slice)
}

/// How deep a line stands, and its words.
type Line = (usize, Vec<&'static str>);

impl Table {
    fn read(text: &'static str) -> Self {
        let written = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let line = |line: &'static str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            ((line.len() - line.trim_start().len()) / INDENTATION, words)
        };
        let mut lines = written.map(line).peekable();
        let mut table = Self { types: BTreeMap::new(), groups: BTreeMap::new() };
        while let Some((_, words)) = lines.next() {
            let fields = table.fields(&mut lines, 1);
            match words.as_slice() {
                [kind, cloud_formation] => drop(table.types.insert(kind, (cloud_formation, fields))),
                [group] => drop(table.groups.insert(group, fields)),
                _ => {}
            }
        }
        table
    }

    /// The attributes that stand at this depth, up to the next line that does not stand as deep.
    fn fields(&self, lines: &mut Peekable<impl Iterator<Item = Line>>, depth: usize) -> Vec<Field> {
        let mut fields = Vec::new();
        while let Some((_, words)) = lines.next_if(|(at, _)| *at >= depth) {
            let inner = self.fields(lines, depth + 1);
            fields.extend(self.field(&words, inner));
        }
        fields
    }

    fn field(&self, words: &[&'static str], inner: Vec<Field>) -> Option<Field> {
        let [attribute, property, form @ ..] = words else { return None };
        let form = match form {
            [] => Form::Same,
            ["json"] => Form::Json,
            ["redrive"] => Form::Redrive,
            ["dimensions"] => Form::Dimensions,
            ["block"] => Form::Block(inner),
            ["block", group] => Form::Block(self.groups.get(group)?.clone()),
            ["blocks"] => Form::Blocks(inner),
            ["blocks", group] => Form::Blocks(self.groups.get(group)?.clone()),
            _ => return None,
        };
        Some(Field(attribute, property, form))
    }
}

/// How far a line stands in for each level.
const INDENTATION: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn count(fields: &[Field]) -> usize {
        let inner = |Field(_, _, form): &Field| match form {
            Form::Block(fields) | Form::Blocks(fields) => {
                assert!(!fields.is_empty());
                1 + count(fields)
            }
            _ => 1,
        };
        fields.iter().map(inner).sum()
    }

    /// A line that is written wrong would be left out.
    #[test]
    fn every_line_of_the_table_is_read() {
        let table = &*TABLE;
        let of_groups: usize = table.groups.values().map(|fields| count(fields)).sum();
        let of_types: usize = table.types.values().map(|(_, fields)| count(fields)).sum();
        assert_eq!((table.types.len(), of_types, of_groups), (30, 211, 47));
        assert_eq!(of_kind("aws_sqs_queue").map(|(kind, _)| kind), Some("AWS::SQS::Queue"));
        assert!(of_kind("@target").is_none());
        assert!(["@target", "@redrive", "@notifications"].iter().all(|group| !of_group(group).is_empty()));
    }
}
