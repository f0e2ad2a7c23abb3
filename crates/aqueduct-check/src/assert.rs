//! A check as an assertion, for users' tests.

use std::fmt::Write;

use aqueduct_contract::Contracts;
use aqueduct_topology::{Deployment, Diagnostic, Lines, Severity, Span};

use crate::{Evidence, Level, SETTINGS_FILE, Sample, Settings, check_with};

/// Fails a test when the wiring of a template is not right.
///
/// The template is named relative to the folder of the test's `Cargo.toml`, as are the contracts that the code exported and
/// the project's `aqueduct.toml`, each of which may be left out, and sample events. Contracts may be a `&Contracts` instead of
/// a file. Warnings fail the test, too, unless the settings say `deny = "errors"`. The message shows each finding at its place,
/// with the way out. What lies in files that the template names, such as nested stacks, is not read.
///
/// ```
/// use aqueduct_check::assert_wired;
///
/// // In a `#[test]`:
/// assert_wired!(
///     "../../infra/template.yaml",
///     contracts: "../../infra/contracts.json",
///     settings: "../../aqueduct.toml",
///     samples: ["../../events/sqs/orders-batch.json", "../../events/sns/order-confirmed.json"]
/// );
/// ```
#[macro_export]
macro_rules! assert_wired {
    ($template:literal $(, contracts: $contracts:literal)? $(, settings: $settings:literal)?
     $(, samples: [$($sample:literal),* $(,)?])? $(,)?) => {{
        #[allow(unused_mut, reason = "without files for them nothing is set")]
        let mut wired = $crate::Wired::new($template, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $template)));
        $(wired = wired.contracts_text($contracts, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $contracts)));)?
        $(wired = wired.settings_text($settings, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $settings)));)?
        $($(wired = wired.sample($sample, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $sample)));)*)?
        wired.assert();
    }};
    ($template:literal, $contracts:expr $(, settings: $settings:literal)?
     $(, samples: [$($sample:literal),* $(,)?])? $(,)?) => {{
        #[allow(unused_mut, reason = "without files for them nothing is set")]
        let mut wired = $crate::Wired::new($template, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $template)));
        wired = wired.contracts($contracts);
        $(wired = wired.settings_text($settings, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $settings)));)?
        $($(wired = wired.sample($sample, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $sample)));)*)?
        wired.assert();
    }};
}

/// A template that a test claims to be wired right; [`assert_wired!`] reads the files for it.
#[derive(Clone, Debug)]
pub struct Wired<'t> {
    name: &'t str,
    text: &'t str,
    deployment: Deployment,
    contracts: Option<Contracts>,
    samples: Vec<Sample>,
    settings_name: &'t str,
    settings_text: &'t str,
    settings: Settings,
}

impl<'t> Wired<'t> {
    /// A template, by its name for messages and its text.
    pub fn new(name: &'t str, text: &'t str) -> Self {
        Self {
            name,
            text,
            deployment: Deployment::default(),
            contracts: None,
            samples: Vec::new(),
            settings_name: "",
            settings_text: "",
            settings: Settings::default(),
        }
    }

    /// What the code declares.
    #[must_use]
    pub fn contracts(self, contracts: &Contracts) -> Self {
        Self { contracts: Some(contracts.clone()), ..self }
    }

    /// What the code declares, as the text of a file.
    ///
    /// # Panics
    ///
    /// When the text is no document of contracts.
    #[must_use]
    #[track_caller]
    pub fn contracts_text(self, name: &str, text: &str) -> Self {
        match Contracts::read(text) {
            Ok(contracts) => self.contracts(&contracts),
            Err(error) => panic!("{name}: {error}"),
        }
    }

    /// A sample event, as the text of a file.
    ///
    /// # Panics
    ///
    /// When the text is no event.
    #[must_use]
    #[track_caller]
    pub fn sample(mut self, name: &str, text: &str) -> Self {
        match Sample::read(name, text) {
            Ok(sample) => self.samples.push(sample),
            Err(error) => panic!("{name}: {error}"),
        }
        self
    }

