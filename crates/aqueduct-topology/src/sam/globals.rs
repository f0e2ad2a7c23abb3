//! `Globals`: properties that every function starts from.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use std::rc::Rc;

use crate::node::{Node, Value};

/// Maps are merged, lists are joined with the global items first, anything else is overridden.
pub(super) fn merge(global: &Rc<Node>, local: &Rc<Node>) -> Rc<Node> {
    if global.intrinsic().is_some() || local.intrinsic().is_some() {
        return Rc::clone(local);
    }
    let value = match (&global.value, &local.value) {
        (Value::Map(global_entries), Value::Map(local_entries)) => {
            let mut entries = global_entries.clone();
            for local_entry in local_entries {
                match entries.iter_mut().find(|entry| entry.key == local_entry.key) {
                    Some(entry) => {
                        entry.node = merge(&entry.node, &local_entry.node);
                        entry.key_span = local_entry.key_span;
                    }
                    None => entries.push(local_entry.clone()),
                }
            }
            Value::Map(entries)
        }
        (Value::List(global_items), Value::List(local_items)) => {
            Value::List(global_items.iter().chain(local_items).cloned().collect())
        }
        _ => return Rc::clone(local),
    };
    Node::new(value, local.span)
}
