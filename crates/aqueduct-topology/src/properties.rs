//! A resource's properties as typed values; what does not fit is reported.

use std::time::Duration;

use serde_json::Value;

use crate::resolved::{Property, Resolved};
use crate::scope::Scope;
use crate::template::{Resource, misspelt};
use crate::terraform::KNOWN_AFTER_APPLY;
use crate::{Arn, Severity, Span};

/// The way out when a value depends on what is not known here.
pub(crate) const NOT_KNOWN_HELP: &str = "give the parameters that it depends on a value";

/// Resolved properties of a resource, or a map inside them.
pub(crate) struct Properties<'s> {
    scope: &'s Scope<'s>,
    resource: &'s Resource,
    /// Where the map is in the resource: `RedrivePolicy.`, or empty.
    path: String,
    item: &'s Property,
    span: Span,
}

impl<'s> Properties<'s> {
    pub(crate) fn new(scope: &'s Scope<'s>, resource: &'s Resource) -> Self {
        Self { scope, resource, path: String::new(), item: scope.properties(resource), span: resource.span }
    }

    /// The resource, for messages: "queue `OrdersQueue`".
    fn owner(&self) -> String {
        format!("{} `{}`", self.resource.noun(), self.resource.id)
    }

    /// Warns of properties that are a slip away from `known` ones.
    pub(crate) fn expect(&self, resource: &Resource, known: &[&str]) {
        for entry in resource.properties.entries() {
            if !known.contains(&entry.key.as_str()) {
                let mut found = Vec::new();
                let what = format!("{} has no property", self.owner());
                misspelt(&mut found, &what, entry, known.iter().copied());
                for diagnostic in found {
                    self.scope.report(diagnostic.severity, diagnostic.message, diagnostic.help, diagnostic.span);
                }
            }
        }
    }

    fn wrong(&self, item: &Property, name: &str, wanted: &str) {
        let got = item.value.to_json();
        let message = format!("{}{name} of {} is {got}, not {wanted}", self.path, self.owner());
        self.scope.report(Severity::Error, message, None, item.span);
    }

    /// The property when it is there and known.
    pub(crate) fn item(&self, name: &str) -> Option<&'s Property> {
        let item = self.item.get(name)?;
        match &item.value {
            // A plan does not know what depends on what it makes; nobody can help that.
            Resolved::Unknown(unknown) if unknown.source.get(KNOWN_AFTER_APPLY).is_some() => None,
            Resolved::Unknown(unknown) => {
                let message = format!("{}{name} of {} is not known: {}", self.path, self.owner(), unknown.reason);
                let help = Some("it is read as if it were not there".to_owned());
                self.scope.report(Severity::Warning, message, help, item.span);
                None
            }
            Resolved::Null | Resolved::Absent => None,
            _ => Some(item),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.item.get(name).is_some()
    }

    pub(crate) fn string(&self, name: &str) -> Option<String> {
        let item = self.item(name)?;
        let text = item.value.text();
        if text.is_none() {
            self.wrong(item, name, "a text");
        }
        text
    }

    /// A text whose absence nobody has to be told of.
    pub(crate) fn string_if_known(&self, name: &str) -> Option<String> {
        self.item.get(name)?.value.text()
    }

    pub(crate) fn arn(&self, name: &str) -> Option<Arn> {
        self.string(name).map(Arn::new)
    }

    /// A number, whole or not.
    pub(crate) fn decimal(&self, name: &str) -> Option<f64> {
        let item = self.item(name)?;
        let number = item.value.text().and_then(|text| text.parse().ok());
        if number.is_none() {
            self.wrong(item, name, "a number");
        }
        number
    }

