//! What a project wants of the checker: the `[check]` table of `aqueduct.toml`.

use std::collections::BTreeMap;

use aqueduct_topology::{Diagnostic, Lines, Severity, Span};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::Level;

/// The `file` of spans that lie in `aqueduct.toml`.
pub const SETTINGS_FILE: u16 = u16::MAX;

/// Larger files are no settings.
const BYTES_MAX: usize = 1 << 20;

/// What a project wants of the checker.
///
/// ```toml
/// [check]
/// templates = ["infra/template.yaml"]
/// contracts = "contracts.json"
/// events = "events"
/// deny = "warnings"
/// parameters = { Stage = "prod" }
///
/// [check.rules]
/// dead-letter-queue-without-alarm = "off"
/// batch-without-partial-responses = "error"
///
/// [[check.ignore]]
/// rule = "subscription-without-dead-letter-queue"
/// resource = "AuditSubscription"
/// reason = "The audit log is rebuilt from the table every night."
///
/// [check.stacks.shop]
/// template = "infra/shop.yaml"
/// parameters = { OrdersTopic = "${orders.OrdersTopicArn}" }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {
    /// The templates to check when the command line names none, relative to the file.
    pub templates: Vec<String>,
    /// The contracts that the code exported, relative to the file.
    pub contracts: Option<String>,
    /// The folder of sample events, relative to the file.
    pub events: Option<String>,
    /// From which level on a finding fails the check; [`Level::Error`] when it is not said.
    pub deny: Option<Level>,
    /// Values of the templates' parameters.
    pub parameters: BTreeMap<String, String>,
    /// Templates that belong together, by stack name.
    pub stacks: BTreeMap<String, Stack>,
    /// Levels of rules; none turns one off.
    pub(crate) rules: Vec<(Spanned<String>, Option<Level>)>,
    pub(crate) ignores: Vec<Ignore>,
    /// The file's text, to tell where its parts stand.
    text: String,
}

/// One of several templates that are checked together.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Stack {
    /// The template, relative to the file.
    pub template: String,
    /// Values of its parameters; `${stack.Output}` is an output of another stack.
    #[serde(default, deserialize_with = "texts")]
    pub parameters: BTreeMap<String, String>,
}

/// A finding that is known and accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ignore {
    pub(crate) rule: Spanned<String>,
    pub(crate) resource: Spanned<String>,
    #[serde(default)]
    pub(crate) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    check: Table,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    #[serde(default)]
    templates: Vec<String>,
    contracts: Option<String>,
    events: Option<String>,
    deny: Option<Deny>,
    #[serde(default, deserialize_with = "texts")]
    parameters: BTreeMap<String, String>,
    #[serde(default)]
    stacks: BTreeMap<String, Stack>,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, Setting>,
    #[serde(default)]
    ignore: Vec<Ignore>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Deny {
    Errors,
    Warnings,
    Advice,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Setting {
    Off,
    Advice,
    Warning,
    Error,
}

impl Settings {
    /// Reads the text of `aqueduct.toml`; says what is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        if text.len() > BYTES_MAX {
            let message = format!("the settings have {} bytes, more than the {BYTES_MAX} that are read", text.len());
            return Err(refusal(message, None, Span { file: SETTINGS_FILE, ..Span::default() }));
        }
        let File { check } = toml::from_str(text).map_err(|error| {
            let place = error.span().unwrap_or_default();
            refusal(
                error.message().to_owned(),
                Some("see the [check] table in the documentation"),
                Lines::new(text).span(place, SETTINGS_FILE),
            )
        })?;
        let level = |setting| match setting {
            Setting::Off => None,
            Setting::Advice => Some(Level::Advice),
            Setting::Warning => Some(Level::Warning),
            Setting::Error => Some(Level::Error),
        };
        let deny = check.deny.map(|deny| match deny {
            Deny::Errors => Level::Error,
            Deny::Warnings => Level::Warning,
            Deny::Advice => Level::Advice,
        });
        Ok(Self {
            templates: check.templates,
            contracts: check.contracts,
            events: check.events,
            deny,
            parameters: check.parameters,
            stacks: check.stacks,
            rules: check.rules.into_iter().map(|(id, setting)| (id, level(setting))).collect(),
            ignores: check.ignore,
            text: text.to_owned(),
        })
    }

    /// The level of a rule's findings; none when the rule is off.
    pub(crate) fn level(&self, rule: &crate::Rule) -> Option<Level> {
        let set = self.rules.iter().find(|(id, _)| id.get_ref() == rule.id);
        set.map_or(Some(rule.level), |(_, level)| *level)
    }

    /// Where a part of the file stands.
    pub(crate) fn span<T>(&self, part: &Spanned<T>) -> Span {
        Lines::new(&self.text).span(part.span(), SETTINGS_FILE)
    }
}

