//! SAM's configuration file, for the values that a deployment gives to the template's parameters.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>

use std::collections::BTreeMap;

use toml::{Table, Value};

/// What `samconfig.toml` says about deployments in one environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SamConfig {
    /// `parameter_overrides`.
    pub parameters: BTreeMap<String, String>,
    /// `region`.
    pub region: Option<String>,
    /// `stack_name`.
    pub stack: Option<String>,
}

/// Why `samconfig.toml` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SamConfigError {
    /// The text is not TOML.
    #[error("samconfig.toml is not valid TOML: {0}")]
    Toml(String),
    /// It has no such environment.
    #[error("samconfig.toml has no environment `{name}`; it has {known}")]
    Environment {
        /// The environment that was asked for.
        name: String,
        /// The ones that there are.
        known: String,
    },
    /// An entry of `parameter_overrides` names no parameter.
    #[error("`{0}` in parameter_overrides is not of the form NAME=VALUE")]
    Override(String),
}

/// Larger files are no configuration.
const BYTES_MAX: usize = 1 << 20;

impl SamConfig {
    /// Reads what the text says about `environment`, which is `default` unless the user names another.
    ///
    /// ```
    /// let text = "[live.deploy.parameters]\nparameter_overrides = \"Stage=live Size='2 MB'\"";
    /// let config = aqueduct_topology::SamConfig::parse(text, "live")?;
    /// assert_eq!(config.parameters["Size"], "2 MB");
    /// # Ok::<(), aqueduct_topology::SamConfigError>(())
    /// ```
    pub fn parse(text: &str, environment: &str) -> Result<Self, SamConfigError> {
        if text.len() > BYTES_MAX {
            return Err(SamConfigError::Toml(format!("it has more than {BYTES_MAX} bytes")));
        }
        let root: Table =
            text.parse().map_err(|error: toml::de::Error| SamConfigError::Toml(error.message().to_owned()))?;
        let Some(environment) = root.get(environment).and_then(Value::as_table) else {
            let known = root.iter().filter(|(_, value)| value.is_table()).map(|(name, _)| name.as_str());
            let known: Vec<&str> = known.collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(SamConfigError::Environment { name: environment.to_owned(), known });
        };
        let mut config = Self::default();
        // A command's own section goes before what holds for all commands.
        for section in ["global", "deploy"] {
            let Some(parameters) = environment.get(section).and_then(|section| section.get("parameters")) else {
                continue;
            };
            let text = |name: &str| parameters.get(name).and_then(Value::as_str).map(str::to_owned);
            config.region = text("region").or(config.region);
            config.stack = text("stack_name").or(config.stack);
            for part in overrides(parameters.get("parameter_overrides")) {
                let (name, value) = pair(&part).ok_or_else(|| SamConfigError::Override(part.clone()))?;
                config.parameters.insert(name, value);
            }
        }
        Ok(config)
    }
}

/// The single overrides: a text of several, a list, or a table.
fn overrides(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => words(text),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).flat_map(words).collect(),
        Some(Value::Table(table)) => table
            .iter()
            .filter_map(|(name, value)| {
                let value = match value {
                    Value::String(text) => text.clone(),
                    Value::Integer(number) => number.to_string(),
                    Value::Float(number) => number.to_string(),
                    Value::Boolean(flag) => flag.to_string(),
                    _ => return None,
                };
                Some(format!("{name}={value}"))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Words as a shell would split them: blanks in quotes and after a backslash belong to the word.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', _) => word.extend(characters.next()),
            (quoted @ ('"' | '\''), None) => quote = Some(quoted),
            (end, Some(quoted)) if end == quoted => quote = None,
            (blank, None) if blank.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (character, _) => word.push(character),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// `NAME=VALUE`, or `ParameterKey=NAME,ParameterValue=VALUE`.
fn pair(word: &str) -> Option<(String, String)> {
    if let Some(rest) = word.strip_prefix("ParameterKey=") {
        let (name, value) = rest.split_once(",ParameterValue=")?;
        return Some((name.to_owned(), value.to_owned()));
    }
    let (name, value) = word.split_once('=')?;
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(overrides: &str) -> Vec<(String, String)> {
        let text = format!("[default.deploy.parameters]\nparameter_overrides = {overrides}\n");
        SamConfig::parse(&text, "default").expect("a configuration").parameters.into_iter().collect()
    }

    #[test]
    fn overrides_in_every_form() {
        let expected = [("Size".to_owned(), "2 MB".to_owned()), ("Stage".to_owned(), "live".to_owned())];
        for overrides in [
            r#""Stage=live Size='2 MB'""#,
            r#""Stage=\"live\" Size=\"2 MB\"""#,
            r#"["Stage=live", "Size='2 MB'"]"#,
            r#""ParameterKey=Stage,ParameterValue=live ParameterKey=Size,ParameterValue='2 MB'""#,
            r#"{ Stage = "live", Size = "2 MB" }"#,
        ] {
            assert_eq!(parameters(overrides), expected, "{overrides}");
        }
    }

    #[test]
    fn deploy_goes_before_global() {
        let text = "
version = 0.1
[live.global.parameters]
stack_name = 'shop'
region = 'eu-west-1'
[live.deploy.parameters]
region = 'eu-central-1'
";
        let config = SamConfig::parse(text, "live").expect("a configuration");
        assert_eq!((config.stack.as_deref(), config.region.as_deref()), (Some("shop"), Some("eu-central-1")));
    }

    #[test]
    fn mistakes_are_named() {
        let cases = [
            ("[live]\n", "default", "samconfig.toml has no environment `default`; it has live"),
            ("", "default", "samconfig.toml has no environment `default`; it has none"),
            (
                "[default.deploy.parameters]\nparameter_overrides = 'Stage'\n",
                "default",
                "`Stage` in parameter_overrides is not of the form NAME=VALUE",
            ),
        ];
        for (text, environment, expected) in cases {
            let error = SamConfig::parse(text, environment).expect_err(text);
            assert_eq!(error.to_string(), expected);
        }
        let error = SamConfig::parse("[", "default").expect_err("no TOML").to_string();
        assert!(error.starts_with("samconfig.toml is not valid TOML: "), "{error}");
    }
}
