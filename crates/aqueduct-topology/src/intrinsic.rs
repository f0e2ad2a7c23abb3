//! The intrinsic functions.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::node::Node;
use crate::resolved::{Property, Resolved};
use crate::sam::UNKNOWN_TEMPLATE;
use crate::scope::Scope;
use crate::terraform::KNOWN_AFTER_APPLY;
use crate::{Severity, Span, cidr};

/// What a function gives, or why it gives nothing that is known.
type Outcome = Result<Resolved, Failure>;

enum Failure {
    /// Only the deployment will tell.
    Unknown(String),
    /// The call is wrong.
    Malformed(String),
}

impl Scope<'_> {
    /// Calls the function that `node` is.
    pub(crate) fn call(&self, function: &str, argument: &Node, node: &Node) -> Resolved {
        let outcome = match function {
            "Ref" => match argument.as_str() {
                Some(name) => Ok(self.reference(name, node)),
                None => Err(Failure::Malformed("takes a name".to_owned())),
            },
            "Fn::GetAtt" => self.get_att(argument, node),
            "Fn::Sub" => self.sub(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::If" => self.choose(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::ToJsonString" => self.known(argument).map(|item| Resolved::String(item.value.to_json().to_string())),
            "Fn::Length" => self.length(argument),
            "Fn::Base64" => {
                self.text(argument, "takes a text").map(|text| Resolved::String(BASE64_STANDARD.encode(text)))
            }
            "Fn::Cidr" => self.cidr(argument),
            "Fn::GetAZs" => Err(Failure::Unknown("only AWS knows an account's Availability Zones".to_owned())),
            "Fn::Transform" => Err(Failure::Unknown("a transform includes it from elsewhere".to_owned())),
            "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals" => {
                self.holds(node).map(Resolved::Bool).map_err(Failure::Unknown)
            }
            "Fn::ImportValue" => {
                self.text(argument, "takes a text").and_then(|name| match self.deployment.imports.get(&name) {
                    Some(value) => Ok(Resolved::String(value.clone())),
                    None => Err(Failure::Unknown("another stack exports it".to_owned())),
                })
            }
            KNOWN_AFTER_APPLY => {
                let what = argument.as_str().unwrap_or_default();
                Err(Failure::Unknown(format!("`{what}` is known after the apply")))
            }
            UNKNOWN_TEMPLATE => {
                let name = argument.as_str().unwrap_or_default();
                Err(Failure::Unknown(format!("SAM's policy template `{name}` is not known")))
            }
            _ => Err(Failure::Unknown(format!("`{function}` is not worked out"))),
        };
        match outcome {
            Ok(value) => value,
            Err(Failure::Unknown(reason)) => Resolved::unknown(reason, node.value.to_json()),
            Err(Failure::Malformed(what)) => {
                let help = Some("see the intrinsic function reference of CloudFormation".to_owned());
                self.report(Severity::Error, format!("`{function}` {what}"), help, node.span);
                Resolved::unknown(format!("its `{function}` is malformed"), node.value.to_json())
            }
        }
    }

    /// Resolves a part that must be known.
    fn known(&self, node: &Node) -> Result<Property, Failure> {
        let item = self.resolve(node);
        match item.value.first_unknown() {
            Some(unknown) => Err(Failure::Unknown(unknown.reason.clone())),
            None => Ok(item),
        }
    }

    fn text(&self, node: &Node, what: &str) -> Result<String, Failure> {
        self.known(node)?.value.text().ok_or_else(|| Failure::Malformed(what.to_owned()))
    }

    fn get_att(&self, argument: &Node, node: &Node) -> Outcome {
        let malformed = || Failure::Malformed("takes a resource and an attribute".to_owned());
        if let Some((id, attribute)) = argument.as_str().and_then(|text| text.split_once('.')) {
            return Ok(self.attribute(id, attribute, node));
        }
        let [id, attribute @ ..] = argument.as_list().ok_or_else(malformed)? else { return Err(malformed()) };
        let id = id.as_str().ok_or_else(malformed)?;
        let attribute: Vec<String> =
            attribute.iter().map(|part| self.text(part, "takes texts")).collect::<Result<_, _>>()?;
        if attribute.is_empty() {
            return Err(malformed());
        }
        Ok(self.attribute(id, &attribute.join("."), node))
    }

    fn sub(&self, argument: &Node) -> Outcome {
        let malformed = || Failure::Malformed("takes a text, or a text and a map of its variables".to_owned());
        let (template, variables) = match argument.as_list() {
            Some([template, variables]) if variables.is_map() => (template.as_ref(), Some(variables)),
            Some(_) => return Err(malformed()),
            None => (argument, None),
        };
        let text = template.as_str().ok_or_else(malformed)?;
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, after) =
                after.split_once('}').ok_or_else(|| Failure::Malformed("has a `${` without its `}`".to_owned()))?;
            rest = after;
            let name = name.trim();
            if let Some(literal) = name.strip_prefix('!') {
                result.extend(["${", literal, "}"]);
                continue;
            }
            let value = match variables.and_then(|map| map.get(name)) {
                Some(node) => self.known(node)?.value,
                None => self.variable(name, template.span),
            };
            match value {
                Resolved::Unknown(unknown) => return Err(Failure::Unknown(unknown.reason)),
                value => result.push_str(
                    &value.text().ok_or_else(|| Failure::Malformed(format!("has `${{{name}}}`, which is no text")))?,
                ),
            }
        }
        result.push_str(rest);
        Ok(Resolved::String(result))
    }

    /// A variable of `Fn::Sub`: a name, or a resource's attribute.
    fn variable(&self, name: &str, span: Span) -> Resolved {
        match name.split_once('.') {
            Some((id, attribute)) => self.attribute(id, attribute, &Node::attribute(id, attribute, span)),
            None => self.reference(name, &Node::reference(name, span)),
        }
    }

    fn join(&self, argument: &Node) -> Outcome {
        let malformed = "takes a delimiter and a list of texts";
        let Some([delimiter, parts]) = argument.as_list() else { return Err(Failure::Malformed(malformed.to_owned())) };
        let delimiter = self.text(delimiter, malformed)?;
        let parts = self.known(parts)?;
        let Resolved::List(parts) = &parts.value else { return Err(Failure::Malformed(malformed.to_owned())) };
        let texts: Option<Vec<String>> = parts.iter().map(|part| part.value.text()).collect();
        let texts = texts.ok_or_else(|| Failure::Malformed(malformed.to_owned()))?;
        Ok(Resolved::String(texts.join(&delimiter)))
    }

    fn select(&self, argument: &Node) -> Outcome {
        let malformed = "takes an index and a list that has it";
        let Some([index, list]) = argument.as_list() else { return Err(Failure::Malformed(malformed.to_owned())) };
        let index = self.text(index, malformed)?;
        let index: usize = index.parse().map_err(|_| Failure::Malformed(malformed.to_owned()))?;
        let list = self.resolve(list);
        match list.value {
            Resolved::Unknown(unknown) => Err(Failure::Unknown(unknown.reason)),
            Resolved::List(mut items) if index < items.len() => Ok(items.swap_remove(index).value),
            _ => Err(Failure::Malformed(malformed.to_owned())),
        }
    }

    fn split(&self, argument: &Node) -> Outcome {
        let malformed = "takes a delimiter and a text";
        let Some([delimiter, text]) = argument.as_list() else { return Err(Failure::Malformed(malformed.to_owned())) };
        let delimiter = self.text(delimiter, malformed)?;
        if delimiter.is_empty() {
            return Err(Failure::Malformed("needs a delimiter that is not empty".to_owned()));
        }
        let span = text.span;
        let text = self.text(text, malformed)?;
        let item = |part: &str| Property::new(Resolved::String(part.to_owned()), span);
        Ok(Resolved::List(text.split(&delimiter).map(item).collect()))
    }

    fn choose(&self, argument: &Node) -> Outcome {
        let malformed = || Failure::Malformed("takes a condition and two values".to_owned());
        let Some([condition, yes, no]) = argument.as_list() else { return Err(malformed()) };
        let name = condition.as_str().ok_or_else(malformed)?;
        let holds = self.condition(name, condition.span).map_err(Failure::Unknown)?;
        Ok(self.resolve(if holds { yes } else { no }).value)
    }

    fn length(&self, argument: &Node) -> Outcome {
        // The items need not be known, only how many there are.
        match self.resolve(argument).value {
            Resolved::List(items) => Ok(Resolved::Number(items.len().into())),
            Resolved::Unknown(unknown) => Err(Failure::Unknown(unknown.reason)),
            _ => Err(Failure::Malformed("takes a list".to_owned())),
        }
    }

    fn cidr(&self, argument: &Node) -> Outcome {
        let malformed = "takes a block of addresses, a count and the bits of each block";
        let [block, count, rest @ ..] = argument.as_list().unwrap_or_default() else {
            return Err(Failure::Malformed(malformed.to_owned()));
        };
        let number = |node: &Node| {
            self.text(node, malformed)?.parse::<u32>().map_err(|_| Failure::Malformed(malformed.to_owned()))
        };
        let bits = rest.first().map_or(Ok(8), |bits| number(bits))?;
        let blocks = cidr::blocks(&self.text(block, malformed)?, number(count)?, bits);
        let blocks = blocks.ok_or_else(|| Failure::Malformed("asks for more blocks than there are".to_owned()))?;
        let item = |block: String| Property::new(Resolved::String(block), argument.span);
        Ok(Resolved::List(blocks.into_iter().map(item).collect()))
    }

    fn find_in_map(&self, argument: &Node) -> Outcome {
        let malformed = "takes a map's name and two keys";
        let parts = argument.as_list().unwrap_or_default();
        let [map, first, second, rest @ ..] = parts else { return Err(Failure::Malformed(malformed.to_owned())) };
        let default = rest.first().and_then(|options| options.get("DefaultValue"));
        let keys = [map, first, second].map(|key| self.text(key, malformed));
        let [Ok(map), Ok(first), Ok(second)] = keys else {
            return Err(keys.into_iter().find_map(Result::err).unwrap_or(Failure::Malformed(malformed.to_owned())));
        };
        let keys = [map, first, second];
        let found = keys.iter().try_fold(&self.template.mappings, |node, key| node.get(key));
        match (found, default) {
            (Some(node), _) | (None, Some(node)) => Ok(self.resolve(node).value),
            (None, None) => Err(Failure::Malformed(format!("finds no `{}`", keys.join(".")))),
        }
    }

    /// Whether a condition's expression holds, or why that is unknown.
    pub(crate) fn holds(&self, node: &Node) -> Result<bool, String> {
        let malformed = |what: &str| {
            self.report(Severity::Error, format!("a condition {what}"), None, node.span);
            Err(format!("a condition {what}"))
        };
        if let [entry] = node.entries()
            && entry.key == "Condition"
            && let Some(name) = entry.node.as_str()
        {
            return self.condition(name, node.span);
        }
        let Some((function, argument)) = node.intrinsic() else { return malformed("is not an intrinsic function") };
        let parts = argument.as_list().unwrap_or_default();
        match (function, parts) {
            ("Fn::Not", [part]) => self.holds(part).map(|holds| !holds),
            ("Fn::And", [_, ..]) => self.fold(parts, false),
            ("Fn::Or", [_, ..]) => self.fold(parts, true),
            ("Fn::Equals", [left, right]) => {
                let (left, right) = (self.resolve(left).value, self.resolve(right).value);
                match left.first_unknown().or_else(|| right.first_unknown()) {
                    Some(unknown) => Err(unknown.reason.clone()),
                    None => Ok(comparable(&left) == comparable(&right)),
                }
            }
            _ => malformed("takes `Fn::And`, `Fn::Or`, `Fn::Not`, `Fn::Equals` or `Condition` with its arguments"),
        }
    }

    /// `And` and `Or`: one part that decides is enough, whatever is unknown.
    fn fold(&self, parts: &[std::rc::Rc<Node>], decisive: bool) -> Result<bool, String> {
        let mut unknown = None;
        for part in parts {
            match self.holds(part) {
                Ok(holds) if holds == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(reason) => unknown = Some(reason),
            }
        }
        unknown.map_or(Ok(!decisive), Err)
    }
}

/// Values as conditions compare them: scalars as text.
fn comparable(value: &Resolved) -> serde_json::Value {
    value.text().map_or_else(|| value.to_json(), serde_json::Value::String)
}

#[cfg(test)]
#[path = "intrinsic_tests.rs"]
mod tests;