fn refusal(message: String, help: Option<&str>, span: Span) -> Diagnostic {
    Diagnostic { severity: Severity::Error, message, help: help.map(str::to_owned), span }
}

/// Values of parameters, which may be written as texts, numbers or flags.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Scalar {
        Text(String),
        Whole(i64),
        Flag(bool),
    }
    let values = BTreeMap::<String, Scalar>::deserialize(deserializer)?;
    let text = |value| match value {
        Scalar::Text(text) => text,
        Scalar::Whole(number) => number.to_string(),
        Scalar::Flag(flag) => flag.to_string(),
    };
    Ok(values.into_iter().map(|(name, value)| (name, text(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_its_documentation_shows() {
        let text = "[check]
templates = [\"infra/template.yaml\"]
contracts = \"contracts.json\"
events = \"events\"
deny = \"warnings\"
parameters = { Stage = \"prod\", Size = 3, Big = true }

[check.rules]
dead-letter-queue-without-alarm = \"off\"
batch-without-partial-responses = \"error\"

[[check.ignore]]
rule = \"subscription-without-dead-letter-queue\"
resource = \"AuditSubscription\"
reason = \"The audit log is rebuilt from the table every night.\"

[check.stacks.shop]
template = \"infra/shop.yaml\"
parameters = { OrdersTopic = \"${orders.OrdersTopicArn}\" }
";
        let settings = Settings::parse(text).unwrap();
        assert_eq!(settings.deny, Some(Level::Warning));
        assert_eq!(settings.events.as_deref(), Some("events"));
        assert_eq!(settings.parameters["Size"], "3");
        assert_eq!(settings.stacks["shop"].parameters["OrdersTopic"], "${orders.OrdersTopicArn}");
        let level = |id| settings.level(crate::rule(id).unwrap());
        assert_eq!(level("dead-letter-queue-without-alarm"), None);
        assert_eq!(level("batch-without-partial-responses"), Some(Level::Error));
        assert_eq!(level("dead-letter-cycle"), Some(Level::Error));
        let span = settings.span(&settings.ignores[0].rule);
        assert_eq!((span.file, span.line, span.column, span.end_column), (SETTINGS_FILE, 13, 8, 48));
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, line, words) in [
            ("[check]\ndeny = \"everything\"\n", 2, "everything"),
            ("[chekc]\n", 1, "chekc"),
            ("[check]\nrules = { a = \"fatal\" }\n", 2, "fatal"),
            ("[[check.ignore]]\nrule = \"a\"\nreason = \"b\"\n", 1, "resource"),
            ("[check\n", 1, ""),
            ("[check.stacks.a]\nparameters = { A = 1.5 }\ntemplate = \"a\"\n", 2, ""),
        ] {
            let refused = Settings::parse(text).unwrap_err();
            assert!(refused.message.contains(words), "{text}: {refused}");
            assert_eq!((refused.span.file, refused.span.line), (SETTINGS_FILE, line), "{text}: {refused}");
        }
    }
}
