//! What a check reads: settings, templates, contracts.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use aqueduct_check::{Sample, Settings};
use aqueduct_contract::Contracts;
use aqueduct_topology::{Deployment, Link, Stack};

use super::args::Check;
use super::samples;
use crate::excerpt::Excerpt;
use crate::failure::Failure;
use crate::source::{Source, Sources};
use crate::template;

const SETTINGS: &str = "aqueduct.toml";
const TEMPLATE: &str = "infra/template.yaml";

/// Everything that a check reads.
pub(crate) struct Inputs {
    pub(crate) templates: Vec<Source>,
    wanted: Vec<Wanted>,
    pub(crate) contracts: Option<Contracts>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) settings: Settings,
    settings_source: Option<Source>,
}

/// A template to read and what is known of its deployment.
struct Wanted {
    path: PathBuf,
    stack: Option<String>,
    parameters: BTreeMap<String, String>,
}

impl Inputs {
    pub(crate) fn read(args: &Check) -> Result<Self, Failure> {
        let (settings, settings_source) = settings(args.config.as_deref())?;
        let folder = settings_source.as_ref().and_then(|source| source.path.parent()).unwrap_or(Path::new(""));
        let mut wanted = wanted(args, &settings, folder);
        let templates: Vec<Source> = wanted.iter().map(|it| template::read(&it.path)).collect::<Result<_, _>>()?;
        for (wanted, template) in wanted.iter_mut().zip(&templates) {
            let of_settings = settings.parameters.clone().into_iter();
            let values = of_settings.chain(args.values.of(&wanted.path)?);
            wanted.parameters.extend(values.filter(|(key, _)| is_for(key, template, &templates)));
        }
        let of_settings = settings.contracts.as_ref().map(|path| folder.join(path));
        let contracts = args.contracts.clone().or(of_settings).map(|path| contracts(&path)).transpose()?;
        let of_settings = settings.events.as_ref().map(|path| folder.join(path));
        let samples = match args.events.clone().or(of_settings) {
            Some(folder) => samples::of_named(&folder)?,
            None => samples::beside(wanted.iter().map(|it| it.path.as_path())),
        };
        Ok(Self { templates, wanted, contracts, samples, settings, settings_source })
    }

    /// The templates with what they are deployed for.
    pub(crate) fn stacks(&self) -> Result<Vec<Stack<'_>>, Failure> {
        let known = |wanted: &Wanted| {
            let (links, parameters): (BTreeMap<_, _>, BTreeMap<_, _>) =
                wanted.parameters.clone().into_iter().partition(|(_, value)| output(value).is_some());
            let links = links.into_iter().map(|(parameter, value)| Ok((parameter, self.link(&value)?)));
            let default = Deployment::default();
            let name = wanted.stack.clone().or_else(|| file_stem(&wanted.path).filter(|_| self.wanted.len() > 1));
            let deployment = Deployment { parameters, stack: name.unwrap_or(default.stack.clone()), ..default };
            Ok((links.collect::<Result<_, Failure>>()?, deployment))
        };
        let stacks = self.templates.iter().zip(&self.wanted).map(|(source, wanted)| {
            let (links, deployment) = known(wanted)?;
            Ok(Stack { text: &source.text, deployment, links })
        });
        stacks.collect()
    }

    /// The output that `${stack.Output}` names.
    fn link(&self, value: &str) -> Result<Link, Failure> {
        let (name, output) = output(value).unwrap_or_default();
        let named = |wanted: &Wanted| wanted.stack.as_deref() == Some(name);
        let Some(stack) = self.wanted.iter().position(named) else {
            let known: Vec<&str> = self.wanted.iter().filter_map(|wanted| wanted.stack.as_deref()).collect();
            return Err(Failure::setup(format!(
                "{SETTINGS}: there is no stack `{name}` for `{value}`; [check.stacks] has {}",
                known.join(", ")
            )));
        };
        Ok(Link { stack, output: output.to_owned() })
    }

    /// The templates, the files that they name, and the settings.
    pub(crate) fn sources<'s>(&'s self, beside: &'s [Source]) -> Sources<'s> {
        Sources::new(self.templates.iter().chain(beside), self.settings_source.as_ref())
    }
}