    /// The project's settings, as the text of `aqueduct.toml`.
    ///
    /// # Panics
    ///
    /// When the text is not valid.
    #[must_use]
    #[track_caller]
    pub fn settings_text(self, name: &'t str, text: &'t str) -> Self {
        match Settings::parse(text) {
            Ok(settings) => Self { settings, settings_name: name, settings_text: text, ..self },
            Err(refusal) => panic!("{name}:{refusal}"),
        }
    }

    /// The value of a parameter of the template.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.deployment.parameters.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Checks the template.
    ///
    /// # Panics
    ///
    /// When the template cannot be read, or a finding reaches the denied level.
    #[track_caller]
    pub fn assert(&self) {
        if let Err(told) = self.check() {
            panic!("{told}");
        }
    }

    fn check(&self) -> Result<(), String> {
        let mut deployment = self.deployment.clone();
        deployment.parameters.extend(self.settings.parameters.clone());
        let (topology, diagnostics) = aqueduct_topology::read(self.text, &deployment);
        let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
        if !errors.is_empty() {
            let mut told = format!("{} cannot be read", self.name);
            for error in errors {
                self.tell(&mut told, "error", &error.message, error.span, error.help.as_deref());
            }
            return Err(told);
        }
        let evidence = Evidence { contracts: self.contracts.as_ref(), samples: &self.samples };
        let outcome = check_with(&topology, evidence, &self.settings);
        let deny = self.settings.deny.unwrap_or(Level::Warning);
        let denied = outcome.findings.iter().filter(|finding| finding.level >= deny);
        let mut told = String::new();
        for finding in denied {
            let level = format!("{}[{}]", finding.level, finding.rule);
            self.tell(&mut told, &level, &finding.message, finding.span, Some(&finding.help));
        }
        if told.is_empty() {
            return Ok(());
        }
        let number = outcome.reach(deny);
        let findings = if number == 1 { "finding" } else { "findings" };
        Err(format!("the wiring of {} is not right: {number} {findings}{told}", self.name))
    }

    /// Adds a message with the line that it speaks of.
    fn tell(&self, told: &mut String, level: &str, message: &str, span: Span, help: Option<&str>) {
        let in_settings = span.file == SETTINGS_FILE;
        let (name, text) = if in_settings { (self.settings_name, self.settings_text) } else { (self.name, self.text) };
        let lines = Lines::new(text);
        let (_, _, line) = lines.around(&lines.range(Span { end_line: span.line, end_column: span.column, ..span }));
        let _ = write!(told, "\n\n{level}: {message}\n  --> {name}:{}:{}", span.line, span.column);
        let _ = write!(told, "\n   | {}", line.trim_end());
        if let Some(help) = help {
            let _ = write!(told, "\n   = help: {help}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: &str = include_str!("../rules/visibility-under-function-timeout/bad.yaml");

    #[test]
    fn findings_are_shown_at_their_place() {
        let told = Wired::new("bad.yaml", BAD).check().unwrap_err();
        assert!(told.starts_with("the wiring of bad.yaml is not right: "), "{told}");
        let finding = "error[visibility-under-function-timeout]: Orders's visibility timeout of 20 s is shorter than";
        assert!(told.contains(finding), "{told}");
        assert!(told.contains("= help: set VisibilityTimeout to 180 s"), "{told}");
    }

    #[test]
    fn settings_say_what_is_denied() {
        let bad = include_str!("../rules/dead-letter-queue-without-alarm/bad.yaml");
        assert!(Wired::new("bad.yaml", bad).check().is_err());
        let errors = "[check]\ndeny = \"errors\"";
        assert_eq!(Wired::new("bad.yaml", bad).settings_text("aqueduct.toml", errors).check(), Ok(()));
        let unknown = "[check.rules]\ngone = \"off\"\ndead-letter-queue-without-alarm = \"off\"";
        let told = Wired::new("bad.yaml", bad).settings_text("aqueduct.toml", unknown).check().unwrap_err();
        assert!(told.contains("--> aqueduct.toml:2:1\n   | gone = \"off\""), "{told}");
    }

    #[test]
    fn a_template_that_cannot_be_read_is_not_wired_right() {
        let told = Wired::new("t.yaml", "Resources:\n  A: { Type: [").check().unwrap_err();
        assert!(told.starts_with("t.yaml cannot be read\n\nerror: "), "{told}");
    }
}
