//! Expressions by chance, with what their placeholders stand for.

use std::fmt::Write as _;

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::{TEXTS, number, one, value};

/// The placeholders of a request.
#[derive(Default)]
pub(super) struct Placeholders {
    names: Map<String, Value>,
    values: Map<String, Value>,
}

impl Placeholders {
    pub(super) fn value(&mut self, value: Value) -> String {
        let name = format!(":v{}", self.values.len());
        self.values.insert(name.clone(), value);
        name
    }

    pub(super) fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#n{}", self.names.len());
        self.names.insert(placeholder.clone(), name.into());
        placeholder
    }

    fn path(&mut self, rng: &mut Rng) -> String {
        let paths =
            ["m", "l", "x", "y", "size_of", "n", "g", "m.a", "m.b", "l[0]", "l[1]", "l[5]", "m.c.a", "l[0].a", "id"];
        match rng.u8(..20) {
            0 => self.name("status"),
            1 => format!("m.{}", self.name("b")),
            _ => (*one(rng, &paths)).to_owned(),
        }
    }

    fn operand(&mut self, rng: &mut Rng) -> String {
        match rng.u8(..6) {
            0 | 1 => self.path(rng),
            2 => format!("size({})", self.path(rng)),
            _ => self.value_of(rng),
        }
    }

    fn value_of(&mut self, rng: &mut Rng) -> String {
        self.value(value(rng, 1))
    }

    pub(super) fn condition(&mut self, rng: &mut Rng, depth: usize) -> String {
        let text = |rng: &mut Rng| json!({"S": one(rng, &TEXTS)});
        match rng.u8(..if depth == 0 { 9 } else { 12 }) {
            0 => format!("attribute_exists({})", self.path(rng)),
            1 => format!("attribute_not_exists({})", self.path(rng)),
            2 => {
                let kind = json!({"S": one(rng, &["S", "N", "M", "L", "SS", "BOOL", "NULL", "B"])});
                format!("attribute_type({}, {})", self.path(rng), self.value(kind))
            }
            3 => format!("begins_with({}, {})", self.path(rng), self.value(text(rng))),
            4 => format!("contains({}, {})", self.path(rng), self.value_of(rng)),
            5 => {
                let (low, high) = (self.value(json!({"N": "-1"})), self.value(json!({"N": "2"})));
                format!("{} BETWEEN {low} AND {high}", self.operand(rng))
            }
            6 => format!("{} IN ({}, {})", self.operand(rng), self.operand(rng), self.value_of(rng)),
            7 | 8 => {
                let comparison = one(rng, &["=", "<>", "<", "<=", ">", ">="]);
                format!("{} {comparison} {}", self.operand(rng), self.operand(rng))
            }
            9 => format!("NOT {}", self.condition(rng, depth - 1)),
            10 => format!("({} AND {})", self.condition(rng, depth - 1), self.condition(rng, depth - 1)),
            _ => format!("{} OR {}", self.condition(rng, depth - 1), self.condition(rng, depth - 1)),
        }
    }

    fn term(&mut self, rng: &mut Rng) -> String {
        let numeric = |placeholders: &mut Self, rng: &mut Rng| {
            let number = number(rng);
            format!("if_not_exists(x, {})", placeholders.value(number))
        };
        match rng.u8(..8) {
            0 => self.path(rng),
            1 => format!("if_not_exists({}, {})", self.path(rng), self.value_of(rng)),
            2 => format!("{} + {}", numeric(self, rng), self.value(number(rng))),
            3 => format!("({} - {})", numeric(self, rng), self.value(number(rng))),
            4 => {
                let (first, more) = (self.value(json!({"L": []})), self.value(json!({"L": [value(rng, 0)]})));
                format!("list_append(if_not_exists(l, {first}), {more})")
            }
            _ => self.value_of(rng),
        }
    }

    pub(super) fn update(&mut self, rng: &mut Rng) -> String {
        let mut targets = vec!["x", "y", "m.a", "m.b", "l[0]", "l[1]", "l[7]", "size_of", "n", "g", "z", "m.c"];
        rng.shuffle(&mut targets);
        let mut target = || targets.pop().unwrap_or_default();
        let mut update = String::new();
        if rng.u8(..5) > 0 {
            let set = (0..rng.usize(1..4)).map(|_| {
                let target = target();
                let term = match target {
                    "n" => self.value(number(rng)),
                    "g" => self.value(json!({"S": one(rng, &["g1", "g2"])})),
                    _ => self.term(rng),
                };
                format!("{target} = {term}")
            });
            let _ = write!(update, "SET {} ", set.collect::<Vec<_>>().join(", "));
        }
        if rng.u8(..3) == 0 {
            let _ = write!(update, "REMOVE {}, {} ", target(), target());
        }
        if rng.u8(..3) == 0 {
            let added = match rng.u8(..2) {
                0 => number(rng),
                _ => json!({"SS": ["a", "d"]}),
            };
            let _ = write!(update, "ADD {} {} ", one(rng, &["tally", "tags"]), self.value(added));
        }
        if update.is_empty() || rng.u8(..4) == 0 {
            let deleted = json!({"SS": ["a", "b", "c"]});
            let _ = write!(update, "DELETE tags {}", self.value(deleted));
        }
        update
    }

    pub(super) fn bind(self, request: &mut Value) {
        for (member, bound) in [("ExpressionAttributeNames", self.names), ("ExpressionAttributeValues", self.values)] {
            if !bound.is_empty() {
                request[member] = bound.into();
            }
        }
    }
}