    /// A whole number; CloudFormation takes one in quotes too.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        let item = self.item(name)?;
        let number = item.value.text().and_then(|text| text.parse().ok());
        if number.is_none() {
            self.wrong(item, name, "a whole number");
        }
        number
    }

    pub(crate) fn seconds(&self, name: &str) -> Option<Duration> {
        self.number(name).map(|seconds| Duration::from_secs(seconds.into()))
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        let item = self.item(name)?;
        let flag = match item.value.text().as_deref() {
            Some("true" | "True") => Some(true),
            Some("false" | "False") => Some(false),
            _ => None,
        };
        if flag.is_none() {
            self.wrong(item, name, "true or false");
        }
        flag
    }

    /// A JSON document, given as a map or as text.
    pub(crate) fn json(&self, name: &str) -> Option<Value> {
        let item = self.item(name)?;
        match &item.value {
            Resolved::String(text) => {
                let parsed = serde_json::from_str(text).ok();
                if parsed.is_none() {
                    self.wrong(item, name, "JSON");
                }
                parsed
            }
            value => Some(value.to_json()),
        }
    }

    /// The property when it is there and known; nobody is told when it is not.
    pub(crate) fn item_if_known(&self, name: &str) -> Option<&'s Property> {
        let unknown = |item: &Property| matches!(item.value, Resolved::Unknown(_) | Resolved::Null | Resolved::Absent);
        self.item.get(name).filter(|item| !unknown(item))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        self.item.entries().iter().map(|(key, _)| key.as_str())
    }

    /// A JSON document, with what is not known in it; nobody is told.
    pub(crate) fn json_if_known(&self, name: &str) -> Option<Value> {
        match &self.item.get(name)?.value {
            Resolved::String(text) => serde_json::from_str(text).ok(),
            Resolved::Unknown(_) | Resolved::Null | Resolved::Absent => None,
            value => Some(value.to_json()),
        }
    }

    /// A policy document. One that is not known stays the intrinsic function that it is, and may allow anything.
    pub(crate) fn document(&self, name: &str) -> Option<Value> {
        if self.unknown(name).is_none() {
            return self.json(name);
        }
        self.item.get(name).map(|item| item.value.to_json())
    }

    /// Why a property that is there is not known.
    pub(crate) fn unknown(&self, name: &str) -> Option<&'s str> {
        match &self.item.get(name)?.value {
            Resolved::Unknown(unknown) => Some(&unknown.reason),
            _ => None,
        }
    }

    /// The property as it stands, as JSON.
    pub(crate) fn value(&self, name: &str) -> Option<Value> {
        self.item(name).map(|item| item.value.to_json())
    }

    pub(crate) fn map(&self, name: &str) -> Option<Properties<'s>> {
        let item = self.item(name)?;
        if !matches!(item.value, Resolved::Map(_)) {
            self.wrong(item, name, "a map");
            return None;
        }
        Some(self.inner(name, item))
    }

    /// The maps of a list; a single map counts as a list of one.
    pub(crate) fn maps(&self, name: &str) -> Vec<Properties<'s>> {
        let Some(item) = self.item(name) else { return Vec::new() };
        let items = match &item.value {
            Resolved::List(items) => items.as_slice(),
            _ => std::slice::from_ref(item),
        };
        items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                if matches!(item.value, Resolved::Map(_)) {
                    return Some(self.inner(&format!("{name}[{index}]"), item));
                }
                self.wrong(item, name, "a list of maps");
                None
            })
            .collect()
    }

    /// The texts of a list; a single text counts as a list of one. What is unknown is left out and told.
    pub(crate) fn strings(&self, name: &str) -> Vec<String> {
        let Some(item) = self.item(name) else { return Vec::new() };
        let items = match &item.value {
            Resolved::List(items) => items.as_slice(),
            _ => std::slice::from_ref(item),
        };
        items
            .iter()
            .filter_map(|item| {
                let text = item.value.text();
                match (&text, &item.value) {
                    (Some(_), _) => {}
                    (None, Resolved::Unknown(unknown)) => {
                        let message = format!("a part of {name} of {} is not known: {}", self.owner(), unknown.reason);
                        self.scope.report(Severity::Warning, message, None, item.span);
                    }
                    (None, _) => self.wrong(item, name, "a list of texts"),
                }
                text
            })
            .collect()
    }

    /// The entries of a map of texts, and those that are not known with the reason.
    pub(crate) fn texts(&self, name: &str) -> Vec<(String, String)> {
        let Some(item) = self.item(name) else { return Vec::new() };
        let Resolved::Map(entries) = &item.value else {
            self.wrong(item, name, "a map");
            return Vec::new();
        };
        let inner = self.inner(name, item);
        entries.iter().filter_map(|(key, _)| Some((key.clone(), inner.string(key)?))).collect()
    }

    fn inner(&self, name: &str, item: &'s Property) -> Properties<'s> {
        Self {
            scope: self.scope,
            resource: self.resource,
            path: format!("{}{name}.", self.path),
            item,
            span: item.span,
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// A text without which the resource, or the part of it that this is, cannot be read.
    pub(crate) fn required(&self, name: &str) -> Option<String> {
        let what = match self.path.trim_end_matches('.') {
            "" => self.owner(),
            path => format!("{path} of {}", self.owner()),
        };
        match self.item.get(name) {
            Some(Property { value: Resolved::Unknown(unknown), span, .. }) => {
                let message = format!("{what} is passed over: its {name} is not known: {}", unknown.reason);
                self.scope.report(Severity::Warning, message, Some(NOT_KNOWN_HELP.to_owned()), *span);
                None
            }
            Some(Property { value: Resolved::Null | Resolved::Absent, .. }) | None => {
                let help = Some("CloudFormation requires it".to_owned());
                self.scope.report(Severity::Error, format!("{what} has no {name}"), help, self.span);
                None
            }
            Some(_) => self.string(name),
        }
    }

    pub(crate) fn required_arn(&self, name: &str) -> Option<Arn> {
        self.required(name).map(Arn::new)
    }
}