/// Whether a value is for this template: of several, those that have the parameter; all when none has, so that it is told.
fn is_for(key: &str, template: &Source, templates: &[Source]) -> bool {
    let has = |source: &Source| source.text.contains(key);
    has(template) || !templates.iter().any(has)
}

/// The stack and the output in `${stack.Output}`.
fn output(value: &str) -> Option<(&str, &str)> {
    value.strip_prefix("${")?.strip_suffix('}')?.split_once('.')
}

/// The templates of the command line, else those of the settings, else the usual one.
fn wanted(args: &Check, settings: &Settings, folder: &Path) -> Vec<Wanted> {
    let stacks: Vec<Wanted> = settings
        .stacks
        .iter()
        .map(|(name, stack)| Wanted {
            path: folder.join(&stack.template),
            stack: Some(name.clone()),
            parameters: stack.parameters.clone(),
        })
        .collect();
    let plain = |path: PathBuf| Wanted { path, stack: None, parameters: BTreeMap::new() };
    if !args.templates.is_empty() {
        let alone = args.templates.len() == 1;
        let named = args.templates.iter().map(|path| {
            let Some(known) = stacks.iter().find(|stack| same_file(&stack.path, path)) else {
                return plain(path.clone());
            };
            let mut parameters = known.parameters.clone();
            // Outputs of stacks that are not read along are not known.
            parameters.retain(|_, value| !alone || !value.starts_with("${"));
            Wanted { path: path.clone(), stack: known.stack.clone(), parameters }
        });
        return named.collect();
    }
    let mut wanted: Vec<Wanted> = settings.templates.iter().map(|path| plain(folder.join(path))).collect();
    wanted.extend(stacks);
    if wanted.is_empty() {
        wanted.push(plain(TEMPLATE.into()));
    }
    wanted
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn file_stem(path: &Path) -> Option<String> {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned())
}

/// The settings that are named, else those of this folder or one above, else none.
fn settings(named: Option<&Path>) -> Result<(Settings, Option<Source>), Failure> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        Failure::setup(format!("cannot read the settings {}: {error}", path.display()))
    };
    let source = match named {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
            Source::new(path, text)
        }
        None => match find_settings(unreadable)? {
            Some(source) => source,
            None => return Ok((Settings::default(), None)),
        },
    };
    let settings = Settings::parse(&source.text)
        .map_err(|refusal| Failure::setup(Excerpt::of(&refusal).unnamed().shown(&Sources::new([], Some(&source)))))?;
    Ok((settings, Some(source)))
}

/// Looks for the settings in this folder and those above; a path upwards stays relative.
fn find_settings(unreadable: impl Fn(&Path, &std::io::Error) -> Failure) -> Result<Option<Source>, Failure> {
    let depth = std::env::current_dir().map_or(0, |folder| folder.components().count());
    let mut folder = PathBuf::new();
    for _ in 0..depth {
        let path = folder.join(SETTINGS);
        match std::fs::read_to_string(&path) {
            Ok(text) => return Ok(Some(Source::new(&path, text))),
            Err(error) if error.kind() == ErrorKind::NotFound => folder.push(".."),
            Err(error) => return Err(unreadable(&path, &error)),
        }
    }
    Ok(None)
}

fn contracts(path: &Path) -> Result<Contracts, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let way_out = if error.kind() == ErrorKind::NotFound { "; `aqueduct contracts` writes them" } else { "" };
        Failure::setup(format!("cannot read the contracts {}: {error}{way_out}", path.display()))
    })?;
    Contracts::read(&text).map_err(|error| Failure::setup(format!("{}: {error}", path.display())))
}
